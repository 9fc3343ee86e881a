package io.strandline.processing.group;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The reader to which feeds belong, as they see it. Everything happens on its context. */
interface FeedOwner<E> {

    Strandline log();

    EventCodec<Object> codec();

    GroupOptions options();

    GroupRuntime runtime();

    /** Bytes that one partition may read ahead. */
    int readAheadBytes();

    /** Whether events of a key are handed to the handler. */
    boolean wants(@Nullable String key);

    /** True while nothing may be delivered. */
    boolean isSuspended();

    /** Calls the handler; what it throws fails the future. */
    Future<?> hand(StreamName stream, EventRecord<Object> record, int attempt);

    /** Positions should be committed now. */
    void commitSoon();

    /** One more delivery begins. */
    Future<Boolean> attempt(PartitionFeed<E> feed);

    /** The event at the position is passed over. */
    Future<Boolean> skip(PartitionFeed<E> feed, String cause);

    /** The event at the position is to be parked. */
    Future<Boolean> park(PartitionFeed<E> feed, String cause, @Nullable String holds);

    /** The event of a held key is to be parked; answers false if the key is held no longer. */
    Future<Boolean> parkHeld(PartitionFeed<E> feed, String key);

    /** Appends the event at the position to the parking stream, once however often it is called. */
    Future<Void> intoParking(PartitionFeed<E> feed, EventRecord<Object> record, String cause);

    /** The partition was read to its end. */
    Future<Boolean> complete(PartitionFeed<E> feed, StreamDescription stream);

    /** Events were removed before they were read. */
    void truncated(SkippedEvents skipped);

    /** The partition is this reader's no longer. */
    void lost(PartitionFeed<E> feed);

    /** The reader cannot go on. */
    void fail(Throwable cause);
}
