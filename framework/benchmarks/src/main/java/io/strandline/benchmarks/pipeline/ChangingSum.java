package io.strandline.benchmarks.pipeline;

import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Vertx;

/**
 * A running sum that has met all of its keys, of which a twentieth goes on changing.
 *
 * @param load how far it has come
 * @param running the pipeline
 */
record ChangingSum(Vertx vertx, SharedProgress load, RunningPipeline running) {

    /** Events after which every partition has come past the first of all keys, although none goes ahead in step. */
    private static final long ALL_MET = 2L * PipelineWork.MILLION_KEYS.keys();

    /** Starts one on what {@link StrandlinePipelineFill.ChangingKeys} wrote. */
    static ChangingSum start(Job job, long checkpointMillis) throws Exception {
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        SharedProgress load = new SharedProgress(job.events());
        RunningPipeline running = PipelineLoad.deploy(
                job,
                vertx,
                log,
                PipelineLoad.ownName(),
                StrandlineSum::pipeline,
                load,
                PipelineLoad.byTime(checkpointMillis));
        load.awaitCompleted(ALL_MET);
        return new ChangingSum(vertx, load, running);
    }
}
