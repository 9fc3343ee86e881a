package io.strandline.impl.writer;

import io.strandline.StrandlineException;
import io.strandline.spi.LogPort;
import io.strandline.spi.RetryWindow;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * One barrier of a writer: asks the log whether the claim is still held, and asks again while the log cannot tell, for as long
 * as an append would be repeated. All of it runs on the writer's context.
 */
final class WriterBarrier {

    /** Least time for an answer, also where nothing is repeated, in milliseconds. */
    private static final long MIN_ANSWER_MILLIS = 1_000;

    private final WriterSession session;
    private final LogPort port;
    private final Promise<Void> passed;
    private final RetryWindow retries;
    private final long answerMillis;
    private long deadline = -1;

    /** Why the log did not say it yet. */
    private @Nullable Throwable lastCause;

    WriterBarrier(WriterSession session) {
        this.session = session;
        this.port = session.port();
        this.passed = session.context().promise();
        long timeoutMillis = session.options().getRetryTimeoutMillis();
        this.answerMillis = Math.max(MIN_ANSWER_MILLIS, timeoutMillis);
        this.retries = port.retryTime().window(timeoutMillis).begin();
    }

    /** Asks the log. To be called once, when nothing of the writer is on its way. Ends within the retry timeout, or a second. */
    Future<Void> pass() {
        // A timer of the session would not run after its end, and the caller would wait forever.
        deadline = session.context().setTimer(answerMillis, late -> giveUp());
        ask();
        return passed.future();
    }

    private void ask() {
        if (passed.future().isComplete()) {
            return;
        }
        StrandlineException failure = session.failure();
        if (failure != null) {
            fail(failure);
            return;
        }
        Future<Void> answer;
        try {
            answer = port.barrier(session.grant());
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        answer.onComplete((held, cause) -> session.context().runOnContext(ignored -> answered(cause)));
    }

    private void answered(@Nullable Throwable cause) {
        if (cause == null) {
            session.cancelTimer(deadline);
            passed.tryComplete();
            return;
        }
        StrandlineException fatal = WriterAdmission.fatal(cause);
        if (fatal != null) {
            // Ends the writer even if it comes too late for this barrier.
            session.fail(fatal);
            fail(fatal);
            return;
        }
        lastCause = cause;
        long pause = retries.pause();
        if (pause != RetryWindow.OVER) {
            // No timer of the session either, as in pass().
            session.context().setTimer(pause, ignored -> ask());
        } else {
            giveUp();
        }
    }

    private void giveUp() {
        Throwable cause = lastCause;
        String message = "the log did not say within " + answerMillis + " ms whether partition "
                + session.table().id(0) + " of " + session.stream() + " is still claimed: "
                + (cause == null ? "no answer" : cause);
        fail(
                cause == null
                        ? new StrandlineException.Unavailable(message)
                        : new StrandlineException.Unavailable(message, cause));
    }

    private void fail(StrandlineException cause) {
        session.cancelTimer(deadline);
        passed.tryFail(cause);
    }
}
