package io.strandline.spi.watch;

/**
 * Figures of the doors of one kind that serve a log, since the log is served: for those who watch it.
 *
 * @param door {@code tcp}, {@code rest} or {@code bus}
 * @param connections connections of clients that are there
 * @param streams what stays open: over REST streams of events, appends and long polls, over TCP reads that wait for events, on the event bus
 *     subscriptions
 * @param overloaded requests and connections that were refused as Overloaded
 * @param refused callers that were refused because their credentials were missing or not valid
 * @param auditsDropped entries of the audit trail that the log did not take
 */
public record DoorStatistics(
        String door, long connections, long streams, long overloaded, long refused, long auditsDropped) {}
