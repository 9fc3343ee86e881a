package io.strandline.processing.group.impl.member;

import io.strandline.EventCodec;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupHandler;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.state.GroupDecisions;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupStore;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.Lineage;
import io.strandline.processing.group.impl.state.Resets;
import io.strandline.processing.group.impl.state.Settings;
import io.vertx.core.Future;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A group in virtual time, over a fake log and a fake shared state, for a test that says what happens. */
final class SimGroup {

    static final StreamName STREAM = StreamName.parse("sim/events");

    final SimTime time = new SimTime(7);
    final SimLog log;
    final SimStore store = new SimStore(time, (before, after) -> {});
    final GroupDecisions decisions = new GroupDecisions("sim/group", true);
    private final GroupOptions options;
    private final GroupStore admin = store.seenBy(new SimProcess(time));

    /** Makes a group that reads {@link #STREAM} from its start. */
    SimGroup(GroupOptions options, int partitions) {
        this.options = options.setStreams(STREAM.toString());
        this.log = new SimLog(time, STREAM, partitions);
        create();
    }

    /** Creates the group, which does not exist. */
    void create() {
        store.append(List.of(new GroupUpdate.Created(
                options.toJson().encode(),
                Lineage.partitionsAt(0, log.description(), log.startCut().offsets(), new TreeMap<>()))));
    }

    Future<Boolean> delete() {
        return admin.decide(GroupDecisions.delete());
    }

    GroupPlace place(SimProcess process) {
        return new GroupPlace(
                log.usedBy(process), store.seenBy(process), decisions, new Settings(options), List.of(STREAM), process);
    }

    GroupMember<Long> member(SimProcess process, String name) {
        return member(process, name, GroupSimulation.CODEC);
    }

    GroupMember<Long> member(SimProcess process, String name, EventCodec<Long> codec) {
        return member(process, name, codec, new GroupReaderOptions());
    }

    GroupMember<Long> member(SimProcess process, String name, EventCodec<Long> codec, GroupReaderOptions options) {
        return new GroupMember<>(place(process), name, codec, options, new TreeMap<>());
    }

    /** Joins a reader that begins to read as soon as it has a session. */
    Future<Void> join(GroupMember<Long> member, GroupHandler<Long> handler) {
        return member.join().onSuccess(joined -> member.start(handler));
    }

    /** How many partitions a reader has. */
    long ownedBy(String name) {
        GroupState.Member member = store.newest().members().get(name);
        return member == null
                ? 0
                : store.newest().partitions().values().stream()
                        .filter(known -> known.owner() == member.session())
                        .count();
    }

    Future<Boolean> checkpoint(String name) {
        return admin.decide(decisions.beginCheckpoint(name, false));
    }

    /** Sets the group back to the start of its stream. */
    Future<Boolean> reset() {
        return reset(before -> new TreeMap<>());
    }

    /** As {@link #reset()}, with what becomes of the times before which events are passed over. */
    Future<Boolean> reset(UnaryOperator<SortedMap<Integer, Long>> notBefore) {
        return admin.decide(Resets.reset(
                decisions,
                state -> Lineage.partitionsAt(
                        0, log.description(), log.startCut().offsets(), new TreeMap<>()),
                notBefore));
    }

    Future<Boolean> change(UnaryOperator<GroupOptions> change) {
        return admin.decide(decisions.changeOptions(change.apply(store.newest().settings())));
    }

    void run(long millis) {
        time.run(millis * 1_000_000);
    }
}
