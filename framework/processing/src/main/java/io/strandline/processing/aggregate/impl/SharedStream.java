package io.strandline.processing.aggregate.impl;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.impl.Call.Taker;
import io.strandline.processing.aggregate.impl.CallRouter.Route;
import io.strandline.processing.aggregate.impl.CallRouter.Table;
import io.strandline.processing.group.PartitionHolder;
import io.strandline.processing.group.PartitionShare;
import io.strandline.processing.group.PartitionShare.Holders;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The share of a stream's partitions that one member owns. Members agree by a {@link PartitionShare} on who owns what. That is a
 * proposal: the claim that an owner makes for each assignment is what counts, and it fences the owner before.
 *
 * <pre>
 *  gained   ─▶ PartitionOwner, which claims      lost ─▶ its states are discarded
 *  released ─▶ calls under way are answered, the claim is let go, and then the others hear of it
 *  assigned ─▶ Table of each CallRouter          calls without an owner wait there
 *  sealed   ─▶ the members share those that took over
 *  fenced   ─▶ what the members agree on now decides who claims next, and nobody claims while that cannot be asked
 *  ended    ─▶ others take all calls
 * </pre>
 *
 * <p>A call enters at the context of its key, which stays the same while it is open, so two calls of one caller keep their order as
 * long as its partition keeps its owner. While another member takes it, or it is split or merged, a later call may be decided first. Decisions on what is held run on the context of the first owner, and its timers are the heartbeats:
 * an owner that is stuck is dead to the others.
 */
final class SharedStream<C, E, S> implements Ownership<C, E, S>, PartitionOwner.After<C, E, S>, PartitionHolder {

    private static final Logger LOG = Logger.of(SharedStream.class);

    /** Until what could not be agreed on or claimed is tried again, in milliseconds. */
    private static final long AGAIN_MILLIS = 20;

    /** The longest such pause, in milliseconds: until a member that is cut off asks the others again, or what failed is claimed again. */
    private static final long MAX_AGAIN_MILLIS = 1_000;

    /** How often a member that is late looks whether it is heard again, in milliseconds. */
    private static final long LATE_LOOK_MILLIS = 100;

    private final Vertx vertx;
    private final Setting<C, E, S> setting;
    private final StateSync sync;
    private final Aggregates<C, S> ownedHere;
    private final BooleanSupplier isClosing;
    private final AggregateFormat<C, E, S> format;
    private final String address;
    private final String self = UUID.randomUUID().toString();

    /** Partition → its owner here. Changed on the context of the first owner, or by an owner whose claim has ended. */
    private final ConcurrentHashMap<Long, PartitionOwner<C, E, S>> owners = new ConcurrentHashMap<>();

    /** Partition → what is being given back, until the calls under way are answered or the partition is lost. */
    private final ConcurrentHashMap<Long, Leaving<C, E, S>> leaving = new ConcurrentHashMap<>();

    /** Each complete when the calls under way of what was given back are answered, also if it was lost meanwhile. */
    private final Set<Future<Void>> releasing = ConcurrentHashMap.newKeySet();

    /** Partitions that others have claimed or that could not be claimed. Nothing claims them until it is known that this may go on. */
    private final Set<Long> doubtful = ConcurrentHashMap.newKeySet();

    /** First key → where calls of that key and those after it enter, ordered as unsigned numbers. Set once. */
    private volatile TreeMap<Long, CallRouter<C, E, S>> entries = new TreeMap<>();

    private volatile List<OwnerVerticle<C, E, S>> verticles = List.of();
    private volatile List<CallRouter<C, E, S>> routers = List.of();
    private volatile @Nullable PartitionShare share;

    /** Its membership has ended by itself. */
    private volatile boolean expelled;

    /** Takes calls for all members, and those for this one. */
    private volatile @Nullable AggregateEndpoint<C, E, S> common;

    private volatile @Nullable AggregateEndpoint<C, E, S> own;

    // On the context of the first owner.
    private final Set<Long> held = new HashSet<>();

    /** Those of them that are sealed, until the members have agreed on it. */
    private final Set<Long> sealed = new HashSet<>();

    private final Set<Long> disputed = new HashSet<>();

    private final Backoff pauses = Backoff.exact((int) AGAIN_MILLIS, (int) MAX_AGAIN_MILLIS);
    private final Backoff followPauses = Backoff.exact((int) AGAIN_MILLIS, (int) MAX_AGAIN_MILLIS);
    private boolean asking;
    private boolean awaitsHearing;
    private boolean following;

    private Holders holders = new Holders(Map.of(), Set.of());
    private @Nullable StreamDescription described;
    private boolean describing;

    /**
     * An owner that is letting its claim go.
     *
     * @param released when no call of it is under way
     */
    private record Leaving<C, E, S>(PartitionOwner<C, E, S> owner, Future<Void> released) {}

    /**
     * @param ownedHere takes calls for partitions that are owned here, and refuses others with NotOwner
     * @param isClosing whether the aggregates take no more calls. Any thread may ask
     */
    SharedStream(
            Vertx vertx,
            Setting<C, E, S> setting,
            StateSync sync,
            Aggregates<C, S> ownedHere,
            BooleanSupplier isClosing) {
        this.vertx = vertx;
        this.setting = setting;
        this.sync = sync;
        this.ownedHere = ownedHere;
        this.isClosing = isClosing;
        this.format = new AggregateFormat<>(setting.aggregate(), setting.stream());
        this.address = String.valueOf(setting.options().getAddress());
    }

    // ---- begin

    @Override
    public Future<?> begin(
            StreamDescription stream, List<OwnerVerticle<C, E, S>> deployed, Aggregates<C, S> aggregates) {
        verticles = List.copyOf(deployed);
        List<CallRouter<C, E, S>> made = new ArrayList<>();
        for (OwnerVerticle<C, E, S> verticle : deployed) {
            made.add(new CallRouter<>(verticle, format, address, self, owners::get, this::isLate));
        }
        routers = List.copyOf(made);
        TreeMap<Long, CallRouter<C, E, S>> first = new TreeMap<>(Long::compareUnsigned);
        int next = 0;
        for (PartitionDescription partition : stream.partitions()) {
            first.put(partition.keys().from(), made.get(next++ % made.size()));
        }
        entries = first;
        return serve(ownedHere, CallRouter.addressOf(address, self))
                .compose(opened -> {
                    own = opened;
                    return join();
                })
                .compose(joined -> serve(aggregates, address))
                .compose(opened -> {
                    common = opened;
                    return takesNoCalls() ? opened.close() : Future.succeededFuture();
                });
    }

    private boolean takesNoCalls() {
        return expelled || isClosing.getAsBoolean();
    }

    private Future<AggregateEndpoint<C, E, S>> serve(Aggregates<C, S> by, String at) {
        return AggregateEndpoint.open(vertx, by, setting, at, AggregateEndpoint.SHARED, isClosing);
    }

    private Future<Void> join() {
        Promise<Void> joined = Promise.promise();
        onFirst(() -> PartitionShare.join(
                        vertx,
                        setting.log(),
                        sync,
                        new PartitionShare.Member(
                                setting.stream().toString(),
                                self,
                                setting.options().getLeaseMillis()),
                        this)
                .compose(this::entered)
                .onComplete(joined));
        return joined.future();
    }

    private Future<Void> entered(PartitionShare now) {
        share = now;
        if (isClosing.getAsBoolean()) {
            // It closed while there was nothing to leave yet.
            return now.leave().transform(left -> Future.failedFuture(setting.closed()));
        }
        now.begin();
        return Future.succeededFuture();
    }

    private void onFirst(Runnable task) {
        OwnerVerticle<C, E, S> first = verticles.get(0);
        if (first.isCurrent()) {
            task.run();
        } else {
            first.run(task);
        }
    }

    // ---- calls

    @Override
    public void route(Call<C, S> call) {
        entryOf(call.hash).take(call);
    }

    private boolean isLate() {
        PartitionShare known = share;
        return known != null && known.isLate();
    }

    private CallRouter<C, E, S> entryOf(long hash) {
        return Objects.requireNonNull(entries.floorEntry(hash)).getValue();
    }

    // ---- what is held, on the context of the first owner

    @Override
    public void gained(long partition, long claim) {
        held.add(partition);
        settle();
    }

    @Override
    public void lost(long partition) {
        held.remove(partition);
        sealed.remove(partition);
        PartitionOwner<C, E, S> owner = owners.remove(partition);
        Leaving<C, E, S> left = leaving.remove(partition);
        if (owner != null) {
            owner.verticle().run(() -> owner.lose(this::route));
        }
        if (left != null) {
            left.owner().verticle().run(() -> left.owner().lose(this::route));
        }
    }

    @Override
    public Future<?> release(long partition) {
        held.remove(partition);
        sealed.remove(partition);
        PartitionOwner<C, E, S> owner = owners.remove(partition);
        if (owner == null) {
            Leaving<C, E, S> left = leaving.get(partition);
            return left == null ? Future.succeededFuture() : left.released();
        }
        Promise<Void> promise = Promise.promise();
        Future<Void> released = promise.future();
        releasing.add(released);
        Leaving<C, E, S> left = new Leaving<>(owner, released);
        leaving.put(partition, left);
        released.onComplete(done -> {
            releasing.remove(released);
            leaving.remove(partition, left);
        });
        owner.verticle().run(() -> owner.release(this::route).onComplete(promise));
        return released;
    }

    @Override
    public void assigned(Holders now) {
        holders = now;
        settle();
    }

    /** Calls from elsewhere go to the others, and so do those that are made here. */
    @Override
    public void ended(Throwable cause) {
        LOG.error("member {} of {} owns nothing any more: {}", self, setting.named(), cause.getMessage());
        expelled = true;
        closed(common);
        routers.forEach(CallRouter::close);
    }

    /** Owns what is held, and tells the routers, when the keys of all partitions are known. */
    private void settle() {
        StreamDescription stream = described;
        if (stream == null || !knowsAll(stream)) {
            describe();
            return;
        }
        own(stream);
        TreeMap<Long, Route> routes = Table.ordered();
        holders.holders().forEach((id, member) -> {
            PartitionDescription partition = stream.partition(id);
            routes.put(partition.keys().from(), new Route(partition.keys(), id, member));
        });
        Table table = new Table(routes, holders.members());
        routers.forEach(router -> router.follow(table));
    }

    /** Begins to own what is held. A member that the others may not hear owns nothing more: it would fence those that own it now. */
    private void own(StreamDescription stream) {
        for (long partition : held) {
            if (sealed.contains(partition) || doubtful.contains(partition) || owners.containsKey(partition)) {
                continue;
            }
            if (isLate()) {
                awaitHearing();
                return;
            }
            // In one step: an owner that fails at once removes itself from another thread, and must be there by then.
            owners.computeIfAbsent(partition, id -> begun(stream.partition(id)));
        }
    }

    private void awaitHearing() {
        if (!awaitsHearing) {
            awaitsHearing = true;
            later(LATE_LOOK_MILLIS, () -> {
                awaitsHearing = false;
                settle();
            });
        }
    }

    private boolean knowsAll(StreamDescription stream) {
        return stream.byId().keySet().containsAll(held)
                && stream.byId().keySet().containsAll(holders.holders().keySet());
    }

    private void describe() {
        if (describing) {
            return;
        }
        describing = true;
        setting.log()
                .catalog()
                .describe(setting.stream().toString())
                .onComplete((stream, cause) -> onFirst(() -> {
                    describing = false;
                    if (stream != null && knowsAll(stream)) {
                        described = stream;
                        settle();
                    } else if (!isClosing.getAsBoolean()) {
                        later(AGAIN_MILLIS, this::settle);
                    }
                }));
    }

    private void later(long millis, Runnable task) {
        vertx.setTimer(millis, timer -> onFirst(task));
    }

    private PartitionOwner<C, E, S> begun(PartitionDescription partition) {
        OwnerVerticle<C, E, S> verticle = entryOf(partition.keys().from()).verticle();
        PartitionOwner<C, E, S> made = new PartitionOwner<>(verticle, partition, new ClaimGeneration(), this);
        verticle.add(made);
        made.begin();
        return made;
    }

    // ---- what owners tell

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Taker<C, S> fenced(PartitionOwner<C, E, S> from) {
        doubt(from);
        onFirst(() -> {
            disputed.add(from.partition());
            ask();
        });
        return this::route;
    }

    private void doubt(PartitionOwner<C, E, S> from) {
        // In this order: nothing may claim it in between.
        doubtful.add(from.partition());
        owners.remove(from.partition(), from);
    }

    /** Asks what the members agree on until there is an answer. Only then is claimed again what others have claimed. */
    private void ask() {
        PartitionShare known = share;
        if (known == null || asking || disputed.isEmpty() || takesNoCalls()) {
            return;
        }
        asking = true;
        Set<Long> asked = Set.copyOf(disputed);
        known.refresh()
                .onComplete((refreshed, failure) -> onFirst(() -> {
                    if (failure == null) {
                        pauses.reset();
                        disputed.removeAll(asked);
                        later(AGAIN_MILLIS, () -> trust(asked));
                    }
                    later(failure == null ? AGAIN_MILLIS : pauses.next(), () -> {
                        asking = false;
                        ask();
                    });
                }));
    }

    private void trust(Set<Long> partitions) {
        partitions.stream().filter(id -> !disputed.contains(id)).forEach(doubtful::remove);
        settle();
    }

    /** The calls that come until it is claimed again wait in the routers. */
    @Override
    public void failed(PartitionOwner<C, E, S> from, Throwable cause) {
        LOG.warn(
                "partition {} of {} is claimed again later: {}", from.partition(), setting.named(), cause.getMessage());
        doubt(from);
        onFirst(() -> {
            if (cause instanceof StrandlineException.NotFound) {
                follow();
            }
            later(MAX_AGAIN_MILLIS, () -> trust(Set.of(from.partition())));
        });
    }

    /** The calls wait in the routers, where each has its time, until the members share those that took over. */
    @Override
    public Future<Optional<Taker<C, S>>> sealed(PartitionOwner<C, E, S> from) {
        owners.remove(from.partition(), from);
        onFirst(() -> {
            if (held.contains(from.partition()) && sealed.add(from.partition())) {
                follow();
            }
        });
        return Future.succeededFuture(Optional.of(this::route));
    }

    private void follow() {
        PartitionShare known = share;
        if (known == null || following || takesNoCalls()) {
            return;
        }
        following = true;
        known.follow().onComplete((followed, failure) -> {
            following = false;
            if (failure == null) {
                followPauses.reset();
            }
            if (!sealed.isEmpty()) {
                // Those that take over are visible a moment after the partition is sealed.
                later(failure == null ? AGAIN_MILLIS : followPauses.next(), this::follow);
            }
        });
    }

    // ---- end

    /** The others get the partitions when the calls under way are answered. Those that wait for an owner go to the others. */
    @Override
    public Future<?> close() {
        PartitionShare known = share;
        return closed(common)
                .transform(refused -> known == null ? Future.succeededFuture() : known.leave())
                // What they hand on goes by the routers.
                .transform(left -> Future.join(List.copyOf(releasing)))
                .transform(given ->
                        Future.join(routers.stream().map(CallRouter::close).toList()))
                .transform(answered -> closed(own));
    }

    private Future<Void> closed(@Nullable AggregateEndpoint<C, E, S> endpoint) {
        return endpoint == null ? Future.succeededFuture() : endpoint.close();
    }
}
