package io.strandline.processing.pipeline.share;

import io.strandline.internal.Implementation;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.RunningPipeline.WindowsAnswer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * The state of a pipeline that runs elsewhere: in another verticle, or at another member of a clustered Vert.x. It asks whoever runs the
 * pipeline, or the part that has the key, by the event bus at the {@link PipelineOptions#setStateAddress address} that the run was given.
 *
 * <p>Each answer is that of the run, with the position for which it is valid. A question is sent again while nobody is there, while a
 * task has not begun, and while a part moves, for {@link PipelineOptions#getRetryTimeoutMillis()} at most. Then it fails with {@link
 * io.strandline.StrandlineException.Unavailable}, as one that was not answered within that time. It fails as {@link RunningPipeline}
 * otherwise, and with {@link io.strandline.StrandlineException.Invalid} if a state cannot be sent or read.
 *
 * <p>A run that was replaced, and does not know it yet, may answer too. The offset in its answers does not rise.
 *
 * <p>Any thread may call. Futures complete on the context of the caller. There is nothing to close.
 */
public interface PipelineStates {

    /**
     * Prepares to ask. Nobody need be there yet.
     *
     * @param pipeline the same operators, with the same codecs of their states
     * @param options with the address of the run, and its number of parts
     * @throws io.strandline.StrandlineException.Invalid if an option is out of its bounds, or the address is missing
     */
    static PipelineStates of(Vertx vertx, Pipeline pipeline, PipelineOptions options) {
        return Implementation.of(PipelineMemberProvider.class).states(vertx, pipeline, options);
    }

    /** As {@link RunningPipeline#state}. */
    Future<StateAnswer> state(String operator, String key);

    /** As {@link RunningPipeline#windows}. */
    Future<WindowsAnswer> windows(String operator, String key);

    /** As {@link RunningPipeline#states}, over all parts. */
    Future<StatePage> states(String operator, StateRange range);
}
