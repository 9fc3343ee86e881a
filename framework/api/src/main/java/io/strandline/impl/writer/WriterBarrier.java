package io.strandline.impl.writer;

import io.strandline.StrandlineException;
import io.strandline.spi.Backoff;
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

    private final WriterSession session;
    private final LogPort port;
    private final Promise<Void> passed;
    private final RetryWindow retries;

    WriterBarrier(WriterSession session) {
        this.session = session;
        this.port = session.port();
        this.passed = session.context().promise();
        this.retries = new RetryWindow(
                        System::nanoTime, new Backoff(), session.options().getRetryTimeoutMillis())
                .begin();
    }

    /** Asks the log. To be called when nothing of the writer is on its way. */
    Future<Void> pass() {
        ask();
        return passed.future();
    }

    private void ask() {
        StrandlineException failure = session.failure();
        if (failure != null) {
            passed.fail(failure);
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
            passed.complete();
            return;
        }
        if (!WriterAdmission.mayPass(cause)) {
            if (cause instanceof StrandlineException fatal) {
                session.fail(fatal);
            }
            passed.fail(cause);
            return;
        }
        long pause = retries.pause();
        if (pause != RetryWindow.OVER) {
            // A timer of the session would not run after its end, and the caller would wait for ever.
            session.context().setTimer(pause, ignored -> ask());
        } else {
            passed.fail(new StrandlineException.Unavailable(
                    "the log did not say within " + session.options().getRetryTimeoutMillis()
                            + " ms whether partition " + session.table().id(0) + " of " + session.stream()
                            + " is still claimed: " + cause,
                    cause));
        }
    }
}
