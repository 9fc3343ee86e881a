package io.strandline;

import io.vertx.core.VertxException;
import org.jspecify.annotations.Nullable;

/**
 * The failure of a Strandline operation, with one subtype for each kind that a caller treats differently.
 *
 * <p>The message names the offending value, the number that was found and the limit that it broke. These failures carry
 * no stack trace, because they are raised on the log's own threads, where a stack trace would say nothing about the
 * caller.
 */
public abstract sealed class StrandlineException extends VertxException {

    private static final long serialVersionUID = 1L;

    private StrandlineException(String message, @Nullable Throwable cause) {
        super(message, cause, true);
    }

    /**
     * True if the same call, repeated with the same id, may succeed without anybody changing it: Unavailable, Overloaded and
     * NotOwner say that nothing was done, Unknown that it may have been. All other failures come again.
     */
    public boolean isTransient() {
        return this instanceof Unavailable
                || this instanceof Overloaded
                || this instanceof NotOwner
                || this instanceof Unknown;
    }

    /** True for a failure of Strandline that {@link #isTransient()}. False for null and for what other code threw. */
    public static boolean isTransient(@Nullable Throwable failure) {
        return failure instanceof StrandlineException known && known.isTransient();
    }

    /** Something is not what the caller expected: an offset, a sequence, a revision or a name. */
    public static final class Conflict extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public Conflict(String message) {
            super(message, null);
        }
    }

    /** The scope, stream, partition or writer does not exist. */
    public static final class NotFound extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public NotFound(String message) {
            super(message, null);
        }
    }

    /** The request reached a member that does not own the shard. */
    public static final class NotOwner extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public NotOwner(String message) {
            super(message, null);
        }
    }

    /** A newer owner or writer of the same id has taken over. This one stays refused. */
    public static final class Fenced extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public Fenced(String message) {
            super(message, null);
        }
    }

    /** The events asked for were removed by retention. */
    public static final class Truncated extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public Truncated(String message) {
            super(message, null);
        }
    }

    /** The partition or the stream takes no more events. */
    public static final class Sealed extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public Sealed(String message) {
            super(message, null);
        }
    }

    /** The caller may not do this. */
    public static final class Unauthorized extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public Unauthorized(String message) {
            super(message, null);
        }
    }

    /** A bounded queue is full. Nothing was done, and a later try may succeed. */
    public static final class Overloaded extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public Overloaded(String message) {
            super(message, null);
        }
    }

    /** The request itself is wrong. Repeating it fails again. */
    public static final class Invalid extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public Invalid(String message) {
            super(message, null);
        }

        public Invalid(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Nothing was done, because the log cannot serve now: it recovers, closes, or has no space. */
    public static final class Unavailable extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message) {
            super(message, null);
        }

        public Unavailable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The operation may or may not have happened. Retrying it with the same id and sequence is safe. */
    public static final class Unknown extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public Unknown(String message) {
            super(message, null);
        }

        public Unknown(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Stored bytes differ from those that were written. The message names the file and the position in it. */
    public static final class Corrupt extends StrandlineException {
        private static final long serialVersionUID = 1L;

        public Corrupt(String message) {
            super(message, null);
        }

        public Corrupt(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
