package io.strandline.processing.pipeline.impl;

import io.strandline.processing.pipeline.PipelineStatus;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tells a handler of an application how a pipeline is, on the handler's context. Callable from anywhere. */
final class StatusTeller {

    private final Context context;
    private final Supplier<PipelineStatus> status;
    private final Handler<PipelineStatus> handler;

    /** What the handler has heard last. Belongs to its context. */
    private @Nullable PipelineStatus told;

    StatusTeller(Context context, Supplier<PipelineStatus> status, Handler<PipelineStatus> handler) {
        this.context = context;
        this.status = status;
        this.handler = handler;
    }

    /** The status may have changed. */
    void look() {
        try {
            context.runOnContext(changed -> tell());
        } catch (RejectedExecutionException vertxIsClosed) {
            // Nobody is there who could hear it.
        }
    }

    private void tell() {
        PipelineStatus now = status.get();
        if (!now.equals(told)) {
            told = now;
            handler.handle(now);
        }
    }
}
