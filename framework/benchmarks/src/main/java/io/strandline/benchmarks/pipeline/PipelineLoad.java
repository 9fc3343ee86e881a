package io.strandline.benchmarks.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Vertx;
import java.io.IOException;

/** Runs pipelines on a source that holds enough for the whole measurement. */
public final class PipelineLoad {

    /** The first eight bytes of an event. */
    static final EventCodec<Long> NUMBER = new EventCodec<>() {

        @Override
        public EventType typeOf(Long number) {
            return EventType.RAW;
        }

        @Override
        public void encode(Long number, PayloadOutput out) throws IOException {
            for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
                out.write((int) (number >>> shift));
            }
        }

        @Override
        public Long decode(EventType type, byte[] bytes, int from, int length) {
            return TimedEvents.number(bytes, from);
        }
    };

    private PipelineLoad() {}

    /** Describes the pipeline under measurement. */
    @FunctionalInterface
    public interface Description {

        /**
         * Describes it.
         *
         * @param counter is to be called for every event
         */
        Pipeline of(String name, String sink, Runnable counter);
    }

    /** Deploys a pipeline with a name and a sink of its own, so that every round begins at the start of the source. */
    public static SharedProgress start(Job job, Description description) throws Exception {
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        return start(job, vertx, log, ownName(), description);
    }

    /** A name that no other process gives to its pipeline. */
    static String ownName() {
        return "of-" + ProcessHandle.current().pid();
    }

    /** Name of the sink of a pipeline. */
    static String sink(String name) {
        return "benchmark/results-" + name;
    }

    /** Deploys a pipeline on an open log, with a checkpoint each second. */
    static SharedProgress start(Job job, Vertx vertx, Strandline log, String name, Description description)
            throws Exception {
        return start(job, vertx, log, name, description, byTime(PipelineWork.CHECKPOINT_MILLIS));
    }

    /** Deploys a pipeline on an open log. */
    static SharedProgress start(
            Job job, Vertx vertx, Strandline log, String name, Description description, PipelineOptions options)
            throws Exception {
        SharedProgress load = new SharedProgress(job.events());
        deploy(job, vertx, log, name, description, load, options);
        return load;
    }

    /** With checkpoints by time alone. */
    static PipelineOptions byTime(long checkpointMillis) {
        return new PipelineOptions()
                .setCheckpointIntervalMillis(checkpointMillis)
                .setCheckpointEvents(10_000_000)
                .setMaxReplayEvents(20_000_000);
    }

    /** Deploys a pipeline on an open log. What it processes is counted by a load. */
    static RunningPipeline deploy(
            Job job,
            Vertx vertx,
            Strandline log,
            String name,
            Description description,
            SharedProgress load,
            PipelineOptions options)
            throws Exception {
        String sink = sink(name);
        Awaited.await(log.catalog().createStream(sink, new StreamOptions().setPartitions(job.partitions())));
        RunningPipeline running =
                Awaited.await(description.of(name, sink, load::count).deploy(vertx, log, options));
        running.ended().onFailure(load::fail);
        return running;
    }
}
