package io.strandline.processing.process.impl;

import io.strandline.Headers;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessClock;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.processing.process.ProcessSetting;
import io.strandline.spi.Backoff;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the parts of one open process share: its instances, its time, and its end. All of it runs on one context.
 *
 * @param <S> state of the process
 */
final class Run<S> {

    /** Name of the header in which a step has the id of the opening that decided it. */
    static final String OPENING_ID = "opening-id";

    /** Tells this opening from all others. */
    final String opening = UUID.randomUUID().toString();

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
    private final CommandOptions decidedHere = new CommandOptions().putHeader(OPENING_ID, opening);
    private boolean ending;

    /** @param whenStopped hears why the process cannot go on, on its context */
    Run(
            ContextInternal context,
            ProcessSetting<S> setting,
            Aggregates<Input, Instance> instances,
            Consumer<Throwable> whenStopped) {
        this.context = context;
        this.log = setting.log();
        this.process = setting.process();
        this.reacting = new Reacting<>(process);
        this.instances = instances;
        this.options = setting.options();
        this.clock = setting.clock();
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
        return insist(() -> reactOnce(key, input.get()));
    }

    /** Has an instance react, without another attempt. After a transient failure it may have reacted, or may still. */
    Future<?> reactOnce(String key, Input input) {
        return instances.execute(key, input, optionsOf(input)).transform((outcome, cause) -> {
            Throwable refusal = outcome instanceof Outcome.Rejected<Instance> rejected
                            && rejected.reason() instanceof StrandlineException refused
                    ? refused
                    : cause;
            if (refusal == null) {
                return Future.succeededFuture(outcome);
            }
            if (!StrandlineException.isTransient(refusal) && !(refusal instanceof StrandlineException.Invalid)) {
                stop(refusal);
            }
            return Future.failedFuture(refusal);
        });
    }

    /** A step carries the trace of what it is decided on, so that the commands of the step go on with it. */
    private CommandOptions optionsOf(Input input) {
        Headers trace = input.trace();
        if (trace.isEmpty()) {
            return decidedHere;
        }
        CommandOptions traced = new CommandOptions(decidedHere);
        trace.names().forEach(name -> traced.putHeader(name, String.valueOf(trace.text(name))));
        return traced;
    }

    /** Tries until it fails with what is not transient, or the process ends. */
    Future<Void> insist(Supplier<Future<?>> attempt) {
        Promise<Void> done = Promise.promise();
        insist(attempt, new Backoff(), done);
        return done.future();
    }

    private void insist(Supplier<Future<?>> attempt, Backoff pauses, Promise<Void> done) {
        if (ending) {
            done.fail(ended());
            return;
        }
        attempt.get().onComplete((result, cause) -> {
            if (cause == null) {
                done.complete();
            } else if (StrandlineException.isTransient(cause)) {
                later(pauses.next(), () -> insist(attempt, pauses, done), () -> done.fail(ended()));
            } else {
                done.fail(cause);
            }
        });
    }

    @Override
    public String toString() {
        return process + " of " + stream();
    }
}
