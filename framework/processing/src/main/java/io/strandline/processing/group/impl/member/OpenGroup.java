package io.strandline.processing.group.impl.member;

import io.strandline.EventCodec;
import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupCheckpoint;
import io.strandline.processing.group.GroupHandler;
import io.strandline.processing.group.GroupLag;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.PoisonDecision;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.ResetPlan;
import io.strandline.processing.group.TimedLag;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.feed.GroupRuntime;
import io.strandline.processing.group.impl.feed.ParkedEvents;
import io.strandline.processing.group.impl.feed.TracedHandlers;
import io.strandline.processing.group.impl.state.Decision;
import io.strandline.processing.group.impl.state.GroupDecisions;
import io.strandline.processing.group.impl.state.GroupDirectory;
import io.strandline.processing.group.impl.state.GroupNames;
import io.strandline.processing.group.impl.state.GroupPositions;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupState.Decided;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.GroupWaits;
import io.strandline.processing.group.impl.state.Settings;
import io.strandline.processing.group.impl.state.StoredSettings;
import io.strandline.processing.group.impl.state.SyncedGroupStore;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.EventSpans;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.tracing.TracingPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A group as one process sees it. */
final class OpenGroup implements ReaderGroup {

    private final Vertx vertx;
    private final Strandline log;
    private final StateSync sync;
    private final SyncedGroupStore store;
    /** The options when this object was made. Options that cannot change are still valid. */
    private final GroupOptions options;

    private final GroupDecisions decisions;
    private final List<StreamName> streams;
    private final GroupPositions positions;
    private final GroupWaits waits;
    private final Set<OpenReader<?>> readers = ConcurrentHashMap.newKeySet();
    private final Set<Entering> entering = ConcurrentHashMap.newKeySet();
    private final CloseOnce end;

    /** A reader that is about to enter. */
    private record Entering(ContextInternal context, GroupMember<?> member) {
        /** Leaves, from whatever thread, when it is known whether it has entered. */
        Future<Void> leave() {
            Promise<Void> left = Promise.promise();
            context.runOnContext(turn -> member.leave().onComplete(left));
            return left.future();
        }
    }

    private OpenGroup(
            Vertx vertx, Strandline log, StateSync sync, SyncedGroupStore store, String name, GroupOptions options) {
        this.vertx = vertx;
        this.log = log;
        this.sync = sync;
        this.store = store;
        this.options = options;
        this.decisions = new GroupDecisions(name, true);
        this.streams = options.getStreams().stream().map(StreamName::parse).toList();
        this.positions = new GroupPositions(log, options);
        this.waits = new GroupWaits(store, positions, name);
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.PROCESSING, "group " + name, this::closeAll);
    }

    static Future<ReaderGroup> open(
            Vertx vertx, Strandline log, StateSync sync, String name, @Nullable GroupOptions options) {
        try {
            GroupNames.requireGroup(name);
            if (options != null) {
                options.validate();
            }
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return SyncedGroupStore.open(vertx, sync, name).compose(store -> createOrFind(log, store, name, options)
                .compose(agreed -> new OpenGroup(vertx, log, sync, store, name, agreed).begin())
                .recover(failure -> store.close().transform(closed -> Future.failedFuture(failure))));
    }

    private static Future<GroupOptions> createOrFind(
            Strandline log, SyncedGroupStore store, String name, @Nullable GroupOptions options) {
        String existing = store.state().options();
        if (existing != null || options == null) {
            return found(name, options, existing);
        }
        String wanted = options.toJson().encode();
        GroupPositions positions = new GroupPositions(log, options);
        return positions
                .beginning()
                .compose(partitions -> store.decide(
                        new GroupDecisions(name, true).create(wanted, partitions, positions.beginningNotBefore())))
                .compose(created -> found(name, options, store.state().options()));
    }

    private static Future<GroupOptions> found(String name, @Nullable GroupOptions wanted, @Nullable String existing) {
        if (existing == null) {
            return Future.failedFuture(new StrandlineException.NotFound("group " + name + " does not exist"));
        }
        GroupOptions known = StoredSettings.read(existing);
        if (wanted != null && !wanted.toJson().equals(known.toJson())) {
            return Future.failedFuture(new StrandlineException.Conflict("group " + name + " exists with other options: "
                    + OptionsJson.differences(known.toJson(), wanted.toJson()) + "; setOptions changes them"));
        }
        return Future.succeededFuture(known);
    }

    /** A group that is open holds retention, is listed, and has its parking stream if the options name one. */
    private Future<ReaderGroup> begin() {
        return inContext(place -> parkingIsOurs(place)
                .compose(ours -> place.retention().follow(store.state()))
                .compose(held -> GroupDirectory.add(vertx, sync, StreamName.parse(name())))
                .map(listed -> (ReaderGroup) this)
                .recover(failure -> end.close().transform(closed -> Future.failedFuture(failure))));
    }

    private Future<Void> parkingIsOurs(GroupPlace place) {
        return options.getParkingStream() == null
                ? Future.succeededFuture()
                : place.parking().prepare();
    }

    @Override
    public String name() {
        return decisions.group();
    }

    @Override
    public GroupOptions options() {
        GroupState state = store.state();
        return state.options() == null ? new GroupOptions(options) : state.settings();
    }

    @Override
    public Future<Void> setOptions(GroupOptions changed) {
        GroupOptions wanted;
        try {
            wanted = new GroupOptions(Limits.requireGiven("options", changed));
            wanted.validate();
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return inContext(place -> store.decide(decisions.changeOptions(wanted))
                .compose(done -> place.retention().follow(store.state())));
    }

    @Override
    public <E> Future<GroupReader<E>> join(String reader, EventCodec<E> codec, GroupReaderOptions readerOptions) {
        GroupReaderOptions own;
        try {
            StreamName.requireValid("reader", Limits.requireGiven("reader", reader));
            Limits.requireGiven("codec", codec);
            own = new GroupReaderOptions(Limits.requireGiven("options", readerOptions));
            own.validate();
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        if (end.isClosing()) {
            return Future.failedFuture(closed());
        }
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        GroupPlace place = place(context);
        Promise<GroupReader<E>> joined = context.promise();
        context.runOnContext(turn -> {
            GroupMember<E> member = new GroupMember<>(place, reader, codec, own, positions.until());
            Entering coming = new Entering(context, member);
            entering.add(coming);
            if (end.isClosing()) {
                entering.remove(coming);
                joined.fail(closed());
                return;
            }
            member.join()
                    .compose(entered ->
                            entered(new OpenReader<>(context, reader, member, own.getTracingPolicy()), member))
                    .onComplete(done -> entering.remove(coming))
                    .onComplete(joined);
        });
        return joined.future();
    }

    /** A reader that has entered while the group was being closed leaves again at once. */
    private <E> Future<GroupReader<E>> entered(OpenReader<E> open, GroupMember<E> member) {
        readers.add(open);
        member.ended().onComplete(ended -> readers.remove(open));
        return end.isClosing()
                ? member.leave().transform(left -> Future.failedFuture(closed()))
                : Future.succeededFuture(open);
    }

    private StrandlineException.Unavailable closed() {
        return new StrandlineException.Unavailable("group " + name() + " was closed here");
    }

    @Override
    public Future<SortedMap<String, Integer>> readers() {
        return store.fetch().map(state -> {
            SortedMap<String, Integer> counts = new TreeMap<>();
            state.members()
                    .forEach((name, member) -> counts.put(name, (int) state.partitions().values().stream()
                            .filter(known -> known.owner() == member.session())
                            .count()));
            return counts;
        });
    }

    @Override
    public Future<SortedMap<StreamName, StreamCut>> position() {
        return store.fetch().map(positions::committed);
    }

    @Override
    public Future<GroupLag> lag() {
        return store.fetch().compose(positions::lag);
    }

    @Override
    public Future<TimedLag> timedLag() {
        LagTimes times = new LagTimes(log, System::currentTimeMillis);
        return onCaller(() -> store.fetch()
                .compose(state -> positions.lag(state).compose(lag -> times.of(lag, positions.committed(state)))));
    }

    @Override
    public Future<Void> awaitPosition(StreamCut cut) {
        return onCaller(() -> waits.forPosition(Limits.requireGiven("cut", cut)));
    }

    /** A future that completes on the caller's context, wherever the underlying future completes. */
    private <T> Future<T> onCaller(Supplier<Future<T>> call) {
        if (end.isClosing()) {
            return Future.failedFuture(closed());
        }
        Promise<T> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        Future.<Void>succeededFuture().compose(none -> call.get()).onComplete(promise);
        return promise.future();
    }

    // ---- checkpoints

    @Override
    public Future<GroupCheckpoint> checkpoint(String checkpoint) {
        try {
            GroupNames.requireCheckpoint(Limits.requireGiven("checkpoint", checkpoint));
            if (checkpoint.equals(AUTOMATIC)) {
                throw new StrandlineException.Invalid("checkpoint " + AUTOMATIC + " is taken by the group itself");
            }
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return inContext(place -> store.decide(decisions.beginCheckpoint(checkpoint, false))
                .compose(begun -> waits.forCheckpoint(checkpoint))
                .compose(complete -> place.retention().follow(store.state()).map(complete)));
    }

    @Override
    public Future<List<GroupCheckpoint>> checkpoints() {
        return store.fetch().map(positions::checkpoints);
    }

    @Override
    public Future<Boolean> dropCheckpoint(String checkpoint) {
        return inContext(place -> store.decide(state -> {
                    String name = Limits.requireGiven("checkpoint", checkpoint);
                    boolean known = state.checkpoints().containsKey(name)
                            || state.meetings().containsKey(name);
                    return known
                            ? Decision.of(new GroupUpdate.CheckpointDropped(name))
                            : new Decision<>(List.of(), false, null);
                })
                .compose(dropped -> place.retention().forgetSpent().map(dropped)));
    }

    @Override
    public Future<Void> resetToCheckpoint(String checkpoint) {
        return inContext(place -> toCheckpoint(place, checkpoint).compose(GroupReset::run));
    }

    @Override
    public Future<Void> resetTo(StreamCut... cuts) {
        return withCuts(cuts, GroupReset::run);
    }

    @Override
    public Future<Void> resetTo(StartPosition position) {
        return inContext(place -> toPosition(place, position).compose(GroupReset::run));
    }

    @Override
    public Future<ResetPlan> planResetToCheckpoint(String checkpoint) {
        return inContext(place -> toCheckpoint(place, checkpoint).compose(reset -> reset.plan(positions)));
    }

    @Override
    public Future<ResetPlan> planResetTo(StreamCut... cuts) {
        return withCuts(cuts, reset -> reset.plan(positions));
    }

    @Override
    public Future<ResetPlan> planResetTo(StartPosition position) {
        return inContext(place -> toPosition(place, position).compose(reset -> reset.plan(positions)));
    }

    private Future<GroupReset> toCheckpoint(GroupPlace place, String checkpoint) {
        return positions
                .atCheckpoint(decisions.group(), Limits.requireGiven("checkpoint", checkpoint))
                .map(target -> new GroupReset(place, target, before -> new TreeMap<>()));
    }

    private Future<GroupReset> toPosition(GroupPlace place, StartPosition position) {
        return positions
                .cuts(Limits.requireGiven("position", position))
                .compose(positions::at)
                .map(target -> new GroupReset(place, target, before -> positions.notBefore(position, before)));
    }

    /** The cuts are taken at once: the caller may change the array. */
    private <T> Future<T> withCuts(StreamCut[] cuts, Function<GroupReset, Future<T>> then) {
        List<StreamCut> all = new ArrayList<>();
        try {
            for (StreamCut cut : Limits.requireGiven("cuts", cuts)) {
                all.add(Limits.requireGiven("cut", cut));
            }
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return inContext(place -> toCuts(place, all).compose(then));
    }

    private Future<GroupReset> toCuts(GroupPlace place, List<StreamCut> cuts) {
        return positions.at(cuts).map(target -> new GroupReset(place, target, before -> notBefore(cuts, before)));
    }

    private SortedMap<Integer, Long> notBefore(List<StreamCut> cuts, SortedMap<Integer, Long> before) {
        SortedMap<Integer, Long> left = before;
        for (StreamCut cut : cuts) {
            left = positions.notBefore(StartPosition.at(cut), left);
        }
        return left;
    }

    // ---- poison events

    @Override
    public Future<List<PoisonDecision>> poisonDecisions() {
        return store.fetch()
                .map(state -> state.decisions().stream().map(this::decision).toList());
    }

    private PoisonDecision decision(Decided decided) {
        return new PoisonDecision(
                streams.get(decided.stream()),
                decided.partition(),
                decided.offset(),
                decided.attempts(),
                decided.parked() ? PoisonPolicy.PARK : PoisonPolicy.SKIP,
                decided.cause());
    }

    @Override
    public Future<List<ParkedEvent>> parked() {
        return inContext(place -> new ParkedEvents(place, streams).list());
    }

    @Override
    public Future<List<ParkedEvent>> parked(long after, int limit) {
        try {
            Limits.require("limit of parked events", limit, 1, MAX_PARKED_LISTED);
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return inContext(place -> new ParkedEvents(place, streams).page(after, limit));
    }

    @Override
    public <E> Future<Integer> replay(List<Long> ids, EventCodec<E> codec, GroupHandler<E> handler) {
        return inContext(place -> new ParkedEvents(place, streams)
                .replay(
                        Limits.requireGiven("ids", ids),
                        Limits.requireGiven("codec", codec),
                        TracedHandlers.of(
                                EventSpans.of((ContextInternal) vertx.getOrCreateContext(), TracingPolicy.PROPAGATE),
                                name(),
                                Limits.requireGiven("handler", handler))));
    }

    @Override
    public Future<Integer> dropParked(List<Long> ids) {
        return inContext(place -> new ParkedEvents(place, streams).drop(Limits.requireGiven("ids", ids)));
    }

    private GroupPlace place(ContextInternal context) {
        return new GroupPlace(log, store, decisions, new Settings(options()), streams, GroupRuntime.of(vertx, context));
    }

    /** What the call throws fails the future as well. */
    private <T> Future<T> inContext(Function<GroupPlace, Future<T>> call) {
        if (end.isClosing()) {
            return Future.failedFuture(closed());
        }
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        Promise<T> promise = context.promise();
        context.runOnContext(
                turn -> Future.succeededFuture(place(context)).compose(call).onComplete(promise));
        return promise.future();
    }

    // ---- end

    @Override
    public Future<Void> delete() {
        StreamName full = StreamName.parse(name());
        return inContext(place -> store.decide(GroupDecisions.delete())
                .compose(deleted -> place.retention().forgetSpent())
                .compose(forgotten -> GroupDirectory.remove(vertx, sync, full))
                .compose(removed -> store.fetch())
                // Somebody may have created the next group of the name, and listed it, meanwhile.
                .compose(newest ->
                        newest.options() == null ? Future.succeededFuture() : GroupDirectory.add(vertx, sync, full)));
    }

    @Override
    public Future<Void> close() {
        return end.close();
    }

    private Future<Void> closeAll() {
        List<Future<Void>> left = new ArrayList<>();
        waits.close();
        readers.forEach(reader -> left.add(reader.leaveFromOutside()));
        entering.forEach(reader -> left.add(reader.leave()));
        return Future.join(left).eventually(store::close).mapEmpty();
    }
}
