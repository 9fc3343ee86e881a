package io.strandline.client.wire;

import io.strandline.StrandlineException;
import org.jspecify.annotations.Nullable;

/** The kinds of {@link StrandlineException}, with their numbers on the wire, which never change. */
public enum ErrorCode {
    CONFLICT(1, StrandlineException.Conflict.class),
    NOT_FOUND(2, StrandlineException.NotFound.class),
    NOT_OWNER(3, StrandlineException.NotOwner.class),
    FENCED(4, StrandlineException.Fenced.class),
    TRUNCATED(5, StrandlineException.Truncated.class),
    SEALED(6, StrandlineException.Sealed.class),
    UNAUTHORIZED(7, StrandlineException.Unauthorized.class),
    OVERLOADED(8, StrandlineException.Overloaded.class),
    INVALID(9, StrandlineException.Invalid.class),
    UNAVAILABLE(10, StrandlineException.Unavailable.class),
    UNKNOWN(11, StrandlineException.Unknown.class),
    CORRUPT(12, StrandlineException.Corrupt.class);

    private static final ErrorCode[] ALL = values();

    private final int number;
    private final Class<? extends StrandlineException> type;

    ErrorCode(int number, Class<? extends StrandlineException> type) {
        this.number = number;
        this.type = type;
    }

    public int number() {
        return number;
    }

    /** A failure of this kind. */
    public StrandlineException failure(String message) {
        return switch (this) {
            case CONFLICT -> new StrandlineException.Conflict(message);
            case NOT_FOUND -> new StrandlineException.NotFound(message);
            case NOT_OWNER -> new StrandlineException.NotOwner(message);
            case FENCED -> new StrandlineException.Fenced(message);
            case TRUNCATED -> new StrandlineException.Truncated(message);
            case SEALED -> new StrandlineException.Sealed(message);
            case UNAUTHORIZED -> new StrandlineException.Unauthorized(message);
            case OVERLOADED -> new StrandlineException.Overloaded(message);
            case INVALID -> new StrandlineException.Invalid(message);
            case UNAVAILABLE -> new StrandlineException.Unavailable(message);
            case UNKNOWN -> new StrandlineException.Unknown(message);
            case CORRUPT -> new StrandlineException.Corrupt(message);
        };
    }

    /** The kind of a failure. */
    public static ErrorCode of(StrandlineException failure) {
        for (ErrorCode code : ALL) {
            if (code.type.isInstance(failure)) {
                return code;
            }
        }
        throw new IllegalStateException(failure.getClass() + " has no number on the wire");
    }

    static @Nullable ErrorCode of(int number) {
        for (ErrorCode code : ALL) {
            if (code.number == number) {
                return code;
            }
        }
        return null;
    }
}
