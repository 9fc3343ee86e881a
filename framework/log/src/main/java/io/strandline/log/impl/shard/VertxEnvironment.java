package io.strandline.log.impl.shard;

import io.strandline.log.spi.Clock;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.LogRules;
import io.strandline.log.spi.ShardExecutor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The environment of a log in an application: contexts of Vert.x, threads for blocking I/O, and the file system. */
public final class VertxEnvironment {

    /** Blocking reads of chunks beside each other. */
    private static final int READ_THREADS = 2;

    private final List<ExecutorService> threads = new ArrayList<>();
    private final List<Future<Void>> ended = new ArrayList<>();
    private final List<Executor> journals = new ArrayList<>();
    private final List<Executor> chunks = new ArrayList<>();
    private final Environment environment;
    /** The shards are closed: what a timer still asks for is of no use, and their contexts may end. */
    private volatile boolean closed;

    public VertxEnvironment(Vertx vertx, Disk disk, List<ShardVerticle> verticles) {
        List<ShardExecutor> shards = new ArrayList<>();
        for (int i = 0; i < verticles.size(); i++) {
            shards.add(
                    new ContextShardExecutor((ContextInternal) verticles.get(i).shardContext()));
            journals.add(newThreads("strandline-journal-" + i, 1, new SpinningQueue()));
            chunks.add(newThreads("strandline-chunks-" + i, 1));
        }
        environment = new Environment(
                disk,
                new SystemClock(),
                (shard, delayMillis, task) -> vertx.setTimer(delayMillis, id -> {
                    if (!closed) {
                        shards.get(shard).execute(task);
                    }
                }),
                shards::get,
                journals::get,
                chunks::get,
                newThreads("strandline-compaction", 1),
                started(new FollowingThreads(READ_THREADS, "strandline-reads", newEnd())),
                newThreads("strandline-preparations", 1),
                LogRules.STANDARD);
    }

    private Executor newThreads(String name, int count) {
        return newThreads(name, count, new LinkedBlockingQueue<>());
    }

    private Executor newThreads(String name, int count, BlockingQueue<Runnable> queue) {
        return started(new EndingThreads(count, queue, task -> newThread(task, name), newEnd()));
    }

    private static Thread newThread(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private Promise<Void> newEnd() {
        Promise<Void> end = Promise.promise();
        ended.add(end.future());
        return end;
    }

    private Executor started(ExecutorService service) {
        threads.add(service);
        return service;
    }

    public Environment environment() {
        return environment;
    }

    /**
     * Lets the threads end when they have done what they were given. Completes on the last of them, when none of them can touch
     * the disk any more.
     */
    public Future<Void> close() {
        closed = true;
        // Never shutdownNow: an interrupt would close the file channels under the journal.
        threads.forEach(ExecutorService::shutdown);
        return Future.join(ended).mapEmpty();
    }

    /** Threads that tell when the last of them has ended. */
    private static class EndingThreads extends ThreadPoolExecutor {

        private final Promise<Void> end;

        EndingThreads(int count, BlockingQueue<Runnable> queue, ThreadFactory factory, Promise<Void> end) {
            super(count, count, 0, TimeUnit.SECONDS, queue, factory);
            this.end = end;
        }

        @Override
        protected void terminated() {
            super.terminated();
            end.tryComplete();
        }
    }

    /**
     * Threads on which the task that follows from another runs next, on the same thread. A read of one thing says what is read
     * after it, often four times in a row, and to wake another thread for each takes longer than the reads.
     */
    public static final class FollowingThreads extends EndingThreads {

        /** Tasks that may follow each other before one that waits in the queue has its turn. */
        public static final int MAX_FOLLOWING = 16;

        /** Tells its threads from those of another log. */
        private final Object pool;

        public FollowingThreads(int count, String name, Promise<Void> end) {
            this(count, name, end, new Object());
        }

        private FollowingThreads(int count, String name, Promise<Void> end, Object pool) {
            super(count, new LinkedBlockingQueue<>(), task -> new FollowingThread(task, name, pool), end);
            this.pool = pool;
        }

        @Override
        public void execute(Runnable task) {
            if (!(Thread.currentThread() instanceof FollowingThread own && own.pool == pool && own.follows(task))) {
                super.execute(task);
            }
        }

        @Override
        protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
            if (Thread.currentThread() instanceof FollowingThread own) {
                own.runFollowing();
            }
        }
    }

    /** Its fields are used by itself alone. */
    private static final class FollowingThread extends Thread {

        private final Object pool;
        private @Nullable Runnable next;
        private int followed;

        FollowingThread(Runnable task, String name, Object pool) {
            super(task, name);
            this.pool = pool;
            setDaemon(true);
        }

        /** False if a task has to be queued. */
        private boolean follows(Runnable task) {
            if (next != null || followed == FollowingThreads.MAX_FOLLOWING) {
                return false;
            }
            next = task;
            followed++;
            return true;
        }

        private void runFollowing() {
            for (Runnable task = next; task != null; task = next) {
                next = null;
                task.run();
            }
            followed = 0;
        }
    }

    /**
     * Waits a moment on the processor before it lets the thread sleep: the frame that follows an answer comes within that
     * time, and waking the thread would take as long again.
     */
    private static final class SpinningQueue extends LinkedBlockingQueue<Runnable> {

        private static final long serialVersionUID = 1L;
        private static final long SPIN_NANOS = 100_000;

        @Override
        public Runnable take() throws InterruptedException {
            long start = System.nanoTime();
            do {
                Runnable next = poll();
                if (next != null) {
                    return next;
                }
                Thread.onSpinWait();
            } while (System.nanoTime() - start < SPIN_NANOS);
            return super.take();
        }
    }

    private static final class SystemClock implements Clock {

        @Override
        public long wallMillis() {
            return System.currentTimeMillis();
        }

        @Override
        public long monotonicNanos() {
            return System.nanoTime();
        }
    }
}
