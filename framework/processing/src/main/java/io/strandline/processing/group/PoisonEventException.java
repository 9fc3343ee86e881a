package io.strandline.processing.group;

import io.vertx.core.VertxException;
import org.jspecify.annotations.Nullable;

/** A reader stopped at an event that it could not process; the cause is the handler's last failure, if there was one. */
public final class PoisonEventException extends VertxException {

    private static final long serialVersionUID = 1L;

    private final long offset;

    PoisonEventException(String place, long offset, String why, @Nullable Throwable cause) {
        super("offset " + offset + " of " + place + " could not be processed: " + why, cause, true);
        this.offset = offset;
    }

    /** Offset of the event in its partition. */
    public long offset() {
        return offset;
    }
}
