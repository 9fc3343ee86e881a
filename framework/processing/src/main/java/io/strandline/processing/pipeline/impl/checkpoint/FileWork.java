package io.strandline.processing.pipeline.impl.checkpoint;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Work of one run on its snapshot files, on worker threads. Belongs to the run's context. */
public final class FileWork {

    private final Context context;
    private final Promise<Void> idle = Promise.promise();
    private int working;
    private boolean ending;

    public FileWork(Context context) {
        this.context = context;
    }

    public <T extends @Nullable Object> Future<T> start(Callable<T> work) {
        working++;
        return context.executeBlocking(work, false).onComplete(done -> {
            working--;
            completeIfIdle();
        });
    }

    /** Completes when no worker thread works for this any more. To be called at the end of the run. */
    public Future<Void> end() {
        ending = true;
        completeIfIdle();
        return idle.future();
    }

    private void completeIfIdle() {
        if (ending && working == 0) {
            idle.tryComplete();
        }
    }
}
