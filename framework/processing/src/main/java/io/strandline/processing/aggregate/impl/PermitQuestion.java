package io.strandline.processing.aggregate.impl;

import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Permit;
import io.strandline.spi.UserCode;
import io.strandline.sync.bus.BusFailure;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How the owner of an aggregate asks a caller elsewhere for its {@link Permit}: the question is the reply to the call, and the owner
 * replies to the caller's answer with what became of the call.
 *
 * <pre>
 *  caller ── call ─────▶ owner
 *         ◀─ question ──
 *         ── given ────▶        or a failure: the call is refused
 *         ◀─ reply ─────
 * </pre>
 *
 * <p>A caller whose call is over hears no question, so a call that arrives late is refused.
 *
 * <p>One question is under way at a time, because the caller waits for one message. An owner that takes the call from another one asks
 * after the question of that one is answered. A reply waits for it too.
 */
final class PermitQuestion implements Permit {

    /** The message that the next reply answers. */
    private Message<Object> last;

    /** The newest question: fails if the caller did not answer, and then no later one is asked. */
    private Future<Void> newest = Future.succeededFuture();

    /** @param call that came with a permit */
    PermitQuestion(Message<Object> call) {
        this.last = call;
    }

    /** Hands over the message whose reply is for the caller, when no question is under way. No question may be asked after the call. */
    void whenAnswered(Consumer<Message<Object>> hears) {
        newest.onComplete(answered -> hears.accept(last));
    }

    @Override
    public Future<Void> prove() {
        newest = newest.compose(answered -> ask());
        return newest;
    }

    private Future<Void> ask() {
        return last.<Object>replyAndRequest(
                        AggregateFormat.permitMessage(), new DeliveryOptions().setSendTimeout(MAX_WAIT_MILLIS))
                .<Void>map(given -> {
                    last = given;
                    return null;
                })
                // Not Fenced, whatever the caller says: that is what becomes of an owner.
                .recover(refused -> Future.failedFuture(new StrandlineException.Unavailable(
                        "the caller gave no permit: " + refused.getMessage(), refused)));
    }

    /**
     * Answers a question.
     *
     * @param permit null refuses
     * @param mostMillis how long the permit is waited for, and then the reply to the call, in milliseconds
     * @return the next message of the owner. Fails with {@link Refused} if the permit was refused
     */
    static Future<Message<Object>> answer(Message<Object> question, @Nullable Permit permit, long mostMillis) {
        return asked(permit)
                .timeout(Math.min(mostMillis, MAX_WAIT_MILLIS), TimeUnit.MILLISECONDS)
                .recover(cause -> Future.failedFuture(
                        cause instanceof TimeoutException
                                ? new StrandlineException.Unavailable("the permit did not complete within "
                                        + Math.min(mostMillis, MAX_WAIT_MILLIS) + " ms")
                                : cause))
                .recover(refusal -> {
                    question.fail(
                            BusFailure.codeOf(new StrandlineException.Unavailable("")),
                            String.valueOf(refusal.getMessage()));
                    return Future.failedFuture(new Refused(refusal));
                })
                .compose(given -> question.replyAndRequest(
                        AggregateFormat.permitMessage(), new DeliveryOptions().setSendTimeout(mostMillis)));
    }

    private static Future<Void> asked(@Nullable Permit permit) {
        return permit == null
                ? Future.failedFuture(new StrandlineException.Unavailable("the call is over"))
                : UserCode.future("the permit", permit::prove);
    }

    /** The caller has refused the permit. The cause is what the call fails with. */
    static final class Refused extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Refused(Throwable cause) {
            super(cause.getMessage(), cause);
        }

        /** What a call fails with, or null if nothing was refused. */
        static @Nullable Throwable of(@Nullable Throwable failure) {
            return failure instanceof Refused refused ? refused.getCause() : null;
        }
    }
}
