package io.strandline.client.wire;

import io.strandline.StrandlineException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The kinds of {@link StrandlineException}, with their numbers on the wire, which never change. */
public enum ErrorCode {
    CONFLICT(1, StrandlineException.Conflict.class, StrandlineException.Conflict::new),
    NOT_FOUND(2, StrandlineException.NotFound.class, StrandlineException.NotFound::new),
    NOT_OWNER(3, StrandlineException.NotOwner.class, StrandlineException.NotOwner::new),
    FENCED(4, StrandlineException.Fenced.class, StrandlineException.Fenced::new),
    TRUNCATED(5, StrandlineException.Truncated.class, StrandlineException.Truncated::new),
    SEALED(6, StrandlineException.Sealed.class, StrandlineException.Sealed::new),
    UNAUTHORIZED(7, StrandlineException.Unauthorized.class, StrandlineException.Unauthorized::new),
    OVERLOADED(8, StrandlineException.Overloaded.class, StrandlineException.Overloaded::new),
    INVALID(9, StrandlineException.Invalid.class, StrandlineException.Invalid::new),
    UNAVAILABLE(10, StrandlineException.Unavailable.class, StrandlineException.Unavailable::new),
    UNKNOWN(11, StrandlineException.Unknown.class, StrandlineException.Unknown::new),
    CORRUPT(12, StrandlineException.Corrupt.class, StrandlineException.Corrupt::new);

    private static final ErrorCode[] ALL = values();

    private final int number;
    private final Class<? extends StrandlineException> type;
    private final Function<String, StrandlineException> make;

    ErrorCode(int number, Class<? extends StrandlineException> type, Function<String, StrandlineException> make) {
        this.number = number;
        this.type = type;
        this.make = make;
    }

    public int number() {
        return number;
    }

    /** A failure of this kind. */
    public StrandlineException failure(String message) {
        return make.apply(message);
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
