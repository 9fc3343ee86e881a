package io.strandline.sync.spi;

import io.vertx.core.VertxException;
import org.jspecify.annotations.Nullable;

/**
 * Why a call failed that nobody answered: the cause of an Unavailable or Unknown by which a store says that whoever decides is
 * away, and may be back soon. A synchronizer repeats such a call within its answer timeout. What a store that was closed fails
 * with has another cause, or none.
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
