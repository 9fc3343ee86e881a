package io.strandline.processing.group.impl.member;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PartitionHolder;
import io.strandline.processing.group.PartitionShare;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.feed.GroupRuntime;
import io.strandline.processing.group.impl.feed.Session;
import io.strandline.processing.group.impl.feed.Suspension;
import io.strandline.processing.group.impl.state.GroupDecisions;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.Lineage;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.processing.group.impl.state.Progress;
import io.strandline.processing.group.impl.state.Settings;
import io.strandline.processing.group.impl.state.SyncedGroupStore;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A member that holds partitions and reads nothing of them. Its group has one stream and no positions: every partition is at offset 0,
 * whose only use is to say under which claim it is held.
 */
final class SharedPartitions implements MemberWork, Balance.Holdings, PartitionShare {

    /** How often a decision is made again because others have changed the partitions meanwhile. */
    private static final int MAX_FOLLOWED = 16;

    private final GroupPlace place;
    private final SyncedGroupStore store;
    private final ContextInternal context;
    private final StreamName stream;
    private final PartitionHolder holder;
    private final Session session;
    private final Membership membership;
    private final Balance balance;
    private final TreeMap<Long, Held> held = new TreeMap<>();

    private volatile boolean late;
    private boolean begun;
    private @Nullable Holders told;

    /** A partition that is held. */
    private static final class Held {

        private final long partition;
        private final long claim;
        private boolean leaving;

        Held(long partition, long claim) {
            this.partition = partition;
            this.claim = claim;
        }

        Progress progress() {
            return new Progress(partition, claim, 0, 0);
        }
    }

    private SharedPartitions(
            GroupPlace place, SyncedGroupStore store, ContextInternal context, String name, PartitionHolder holder) {
        this.place = place;
        this.store = store;
        this.context = context;
        this.stream = place.streams().get(0);
        this.holder = holder;
        Suspension suspension = new Suspension();
        this.session = new Session(place, suspension);
        this.membership = new Membership(place, name, true, session, this);
        this.balance = new Balance(place, session, this, membership::refresh);
        suspension.listen(() -> late = session.isLate());
    }

    /** See {@link PartitionShare#join}. */
    static Future<PartitionShare> join(
            Vertx vertx, Strandline log, StateSync sync, PartitionShare.Member member, PartitionHolder holder) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        GroupOptions options = new GroupOptions().setStreams(member.stream()).setLeaseMillis(member.leaseMillis());
        StreamName name;
        try {
            options.validate();
            StreamName.requireValid("member", member.name());
            name = StreamName.parse(member.stream());
        } catch (StrandlineException.Invalid refused) {
            return context.failedFuture(refused);
        }
        return SyncedGroupStore.ofShares(vertx, sync, name).compose(store -> {
            GroupPlace place = new GroupPlace(
                    log,
                    store,
                    new GroupDecisions(member.stream(), true),
                    new Settings(options),
                    List.of(name),
                    GroupRuntime.of(vertx, context));
            SharedPartitions joining = new SharedPartitions(place, store, context, member.name(), holder);
            return joining.enter(options).<PartitionShare>map(joining).recover(failure -> store.close()
                    .transform(closed -> Future.failedFuture(failure)));
        });
    }

    private Future<Void> enter(GroupOptions options) {
        String text = options.toJson().encode();
        return place.log()
                .catalog()
                .describe(stream.toString())
                .compose(described ->
                        store.decide(place.decisions().create(text, Lineage.opened(described), new TreeMap<>())))
                .compose(created -> store.decide(place.decisions().changeOptions(options)))
                .compose(changed -> followStream(1))
                .compose(followed -> membership.join())
                .onSuccess(joined -> membership.ended().onComplete(ended -> {
                    store.close();
                    if (ended.failed()) {
                        holder.ended(ended.cause());
                    }
                }));
    }

    // ---- what the holder asks

    @Override
    public void begin() {
        place.runtime().run(() -> {
            begun = true;
            membership.refresh();
        });
    }

    @Override
    public Future<Void> follow() {
        return onContext(() -> followStream(1).onSuccess(followed -> membership.refresh()));
    }

    private Future<Void> followStream(int attempt) {
        return store.fetch().compose(state -> {
            Set<Long> seen = new TreeSet<>(state.partitions().keySet());
            return place.log()
                    .catalog()
                    .describe(stream.toString())
                    .compose(described -> store.decide(place.decisions().follow(described, seen)))
                    .<Void>mapEmpty()
                    .recover(failure -> failure instanceof StrandlineException.Conflict && attempt < MAX_FOLLOWED
                            ? followStream(attempt + 1)
                            : Future.failedFuture(failure));
        });
    }

    @Override
    public Future<Void> refresh() {
        return onContext(
                () -> store.fetch().onSuccess(state -> membership.refresh()).mapEmpty());
    }

    @Override
    public boolean isLate() {
        return late;
    }

    @Override
    public Future<Void> leave() {
        return onContext(() -> membership.end(null).mapEmpty());
    }

    private Future<Void> onContext(Supplier<Future<Void>> call) {
        Promise<Void> done = context.promise();
        place.runtime().run(() -> call.get()
                .onComplete((nothing, failure) -> place.runtime().run(() -> {
                    if (failure == null) {
                        done.complete();
                    } else {
                        done.fail(failure);
                    }
                })));
        return done.future();
    }

    // ---- what the state asks

    @Override
    public void follow(GroupState state) {
        if (place.settings().follow(state)) {
            session.leaseChanged();
            membership.tickLater();
            membership.commitSoon();
        }
        for (Held one : List.copyOf(held.values())) {
            if (!isHeld(state, one)) {
                drop(one);
            }
        }
        if (!begun) {
            return;
        }
        state.partitions().forEach((id, known) -> {
            if (known.owner() == session.id() && !held.containsKey(id)) {
                held.put(id, new Held(id, known.claim()));
                holder.gained(id, known.claim());
            }
        });
        tell(state);
        balance.toShare(state);
    }

    private boolean isHeld(GroupState state, Held one) {
        PartitionState known = state.partitions().get(one.partition);
        return known != null && known.owner() == session.id() && known.claim() == one.claim;
    }

    private void drop(Held one) {
        if (held.remove(one.partition, one)) {
            holder.lost(one.partition);
        }
    }

    private void tell(GroupState state) {
        Map<Long, String> names = new HashMap<>();
        state.members().forEach((name, member) -> names.put(member.session(), name));
        Map<Long, String> holders = new HashMap<>();
        state.partitions().forEach((id, known) -> holders.put(id, names.getOrDefault(known.owner(), NOBODY)));
        Holders now = new Holders(holders, state.members().keySet());
        if (!now.equals(told)) {
            told = now;
            holder.assigned(now);
        }
    }

    @Override
    public int active() {
        return (int) held.values().stream().filter(one -> !one.leaving).count();
    }

    @Override
    public void giveBack(int partitions) {
        held.values().stream()
                .filter(one -> !one.leaving)
                .sorted(Comparator.comparing((Held one) -> -one.partition))
                .limit(partitions)
                .toList()
                .forEach(this::giveBack);
    }

    private void giveBack(Held one) {
        one.leaving = true;
        holder.release(one.partition).onComplete(released -> place.runtime().run(() -> handBack(one)));
    }

    private void handBack(Held one) {
        if (held.get(one.partition) != one) {
            return;
        }
        store.decide(place.decisions().release(session.id(), List.of(one.progress())))
                .onComplete((done, failure) -> place.runtime().run(() -> {
                    if (held.remove(one.partition, one) && failure != null) {
                        // It may be this member's still, and then it is gained again.
                        holder.lost(one.partition);
                    }
                    membership.lookAgain();
                }));
    }

    // ---- its sessions

    @Override
    public void entered() {}

    @Override
    public void passed(long nowNanos) {}

    @Override
    public void ticked(long nowNanos) {}

    @Override
    public long mostTickMillis() {
        return Long.MAX_VALUE;
    }

    @Override
    public void sessionLost() {
        List.copyOf(held.values()).forEach(this::drop);
    }

    @Override
    public Future<?> drain() {
        List<Future<?>> released = new ArrayList<>();
        for (Held one : List.copyOf(held.values())) {
            one.leaving = true;
            released.add(holder.release(one.partition).otherwiseEmpty());
        }
        return Future.join(released);
    }

    @Override
    public void memberLeft(List<Progress> known) {
        sessionLost();
    }

    @Override
    public List<Progress> releaseAll() {
        return held.values().stream().map(Held::progress).toList();
    }

    @Override
    public List<Progress> uncommitted() {
        return List.of();
    }

    @Override
    public void committed(List<Progress> own) {}
}
