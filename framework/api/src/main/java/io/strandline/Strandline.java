package io.strandline;

import io.strandline.internal.Implementation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * An open event log.
 *
 * <p>It may be called from any thread, and futures complete on the caller's context. Writers and readers belong to the
 * context that created them. A context may be an event loop, a worker or a virtual thread.
 */
public interface Strandline {

    /**
     * Opens the log at an address with the default options.
     *
     * @see #open(Vertx, String, StrandlineOptions)
     */
    static Future<Strandline> open(Vertx vertx, String address) {
        return open(vertx, address, new StrandlineOptions());
    }

    /**
     * Opens the log at an address.
     *
     * <table>
     * <caption>Addresses</caption>
     * <tr><th>address</th><th>log</th><th>on the class path</th></tr>
     * <tr><td>{@code file:DIRECTORY}</td><td>in a directory, which one process may have open</td><td>{@code strandline-log}</td></tr>
     * <tr><td>{@code memory:}</td><td>for tests, private, gone when it is closed</td><td>{@code strandline-log}</td></tr>
     * <tr><td>{@code memory:NAME}</td><td>for tests, stays in the JVM when it is closed</td><td>{@code strandline-log}</td></tr>
     * <tr><td>{@code tcp://HOST:PORT}</td><td>in another process. Several addresses, with commas between, are tried in
     * turn</td><td>{@code strandline-client}</td></tr>
     * </table>
     *
     * <p>The engine is found by {@link java.util.ServiceLoader}.
     *
     * <p>When the future completes, everything that the log had ever acknowledged can be read, and nothing that it had
     * not made durable.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if no engine or more than one serves the address, with {@link
     * StrandlineException.Unavailable} if another owner holds the log, no server answers or Vert.x is closed meanwhile, with {@link
     * StrandlineException.Unauthorized} if a server refuses the credentials, and with {@link StrandlineException.Corrupt} if
     * stored bytes were damaged. Nothing is changed then.
     */
    static Future<Strandline> open(Vertx vertx, String address, StrandlineOptions options) {
        return Implementation.of(StrandlineProvider.class).open(vertx, address, options);
    }

    /** The scopes and streams of this log. */
    Catalog catalog();

    /**
     * Creates a writer for a stream on the current context.
     *
     * <p>A writer with an id ({@link WriterOptions#setId}) fences every earlier writer of the same id and stream. A
     * writer with a claim ({@link WriterOptions#setClaim}) fences all others from a partition of an exclusive stream.
     * Fails with {@link StrandlineException.NotFound} if the stream does not exist, and with {@link
     * StrandlineException.Invalid} if it is exclusive and the writer claims nothing, or if it is not exclusive and the
     * writer claims a partition.
     */
    <E> Future<EventWriter<E>> createWriter(String stream, EventCodec<E> codec, WriterOptions options);

    /** As {@link #createWriter(String, EventCodec, WriterOptions)}, with the default options. */
    default <E> Future<EventWriter<E>> createWriter(String stream, EventCodec<E> codec) {
        return createWriter(stream, codec, new WriterOptions());
    }

    /**
     * Reads a stream on the current context from a position on, including sealed partitions. The reader ends at the end
     * that the stream has when the future completes, or at {@link ReaderOptions#setUntil}.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if the position is past the end of a partition, and with {@link
     * StrandlineException.Truncated} if events after it were removed, unless {@link OnTruncated#SKIP} was chosen.
     */
    <E> Future<EventReader<E>> read(String stream, EventCodec<E> codec, ReaderOptions options);

    /** As {@link #read(String, EventCodec, ReaderOptions)}, with the default options: from the first event that is kept. */
    default <E> Future<EventReader<E>> read(String stream, EventCodec<E> codec) {
        return read(stream, codec, new ReaderOptions());
    }

    /**
     * As {@link #read(String, EventCodec, ReaderOptions)}, but without end: events that are appended later are delivered when they are durable. It ends only at
     * {@link ReaderOptions#setUntil}, or when each of its partitions was sealed and it follows none.
     */
    <E> Future<EventReader<E>> subscribe(String stream, EventCodec<E> codec, ReaderOptions options);

    /** As {@link #subscribe(String, EventCodec, ReaderOptions)}, with the default options: from the first event that is kept. */
    default <E> Future<EventReader<E>> subscribe(String stream, EventCodec<E> codec) {
        return subscribe(stream, codec, new ReaderOptions());
    }

    /**
     * Reads the events of one routing key on the current context, up to the end that the log has when the future
     * completes, and ends. The work is in proportion to the events of that key, and not to those of the stream.
     *
     * <p>Events come in the order of their offsets, or backward in the opposite order. Where partitions were sealed and
     * replaced, the reader goes through all partitions that had the key. {@link EventReader#position()} is the partition
     * and the offset after the last event that was handed over, or backward the offset of that event. At the end of a
     * forward read that no limit ended, it is the end up to which the newest partition was read, whatever the keys of the
     * events before that.
     *
     * <p>If events are removed while they are read, a forward reader fails with {@link StrandlineException.Truncated}. A
     * backward reader ends where the kept events begin.
     *
     * <p>Fails with {@link StrandlineException.NotFound} if the stream does not exist, and with {@link
     * StrandlineException.Invalid} if the key is null or longer than 4,096 bytes in UTF-8, or an option is out of its
     * bounds. A key without events is no failure, and the reader ends at once.
     */
    <E> Future<EventReader<E>> history(String stream, String key, EventCodec<E> codec, HistoryOptions options);

    /** As {@link #history(String, String, EventCodec, HistoryOptions)}, with the default options: all its events, forward. */
    default <E> Future<EventReader<E>> history(String stream, String key, EventCodec<E> codec) {
        return history(stream, key, codec, new HistoryOptions());
    }

    /**
     * Computes a state from all events of one routing key, from the oldest that is kept to the newest that was durable when
     * the call was made: {@code state = evolve(state, event)}, one after the other, on the current context. It reads as {@link
     * #history} does, and so costs in proportion to the events of the key.
     *
     * <p>{@link Versioned#position()} says up to where the key is known, so that {@link EventWriter#appendIfUnchanged} can
     * append what was decided on this state, and only then.
     *
     * <p>Fails as {@link #history} does, and with {@link StrandlineException.Invalid} if {@code evolve} throws or gives null.
     * The message names the event.
     *
     * @param initial the state of a key without events
     * @param evolve gives the next state, without side effects
     */
    <E, S> Future<Versioned<S>> fold(
            String stream, String key, EventCodec<E> codec, S initial, BiFunction<S, E, S> evolve);

    /** Most attempts of {@link #decide}. */
    int MAX_DECISIONS = 50;

    /**
     * Decides on the history of one key, and appends the events that were decided, if no other event of the key came in
     * between: {@link #fold}, {@code decide}, {@link EventWriter#appendIfUnchanged}. If one did, reads and decides again, at
     * most {@value #MAX_DECISIONS} times in all. Any number of callers may decide on the same key. Everything runs on the
     * current context, which is that of the writer.
     *
     * <p>On completion the events are durable. Fails
     *
     * <ul>
     * <li>as {@link #fold} does, and with {@link StrandlineException.Invalid} if {@code decide} throws or gives null. Nothing
     * was appended.
     * <li>with {@link StrandlineException.Conflict} if others were faster {@value #MAX_DECISIONS} times. Nothing was appended.
     * <li>as {@link EventWriter#appendIfUnchanged(String, List, StreamCut)} does. After {@link StrandlineException.Unknown} the events
     * may have been appended, and a caller that repeats the call has to find that in the state.
     * </ul>
     *
     * @param writer a writer of the stream, on the current context
     * @param codec reads the events of the key
     * @param initial the state of a key without events
     * @param evolve gives the next state, without side effects
     * @param decide gives the events that follow from a state, none if there is nothing to do. It may be called several
     *     times, so it has no side effects
     */
    <E, S> Future<Decided<E, S>> decide(
            EventWriter<E> writer,
            EventCodec<E> codec,
            String key,
            S initial,
            BiFunction<S, E, S> evolve,
            Function<S, List<E>> decide);

    /** The transactions of this log. */
    Transactions transactions();

    /**
     * Closes the log. Appends that were accepted are forced to disk first. Writers and readers that are still open, and
     * calls that are in progress, fail with {@link StrandlineException.Unavailable}, which names the address. A reader
     * without an exception handler just stops.
     *
     * <p>A log that is open when Vert.x is closed closes with it. {@link Vertx#close()} first closes the pipelines and
     * reader groups, then the synchronizers and their stores, then the logs, and only then undeploys verticles. So the
     * {@code stop} of a verticle finds the log closed. A verticle that has something to append when it stops must be
     * undeployed before.
     *
     * <p>Calling it again, also after Vert.x was closed, does nothing more and completes as the first call did. It never
     * throws, completes within {@link io.strandline.spi.CloseOnce#LONGEST_CLOSE_MILLIS}, and fails only if the disk does
     * not answer within that time. The lock of a data directory is released as soon as no thread can write there any
     * more.
     */
    Future<Void> close();
}
