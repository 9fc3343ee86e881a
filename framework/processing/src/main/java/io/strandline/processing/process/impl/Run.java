package io.strandline.processing.process.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessClock;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.spi.Backoff;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the parts of one open process share: its instances, its time, and its end. All of it runs on one context.
 *
 * @param <S> state of the process
 */
final class Run<S> {

    final ContextInternal context;
    final Strandline log;
    final Process<S> process;
    final Reacting<S> reacting;
    final Aggregates<Input, Instance> instances;
    final ProcessOptions options;
    final ProcessClock clock;
    final ProcessCounters counters = new ProcessCounters();
    final Slots slots;

    private final Consumer<Throwable> whenStopped;
    private boolean ending;

    /** @param whenStopped hears why the process cannot go on, on its context */
    Run(
            ContextInternal context,
            Strandline log,
            Process<S> process,
            Aggregates<Input, Instance> instances,
            ProcessOptions options,
            ProcessClock clock,
            Consumer<Throwable> whenStopped) {
        this.context = context;
        this.log = log;
        this.process = process;
        this.reacting = new Reacting<>(process);
        this.instances = instances;
        this.options = options;
        this.clock = clock;
        this.slots = new Slots(options.getCommandsUnderWay(), counters);
        this.whenStopped = whenStopped;
    }

    /** Where the steps are. */
    String stream() {
        return Objects.requireNonNull(options.getStream());
    }

    boolean isEnding() {
        return ending;
    }

    /** Nothing is begun or tried again any more. */
    void end() {
        ending = true;
        slots.end(ended());
    }

    StrandlineException ended() {
        return new StrandlineException.Unavailable(this + " is closed");
    }

    /** The process cannot go on. */
    void stop(Throwable cause) {
        if (!ending) {
            whenStopped.accept(cause);
        }
    }

    /** Runs a task after a pause, unless the process ends. */
    void later(long millis, Runnable task, Runnable otherwise) {
        context.setTimer(millis, due -> (ending ? otherwise : task).run());
    }

    /**
     * Has an instance react, until it is durable. While the log is away, it waits. Fails with what the input is refused with, or when the
     * process ends.
     *
     * @param input made for each attempt
     */
    Future<Void> react(String key, Supplier<Input> input) {
        Promise<Void> decided = Promise.promise();
        react(key, input, new Backoff(), decided);
        return decided.future();
    }

    private void react(String key, Supplier<Input> input, Backoff pauses, Promise<Void> decided) {
        if (ending) {
            decided.fail(ended());
            return;
        }
        instances.execute(key, input.get()).onComplete((outcome, cause) -> {
            Throwable refusal = outcome instanceof Outcome.Rejected<Instance> rejected
                            && rejected.reason() instanceof StrandlineException refused
                    ? refused
                    : cause;
            if (refusal == null) {
                decided.complete();
            } else if (StrandlineException.isTransient(refusal)) {
                later(pauses.next(), () -> react(key, input, pauses, decided), () -> decided.fail(ended()));
            } else {
                if (!(refusal instanceof StrandlineException.Invalid)) {
                    stop(refusal);
                }
                decided.fail(refusal);
            }
        });
    }

    @Override
    public String toString() {
        return process + " of " + stream();
    }
}
