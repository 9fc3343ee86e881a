package io.strandline.processing.group;

import io.strandline.EventCodec;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.internal.Implementation;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * Readers that share the partitions of one or several streams: each partition is read by one of them at a time.
 *
 * <pre>{@code
 * ReaderGroup.open(vertx, log, sync, "shop/billing", new GroupOptions().setStreams("shop/orders"))
 *         .compose(group -> group.join("reader-1", orders, new GroupReaderOptions()))
 *         .onSuccess(reader -> reader.handler(event -> bill(event.event())));
 * }</pre>
 *
 * <p>The readers agree through one shared state, under the group's name in the {@link StateSync} that all of them are
 * opened with. Nothing coordinates them. Partitions are balanced by number. A reader that is silent for the length of a
 * lease is dead to the others. They take its partitions from its committed positions, and its later calls are refused.
 *
 * <p>Retention of the streams by consumption waits for the group under its name. After a reset or deletion the name is
 * followed by {@code @} and a number. For each named checkpoint the name is followed by {@code !} and the name of the
 * checkpoint.
 *
 * <p>Any thread may call. Futures complete on the caller's context. Calls fail as those of the state synchronizer and of
 * the log do. Unavailable and Conflict may pass, and then it is safe to call again.
 */
public interface ReaderGroup {

    /** Name of the checkpoint that the group takes by itself. */
    String AUTOMATIC = "automatic";

    /** Most groups of one scope. */
    int MAX_GROUPS_OF_SCOPE = 2_000;

    /** Longest full name of a group, in characters. */
    int MAX_NAME_LENGTH = 128;

    /** Longest name of a checkpoint, in characters. */
    int MAX_CHECKPOINT_NAME_LENGTH = 64;

    /** Most parked events that are listed at once. */
    int MAX_PARKED_LISTED = 100_000;

    /** Most callers of one group object that may wait for positions and checkpoints. */
    int MAX_WAITING = 1_000;

    /** Most partitions of which {@link #timedLag} finds the time. */
    int MAX_TIMED_PARTITIONS = 1_000;

    /**
     * Opens a group, and creates it if it does not exist. A new group begins where the options say.
     *
     * <p>Fails with {@link io.strandline.StrandlineException.Invalid} if an option is out of its bounds or a cut does not
     * fit its stream, with {@link io.strandline.StrandlineException.NotFound} if a stream does not exist, and with {@link
     * io.strandline.StrandlineException.Conflict} if the group exists with other options. Nothing is changed then.
     *
     * <p>When the future completes, retention waits for the group. If that could not be noted, or the parking stream is
     * not the group's, the future fails, and the group may exist already. It is safe to open it again.
     *
     * @param name {@code scope/group}, by the rules of {@link StreamName}, at most {@value #MAX_NAME_LENGTH} characters
     */
    static Future<ReaderGroup> open(Vertx vertx, Strandline log, StateSync sync, String name, GroupOptions options) {
        return Implementation.of(GroupProvider.class).open(vertx, log, sync, name, new GroupOptions(options));
    }

    /**
     * Opens a group with the options that it was created with. Fails with {@link
     * io.strandline.StrandlineException.NotFound} if it does not exist.
     */
    static Future<ReaderGroup> open(Vertx vertx, Strandline log, StateSync sync, String name) {
        return Implementation.of(GroupProvider.class).open(vertx, log, sync, name, null);
    }

    /**
     * The full names of a scope's groups, in ascending order, as far as they are kept in the same state synchronizer.
     * There are at most {@value #MAX_GROUPS_OF_SCOPE}: to open one more fails with Overloaded. A group is listed when it
     * is open, and until it is deleted.
     */
    static Future<SortedSet<String>> list(Vertx vertx, StateSync sync, String scope) {
        return Implementation.of(GroupProvider.class).list(vertx, sync, scope);
    }

    /**
     * The full names of the groups of all scopes that keep their state in a log, in ascending order. Creates nothing.
     *
     * @param sync keeps states in that log
     */
    static Future<SortedSet<String>> list(Vertx vertx, Strandline log, StateSync sync) {
        return Implementation.of(GroupProvider.class).list(vertx, log, sync);
    }

    /** The group's full name. */
    String name();

    /** A copy of the options that the group uses now, as far as they are known here. */
    GroupOptions options();

    /**
     * Changes the options of the group while it runs. When the future completes, the change is durable. Each reader uses
     * the new options once it hears of them, between two events, without losing a partition. So for a while some readers
     * use the old options. A shorter lease counts for a reader once it was heard after the change, and a filter applies
     * to the events that the reader is handed then. Keys that are held stay held, whatever the new policy says.
     *
     * <p>Fails with Invalid if an option is out of its bounds, or if a fixed option differs: {@code streams}, {@code
     * from}, {@code fromCuts}, {@code until} and {@code parkingStream}. The message has both values. Nothing is changed
     * then. All options are replaced. Begin with {@link #options()} to change some.
     */
    Future<Void> setOptions(GroupOptions options);

    /**
     * Enters the group on the current context. Partitions come to the reader when it has a handler.
     *
     * <p>Fails with {@link io.strandline.StrandlineException.Conflict} if a living reader has the name: to tell it from a dead
     * one may take a lease and a half. Fails with Overloaded if the group has 1,000 readers, or its state no room for one more.
     *
     * @param reader by the rules of a stream's name
     */
    <E> Future<GroupReader<E>> join(String reader, EventCodec<E> codec, GroupReaderOptions options);

    /** As {@link #join(String, EventCodec, GroupReaderOptions)}, with the default options. */
    default <E> Future<GroupReader<E>> join(String reader, EventCodec<E> codec) {
        return join(reader, codec, new GroupReaderOptions());
    }

    /** The readers in the group, and how many partitions each has. */
    Future<SortedMap<String, Integer>> readers();

    /** The committed position in each stream: of every partition that is not read to its end. */
    Future<SortedMap<StreamName, StreamCut>> position();

    /** The number of events after the committed positions: of each partition, of each stream and of all of them. */
    Future<GroupLag> lag();

    /**
     * As {@link #lag}, with how long the first event after each position waits. Each partition that lags costs one small read, up to
     * {@link #MAX_TIMED_PARTITIONS} of them, one after the other. A group that commits meanwhile may be found to lag less than it did.
     */
    Future<TimedLag> timedLag();

    /**
     * Completes when the group has committed a position at or after the cut. Fails with Invalid for a cut of a stream
     * that the group does not read, with NotFound for a partition that the stream never had, and with Overloaded if
     * {@link #MAX_WAITING} calls wait.
     */
    Future<Void> awaitPosition(StreamCut cut);

    /**
     * Has all readers note their positions, and completes when the checkpoint is durable. For a reader that dies
     * meanwhile, its committed positions are used. If a checkpoint of this name is in progress, the call waits for it.
     *
     * <p>Fails with {@link io.strandline.StrandlineException.Conflict} if the group has a checkpoint of this name, or if
     * the checkpoint is given up by a reset, by {@link #dropCheckpoint} or by a reader's boundary handler. Fails with
     * Overloaded if the group keeps as many checkpoints as it may.
     *
     * <p>Retention by consumption keeps the events after a named checkpoint until it is dropped.
     *
     * @param name by the rules of a stream's name, at most {@value #MAX_CHECKPOINT_NAME_LENGTH} characters, but not
     *     {@value #AUTOMATIC}
     */
    Future<GroupCheckpoint> checkpoint(String name);

    /** The checkpoints of the group by name, those in progress included. */
    Future<List<GroupCheckpoint>> checkpoints();

    /** Forgets a checkpoint, or gives it up. Completes with false if there is none. */
    Future<Boolean> dropCheckpoint(String name);

    /**
     * Goes on from a checkpoint, back or forth. When the future completes, no position that was committed or is still to be
     * committed by what readers did before counts any more. Events that are at a handler are finished there.
     *
     * <p>Fails with NotFound if there is no complete checkpoint of this name.
     */
    Future<Void> resetToCheckpoint(String name);

    /**
     * As {@link #resetToCheckpoint}, to the cuts. Streams without a cut go on where they are. Fails with Invalid if a cut
     * is of a stream that the group does not read, leaves out a partition or is past an end.
     */
    Future<Void> resetTo(StreamCut... cuts);

    /**
     * As {@link #resetToCheckpoint}, to where a reader of each stream would begin. If the position is a cut, only its
     * stream is reset. Fails as {@link #resetTo(StreamCut...)}.
     */
    Future<Void> resetTo(StartPosition position);

    /** As {@link #resetToCheckpoint}, to the first event that is still kept of each stream. */
    default Future<Void> resetToStart() {
        return resetTo(StartPosition.start());
    }

    /** As {@link #resetToCheckpoint}, to the position after the last event of each stream. */
    default Future<Void> resetToEnd() {
        return resetTo(StartPosition.end());
    }

    /**
     * What {@link #resetToCheckpoint} would change if it were called now. Nothing is changed. Fails as that would, except that a reset
     * also has retention wait at the new position, which may be refused with Overloaded: a stream has a bounded number of subscribers
     * ({@link io.strandline.Catalog#commitConsumed}).
     */
    Future<ResetPlan> planResetToCheckpoint(String name);

    /** As {@link #planResetToCheckpoint}, for {@link #resetTo(StreamCut...)}. */
    Future<ResetPlan> planResetTo(StreamCut... cuts);

    /** As {@link #planResetToCheckpoint}, for {@link #resetTo(StartPosition)}. */
    Future<ResetPlan> planResetTo(StartPosition position);

    /** The newest decisions about poison events, at most 100, oldest first. */
    Future<List<PoisonDecision>> poisonDecisions();

    /**
     * The parked events that were neither replayed nor dropped, oldest first. Fails with Overloaded above {@value
     * #MAX_PARKED_LISTED} events. {@link #parked(long, int)} lists them in pages.
     */
    Future<List<ParkedEvent>> parked();

    /**
     * A page of {@link #parked()}.
     *
     * @param after the last id of the page before, or -1
     * @param limit most events of the page, 1 to {@value #MAX_PARKED_LISTED}
     */
    Future<List<ParkedEvent>> parked(long after, int limit);

    /**
     * Hands parked events to a handler on the caller's context, one after the other, in the order in which they were
     * parked. An event is no longer parked once its future completes. At the first failure the replay stops, and that
     * event and all later ones stay parked. Nothing is appended to their stream. Completes with the number of events that
     * were processed. A key is no longer held once all its parked events are settled.
     *
     * <p>Delivery is at least once: an event whose processing was not noted comes again. Calls of one group must not
     * overlap. {@link GroupOptions#getHandlerTimeoutMillis()} does not apply here: a handler that does not end blocks the
     * call.
     *
     * <p>An event that was too large for the parking stream is read from its own stream, and fails with {@link
     * io.strandline.StrandlineException.Truncated} if that stream no longer keeps it.
     *
     * @param ids of the events. For a held key, all ids up to the last one must be given, or order is lost. Unknown ids
     *     are skipped
     */
    <E> Future<Integer> replay(List<Long> ids, EventCodec<E> codec, GroupHandler<E> handler);

    /** Forgets parked events. Completes with their number. The rule of {@link #replay} for held keys applies here too. */
    Future<Integer> dropParked(List<Long> ids);

    /**
     * Deletes the group: its readers end with NotFound, its positions and checkpoints are gone, and retention no longer waits
     * for it. Its parking stream stays.
     */
    Future<Void> delete();

    /**
     * Lets the readers that joined through this object leave, and releases the shared state. The group stays. This object
     * closes with Vert.x, before its log and its synchronizer, so that names and partitions are free for the next
     * process. Calling it again has no effect. It never throws.
     */
    Future<Void> close();
}
