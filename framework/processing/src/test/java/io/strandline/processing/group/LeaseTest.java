package io.strandline.processing.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Leases, in virtual time. */
class LeaseTest {

    private static final long LEASE_MILLIS = 1_000;
    private static final long LEASE_NANOS = LEASE_MILLIS * 1_000_000;

    private final SimTime time = new SimTime(7);
    private final StreamName stream = StreamName.parse("sim/events");
    private final SimLog log = new SimLog(time, stream, 12);
    private final GroupOptions options =
            new GroupOptions().setStreams(stream.toString()).setLeaseMillis(LEASE_MILLIS);
    private final SimStore store = new SimStore(time, (before, after) -> {});
    private final GroupDecisions decisions = new GroupDecisions("sim/group", true);
    private final List<String> seen = new ArrayList<>();

    LeaseTest() {
        store.append(List.of(new GroupUpdate.Created(
                options.toJson().encode(),
                Lineage.partsAt(0, log.description(), log.startCut().offsets(), new TreeMap<>()))));
    }

    private Future<Void> join(SimProcess process, String name) {
        GroupPlace place = new GroupPlace(
                log.usedBy(process), store.seenBy(process), decisions, new Settings(options), List.of(stream), process);
        GroupMember<Long> member =
                new GroupMember<>(place, name, GroupSimulation.CODEC, new GroupReaderOptions(), new TreeMap<>());
        return member.join()
                .onSuccess(joined -> member.start(event -> {
                    seen.add(name + " " + event.record().partition());
                    return Future.succeededFuture();
                }));
    }

    private long ownedBy(String name) {
        GroupState.Member member = store.newest().members().get(name);
        return member == null
                ? 0
                : store.newest().parts().values().stream()
                        .filter(part -> part.owner() == member.session())
                        .count();
    }

    @Test
    void theDeadOnesPartitionsAreReadAgainWithinTwoLeases() {
        SimProcess victim = new SimProcess(time);
        join(victim, "victim");
        join(new SimProcess(time), "second");
        join(new SimProcess(time), "third");
        time.run(LEASE_NANOS);
        assertThat(ownedBy("victim")).isEqualTo(4);

        victim.crashed = true;
        log.open().forEach(events -> log.append(events, 1));
        time.run(2 * LEASE_NANOS);
        assertThat(store.newest().members()).containsOnlyKeys("second", "third");
        assertThat(ownedBy("second")).isEqualTo(6);
        assertThat(ownedBy("third")).isEqualTo(6);
        assertThat(seen).hasSize(12);
    }

    @Test
    void silenceOfTheObserverItselfProvesNothing() {
        SimProcess sleeper = new SimProcess(time);
        join(sleeper, "sleeper");
        join(new SimProcess(time), "second");
        time.run(LEASE_NANOS);
        sleeper.frozenUntil = time.nanos() + LEASE_NANOS / 2;
        time.run(2 * LEASE_NANOS);
        assertThat(store.newest().members()).containsOnlyKeys("second", "sleeper");
        assertThat(store.newest().lastSession()).isEqualTo(2);
    }

    @Test
    void aNameBelongsToOneWhoBeats() {
        SimProcess first = new SimProcess(time);
        join(first, "name");
        time.run(LEASE_NANOS);
        Future<Void> refused = join(new SimProcess(time), "name");
        time.run(LEASE_NANOS);
        assertThat(refused.cause()).isInstanceOf(StrandlineException.Conflict.class);

        first.crashed = true;
        Future<Void> taken = join(new SimProcess(time), "name");
        time.run(2 * LEASE_NANOS);
        assertThat(taken.succeeded()).isTrue();
        assertThat(ownedBy("name")).isEqualTo(12);
    }

    @Test
    void aReaderThatDoesNotHearFromTheGroupDeliversNothing() {
        SimProcess only = new SimProcess(time);
        join(only, "only");
        time.run(LEASE_NANOS);
        store.faults = 1_000;
        time.run(2 * LEASE_NANOS);
        log.open().forEach(events -> log.append(events, 1));
        time.run(LEASE_NANOS);
        assertThat(seen).isEmpty();
        store.faults = 0;
        time.run(LEASE_NANOS);
        assertThat(seen).hasSize(12);
    }
}
