package io.strandline.log.impl.shard;

import io.strandline.log.spi.ShardExecutor;
import io.strandline.spi.Logger;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs what is queued on the shard's context, and what meets an idle shard on the thread that brings it.
 *
 * <p>Waking a thread on another processor costs 20 to 50 µs on a virtual machine, as much as a third of a force. So an
 * append that meets an idle shard is numbered on the writer's thread, and applied on the journal's: one thread to wake
 * instead of three.
 *
 * <p>The count of unfinished tasks is the lock: who raises it from 0 runs, and lowering it hands over what was written. A
 * task that is counted must therefore arrive and run, whatever fails: what allocates does so before the count, and a turn
 * that the context does not take, because its thread has ended or there is no memory for the call, is run elsewhere.
 */
final class ContextShardExecutor implements ShardExecutor {

    private static final Logger LOG = Logger.of(ContextShardExecutor.class);

    /** Tasks in one turn of the event loop. Other users of the event loop get their turns in between. */
    private static final int TASKS_PER_TURN = 64;

    private final Executor context;
    private final Executor instead;
    private final AtomicInteger unfinished = new AtomicInteger();
    /** Newest task. Each task knows the next one. */
    private final AtomicReference<Queued> newest;
    /** Newest task that was taken, only for who runs. */
    private Queued taken;

    private final Runnable turn = this::runTasks;
    private volatile Consumer<Throwable> thrown = cause -> LOG.error("a task of a shard threw", cause);

    ContextShardExecutor(ContextInternal context) {
        this(task -> context.runOnContext(turn -> task.run()), ForkJoinPool.commonPool());
    }

    /**
     * @param context runs turns
     * @param instead runs a turn that the context did not take
     */
    ContextShardExecutor(Executor context, Executor instead) {
        this.context = context;
        this.instead = instead;
        this.taken = new Queued(ContextShardExecutor::nothing);
        this.newest = new AtomicReference<>(taken);
    }

    /** A task, and the one after it once that is queued. */
    @SuppressWarnings("serial")
    private static final class Queued extends AtomicReference<@Nullable Queued> {

        private Runnable task;

        Queued(Runnable task) {
            this.task = task;
        }
    }

    @Override
    public void execute(Runnable task) {
        Queued queued = new Queued(task);
        // Counted before it is queued: else a turn could take it in place of one that is counted, find nothing left to
        // do, and let a later task of that caller pass the one that still waits.
        boolean isIdle = unfinished.getAndIncrement() == 0;
        newest.getAndSet(queued).set(queued);
        if (isIdle) {
            takeTurn();
        }
    }

    @Override
    public void executeNow(Runnable task) {
        if (!unfinished.compareAndSet(0, 1)) {
            execute(task);
            return;
        }
        run(task);
        if (unfinished.decrementAndGet() > 0) {
            takeTurn();
        }
    }

    /** In place of a task that was taken, which may be large. */
    private static void nothing() {}

    private void takeTurn() {
        try {
            context.execute(turn);
        } catch (Throwable e) {
            instead.execute(turn);
        }
    }

    private void runTasks() {
        for (int i = 0; i < TASKS_PER_TURN; i++) {
            Queued next = taken.get();
            if (next == null) {
                break; // its caller has counted it and is about to queue it
            }
            // Else one that the collector has promoted would keep all that followed it until a full collection.
            taken.lazySet(null);
            taken = next;
            Runnable task = next.task;
            next.task = ContextShardExecutor::nothing;
            run(task);
            if (unfinished.decrementAndGet() == 0) {
                return;
            }
        }
        takeTurn();
    }

    @Override
    public void whenThrown(Consumer<Throwable> hears) {
        thrown = hears;
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            report(e);
        }
    }

    /** Nothing may be thrown from here: the count of unfinished tasks would stay, and none would run any more. */
    private void report(Throwable cause) {
        try {
            thrown.accept(cause);
        } catch (Throwable e) {
            logUnheard(cause, e);
        }
    }

    private static void logUnheard(Throwable cause, Throwable e) {
        try {
            LOG.error("a shard could not be stopped after a task threw {}", cause, e);
        } catch (Throwable unwritten) {
            // There is no memory for a line either.
        }
    }
}
