package io.strandline.benchmarks.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.List;

/** The heap that the states of all keys take, beyond that of the open log, when all are in a checkpoint. */
public final class StrandlineState implements Side {

    /** As long as what {@link #CODEC} writes: 16 bytes. */
    record Sum(long events, long amounts) {

        static final Sum NONE = new Sum(0, 0);

        Sum plus(long amount) {
            return new Sum(events + 1, amounts + amount);
        }
    }

    private static final EventCodec<Sum> CODEC = new EventCodec<>() {

        @Override
        public EventType typeOf(Sum sum) {
            return EventType.RAW;
        }

        @Override
        public void encode(Sum sum, PayloadOutput out) throws IOException {
            PipelineLoad.NUMBER.encode(sum.events(), out);
            PipelineLoad.NUMBER.encode(sum.amounts(), out);
        }

        @Override
        public Sum decode(EventType type, byte[] bytes, int from, int length) {
            return new Sum(TimedEvents.number(bytes, from), TimedEvents.number(bytes, from + Long.BYTES));
        }
    };

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        long before = HeapUse.bytes();
        RunningPipeline running = PipelineLoad.deploy(
                job,
                vertx,
                log,
                PipelineLoad.ownName(),
                StrandlineState::pipeline,
                new SharedProgress(Long.MAX_VALUE),
                PipelineLoad.byTime(PipelineWork.CHECKPOINT_MILLIS));
        Awaited.await(running.awaitEnd());
        // A checkpoint brings what it has written into the pages, in slices, before the next one begins.
        Awaited.await(running.checkpoint());
        Awaited.await(running.checkpoint());
        Measurement measured = Measurement.ofBytes((HeapUse.bytes() - before) / (double) job.events());
        Awaited.await(running.state("sum", PipelineWork.key(job.events() - 1)));
        return List.of(measured);
    }

    private static Pipeline pipeline(String name, String sink, Runnable counter) {
        return Pipeline.named(name, 1)
                .from(MeasuredLog.STREAM, PipelineLoad.NUMBER)
                .keyByRoutingKey()
                .<Sum, Long>process("sum", CODEC, key -> Sum.NONE, (sum, amount, context) -> {
                    counter.run();
                    return sum.plus(amount);
                })
                .build();
    }
}
