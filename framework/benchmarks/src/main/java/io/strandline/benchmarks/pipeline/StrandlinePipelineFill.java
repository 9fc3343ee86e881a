package io.strandline.benchmarks.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.WriterOptions;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongFunction;

/** Writes the events that a pipeline reads: {@link TimedEvents}, with keys that each kind of it chooses. */
public abstract class StrandlinePipelineFill implements Side {

    private static final int APPENDS_PER_TURN = 4 * 1024;

    /** Chooses the key of event number {@code n}. Called for one event after the other. */
    private final LongFunction<String> keys;

    private StrandlinePipelineFill(LongFunction<String> keys) {
        this.keys = keys;
    }

    private StrandlinePipelineFill(PipelineWork work) {
        TimedEvents chosen = new TimedEvents(work.keys());
        this.keys = n -> chosen.nextKey();
    }

    /** Events for {@link PipelineWork#SUM}. */
    public static final class Sum extends StrandlinePipelineFill {
        public Sum() {
            super(PipelineWork.SUM);
        }
    }

    /** Events for {@link PipelineWork#WINDOWS}. */
    public static final class Windows extends StrandlinePipelineFill {
        public Windows() {
            super(PipelineWork.WINDOWS);
        }
    }

    /** Events for {@link PipelineWork#MILLION_KEYS}. */
    public static final class MillionKeys extends StrandlinePipelineFill {
        public MillionKeys() {
            super(PipelineWork.MILLION_KEYS);
        }
    }

    /** Each key once, as many as events. */
    public static final class EachKeyOnce extends StrandlinePipelineFill {
        public EachKeyOnce() {
            super(PipelineWork::key);
        }
    }

    /** Each of {@link PipelineWork#MILLION_KEYS} once, and then uniform ones of the twentieth of them that go on changing. */
    public static final class ChangingKeys extends StrandlinePipelineFill {
        public ChangingKeys() {
            super(new LongFunction<>() {
                private final SplittableRandom random = new SplittableRandom(42);

                @Override
                public String apply(long n) {
                    int keys = PipelineWork.MILLION_KEYS.keys();
                    return PipelineWork.key(n < keys ? n : random.nextInt(keys / PipelineWork.CHANGING_PART));
                }
            });
        }
    }

    @Override
    public final List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        Filler filler = new Filler(job, keys);
        Awaited.await(vertx.deployVerticle(filler));
        Awaited.await(filler.end.future());
        Awaited.await(vertx.close());
        return List.of();
    }

    /** Appends as fast as its writer takes events. */
    private static final class Filler extends VerticleBase {

        private final Job job;
        private final LongFunction<String> keys;
        private final TimedEvents events = new TimedEvents(0);
        private final Promise<Void> end = Promise.promise();
        private long sent;

        Filler(Job job, LongFunction<String> keys) {
            this.job = job;
            this.keys = keys;
        }

        @Override
        public Future<?> start() {
            return MeasuredLog.openWithStream(vertx, job, new LogOptions())
                    .compose(Filler::writer)
                    .onSuccess(writer -> {
                        writer.exceptionHandler(end::tryFail);
                        writer.drainHandler(drained -> fill(writer));
                        fill(writer);
                    });
        }

        private static Future<EventWriter<Buffer>> writer(Strandline log) {
            return log.createWriter(
                    MeasuredLog.STREAM,
                    EventCodec.raw(),
                    new WriterOptions().setWriteQueueBytes(MeasuredLog.BULK_QUEUE_BYTES));
        }

        private void fill(EventWriter<Buffer> writer) {
            for (int appends = 0; appends < APPENDS_PER_TURN; appends++) {
                if (sent == job.events()) {
                    writer.flush().onComplete(end);
                    return;
                }
                if (writer.writeQueueFull()) {
                    return;
                }
                writer.append(keys.apply(sent), Buffer.buffer(events.event(sent)))
                        .onFailure(end::tryFail);
                sent++;
            }
            context.runOnContext(nextTurn -> fill(writer));
        }
    }
}
