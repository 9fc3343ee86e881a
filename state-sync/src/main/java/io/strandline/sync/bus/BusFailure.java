package io.strandline.sync.bus;

import io.strandline.StrandlineException;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How a typed failure crosses the event bus: its kind as the failure code, its message, and never a stack trace. */
public final class BusFailure {

    private record Kind(
            int code, Class<? extends StrandlineException> type, Function<String, StrandlineException> make) {}

    private static final List<Kind> KINDS = List.of(
            new Kind(1, StrandlineException.Conflict.class, StrandlineException.Conflict::new),
            new Kind(2, StrandlineException.NotFound.class, StrandlineException.NotFound::new),
            new Kind(3, StrandlineException.NotOwner.class, StrandlineException.NotOwner::new),
            new Kind(4, StrandlineException.Fenced.class, StrandlineException.Fenced::new),
            new Kind(5, StrandlineException.Truncated.class, StrandlineException.Truncated::new),
            new Kind(6, StrandlineException.Sealed.class, StrandlineException.Sealed::new),
            new Kind(7, StrandlineException.Unauthorized.class, StrandlineException.Unauthorized::new),
            new Kind(8, StrandlineException.Overloaded.class, StrandlineException.Overloaded::new),
            new Kind(9, StrandlineException.Invalid.class, StrandlineException.Invalid::new),
            new Kind(10, StrandlineException.Unavailable.class, StrandlineException.Unavailable::new),
            new Kind(11, StrandlineException.Unknown.class, StrandlineException.Unknown::new),
            new Kind(12, StrandlineException.Corrupt.class, StrandlineException.Corrupt::new));

    /** A request for another log than the one that is served here: a NotOwner that stays one. */
    static final int OTHER_LOG = 13;

    private BusFailure() {}

    /** The failure code of a typed failure. */
    public static int codeOf(StrandlineException failure) {
        for (Kind kind : KINDS) {
            if (kind.type().isInstance(failure)) {
                return kind.code();
            }
        }
        throw new IllegalArgumentException("no code for " + failure.getClass().getName());
    }

    /** The typed failure that the owner answered with. Null if there is none, for example when nobody answered. */
    public static @Nullable StrandlineException typed(Throwable failure) {
        if (failure instanceof ReplyException reply && isAnswer(reply)) {
            String message = String.valueOf(reply.getMessage());
            if (reply.failureCode() == OTHER_LOG) {
                return new StrandlineException.NotOwner(message);
            }
            for (Kind kind : KINDS) {
                if (kind.code() == reply.failureCode()) {
                    return kind.make().apply(message);
                }
            }
        }
        return null;
    }

    /** Whether the owner of another log refused the request. */
    static boolean isOtherLog(Throwable failure) {
        return failure instanceof ReplyException reply && isAnswer(reply) && reply.failureCode() == OTHER_LOG;
    }

    /** Whether somebody at the address has answered, with a failure. */
    static boolean isAnswer(Throwable failure) {
        return failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE;
    }

    /**
     * Whether the bus discarded the request at the address, so that no handler has seen it: its consumer was unregistered
     * meanwhile, or too many requests waited for it. Vert.x gives it the type of a timeout and says it in the message alone.
     */
    public static boolean isDiscarded(Throwable failure) {
        return failure instanceof ReplyException reply
                && reply.failureType() == ReplyFailure.TIMEOUT
                && String.valueOf(reply.getMessage()).startsWith("Discarded the request");
    }

    /** Whether nobody is at the address, so that the request has reached nobody. */
    public static boolean isNobodyThere(Throwable failure) {
        return failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS;
    }
}
