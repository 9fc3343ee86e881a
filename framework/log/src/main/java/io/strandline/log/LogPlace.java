package io.strandline.log;

import io.strandline.spi.LogPort;
import io.strandline.spi.backup.LogIdentity;
import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * The place of an embedded log.
 *
 * @param address as the log was opened, for messages
 * @param identity which log it is
 * @param isLocked whether the log has the place for itself
 * @param release lets the place go when the log has closed, or could not be opened
 */
record LogPlace(String address, LogIdentity identity, boolean isLocked, Supplier<Future<Void>> release) {

    /** That of a log over a disk that its caller brings. */
    static final LogPlace UNKNOWN =
            new LogPlace("of shards without address", LogIdentity.UNKNOWN, false, Future::succeededFuture);

    /**
     * Number of an opening of the log here. See {@link LogPort#opening}.
     *
     * @param epoch of shard 0. Each recovery of a shard has a higher one than all before it
     */
    long opening(int epoch) {
        return isLocked ? epoch : LogPort.UNKNOWN_OPENING;
    }
}
