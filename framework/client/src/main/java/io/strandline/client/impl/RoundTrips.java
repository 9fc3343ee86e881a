package io.strandline.client.impl;

import java.util.ArrayDeque;

/**
 * Tells which requests of a connection are overdue, by the signs of life that the client asks for. Nothing is noted for a request
 * itself. Requests and pings leave in one order, and so do answers and pongs:
 *
 * <pre>
 *  request ─▶ ping ─▶ pong    the server has had the request since then
 *                      │ at least the deadline
 *             ping ◀───┘ ─▶ pong    no answer is on the way
 * </pre>
 *
 * <p>So a slow line makes nothing overdue, and a request has its whole time at the server. Belongs to the link's context.
 */
final class RoundTrips {

    /** Parts of the deadline that are told apart, so that the marks are bounded however often pings are sent. */
    private static final int PARTS = 32;

    /** At this time the server had all requests up to this id. */
    private record Mark(long newestId, long nanos) {}

    private final long deadlineNanos;
    private final ArrayDeque<Mark> marks = new ArrayDeque<>();
    private long pings;
    private boolean isAsked;
    /** When the ping that is not answered was sent, and the newest request before it. */
    private long askedNanos;

    private long askedId;
    private long markedId;

    /** @param deadlineNanos time that a request has at the server */
    RoundTrips(long deadlineNanos) {
        this.deadlineNanos = deadlineNanos;
    }

    /**
     * A ping is sent.
     *
     * @param newestId id of the newest request that was sent before it
     * @return id of the ping, 0 if an earlier one is not answered yet
     */
    long asked(long newestId, long nanos) {
        if (isAsked) {
            return 0;
        }
        isAsked = true;
        askedNanos = nanos;
        askedId = newestId;
        return ++pings;
    }

    /**
     * A pong has come.
     *
     * @return id of the newest request that is overdue if it is not answered, 0 for none
     */
    long answered(long ping, long nanos) {
        if (!isAsked || ping != pings) {
            return 0;
        }
        isAsked = false;
        long overdue = 0;
        while (!marks.isEmpty() && askedNanos - marks.element().nanos >= deadlineNanos) {
            overdue = marks.remove().newestId;
        }
        Mark last = marks.peekLast();
        if (askedId > markedId && (last == null || nanos - last.nanos >= deadlineNanos / PARTS)) {
            marks.add(new Mark(askedId, nanos));
            markedId = askedId;
        }
        return overdue;
    }
}
