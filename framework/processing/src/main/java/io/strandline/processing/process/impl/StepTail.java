package io.strandline.processing.process.impl;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Follows the steps that this opening decides, in their order. While the log is away it waits and goes on where it was. A step of another
 * opening ends the process with Fenced: all partitions are claimed before the tail begins, so only a later opening can have decided it,
 * and its effects are for that one to begin. Belongs to one context.
 */
final class StepTail {

    private static final Logger LOG = Logger.of(StepTail.class);

    private final Run<?> run;
    private final Taker taker;
    private final Backoff pauses = new Backoff();
    private @Nullable EventReader<Step> reader;
    private boolean closed;

    /** Takes a step. */
    interface Taker {

        /**
         * An instance has decided.
         *
         * @param key of the instance
         * @param trace that the step carries, as headers
         */
        void take(String key, Step step, Headers trace);
    }

    StepTail(Run<?> run, Taker taker) {
        this.run = run;
        this.taker = taker;
    }

    /** Follows from here on. */
    Future<Void> begin(StreamCut from) {
        return run.log
                .subscribe(run.stream(), StepCodec.INSTANCE, new ReaderOptions().setFrom(StartPosition.at(from)))
                .onSuccess(this::follow)
                .mapEmpty();
    }

    private void follow(EventReader<Step> steps) {
        if (closed) {
            steps.close();
            return;
        }
        reader = steps;
        steps.exceptionHandler(cause -> failed(cause, steps.position()));
        waitForRoom(steps);
        steps.handler(step -> {
            pauses.reset();
            take(step);
            waitForRoom(steps);
        });
    }

    private void take(EventRecord<Step> step) {
        if (closed) {
            return;
        }
        if (!isOwn(step)) {
            run.stop(new StrandlineException.Fenced(run + " was opened elsewhere, and that opening has taken over"));
            return;
        }
        taker.take(keyOf(step), step.event(), step.headers().trace());
    }

    private boolean isOwn(EventRecord<Step> step) {
        return step.headers().isText(Run.OPENING_ID)
                && run.opening.equals(step.headers().text(Run.OPENING_ID));
    }

    /** The instance that decided a step. */
    static String keyOf(EventRecord<Step> step) {
        return Objects.requireNonNull(step.key(), "a step without a key");
    }

    private void waitForRoom(EventReader<Step> steps) {
        if (!run.slots.hasRoom()) {
            steps.pause();
            run.slots.room().onSuccess(room -> steps.resume());
        }
    }

    private void failed(Throwable cause, StreamCut position) {
        if (closed) {
            return;
        }
        if (!StrandlineException.isTransient(cause)) {
            run.stop(cause);
            return;
        }
        LOG.warn("{} cannot follow its steps for now and tries again: {}", run, cause.getMessage());
        run.later(pauses.next(), () -> begin(position).onFailure(again -> failed(again, position)), () -> {});
    }

    /** Between two steps, that of what was taken. */
    StreamCut position() {
        return Objects.requireNonNull(reader, "a tail has begun when it has taken a step")
                .position();
    }

    void close() {
        closed = true;
        EventReader<Step> steps = reader;
        if (steps != null) {
            steps.close();
        }
    }
}
