package io.strandline.processing.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Leases, in virtual time. */
class LeaseTest {

    private static final long LEASE_MILLIS = 1_000;
    private static final long LEASE_NANOS = LEASE_MILLIS * 1_000_000;

    private final SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS), 12);
    private final SimTime time = group.time;
    private final SimLog log = group.log;
    private final SimStore store = group.store;
    private final List<String> seen = new ArrayList<>();

    private Future<Void> join(SimProcess process, String name) {
        return group.join(group.member(process, name), event -> {
            seen.add(name + " " + event.record().partition());
            return Future.succeededFuture();
        });
    }

    private long ownedBy(String name) {
        return group.ownedBy(name);
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
