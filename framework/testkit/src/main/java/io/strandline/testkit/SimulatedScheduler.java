package io.strandline.testkit;

import io.strandline.log.spi.Clock;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.LogRules;
import io.strandline.log.spi.ShardExecutor;
import io.strandline.log.spi.Timers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs everything that a log does on one thread, in an order that a seed decides, in simulated time.
 *
 * <p>Each {@link #step()} runs one task of one executor to its end. This includes the work that the task brings to an
 * idle shard (see {@link ShardExecutor#executeNow}). Tasks of a serial executor run in the order in which they came.
 * Between executors, and within a parallel one, chance decides, and now and then it favours other executors, so that each
 * is sometimes fast and sometimes far behind. Time moves by a few microseconds a step, by some milliseconds once in a
 * while, and to the next timer when nothing else is left to do. The wall clock also jumps. The same seed and the same
 * calls give the same run.
 *
 * <p>Not thread-safe: one run belongs to one thread. Inspired by TigerBeetle's VOPR and Kafka's {@code
 * RaftEventSimulationTest}.
 */
public final class SimulatedScheduler implements Clock, Timers {

    /** Wall time at the start of every run, milliseconds since 1970. */
    public static final long START_MILLIS = 1_700_000_000_000L;

    private static final int STEP_NANOS = 20_000;
    private static final int PAUSE_NANOS = 5_000_000;
    private static final int STEPS_PER_PAUSE = 100;
    private static final int STEPS_PER_CLOCK_JUMP = 2_000;
    private static final int CLOCK_JUMP_MILLIS = 3_000;
    private static final int STEPS_PER_FAVOUR = 60;
    private static final int FAVOUR_DOUBLINGS = 6;
    private static final int NOW_PER_RACE = 4;

    private final SplittableRandom random;
    /** Of its own, so that runs which queue always are what they were before. */
    private final SplittableRandom races;

    private final Map<String, SimulatedExecutor> executors = new TreeMap<>();
    /** In the order in which they were first asked for. */
    private final List<SimulatedExecutor> all = new ArrayList<>();

    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::dueNanos).thenComparingLong(Timer::number));
    private long timersStarted;
    private long nanos;
    private long wallSkewMillis;
    private long wallShiftMillis;
    private long newestWallMillis;
    private long steps;
    private boolean tasksMayThrow;
    private boolean queuesAlways;
    /** An exception that a task of a shard must not throw. The step that ran the task throws it. */
    private @Nullable Throwable unexpected;

    public SimulatedScheduler(long seed) {
        random = new SplittableRandom(seed);
        races = new SplittableRandom(~seed);
    }

    /** The executor of this name, which runs one task after the other, in order. */
    public Executor serial(String name) {
        return executor(name, false);
    }

    /** The executor of this name, whose tasks run in any order. */
    public Executor parallel(String name) {
        return executor(name, true);
    }

    private SimulatedExecutor executor(String name, boolean parallel) {
        SimulatedExecutor existing = executors.get(name);
        if (existing != null) {
            return existing;
        }
        SimulatedExecutor created = new SimulatedExecutor(name, parallel);
        favour(created);
        executors.put(name, created);
        all.add(created);
        return created;
    }

    /**
     * A thread of another process than the log's: {@link #abandon} leaves its tasks and timers as they are.
     *
     * @param name not that of another executor
     */
    public ClientThread client(String name) {
        SimulatedExecutor executor = executor(name, false);
        executor.outside = true;
        return new ClientThread(executor);
    }

    /** A thread of a client, which runs one task after the other, in order. */
    public final class ClientThread implements Executor {

        private final SimulatedExecutor executor;

        private ClientThread(SimulatedExecutor executor) {
            this.executor = executor;
        }

        @Override
        public void execute(Runnable task) {
            executor.execute(task);
        }

        /**
         * Runs a task on the thread after a delay.
         *
         * @param delayNanos 0 or more
         * @return cancels it, if it has not begun
         */
        public Runnable after(long delayNanos, Runnable task) {
            Timer timer = new Timer(nanos + delayNanos, timersStarted++, executor.name, executor, task);
            timers.add(timer);
            return () -> timers.remove(timer);
        }

        /** True while a task of the thread runs. */
        public boolean isRunning() {
            return executor.running;
        }

        /** Ends the process of the thread: its tasks and timers are dropped, and it takes no more. */
        public void end() {
            executor.stop();
            all.remove(executor);
            executors.remove(executor.name);
            timers.removeIf(timer -> timer.client() == executor);
        }
    }

    /** What a log needs around it, over a disk. */
    public Environment environment(Disk disk) {
        return new Environment(
                disk,
                this,
                this,
                shard -> new OfShard(executor("shard-" + shard, false)),
                shard -> serial("journal-" + shard),
                shard -> serial("chunks-" + shard),
                serial("compactions"),
                parallel("reads"),
                serial("preparations"),
                LogRules.STANDARD);
    }

    /**
     * Runs one ready task. If there is none, lets time pass to the next timer and runs that.
     *
     * @return false if there was neither
     */
    public boolean step() {
        startDueTimers();
        SimulatedExecutor next = choose();
        if (next == null) {
            Timer timer = timers.peek();
            if (timer == null) {
                return false;
            }
            nanos = timer.dueNanos;
            startDueTimers();
            next = choose();
        }
        steps++;
        passTime();
        if (next != null) {
            next.runOne(random);
        }
        throwUnexpected();
        return true;
    }

    private void throwUnexpected() {
        Throwable thrown = unexpected;
        unexpected = null;
        if (thrown instanceof Error error) {
            throw error;
        } else if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }

    /**
     * Steps until the condition holds.
     *
     * @return false if it did not hold after so many steps, or there was nothing left to run
     */
    public boolean runUntil(BooleanSupplier condition, long mostSteps) {
        for (long left = mostSteps; !condition.getAsBoolean(); left--) {
            if (left <= 0 || !step()) {
                return condition.getAsBoolean();
            }
        }
        return true;
    }

    /** True if some task could run without time passing to a timer. */
    public boolean hasReadyTask() {
        for (SimulatedExecutor executor : all) {
            if (executor.size() > 0) {
                return true;
            }
        }
        return false;
    }

    /** True if some task waits for its time. */
    public boolean hasTimer() {
        return !timers.isEmpty();
    }

    /**
     * Ends the process that the tasks belong to: waiting tasks and timers are dropped, and what the executors handed out
     * so far are given from now on is never run. Threads of clients go on, and time does.
     */
    public void abandon() {
        for (SimulatedExecutor executor : all) {
            if (!executor.outside) {
                executor.stop();
            }
        }
        all.removeIf(executor -> !executor.outside);
        executors.values().removeIf(executor -> !executor.outside);
        timers.removeIf(timer -> timer.client == null);
    }

    /** Steps so far. */
    public long steps() {
        return steps;
    }

    /** Lets time pass without running anything. */
    public void advanceMillis(long millis) {
        nanos += millis * 1_000_000L;
    }

    /** Sets the wall clock ahead of the true time, or behind it, permanently. Durations are measured as before. */
    public void shiftWallMillis(long aheadMillis) {
        wallShiftMillis = aheadMillis;
    }

    @Override
    public long wallMillis() {
        long millis = START_MILLIS + nanos / 1_000_000 + wallSkewMillis + wallShiftMillis;
        newestWallMillis = Math.max(newestWallMillis, millis);
        return millis;
    }

    /** The highest wall time that anybody was told, milliseconds since 1970. */
    public long newestWallMillis() {
        return newestWallMillis;
    }

    @Override
    public long monotonicNanos() {
        return nanos;
    }

    @Override
    public void after(int shard, long delayMillis, Runnable task) {
        if (delayMillis < 1) {
            throw new IllegalArgumentException("delay of " + delayMillis + " ms is below 1");
        }
        timers.add(new Timer(nanos + delayMillis * 1_000_000L, timersStarted++, "shard-" + shard, null, task));
    }

    private void startDueTimers() {
        for (Timer timer = timers.peek(); timer != null && timer.dueNanos <= nanos; timer = timers.peek()) {
            timers.poll();
            (timer.client == null ? serial(timer.executor) : timer.client).execute(timer.task);
        }
    }

    private void passTime() {
        nanos += random.nextInt(STEP_NANOS);
        if (random.nextInt(STEPS_PER_PAUSE) == 0) {
            nanos += random.nextInt(PAUSE_NANOS);
        }
        if (random.nextInt(STEPS_PER_CLOCK_JUMP) == 0) {
            wallSkewMillis = random.nextInt(-CLOCK_JUMP_MILLIS, CLOCK_JUMP_MILLIS);
        }
        if (random.nextInt(STEPS_PER_FAVOUR) == 0) {
            all.forEach(this::favour);
        }
    }

    private void favour(SimulatedExecutor executor) {
        executor.weight = 1 << random.nextInt(FAVOUR_DOUBLINGS);
    }

    private @Nullable SimulatedExecutor choose() {
        int sum = 0;
        for (SimulatedExecutor executor : all) {
            sum += executor.size() > 0 ? executor.weight : 0;
        }
        if (sum == 0) {
            return null;
        }
        int chosen = random.nextInt(sum);
        for (SimulatedExecutor executor : all) {
            chosen -= executor.size() > 0 ? executor.weight : 0;
            if (chosen < 0) {
                return executor;
            }
        }
        throw new IllegalStateException("weights changed while choosing");
    }

    /**
     * @param executor name of the executor, which is found when the timer is due
     * @param client that executor if it is outside of the log's process, or null
     */
    private record Timer(
            long dueNanos,
            long number,
            String executor,
            @Nullable SimulatedExecutor client,
            Runnable task) {}

    /**
     * Lets the log deal with what its shards' tasks throw, as it does in an application. Otherwise {@link #step} throws it as
     * well, because it is a fault of the log unless a test made it.
     */
    public void letTasksThrow() {
        tasksMayThrow = true;
    }

    /** Lets no shard run a task on the thread that brings it, for seeds that failed so. */
    public void queueAlways() {
        queuesAlways = true;
    }

    private record OfShard(SimulatedExecutor executor) implements ShardExecutor {

        @Override
        public void execute(Runnable task) {
            executor.execute(task);
        }

        @Override
        public void executeNow(Runnable task) {
            executor.executeNow(task);
        }

        @Override
        public void whenThrown(Consumer<Throwable> hears) {
            executor.thrown = hears;
        }
    }

    /** Tasks that wait for their turn. */
    private final class SimulatedExecutor implements Executor {

        private final String name;
        private final boolean parallel;
        private final List<Runnable> tasks = new ArrayList<>();
        private int head;
        private boolean stopped;
        private boolean outside;
        private boolean running;
        private int weight = 1;
        private @Nullable Consumer<Throwable> thrown;

        SimulatedExecutor(String name, boolean parallel) {
            this.name = name;
            this.parallel = parallel;
        }

        @Override
        public void execute(Runnable task) {
            if (!stopped) {
                tasks.add(task);
            }
        }

        int size() {
            return tasks.size() - head;
        }

        void runOne(SplittableRandom random) {
            if (parallel) {
                int chosen = head + random.nextInt(size());
                Runnable first = tasks.get(head);
                tasks.set(head, tasks.get(chosen));
                tasks.set(chosen, first);
            }
            Runnable task = tasks.get(head++);
            if (head == tasks.size()) {
                tasks.clear();
                head = 0;
            }
            run(task);
        }

        /** Runs it at once if the executor is idle, unless another thread is about to bring a task as well. */
        void executeNow(Runnable task) {
            if (stopped) {
                return;
            }
            if (running || size() > 0 || queuesAlways || races.nextInt(NOW_PER_RACE) == 0) {
                tasks.add(task);
            } else {
                run(task);
            }
        }

        private void run(Runnable task) {
            running = true;
            try {
                task.run();
            } catch (SimulatedCrash e) {
                throw e;
            } catch (RuntimeException | Error e) {
                if (thrown == null) {
                    throw e;
                }
                thrown.accept(e);
                if (!tasksMayThrow && unexpected == null) {
                    unexpected = e; // and not to the caller, which may belong to another executor
                }
            } finally {
                running = false;
            }
        }

        void stop() {
            stopped = true;
            tasks.clear();
            head = 0;
        }

        @Override
        public String toString() {
            return name + " with " + size() + " tasks";
        }
    }
}
