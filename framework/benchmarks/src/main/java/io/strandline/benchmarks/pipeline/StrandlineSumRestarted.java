package io.strandline.benchmarks.pipeline;

import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.pipeline.PipelineOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Goes on where {@link StrandlineSumUntilKilled} was: from the start of the process to the first output that is new. */
public class StrandlineSumRestarted implements Side {

    private final PipelineOptions options;

    /** After {@link StrandlineSumUntilKilled}. */
    public StrandlineSumRestarted() {
        this(PipelineLoad.byTime(PipelineWork.CHECKPOINT_MILLIS));
    }

    private StrandlineSumRestarted(PipelineOptions options) {
        this.options = options;
    }

    /** After {@link StrandlineSumUntilKilled.Bounded}. */
    public static final class Bounded extends StrandlineSumRestarted {
        public Bounded() {
            super(StrandlineSumUntilKilled.bounded());
        }
    }

    @Override
    public final List<Measurement> run(Job job) throws Exception {
        Instant began = ChildJvm.started();
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        String sink = PipelineLoad.sink(StrandlineSumUntilKilled.NAME);
        StreamCut end = Awaited.await(log.catalog().endCut(sink));
        Promise<Instant> first = Promise.promise();
        Awaited.await(listen(vertx, log, sink, end, first));
        SharedProgress load =
                PipelineLoad.start(job, vertx, log, StrandlineSumUntilKilled.NAME, StrandlineSum::pipeline, options);
        Future<Void> failed = Future.fromCompletionStage(load.failure());
        Instant output = Awaited.await(
                Future.any(first.future(), failed).map(any -> first.future().result()));
        return List.of(Measurement.ofDuration(Duration.between(began, output).toNanos() / 1e6));
    }

    /** Hears the first output after a cut, on a context of its own. */
    private static Future<Void> listen(
            Vertx vertx, Strandline log, String sink, StreamCut end, Promise<Instant> first) {
        Promise<Void> listening = Promise.promise();
        vertx.runOnContext(
                begun -> log.subscribe(sink, PipelineLoad.NUMBER, new ReaderOptions().setFrom(StartPosition.at(end)))
                        .onSuccess(reader -> reader.exceptionHandler(first::tryFail)
                                .handler(output -> first.tryComplete(Instant.now())))
                        .<Void>mapEmpty()
                        .onComplete(listening));
        return listening.future();
    }
}
