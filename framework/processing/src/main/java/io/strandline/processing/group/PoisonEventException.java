package io.strandline.processing.group;

import io.vertx.core.VertxException;
import org.jspecify.annotations.Nullable;

/** A reader stopped at an event that it could not process. The cause is the handler's last failure, if there was one. */
public final class PoisonEventException extends VertxException {

    private static final long serialVersionUID = 1L;

    private final long offset;
    private final @Nullable String key;

    public PoisonEventException(
            String place, long offset, @Nullable String key, String why, @Nullable Throwable cause) {
        super("offset " + offset + " of " + place + ", key " + key + ", could not be processed: " + why, cause, true);
        this.offset = offset;
        this.key = key;
    }

    /** Offset of the event in its partition. */
    public long offset() {
        return offset;
    }

    /** Routing key of the event, or null if it has none. */
    public @Nullable String key() {
        return key;
    }
}
