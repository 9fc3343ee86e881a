package io.strandline.impl.transaction;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How the parts of an entry point call the engine: on the right context, and only while the log is open. */
public interface LogCalls {

    ContextInternal callerContext();

    /** Runs a call of the engine if the log is open. Its future completes on the context of the caller. */
    <T> Future<T> onCaller(Supplier<Future<T>> call);

    /** As {@link #onCaller}, on a context that was asked for before. */
    <T> Future<T> on(ContextInternal context, Supplier<Future<T>> call);

    /** Why nothing can be asked of the log any more, or null while it is open. */
    @Nullable
    StrandlineException over();
}
