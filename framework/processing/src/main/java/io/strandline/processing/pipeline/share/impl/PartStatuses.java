package io.strandline.processing.pipeline.share.impl;

import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.share.PipelineMember.PartStatus;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Tells an application how the parts are that run at a member. Callable from anywhere. */
final class PartStatuses {

    private volatile @Nullable Listener listener;

    private record Listener(Context context, Handler<PartStatus> handler) {

        void tell(PartStatus status) {
            try {
                context.runOnContext(told -> handler.handle(status));
            } catch (RejectedExecutionException vertxIsClosed) {
                // Nobody is there who could hear it.
            }
        }
    }

    /**
     * Sets who hears it.
     *
     * @param context on which the handler is called
     */
    void tell(Context context, @Nullable Handler<PartStatus> handler) {
        listener = handler == null ? null : new Listener(context, handler);
    }

    /** A part runs here. */
    void watch(int part, RunningPipeline run) {
        run.statusHandler(status -> changed(part, status));
    }

    /** A part is so now. */
    void changed(int part, PipelineStatus status) {
        Listener hears = listener;
        if (hears != null) {
            hears.tell(new PartStatus(part, status));
        }
    }
}
