package io.strandline.processing.group.impl.feed;

/**
 * What the feeds of one reader work with.
 *
 * @param suspension whether anything may be delivered
 * @param delivery where events go
 * @param decisions what the group is asked
 * @param parking where poison events go
 */
public record FeedTools<E>(
        GroupPlace place,
        Suspension suspension,
        Delivery<E> delivery,
        FeedDecisions decisions,
        ParkingWriters parking) {}
