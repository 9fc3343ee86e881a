package io.strandline.log;

import io.strandline.log.spi.ShardExecutor;
import io.strandline.spi.Logger;
import io.vertx.core.internal.ContextInternal;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Runs what is queued on the shard's context, and what meets an idle shard on the thread that brings it.
 *
 * <p>Waking a thread on another processor costs 20 to 50 µs on a virtual machine, as much as a third of a force. So an
 * append that meets an idle shard is numbered on the writer's thread, and applied on the journal's: one thread to wake
 * instead of three.
 *
 * <p>The count of unfinished tasks is the lock: who raises it from 0 runs, and lowering it hands over what was written.
 */
final class ContextShardExecutor implements ShardExecutor {

    private static final Logger LOG = Logger.of(ContextShardExecutor.class);

    /** Tasks of one turn of the event loop; others that share it get theirs in between. */
    private static final int TASKS_PER_TURN = 64;

    private final ContextInternal context;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unfinished = new AtomicInteger();
    private volatile Consumer<Throwable> thrown = cause -> LOG.error("a task of a shard threw", cause);

    ContextShardExecutor(ContextInternal context) {
        this.context = context;
    }

    @Override
    public void execute(Runnable task) {
        // Counted before it is queued: else a turn could take it in place of one that is counted, find nothing left to
        // do,
        // and let a later task of that caller pass the one that still waits.
        boolean isIdle = unfinished.getAndIncrement() == 0;
        tasks.add(task);
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

    private void takeTurn() {
        context.runOnContext(turn -> runTasks());
    }

    private void runTasks() {
        for (int i = 0; i < TASKS_PER_TURN; i++) {
            Runnable task = tasks.poll();
            if (task == null) {
                break; // its caller has counted it and is about to queue it
            }
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
            LOG.error("a shard could not be stopped after a task threw {}", cause, e);
        }
    }
}
