package io.strandline.benchmarks.flink;

import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.Window;
import io.strandline.benchmarks.pipeline.PipelineWork;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A job of Flink on a mini-cluster in this JVM, whose tasks generate the numbers of events themselves. */
final class FlinkLoad {

    private static final int PARALLELISM = 2;

    /** More than any run reads, so that a source has no end. */
    private static final long NUMBERS = 1L << 40;

    /** Flink makes copies of the functions of a job, and all of them count here. */
    private static final SharedProgress PROGRESS = new SharedProgress(NUMBERS);

    private FlinkLoad() {}

    /** Adds the operators to a stream of the numbers of events. */
    @FunctionalInterface
    interface Topology {

        /** Adds them, with a sink. */
        void describe(DataStream<Long> numbers);
    }

    /** Runs the job and measures. */
    static List<Measurement> measure(Job job, WatermarkStrategy<Long> time, Topology topology) throws Exception {
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createLocalEnvironment(PARALLELISM, settings(job));
        DataGeneratorSource<Long> source = new DataGeneratorSource<>(FlinkLoad::counted, NUMBERS, Types.LONG);
        topology.describe(environment.fromSource(source, time, "numbers"));
        JobClient running = environment.executeAsync("benchmark");
        CompletableFuture<?> unused = running.getJobExecutionResult()
                .whenComplete((result, failure) -> PROGRESS.fail(
                        failure == null ? new IllegalStateException("the job of Flink has ended") : failure));
        return List.of(Window.measure(job, PROGRESS, CpuTime.ofThisProcess()));
    }

    private static Configuration settings(Job job) {
        Configuration settings = new Configuration();
        settings.set(StateBackendOptions.STATE_BACKEND, "hashmap");
        settings.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                job.directory().toUri().toString());
        settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(PipelineWork.CHECKPOINT_MILLIS));
        settings.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
        settings.set(PipelineOptions.OBJECT_REUSE, true);
        // It looks into classes of the JDK, which a JVM without further options forbids.
        settings.set(PipelineOptions.CLOSURE_CLEANER_LEVEL, ExecutionConfig.ClosureCleanerLevel.NONE);
        return settings;
    }

    /** The source gives each task a range. So that the tasks go through the same time together, they alternate. */
    private static Long counted(Long index) {
        PROGRESS.count();
        long half = NUMBERS / PARALLELISM;
        return index < half ? PARALLELISM * index : PARALLELISM * (index - half) + 1;
    }
}
