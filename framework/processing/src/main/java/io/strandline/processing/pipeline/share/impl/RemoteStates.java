package io.strandline.processing.pipeline.share.impl;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.RunningPipeline.WindowsAnswer;
import io.strandline.processing.pipeline.impl.PipelineParts;
import io.strandline.processing.pipeline.impl.handover.MergedStates;
import io.strandline.processing.pipeline.impl.question.StateFormat;
import io.strandline.processing.pipeline.impl.question.StateFormat.Kind;
import io.strandline.processing.pipeline.impl.question.StateFormat.Question;
import io.strandline.processing.pipeline.share.PipelineStates;
import io.strandline.spi.RetryWindow;
import io.strandline.sync.bus.BusFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks the runs of a pipeline for their states, each for the keys that its part has. */
final class RemoteStates implements PipelineStates {

    private final Vertx vertx;
    private final Pipeline pipeline;
    private final String address;
    private final long timeoutMillis;
    private final StateFormat format;
    /** In the order of their keys. */
    private final List<Pipeline> parts;

    /** @param options checked, with an address */
    RemoteStates(Vertx vertx, Pipeline pipeline, PipelineOptions options) {
        this.vertx = vertx;
        this.pipeline = pipeline;
        this.address = String.valueOf(options.getStateAddress());
        this.timeoutMillis = Math.max(1, options.getRetryTimeoutMillis());
        this.format = new StateFormat(pipeline);
        this.parts = PipelineParts.all(pipeline, options.getParts());
    }

    @Override
    public Future<StateAnswer> state(String operator, String key) {
        return ask(
                operator,
                () -> partOf(key),
                new Question(Kind.STATE, operator, key, null),
                body -> format.readState(operator, body));
    }

    @Override
    public Future<WindowsAnswer> windows(String operator, String key) {
        return ask(
                operator,
                () -> partOf(key),
                new Question(Kind.WINDOWS, operator, key, null),
                body -> format.readWindows(operator, body));
    }

    @Override
    public Future<StatePage> states(String operator, StateRange range) {
        MergedStates merged = new MergedStates(range);
        Future<?> last = Future.succeededFuture();
        for (Pipeline part : parts) {
            last = last.compose(before -> ask(
                            operator,
                            () -> part,
                            new Question(Kind.STATES, operator, null, merged.rest()),
                            body -> format.readPage(operator, body)))
                    .onSuccess(merged::addPage);
        }
        return last.map(all -> merged.page());
    }

    private Pipeline partOf(String key) {
        byte[] bytes = Utf8.encode("a key", key);
        long hash = KeyHash.of(bytes, 0, bytes.length);
        for (Pipeline part : parts) {
            KeyRange keys = part.topology().keys();
            if (keys.contains(hash)) {
                return part;
            }
        }
        throw new IllegalStateException("no part has hash " + Long.toHexString(hash));
    }

    private interface Target {

        Pipeline part();
    }

    private <T> Future<T> ask(
            String operator, Target target, Question question, Function<@Nullable Object, T> reading) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        try {
            String at = StateFormat.addressOf(address, target.part());
            Asked<T> asked = new Asked<>(context, at, operator, format.question(question), reading);
            asked.send();
            return asked.promise.future();
        } catch (StrandlineException refused) {
            return context.failedFuture(refused);
        }
    }

    /** One question until its answer. On its caller's context. */
    private final class Asked<T> {

        private final ContextInternal context;
        private final String at;
        private final String operator;
        private final Buffer question;
        private final Function<@Nullable Object, T> reading;
        private final PromiseInternal<T> promise;
        private final RetryWindow retries = RetryWindow.of(timeoutMillis).begin();
        private final long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);

        Asked(
                ContextInternal context,
                String at,
                String operator,
                Buffer question,
                Function<@Nullable Object, T> reading) {
            this.context = context;
            this.at = at;
            this.operator = operator;
            this.question = question;
            this.reading = reading;
            this.promise = context.promise();
        }

        void send() {
            long leftMillis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()));
            try {
                vertx.eventBus()
                        .<Object>request(at, question, new DeliveryOptions().setSendTimeout(leftMillis))
                        .onComplete((reply, cause) -> context.emit(answered -> {
                            if (cause == null) {
                                read(reply.body());
                            } else {
                                refused(cause);
                            }
                        }));
            } catch (RuntimeException vertxCloses) {
                promise.fail(unavailable("was not asked", vertxCloses));
            }
        }

        private void read(@Nullable Object body) {
            try {
                promise.complete(reading.apply(body));
            } catch (StrandlineException unreadable) {
                promise.fail(unreadable);
            }
        }

        private void refused(Throwable cause) {
            StrandlineException typed = BusFailure.typed(cause);
            if (typed == null && !BusFailure.isNobodyThere(cause) && !BusFailure.isDiscarded(cause)) {
                promise.fail(unavailable("has not answered within " + timeoutMillis + " ms", cause));
            } else if (typed == null
                    || typed instanceof StrandlineException.Unavailable
                    || typed instanceof StrandlineException.Fenced) {
                again(typed == null ? unavailable("is not there", cause) : typed);
            } else {
                promise.fail(typed);
            }
        }

        /** A run that was fenced says so until it has ended. Then another one answers. */
        private void again(StrandlineException why) {
            long pause = retries.pause();
            if (pause == RetryWindow.OVER) {
                promise.fail(why instanceof StrandlineException.Unavailable ? why : unavailable("was replaced", why));
                return;
            }
            try {
                // Of the context: a timer of Vert.x is lost when the caller's verticle is undeployed.
                context.setTimer(Math.max(1, pause), timer -> send());
            } catch (RuntimeException vertxCloses) {
                promise.fail(why);
            }
        }

        private StrandlineException unavailable(String what, Throwable cause) {
            return new StrandlineException.Unavailable(
                    "what runs " + pipeline + " " + what + " at " + at + ", for the state of " + operator + ": "
                            + cause.getMessage(),
                    cause);
        }
    }
}
