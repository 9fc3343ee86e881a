package io.strandline.processing.pipeline.share.impl;

import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.share.PipelineMember.PartStatus;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Tells an application how the parts are that run at a member. Belongs to the context of the member. */
final class PartStatuses {

    private final Map<Integer, RunningPipeline> running = new TreeMap<>();
    private @Nullable Listener listener;

    private record Listener(Context context, Handler<PartStatus> handler) {

        void tell(int part, PipelineStatus status) {
            try {
                context.runOnContext(told -> handler.handle(new PartStatus(part, status)));
            } catch (RejectedExecutionException vertxIsClosed) {
                // Nobody is there who could hear it.
            }
        }
    }

    /**
     * Sets who hears it, of what runs now at once.
     *
     * @param context on which the handler is called
     */
    void tell(Context context, @Nullable Handler<PartStatus> handler) {
        listener = handler == null ? null : new Listener(context, handler);
        running.forEach((part, run) -> changed(part, run.status()));
    }

    /** A part runs here. */
    void watch(int part, RunningPipeline run) {
        running.put(part, run);
        run.statusHandler(status -> {
            if (status.state() == PipelineStatus.State.STOPPED) {
                running.remove(part, run);
            }
            changed(part, status);
        });
    }

    private void changed(int part, PipelineStatus status) {
        if (listener != null) {
            listener.tell(part, status);
        }
    }
}
