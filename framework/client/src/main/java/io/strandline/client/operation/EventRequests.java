package io.strandline.client.operation;

import io.strandline.Direction;
import io.strandline.EventRecord;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.StartPosition;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import java.util.List;
import java.util.Optional;

/** The requests and replies of the doors that speak JSON, as far as they carry events. */
public final class EventRequests {

    /** Events of one request, at most. */
    public static final int MAX_EVENTS = 10_000;

    /** Events of a page if nothing else is asked for. */
    public static final int DEFAULT_PAGE_EVENTS = 100;

    /** Bytes of the events of a page if nothing else is asked for. */
    public static final int DEFAULT_PAGE_BYTES = 256 << 10;

    private EventRequests() {}

    private interface OnStream extends About {
        StreamName stream();

        @Override
        default List<Resource> resources() {
            return List.of(Resource.stream(stream()));
        }
    }

    /**
     * Events to be appended, each on its own.
     *
     * @param writer id of the writer, for events that have a sequence. The log takes each sequence of a writer once in a partition
     */
    public record AppendEvents(StreamName stream, Optional<String> writer, List<NewEvent<Payload>> events)
            implements OnStream {}

    /** Events of one key, to be appended together or not at all. */
    public record AppendBatch(StreamName stream, Optional<String> key, Headers headers, List<Payload> events)
            implements OnStream {}

    /** As a batch, if the next offset of the key's partition is the expected one. */
    public record AppendIf(StreamName stream, String key, long expectedOffset, Headers headers, List<Payload> events)
            implements OnStream {}

    /**
     * As a batch, if the key has no event after a position.
     *
     * @param others what other keys of the partition must not have
     */
    public record AppendIfUnchanged(
            StreamName stream,
            String key,
            StreamCut since,
            List<KeyCondition> others,
            Headers headers,
            List<Payload> events)
            implements OnStream {}

    /**
     * A page of a stream.
     *
     * @param from where it begins. For the next page, {@link EventPage#next}
     * @param partitions ids of the partitions to read. None for all
     * @param maxBytes bytes of events, keys and headers after which the page ends
     */
    public record ReadPage(StreamName stream, StartPosition from, List<Long> partitions, int maxEvents, int maxBytes)
            implements OnStream {}

    /**
     * Events of a stream.
     *
     * @param next the position after them
     * @param isEnd true if there was no more when it was read
     */
    public record EventPage(List<EventRecord<Payload>> events, StreamCut next, boolean isEnd) {}

    /**
     * A page of the events of one key.
     *
     * @param fromVersion the version to begin with, 1 or more. None for the oldest, or backward for the newest
     */
    public record KeyHistory(
            StreamName stream, String key, Direction direction, Optional<Long> fromVersion, int maxEvents, int maxBytes)
            implements OnStream {}

    /**
     * Events of a transaction.
     *
     * @param sequence number of the write in its transaction, from 0 without gaps. A repeat has the same number
     */
    public record WriteEvents(String transaction, long sequence, StreamName stream, List<NewEvent<Payload>> events)
            implements About {
        @Override
        public List<Resource> resources() {
            return Requests.written(stream, transaction);
        }
    }

    /**
     * A subscription.
     *
     * @param address the address of the event bus that gets the events
     * @param partitions ids of the partitions to read. None for all
     * @param events credit: events that are on their way at the same time, at most
     * @param bytes credit: bytes that are on their way at the same time, at most. One event may exceed it
     */
    public record Subscribe(
            StreamName stream, String address, StartPosition from, List<Long> partitions, int events, int bytes)
            implements OnStream {}

    /**
     * A subscription that was opened.
     *
     * @param subscription its id, which nobody guesses
     * @param leaseMillis time without a sign of its consumer after which it ends
     * @param events credit that was granted, in events
     * @param bytes credit that was granted, in bytes
     */
    public record Subscribed(String subscription, long leaseMillis, int events, int bytes) {}

    /**
     * A sign of a subscription's consumer.
     *
     * @param received the receipt of the newest message that it has dealt with. The credit of that message and of those before it is
     *     given back. None for a sign of life alone
     */
    public record Credit(StreamName stream, String subscription, Optional<String> received) implements OnStream {}

    /** The end of a subscription. */
    public record Cancel(StreamName stream, String subscription) implements OnStream {}
}
