package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.impl.feed.Session;
import io.strandline.processing.group.impl.feed.Suspension;
import io.strandline.processing.group.impl.state.Decision;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.LeaseWatch;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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

    /** Who judges may have looked long before its judgement is heard. */
    @Test
    void whoHasBeatenSinceIsNotExpired() {
        join(new SimProcess(time), "name");
        time.run(LEASE_NANOS);
        GroupState.Member member =
                Objects.requireNonNull(store.newest().members().get("name"));
        LeaseWatch.Silent silent = new LeaseWatch.Silent(member.session(), member.beats(), LEASE_MILLIS);
        assertThat(group.decisions.expire(silent).apply(store.newest()).updates())
                .hasSize(1);
        time.run(LEASE_NANOS);
        assertThat(group.decisions.expire(silent).apply(store.newest()).updates())
                .isEmpty();
        Decision<Long> joined = group.decisions.join("name", silent, 0, 0).apply(store.newest());
        assertThat(joined.refusal()).isInstanceOf(StrandlineException.Conflict.class);
    }

    /** Whoever hears of nobody for a while is away itself, or the store is. */
    @Test
    void whoWasNotHeardItselfJudgesNobody() {
        Session session = open(new SimProcess(time));
        store.append(List.of(new GroupUpdate.Joined("other", session.id() + 1, 0, false)));
        time.run(LEASE_NANOS / 2);
        session.heard(time.nanos());
        assertThat(session.silentOthers(time.nanos())).isEmpty();
        time.run(2 * LEASE_NANOS);
        assertThat(session.silentOthers(time.nanos())).isEmpty();
    }

    /** After a silence of its own it gives everybody a whole lease again. */
    @Test
    void whoIsHeardAgainJudgesByWhatItHearsFromThenOn() {
        Session session = open(new SimProcess(time));
        store.append(List.of(new GroupUpdate.Joined("other", session.id() + 1, 0, false)));
        time.run(LEASE_NANOS / 2);
        session.heard(time.nanos());
        assertThat(session.silentOthers(time.nanos())).isEmpty();
        time.run(2 * LEASE_NANOS);
        session.judge(time.nanos());
        session.heard(time.nanos());
        assertThat(session.silentOthers(time.nanos())).isEmpty();
        time.run(LEASE_NANOS / 2);
        session.heard(time.nanos());
        assertThat(session.silentOthers(time.nanos())).isEmpty();
        time.run(LEASE_NANOS);
        session.heard(time.nanos());
        assertThat(session.silentOthers(time.nanos())).hasSize(1);
    }

    private Session open(SimProcess process) {
        Session session = new Session(group.place(process), new Suspension());
        session.begin(1);
        return session;
    }
}
