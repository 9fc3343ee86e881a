package io.strandline.log.spi;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Runs the tasks of one shard, one after the other, each seeing what the ones before it did. */
@FunctionalInterface
public interface ShardExecutor extends Executor {

    /**
     * Runs a task after all tasks that were handed over before. If none of them runs or waits, it runs on the calling
     * thread before the call returns, so that an idle shard costs its caller no switch of threads. Only for tasks that
     * are short, and for callers that hold nothing which the shard may call back into.
     *
     * <p>This default always queues the task.
     */
    default void executeNow(Runnable task) {
        execute(task);
    }

    /**
     * Names who hears of what a task throws, whatever it is: as part of that task, before any other one runs, so that nothing
     * rests on what the task has left half done. To be called once, before the first task.
     *
     * <p>This default tells nobody. It is for executors that throw to their caller what a task throws, as those of a test on
     * one thread.
     */
    default void whenThrown(Consumer<Throwable> hears) {}
}
