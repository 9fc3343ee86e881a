package io.strandline.client.impl;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Operation;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.WireOutput;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** A call of an operation on its way. Belongs to the link's context once it was submitted. */
final class Call<Q, R> {

    private final Operation<Q, R> operation;
    private final WireOutput message;
    private final Promise<R> promise = Promise.promise();
    private final boolean isWait;

    /** Until when it may wait for a connection, or for room on it, as {@link System#nanoTime}. */
    private long deadlineNanos;

    private boolean wasSent;
    private boolean isGivenUp;
    /** Its id in the present connection. */
    private long id;

    Call(Operation<Q, R> operation, Q request, boolean isWait) {
        this.operation = operation;
        this.message = operation.requestOf(request);
        this.isWait = isWait;
    }

    Operation<Q, R> operation() {
        return operation;
    }

    WireOutput message() {
        return message;
    }

    Future<R> future() {
        return promise.future();
    }

    /** True if it may take as long as the log has no event. */
    boolean isWait() {
        return isWait;
    }

    /** True if its caller wants no answer any more. */
    boolean isGivenUp() {
        return isGivenUp;
    }

    void giveUp() {
        isGivenUp = true;
    }

    long id() {
        return id;
    }

    void sent(long withId) {
        wasSent = true;
        id = withId;
    }

    /** True if it may be sent again after the connection was lost on which it was sent. */
    boolean isRepeatable() {
        return operation.repeat().isByClient() && !isGivenUp;
    }

    void waitUntil(long nanos) {
        deadlineNanos = nanos;
    }

    boolean isOverdue(long nanos) {
        return nanos - deadlineNanos >= 0;
    }

    /** Completes it with a reply. Throws Invalid if the frame holds none. */
    void complete(Frame frame) {
        promise.tryComplete(operation.readReply(frame));
    }

    void fail(StrandlineException failure) {
        promise.tryFail(failure);
    }

    /** Ends it without an answer. Whether it has happened is known if it was never sent. */
    void failUnanswered(String why) {
        String message = operation.name() + " was not answered: " + why;
        fail(
                wasSent && operation.mayChange()
                        ? new StrandlineException.Unknown(message)
                        : new StrandlineException.Unavailable(message));
    }

    /** Ends it because the server takes the client's credentials no more. In doubt if it was sent before. */
    void failUnauthorized(String why) {
        if (wasSent && operation.mayChange()) {
            failUnanswered(why);
        } else {
            fail(new StrandlineException.Unauthorized(why));
        }
    }

    /** What it counts among bytes in flight. */
    long cost() {
        return Frame.cost(message.headBytes(), message.bulkBytes());
    }

    /** Bytes that it sends. */
    long bytes() {
        return message.headBytes() + message.bulkBytes();
    }
}
