package io.strandline.client.operation;

import io.strandline.Strandline;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The operations of a log in another process, for those that no interface of a log has. */
public interface RemoteCalls {

    /** The calls of a log, or null if it is not in another process. */
    static @Nullable RemoteCalls of(Strandline log) {
        return LogPort.of(log) instanceof RemoteCalls calls ? calls : null;
    }

    /**
     * Calls an operation, with what is repeated as {@link Repeat} says. Completes on a thread of the client.
     *
     * <p>Fails as the operation does, and with Invalid if the server has none of the number.
     */
    <Q, R> Future<R> call(Operation<Q, R> operation, Q request);
}
