package io.strandline.impl.writer;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.internal.KeyHash;
import io.strandline.internal.Varint;
import io.strandline.spi.Batch;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Encodes events directly into the draft of their lane. The rest of an append is in {@link Lane}. This class checks,
 * routes and writes records.
 */
public final class StreamWriter<E> implements EventWriter<E> {

    /** Names of types whose bytes are kept. A codec with more types pays for encoding the others. */
    private static final int KEPT_TYPES = 256;

    private final WriterSession session;
    private final ContextInternal context;
    private final EventCodec<E> codec;
    private final int maxEventBytes;
    private final long maxUnacknowledged;
    private final boolean claims;
    private final long claimGeneration;
    private final Runnable onEnd;
    private final Sequence lastKnown;
    private final RoutingKey key = new RoutingKey();
    private final Map<EventType, byte[]> typeNames = new HashMap<>();
    private EventType lastType = EventType.RAW;
    private byte[] lastTypeName = new byte[0];
    private int lengthBytes = 1;
    private long keyless;
    private boolean ended;

    /** @param onEnd called when the writer has ended, or failed and can do nothing any more, perhaps more than once */
    public StreamWriter(WriterSession session, EventCodec<E> codec, Runnable onEnd) {
        this.session = session;
        this.context = session.context();
        this.codec = codec;
        this.maxEventBytes = session.port().maxEventBytes();
        this.maxUnacknowledged = session.options().getMaxUnacknowledgedBytes();
        this.claims = session.isClaim();
        this.claimGeneration = session.grant().claimGeneration();
        this.onEnd = onEnd;
        session.whenFailed(onEnd);
        this.lastKnown = session.table().greatestStored();
        this.keyless = KeyHash.of(session.number());
    }

    @Override
    public StreamName stream() {
        return session.stream();
    }

    // ---- appending ----

    @Override
    public Future<Appended> append(@Nullable String eventKey, E event) {
        return append(eventKey, event, Headers.NONE);
    }

    @Override
    public Future<Appended> append(@Nullable String eventKey, E event, Sequence sequence) {
        return append(eventKey, event, Headers.NONE, sequence);
    }

    @Override
    public Future<Appended> append(NewEvent<E> event) {
        Sequence sequence = event.sequence();
        return sequence == null
                ? append(event.key(), event.event(), event.headers())
                : append(event.key(), event.event(), event.headers(), sequence);
    }

    private Future<Appended> append(@Nullable String eventKey, E event, Headers headers) {
        requireContext();
        try {
            requireOpen(false);
            int keyLength = key.encode(eventKey);
            int route = route(keyLength);
            Lane lane = session.lane(route);
            Draft draft = lane.draftFor(route, false);
            int to = writeRecord(draft, draft.length, keyLength, event, headers, maxEventBytes);
            PromiseInternal<Appended> promise = context.promise();
            lane.add(route, to, promise, null);
            return promise.future();
        } catch (StrandlineException e) {
            return refused(e);
        } catch (Throwable thrown) {
            return refused(session.broke(thrown));
        }
    }

    private Future<Appended> append(@Nullable String eventKey, E event, Headers headers, Sequence sequence) {
        requireContext();
        try {
            if (sequence.major() < 0 || sequence.minor() < 0) {
                throw new StrandlineException.Invalid("sequence " + sequence + " is negative");
            }
            requireOpen(true);
            int keyLength = key.encode(eventKey);
            long hash = keyLength < 0 ? PartitionTable.keylessHash(sequence) : KeyHash.of(key.bytes, 0, keyLength);
            PartitionTable table = session.table();
            requireOwn(keyLength, hash);
            int route = table.find(hash);
            if (table.stored(route, sequence)) {
                stopIf(session.digests().missingBelow(sequence));
                repeat(route, keyLength, event, headers, sequence);
                return context.succeededFuture(
                        new Appended(table.storedPartition(route), table.storedOffset(route), true));
            }
            if (!table.rises(route, sequence)) {
                throw new StrandlineException.Invalid("sequence " + sequence + " is not above " + table.newest(route)
                        + ", the last one for partition " + table.id(route) + " of " + stream());
            }
            stopIf(session.digests().missingUpTo(sequence));
            Lane lane = session.lane(route);
            Draft draft = lane.draftFor(route, false);
            int to = writeRecord(draft, draft.length, keyLength, event, headers, maxEventBytes);
            PromiseInternal<Appended> promise = context.promise();
            session.digests().append(route, sequence, draft.bytes, draft.length, to);
            table.setNewest(route, sequence);
            lane.add(route, to, promise, sequence);
            return promise.future();
        } catch (StrandlineException e) {
            return refused(e);
        } catch (Throwable thrown) {
            return refused(session.broke(thrown));
        }
    }

    private int route(int keyLength) {
        long hash = keyLength < 0 ? KeyHash.of(keyless++) : KeyHash.of(key.bytes, 0, keyLength);
        requireOwn(keyLength, hash);
        return session.table().find(hash);
    }

    /** A claim is of one partition, and so of its keys. */
    private void requireOwn(int keyLength, long hash) {
        if (claims && (keyLength < 0 || !session.table().covers(hash))) {
            throw new StrandlineException.Invalid((keyLength < 0
                            ? "an event without a key"
                            : "key " + new String(key.bytes, 0, keyLength, StandardCharsets.UTF_8))
                    + " does not belong to partition " + session.table().id(0) + " of " + stream()
                    + ", which the writer claims");
        }
    }

    /** Compares an event of a replay, which the log has already, with what the log has. */
    private void repeat(int route, int keyLength, E event, Headers headers, Sequence sequence) {
        WriterDigests digests = session.digests();
        if (digests.isAhead(route)) {
            Draft draft = session.lane(route).draftFor(route, false);
            int to = writeRecord(draft, draft.length, keyLength, event, headers, maxEventBytes);
            stopIf(digests.repeat(route, sequence, draft.bytes, draft.length, to));
        }
    }

    private void stopIf(StrandlineException.@Nullable Conflict differs) {
        if (differs != null) {
            session.fail(differs);
            throw differs;
        }
    }

    @Override
    public Sequence lastKnown() {
        return lastKnown;
    }

    @Override
    public SortedMap<Long, WriterMark> marks(Sequence next) {
        requireContext();
        stopIf(session.digests().missingBelow(next));
        return session.digests().marks();
    }

    @Override
    public Future<Appended> appendBatch(@Nullable String eventKey, List<E> events) {
        return appendAlone(eventKey, events, Headers.NONE, null);
    }

    @Override
    public Future<Appended> appendBatch(@Nullable String eventKey, List<E> events, Headers headers) {
        return appendAlone(eventKey, events, headers, null);
    }

    @Override
    public Future<Appended> appendIf(String eventKey, List<E> events, long expectedOffset) {
        return appendIf(eventKey, events, expectedOffset, Headers.NONE);
    }

    @Override
    public Future<Appended> appendIf(String eventKey, List<E> events, long expectedOffset, Headers headers) {
        if (eventKey == null || expectedOffset < 0) {
            requireContext();
            return refused(new StrandlineException.Invalid(
                    eventKey == null
                            ? "a conditional append needs a routing key: without one any partition may be met"
                            : "expected offset " + expectedOffset + " is negative"));
        }
        return appendAlone(eventKey, events, headers, new Condition.AtOffset(expectedOffset));
    }

    @Override
    public Future<Appended> appendIfUnchanged(
            String eventKey, List<E> events, StreamCut since, List<KeyCondition> others, Headers headers) {
        requireContext();
        if (eventKey == null || !since.stream().equals(stream())) {
            return refused(new StrandlineException.Invalid(
                    eventKey == null
                            ? "a conditional append needs a routing key: without one there is nothing that could have"
                                    + " changed"
                            : "a position in " + since.stream() + " says nothing of keys in " + stream()));
        }
        try {
            return appendAlone(
                    eventKey,
                    events,
                    headers,
                    Condition.KeyUnchanged.of(stream(), session.table(), eventKey, since, others));
        } catch (StrandlineException.Invalid e) {
            return refused(e);
        }
    }

    private Future<Appended> appendAlone(
            @Nullable String eventKey, List<E> events, Headers headers, @Nullable Condition condition) {
        requireContext();
        try {
            if (events.isEmpty()) {
                throw new StrandlineException.Invalid("a batch for " + stream() + " holds no event");
            }
            requireOpen(false);
            int keyLength = key.encode(eventKey);
            int route = route(keyLength);
            Lane lane = session.lane(route);
            Draft draft = lane.draftFor(route, condition != null);
            int to = draft.length;
            for (E event : events) {
                int room = maxEventBytes - (to - draft.length);
                to = writeRecord(draft, to, keyLength, event, headers, room);
            }
            PromiseInternal<Appended> promise = context.promise();
            lane.addAlone(route, to, events.size(), condition, promise);
            return promise.future();
        } catch (StrandlineException e) {
            return refused(e);
        } catch (Throwable thrown) {
            return refused(session.broke(thrown));
        }
    }

    private Future<Appended> refused(StrandlineException cause) {
        return session.failedAppends().refuse(context, cause);
    }

    private void requireContext() {
        if (!context.inThread()) {
            throw new IllegalStateException(
                    "a writer may be used only on the context that created it, not on " + Thread.currentThread()
                            + ": create one in each verticle, or call it by the context's runOnContext");
        }
    }

    private void requireOpen(boolean ownNumbers) {
        StrandlineException failure = session.failure();
        if (ended) {
            throw new StrandlineException.Unavailable("the writer of " + stream() + " has ended");
        }
        if (failure != null) {
            throw failure;
        }
        StrandlineException.Invalid mixed = session.useNumbers(ownNumbers);
        if (mixed != null) {
            throw mixed;
        }
        if (session.unacknowledged() > maxUnacknowledged) {
            throw new StrandlineException.Overloaded(session.unacknowledged() + " bytes for " + stream()
                    + " are unacknowledged, the limit is " + maxUnacknowledged);
        }
        if (ownNumbers && !session.admission().knowsNumbers()) {
            session.admission().askAgain();
            throw new StrandlineException.Unavailable("the writer of " + stream()
                    + " is being admitted again, and does not know yet which numbers the log has");
        }
    }

    // ---- records ----

    /**
     * Writes a record that starts at {@code from}. Only the caller's {@code add} makes it part of the draft, so a failure
     * leaves no trace.
     *
     * @param room bytes that key, type, headers and payload may take
     * @return index after the record
     */
    private int writeRecord(Draft draft, int from, int keyLength, E event, Headers headers, int room) {
        EventType type;
        byte[] typeName;
        try {
            type = codec.typeOf(event);
            typeName = typeName(type);
        } catch (Throwable e) {
            throw refusedByCodec(e);
        }
        boolean typed = typeName.length > 0 || type.version() != 0;
        int headerBytes = headers.encodedBytes();
        int named = Math.max(keyLength, 0) + typeName.length + headerBytes;
        if (named > room) {
            throw tooLarge(named, room);
        }
        draft.reserve(from, named + 32);
        byte[] bytes = draft.bytes;
        // The length comes first, but is known last. Reserves as many bytes as the last one took.
        int at = from + lengthBytes;
        bytes[at++] = (byte) ((keyLength >= 0 ? Batch.RECORD_HAS_KEY : 0)
                | (typed ? Batch.RECORD_HAS_TYPE : 0)
                | (headerBytes > 0 ? Batch.RECORD_HAS_HEADERS : 0));
        if (keyLength >= 0) {
            at = Varint.put(bytes, at, keyLength);
            System.arraycopy(key.bytes, 0, bytes, at, keyLength);
            at += keyLength;
        }
        if (typed) {
            at = Varint.put(bytes, at, typeName.length);
            System.arraycopy(typeName, 0, bytes, at, typeName.length);
            at = Varint.put(bytes, at + typeName.length, type.version());
        }
        if (headerBytes > 0) {
            at = headers.encodeTo(bytes, Varint.put(bytes, at, headerBytes));
        }
        PayloadSink sink = draft.sink;
        sink.open(at, room - named);
        try {
            codec.encode(event, sink);
        } catch (Throwable e) {
            throw refusedByCodec(e);
        } finally {
            sink.release();
        }
        if (sink.dropped() > 0) {
            throw tooLarge(named + (sink.at() - at) + sink.dropped(), room);
        }
        return putLength(draft, from, sink.at());
    }

    private StrandlineException.Invalid tooLarge(long bytes, int room) {
        return new StrandlineException.Invalid("event of " + bytes + " bytes, key, type and headers included, for "
                + stream() + "; the limit is " + maxEventBytes
                + (room < maxEventBytes ? " for all events of the batch, and " + Math.max(0, room) + " are left" : ""));
    }

    private int putLength(Draft draft, int from, int to) {
        int length = to - from - lengthBytes;
        int needed = Varint.bytes(length);
        int end = to;
        if (needed != lengthBytes) {
            end = from + needed + length;
            draft.reserve(to, needed);
            System.arraycopy(draft.bytes, from + lengthBytes, draft.bytes, from + needed, length);
            lengthBytes = needed;
        }
        Varint.put(draft.bytes, from, length);
        return end;
    }

    private byte[] typeName(EventType type) {
        if (type.equals(lastType)) {
            return lastTypeName;
        }
        byte[] name = typeNames.get(type);
        if (name == null) {
            name = type.name().getBytes(StandardCharsets.UTF_8);
            if (typeNames.size() < KEPT_TYPES) {
                typeNames.put(type, name);
            }
        }
        lastType = type;
        lastTypeName = name;
        return name;
    }

    private StrandlineException refusedByCodec(Throwable cause) {
        return cause instanceof StrandlineException.Invalid known
                ? known
                : new StrandlineException.Invalid("the codec failed on an event for " + stream() + ": " + cause, cause);
    }

    // ---- WriteStream ----

    @Override
    public Future<Void> write(NewEvent<E> event) {
        return append(event).mapEmpty();
    }

    @Override
    public Future<Void> flush() {
        requireContext();
        return session.flush();
    }

    @Override
    public long failedAppends() {
        return session.failedAppends().count();
    }

    @Override
    public @Nullable StrandlineException firstFailure() {
        return session.failedAppends().first();
    }

    @Override
    public Future<Void> barrier() {
        requireContext();
        if (!claims) {
            return context.failedFuture(new StrandlineException.Invalid(
                    "the writer of " + stream() + " claims no partition, so a barrier of it proves nothing"));
        }
        if (ended) {
            return context.failedFuture(
                    new StrandlineException.Unavailable("the writer of " + stream() + " has ended"));
        }
        return session.flush().compose(flushed -> new WriterBarrier(session).pass());
    }

    @Override
    public long claimGeneration() {
        return claimGeneration;
    }

    @Override
    public Future<Void> end() {
        requireContext();
        ended = true;
        session.setDrainHandler(null);
        return session.flush().onComplete((done, failure) -> {
            session.close(new StrandlineException.Unavailable("the writer of " + stream() + " has ended"));
            onEnd.run();
        });
    }

    @Override
    public EventWriter<E> setWriteQueueMaxSize(int maxSize) {
        session.setWriteQueueBytes(maxSize);
        return this;
    }

    @Override
    public boolean writeQueueFull() {
        return ended || session.isFull();
    }

    @Override
    public EventWriter<E> drainHandler(@Nullable Handler<Void> handler) {
        session.setDrainHandler(handler);
        return this;
    }

    @Override
    public EventWriter<E> exceptionHandler(@Nullable Handler<Throwable> handler) {
        session.setExceptionHandler(handler);
        return this;
    }
}
