package io.strandline.server.security;

import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import io.vertx.core.Future;

/**
 * Decides who may do what. {@link AccessRules} are the one that reads a file.
 *
 * <p>Called on any thread, for every operation. It must not block. Whatever it throws, and null in place of a future, is a failure.
 */
public interface Authorization {

    /**
     * Completes with true if the caller has the right, or one that includes it, on the resource. A failure is answered as Unavailable,
     * and nothing is done.
     *
     * @param resource never a partition: the stream of one is asked for. A transaction only if it has written to no stream
     */
    Future<Boolean> may(Identity who, Right needed, Resource resource);

    /**
     * A number that changes when decisions may have changed. Reads that go on are then decided again at once, and otherwise from time to
     * time. If it throws, nothing has changed.
     */
    default long version() {
        return 0;
    }
}
