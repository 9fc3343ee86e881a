package io.strandline;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.WriteStream;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Appends events to one stream.
 *
 * <p>A completed append is durable, and visible to every reader, unless the writer asked for an earlier answer by {@link
 * WriterOptions#setDurability}. Events with the same routing key keep the order of the calls. Events are batched without
 * a timer: while nothing is in flight, an event is sent at once. Otherwise it is sent with all others that arrived
 * meanwhile.
 *
 * <p>A writer belongs to the context that created it: an event loop, a worker or a virtual thread. Futures complete there,
 * and a call from elsewhere throws {@link IllegalStateException}. When that context's verticle is undeployed, the writer is
 * flushed and ends. Undeploying waits for it at most {@link WriterOptions#getRetryTimeoutMillis()}.
 *
 * <p>When partitions of the stream are sealed and replaced, the writer follows. Events that were not accepted go to the
 * new partitions, in the order of the calls for each key. The application sees only a pause, and {@link Appended} that
 * names other partitions.
 *
 * <p>An append fails with
 *
 * <ul>
 * <li>{@link StrandlineException.Invalid} if the event is above a limit or its codec throws. Nothing was appended, and
 * events before and after it are not affected.
 * <li>{@link StrandlineException.Fenced} if a newer writer of the same id exists. All later appends fail too.
 * <li>{@link StrandlineException.NotFound} if the stream was deleted. All later appends fail too.
 * <li>{@link StrandlineException.Sealed} if the stream was sealed ({@link Catalog#sealStream}), or the partition that the
 * writer claims was. All later appends fail too.
 * <li>{@link StrandlineException.Unauthorized} if a server serves the log and its rules do not permit the append, or the
 * caller's credentials are not valid. Nothing was appended. All later appends fail too.
 * <li>{@link StrandlineException.Overloaded} if more than {@link WriterOptions#getMaxUnacknowledgedBytes()} wait.
 * <li>{@link StrandlineException.Unavailable} if the log did not take it within {@link
 * WriterOptions#getRetryTimeoutMillis()}, or {@link StrandlineException.Unknown} if the log may have taken it. Until then
 * the writer retries by itself, which is safe, because the log drops events that it has already. All appends waiting
 * after such an append for the same shard fail with it, so that an application that repeats them in order keeps the
 * order. Later appends are accepted.
 * </ul>
 */
public interface EventWriter<E> extends WriteStream<NewEvent<E>> {

    /** Most events of a partition that {@link #appendIfUnchanged} compares with its key, whatever their keys are. */
    int MAX_COMPARED_EVENTS = 10_000;

    /** Most bytes of events that {@link #appendIfUnchanged} compares, counted before compression. */
    int MAX_COMPARED_BYTES = 4 << 20;

    /** Most conditions on other keys of one append. */
    int MAX_KEY_CONDITIONS = 16;

    /**
     * What must hold for an append beside what its own key needs: another key of the same partition has no event, or none of one type, after
     * a position. It is compared when the append is numbered, and is not stored.
     *
     * @param key the other key
     * @param eventType name of the type of which the key must have no event. Null for any event
     * @param since the position up to which the key was read, as for {@link #appendIfUnchanged(String, List, StreamCut)}
     */
    record KeyCondition(String key, @Nullable String eventType, StreamCut since) {

        /** The key has no event after the position. */
        public static KeyCondition unchanged(String key, StreamCut since) {
            return new KeyCondition(key, null, since);
        }

        /** The key has no event of the type after the position. */
        public static KeyCondition noEvent(String key, String eventType, StreamCut since) {
            return new KeyCondition(key, eventType, since);
        }
    }

    /** The stream this writer appends to. */
    StreamName stream();

    /** Appends one event. */
    Future<Appended> append(@Nullable String key, E event);

    /**
     * Appends one event without a routing key, as {@code append(null, event)} does: such events are spread evenly over the
     * partitions of the stream and have no order among each other. A key of no characters is a key like any other.
     *
     * <p>A writer that claims a partition ({@link WriterOptions#setClaim}) fails it with {@link StrandlineException.Invalid}.
     */
    default Future<Appended> append(E event) {
        return append(null, event);
    }

    /**
     * Appends one event under the application's own number. The writer needs an id. If the log already had this number of
     * this id in the partition when the writer was created, the append completes as a duplicate, so that an importer can
     * simply start again. After that, numbers must rise within a partition, or the append is Invalid. A writer uses the
     * application's numbers for all events or for none.
     *
     * <p>After an append failed with Unavailable or Unknown, these appends fail with Unavailable until the log has told
     * the writer which numbers it has. Then the failed event may be given again.
     *
     * <p>In a replay ({@link WriterOptions#setReplay}) it fails with {@link StrandlineException.Conflict} if the log has
     * other events than the replay gives, as soon as that is certain and before anything is appended after them. The
     * writer has failed then. The message names the partition, the numbers and both digests.
     */
    Future<Appended> append(@Nullable String key, E event, Sequence sequence);

    /**
     * The highest number that the stream had of this writer when it was opened, in any partition. {@link Sequence#NONE} if it had
     * none. No event up to it is appended again.
     */
    Sequence lastKnown();

    /**
     * How far this writer has come under the application's numbers, acknowledged or not. Store the marks, after {@link
     * #flush()} has completed successfully, with the state from which a later writer of this id is to replay. Partitions
     * without a known digest are missing. All are missing if the writer counts by itself.
     *
     * @param next above the number of every event that was given
     * @return partition id → mark
     * @throws StrandlineException.Conflict in a replay, if the log has an event below {@code next} that was not given.
     *     The writer has failed then
     */
    SortedMap<Long, WriterMark> marks(Sequence next);

    /**
     * Appends one event with its key and headers. If it has a number, appends it as {@link #append(String, Object,
     * Sequence)} does.
     */
    Future<Appended> append(NewEvent<E> event);

    /**
     * Appends events with one routing key atomically: readers see all of them or none, and they have consecutive offsets.
     * Completes with the place of the first.
     */
    Future<Appended> appendBatch(@Nullable String key, List<E> events);

    /** As {@link #appendBatch(String, List)}, but every event has these headers. */
    Future<Appended> appendBatch(@Nullable String key, List<E> events, Headers headers);

    /**
     * Appends events atomically if the next offset of the key's partition is the expected one. Otherwise fails with
     * {@link StrandlineException.Conflict}, which names the actual offset, and appends nothing. It also fails so if the
     * partition was sealed meanwhile. Completes with the place of the first event.
     *
     * @param key not null. The offset is that of the key's partition, where it counts the events of all keys
     * @param expectedOffset 0 or more
     */
    Future<Appended> appendIf(String key, List<E> events, long expectedOffset);

    /** As {@link #appendIf(String, List, long)}, but every event has these headers. */
    Future<Appended> appendIf(String key, List<E> events, long expectedOffset, Headers headers);

    /**
     * Appends events of one key atomically if no event of that key was appended after a position. Events of other keys do
     * not count, even in the same partition. Completes with the place of the first.
     *
     * <p>This is how an application decides on what it has read. {@link Strandline#fold} gives a state and the position up
     * to which it is known. The events that were decided on that state are appended here. A position serves one append
     * that succeeds, and the next decision needs a position after it.
     *
     * <p>Fails with {@link StrandlineException.Conflict}, and appends nothing,
     *
     * <ul>
     *   <li>if the key has a later event, in the log or on its way to the disk, or
     *   <li>if the position is too old to tell. The log compares what is in memory, and at most {@value
     *       #MAX_COMPARED_EVENTS} events and {@value #MAX_COMPARED_BYTES} bytes of the partition. A position in a partition
     *       that was sealed since is too old as well.
     * </ul>
     *
     * <p>In both cases the caller reads the key again and decides again. A fresh position is near the end. It is too old
     * only if others append more than the log compares between the read and the append.
     *
     * @param key not null
     * @param events one or more
     * @param since the position up to which the history of the key was read: {@link Versioned#position()}, or {@link
     *     EventReader#position()} of a {@link Strandline#history} that was read forward to its end. A cut of another stream
     *     is {@link StrandlineException.Invalid}
     */
    default Future<Appended> appendIfUnchanged(String key, List<E> events, StreamCut since) {
        return appendIfUnchanged(key, events, since, Headers.NONE);
    }

    /** As {@link #appendIfUnchanged(String, List, StreamCut)}. Every event has these headers. */
    default Future<Appended> appendIfUnchanged(String key, List<E> events, StreamCut since, Headers headers) {
        return appendIfUnchanged(key, events, since, List.of(), headers);
    }

    /**
     * As {@link #appendIfUnchanged(String, List, StreamCut)}, and other keys of the partition must not have changed either: what was
     * decided rests on them too. All are compared at the same moment. Nothing of the conditions is stored.
     *
     * <p>All keys must be in one partition. Otherwise the append fails with {@link StrandlineException.Invalid}, which names the keys
     * and their partitions: nothing decides for two partitions together. A writer that does not know of a merge yet hears of it first. It
     * fails with {@link StrandlineException.Conflict} also if a split has taken the keys apart since.
     *
     * @param others at most {@value #MAX_KEY_CONDITIONS}
     */
    Future<Appended> appendIfUnchanged(
            String key, List<E> events, StreamCut since, List<KeyCondition> others, Headers headers);

    /**
     * Completes when every append called before has completed or failed. It completes in both cases, as one append that
     * failed says nothing about the others. The futures of the appends say which ones failed. A caller that keeps none of
     * them asks {@link #failedAppends()} then, or writes by {@link io.vertx.core.streams.ReadStream#pipeTo}, whose future
     * fails with the first append that does.
     */
    Future<Void> flush();

    /**
     * How many appends of this writer have failed so far. One whose future has failed is counted, also if it was refused at once. A
     * batch counts as one. When {@link #flush()} or {@link #end()} completes, everything that was called before is counted. So if
     * it answers the same before a loop of appends and after the flush, all events of the loop are in the log. Stays after the
     * end. Callable from any thread.
     */
    long failedAppends();

    /** Why the first of the {@link #failedAppends()} has failed. Null if none has. Callable from any thread. */
    @Nullable
    StrandlineException firstFailure();

    /**
     * Proves that a writer with a claim ({@link WriterOptions#setClaim}) still holds it. Completes when every append called
     * before has completed or failed, everything that the partition took before the call is durable, and the claim was seen to
     * be the newest one at some moment after the call. An answer that is given then, from what the writer's owner remembers,
     * is not stale: nobody else had appended to the partition at that moment. Appends nothing, and costs no force on a log that
     * is at rest.
     *
     * <p>Fails with {@link StrandlineException.Fenced} if another writer has claimed the partition and with {@link
     * StrandlineException.Sealed} if the partition is sealed: the writer has failed then. Fails with {@link
     * StrandlineException.Unavailable} if the log did not answer within {@link WriterOptions#getRetryTimeoutMillis()}, which
     * here is a second at least, after the appends called before have completed or failed, and with {@link StrandlineException.Invalid} if the writer claims
     * nothing. Safe to repeat.
     */
    Future<Void> barrier();

    /**
     * Generation of the claim of this writer, with which its owner claims other partitions of the stream: see {@link
     * WriterOptions#setClaimGeneration}. 0 if the writer claims nothing. Callable from any thread.
     */
    long claimGeneration();

    /** As {@link #append(NewEvent)}. */
    @Override
    Future<Void> write(NewEvent<E> event);

    /** Flushes as {@link #flush()} does, and closes the writer. */
    @Override
    Future<Void> end();

    /**
     * Sets when the writer counts as full.
     *
     * @param maxSize bytes that may be unacknowledged before {@link #writeQueueFull()} answers true
     */
    @Override
    EventWriter<E> setWriteQueueMaxSize(int maxSize);

    /**
     * True while appends would have to wait, because too many bytes are unacknowledged, or because a writer with the
     * application's numbers does not know which of them the log has. Also true permanently when the writer has ended or
     * failed, so that a loop that appends until the writer is full always ends. The drain handler is then never called
     * again, and the futures of the appends and {@link #exceptionHandler} give the reason.
     */
    @Override
    boolean writeQueueFull();

    @Override
    EventWriter<E> drainHandler(@Nullable Handler<Void> handler);

    /** Called when the writer can go no further, for instance because it was fenced. */
    @Override
    EventWriter<E> exceptionHandler(@Nullable Handler<Throwable> handler);
}
