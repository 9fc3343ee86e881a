package io.strandline.processing.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.EventCodec;
import io.strandline.StartPosition;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupCheckpoint;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupLag;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.PoisonDecision;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.ResetPlan;
import io.strandline.processing.group.TimedLag;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.sync.rxjava3.RxStateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.function.Supplier;

/** {@link ReaderGroup} for RxJava: each call is made when it is subscribed to. */
public final class RxReaderGroup {

    private final ReaderGroup group;

    private RxReaderGroup(ReaderGroup group) {
        this.group = group;
    }

    /**
     * Opens a group, and creates it if it does not exist.
     *
     * @see ReaderGroup#open(Vertx, io.strandline.Strandline, io.strandline.sync.StateSync, String, GroupOptions)
     */
    public static Single<RxReaderGroup> open(
            Vertx vertx, RxStrandline log, RxStateSync sync, String name, GroupOptions options) {
        GroupOptions own = new GroupOptions(options);
        return single(() -> ReaderGroup.open(vertx, log.delegate(), sync.delegate(), name, own))
                .map(RxReaderGroup::new);
    }

    /**
     * Opens a group that exists.
     *
     * @see ReaderGroup#open(Vertx, io.strandline.Strandline, io.strandline.sync.StateSync, String)
     */
    public static Single<RxReaderGroup> open(Vertx vertx, RxStrandline log, RxStateSync sync, String name) {
        return single(() -> ReaderGroup.open(vertx, log.delegate(), sync.delegate(), name))
                .map(RxReaderGroup::new);
    }

    /**
     * The full names of a scope's groups.
     *
     * @see ReaderGroup#list(Vertx, io.strandline.sync.StateSync, String)
     */
    public static Single<SortedSet<String>> list(Vertx vertx, RxStateSync sync, String scope) {
        return single(() -> ReaderGroup.list(vertx, sync.delegate(), scope));
    }

    /**
     * The full names of the groups of all scopes that keep their state in a log.
     *
     * @see ReaderGroup#list(Vertx, io.strandline.Strandline, io.strandline.sync.StateSync)
     */
    public static Single<SortedSet<String>> list(Vertx vertx, RxStrandline log, RxStateSync sync) {
        return single(() -> ReaderGroup.list(vertx, log.delegate(), sync.delegate()));
    }

    /** The group itself. */
    public ReaderGroup delegate() {
        return group;
    }

    /** The options that the group uses now, as far as they are known here. */
    public GroupOptions options() {
        return group.options();
    }

    /**
     * Changes the options of the group while it runs.
     *
     * @see ReaderGroup#setOptions
     */
    public Completable setOptions(GroupOptions options) {
        GroupOptions own = new GroupOptions(options);
        return completable(() -> group.setOptions(own));
    }

    /**
     * Enters the group on the context of the subscriber.
     *
     * @see ReaderGroup#join(String, EventCodec, GroupReaderOptions)
     */
    public <E> Single<RxGroupReader<E>> join(String reader, EventCodec<E> codec, GroupReaderOptions options) {
        GroupReaderOptions own = new GroupReaderOptions(options);
        return single(() -> group.join(reader, codec, own)).map(RxGroupReader::new);
    }

    /**
     * As {@link #join(String, EventCodec, GroupReaderOptions)}, with the default options.
     *
     * @see ReaderGroup#join(String, EventCodec)
     */
    public <E> Single<RxGroupReader<E>> join(String reader, EventCodec<E> codec) {
        return join(reader, codec, new GroupReaderOptions());
    }

    /** The readers in the group, and how many partitions each has. */
    public Single<SortedMap<String, Integer>> readers() {
        return single(group::readers);
    }

    /** The committed position in each stream. */
    public Single<SortedMap<StreamName, StreamCut>> position() {
        return single(group::position);
    }

    /**
     * The number of events after the committed positions.
     *
     * @see ReaderGroup#lag
     */
    public Single<GroupLag> lag() {
        return single(group::lag);
    }

    /**
     * As {@link #lag}, with how long the first event after each position waits.
     *
     * @see ReaderGroup#timedLag
     */
    public Single<TimedLag> timedLag() {
        return single(group::timedLag);
    }

    /**
     * Waits until the group has committed a position at or after the cut.
     *
     * @see ReaderGroup#awaitPosition
     */
    public Completable awaitPosition(StreamCut cut) {
        return completable(() -> group.awaitPosition(cut));
    }

    /**
     * Takes a checkpoint.
     *
     * @see ReaderGroup#checkpoint
     */
    public Single<GroupCheckpoint> checkpoint(String name) {
        return single(() -> group.checkpoint(name));
    }

    /** The checkpoints of the group, those in progress included. */
    public Single<List<GroupCheckpoint>> checkpoints() {
        return single(group::checkpoints);
    }

    /** Forgets a checkpoint. */
    public Single<Boolean> dropCheckpoint(String name) {
        return single(() -> group.dropCheckpoint(name));
    }

    /**
     * Goes on from a checkpoint.
     *
     * @see ReaderGroup#resetToCheckpoint
     */
    public Completable resetToCheckpoint(String name) {
        return completable(() -> group.resetToCheckpoint(name));
    }

    /**
     * Goes on from where a reader would begin.
     *
     * @see ReaderGroup#resetTo(StartPosition)
     */
    public Completable resetTo(StartPosition position) {
        return completable(() -> group.resetTo(position));
    }

    /**
     * Goes on from cuts.
     *
     * @see ReaderGroup#resetTo(StreamCut...)
     */
    public Completable resetTo(StreamCut... cuts) {
        return completable(() -> group.resetTo(cuts));
    }

    /** Goes on at the start of each stream. */
    public Completable resetToStart() {
        return completable(group::resetToStart);
    }

    /** Goes on at the end of each stream. */
    public Completable resetToEnd() {
        return completable(group::resetToEnd);
    }

    /**
     * What a reset to a checkpoint would change.
     *
     * @see ReaderGroup#planResetToCheckpoint
     */
    public Single<ResetPlan> planResetToCheckpoint(String name) {
        return single(() -> group.planResetToCheckpoint(name));
    }

    /**
     * What a reset to where a reader would begin would change.
     *
     * @see ReaderGroup#planResetTo(StartPosition)
     */
    public Single<ResetPlan> planResetTo(StartPosition position) {
        return single(() -> group.planResetTo(position));
    }

    /**
     * What a reset to cuts would change.
     *
     * @see ReaderGroup#planResetTo(StreamCut...)
     */
    public Single<ResetPlan> planResetTo(StreamCut... cuts) {
        return single(() -> group.planResetTo(cuts));
    }

    /** The newest decisions about poison events. */
    public Single<List<PoisonDecision>> poisonDecisions() {
        return single(group::poisonDecisions);
    }

    /** The parked events that are open. */
    public Single<List<ParkedEvent>> parked() {
        return single(group::parked);
    }

    /**
     * A page of them.
     *
     * @see ReaderGroup#parked(long, int)
     */
    public Single<List<ParkedEvent>> parked(long after, int limit) {
        return single(() -> group.parked(after, limit));
    }

    /**
     * Hands parked events to a handler.
     *
     * @see ReaderGroup#replay
     */
    public <E> Single<Integer> replay(
            List<Long> ids, EventCodec<E> codec, Function<GroupEvent<E>, Completable> handler) {
        return single(() -> group.replay(ids, codec, event -> RxGroupReader.future(handler.apply(event))));
    }

    /** Forgets parked events. */
    public Single<Integer> dropParked(List<Long> ids) {
        return single(() -> group.dropParked(ids));
    }

    /** Deletes the group. */
    public Completable delete() {
        return completable(group::delete);
    }

    /** Lets its readers leave, and lets go of the shared state. */
    public Completable close() {
        return completable(group::close);
    }

    static <T> Single<T> single(Supplier<Future<T>> call) {
        return Single.create(emitter -> call.get().onComplete(emitter::onSuccess, emitter::tryOnError));
    }

    static Completable completable(Supplier<Future<Void>> call) {
        return Completable.create(emitter -> call.get().onComplete(done -> emitter.onComplete(), emitter::tryOnError));
    }
}
