package io.strandline.sync.spi;

import io.vertx.core.VertxException;
import org.jspecify.annotations.Nullable;

/**
 * The cause of the failure of a call that nobody answered. A store uses it as the cause of an Unavailable or Unknown to
 * say that the deciding store is away, and may be back soon. A synchronizer retries such a call within its answer
 * timeout. The failure of a closed store has another cause, or none.
 */
public final class StoreAway extends VertxException {

    private static final long serialVersionUID = 1L;

    public StoreAway(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause, true);
    }

    /** Whether a call failed because nobody was there to answer it. */
    public static boolean isCauseOf(Throwable failure) {
        return failure.getCause() instanceof StoreAway;
    }
}
