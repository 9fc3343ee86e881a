package io.strandline.processing.pipeline;

import io.strandline.Strandline;
import io.strandline.client.ClientOptions;
import io.strandline.log.CrashChild;
import io.strandline.processing.pipeline.share.PipelineMember;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * The process that {@link SharedPipelineCrashTest} kills: a member of those that share a pipeline, whose log is served by another process.
 * It says {@code T} every few milliseconds.
 */
final class SharedPipelineChild {

    private static final long SIGN_OF_LIFE_MILLIS = 10;

    private SharedPipelineChild() {}

    /** Arguments: port of the server, directory of the checkpoints, whether the pipeline has a shuffle. */
    public static void main(String[] arguments) {
        CrashChild.dieWithParent();
        Vertx vertx = Vertx.vertx();
        vertx.setPeriodic(SIGN_OF_LIFE_MILLIS, alive -> CrashChild.say("T"));
        Pipeline pipeline = pipeline(Boolean.parseBoolean(arguments[2]));
        join(vertx, Integer.parseInt(arguments[0]), pipeline, options(arguments[1]))
                .onSuccess(member -> member.ended().onFailure(cause -> CrashChild.failed("member", cause)))
                .onFailure(cause -> CrashChild.failed("join", cause));
    }

    static Pipeline pipeline(boolean isShuffled) {
        return isShuffled
                ? AccountsPipeline.shuffled(1, AccountsPipeline.STEP)
                : AccountsPipeline.pipeline(1, AccountsPipeline.STEP);
    }

    /** As any process that has a log elsewhere: the members agree in the log too. */
    static Future<PipelineMember> join(Vertx vertx, int port, Pipeline pipeline, PipelineOptions options) {
        return Strandline.open(vertx, "tcp://127.0.0.1:" + port, new ClientOptions())
                .compose(log -> PipelineMember.join(
                        vertx, log, StateSync.create(vertx, LogRevisionStore.open(vertx, log)), pipeline, options));
    }

    static PipelineOptions options(String checkpoints) {
        return new PipelineOptions()
                .setCheckpointDirectory(checkpoints)
                .setCheckpointIntervalMillis(50)
                .setCheckpointEvents(100)
                .setMaxReplayEvents(1_000)
                .setRetryTimeoutMillis(2_000)
                .setParts(4)
                .setLeaseMillis(600);
    }
}
