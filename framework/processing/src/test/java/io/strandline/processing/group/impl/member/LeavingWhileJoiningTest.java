package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.state.Decision;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupStore;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.Settings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A reader that leaves before it knows that it has come: nobody would beat for its session. In virtual time. */
class LeavingWhileJoiningTest {

    private static final long LEASE_MILLIS = 1_000;

    private final SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(LEASE_MILLIS), 2);
    private final SimProcess process = new SimProcess(group.time);
    private final LateAnswers answers = new LateAnswers(group.store.seenBy(process));
    private final GroupMember<Long> member = new GroupMember<>(
            new GroupPlace(
                    group.log.usedBy(process),
                    answers,
                    group.decisions,
                    new Settings(group.store.newest().settings()),
                    List.of(SimGroup.STREAM),
                    process),
            "name",
            GroupSimulation.CODEC,
            new GroupReaderOptions(),
            new TreeMap<>());

    /** The shared state, as one process sees it whose answers may be late. */
    private static final class LateAnswers implements GroupStore {

        private final GroupStore store;
        private @Nullable Promise<Void> gate;

        LateAnswers(GroupStore store) {
            this.store = store;
        }

        @Override
        public GroupState state() {
            return store.state();
        }

        @Override
        public Future<GroupState> fetch() {
            return store.fetch();
        }

        @Override
        public <T> Future<T> decide(Function<GroupState, Decision<T>> decide) {
            Promise<Void> held = gate;
            Future<T> answer = store.decide(decide);
            return held == null ? answer : held.future().compose(open -> answer);
        }

        @Override
        public Runnable listen(Runnable changed) {
            return store.listen(changed);
        }
    }

    private long session() {
        return Objects.requireNonNull(group.store.newest().members().get("name"))
                .session();
    }

    @Test
    void aReaderThatLeavesDuringItsRejoinIsNoMemberAfterwards() {
        group.join(member, event -> Future.succeededFuture());
        group.run(LEASE_MILLIS);
        long lost = session();
        group.store.append(List.of(new GroupUpdate.Expired(lost, 100)));
        Promise<Void> gate = Promise.promise();
        answers.gate = gate;
        group.run(LEASE_MILLIS / 2);
        assertThat(session()).isNotEqualTo(lost);

        Future<Void> left = member.leave();
        group.run(LEASE_MILLIS);
        answers.gate = null;
        gate.complete();
        group.run(100);
        assertThat(left.succeeded()).isTrue();
        assertThat(group.store.newest().members()).isEmpty();
    }

    @Test
    void aReaderThatLeavesBeforeItHasEnteredIsNoMemberAfterwards() {
        Promise<Void> gate = Promise.promise();
        answers.gate = gate;
        Future<Void> entering = group.join(member, event -> Future.succeededFuture());
        group.run(100);
        assertThat(group.store.newest().members()).hasSize(1);
        Future<Void> left = member.leave();
        group.run(100);
        answers.gate = null;
        gate.complete();
        group.run(100);
        assertThat(left.succeeded()).isTrue();
        assertThat(entering.cause()).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(group.store.newest().members()).isEmpty();
    }

    /** The reader waits to see whether the other one beats, and leaves without waiting for that. */
    @Test
    void aReaderThatWaitsForItsNameLeavesAtOnceAndNeverTakesIt() {
        group.join(member, event -> Future.succeededFuture());
        group.run(LEASE_MILLIS);
        long lost = session();
        long other = lost + 100;
        group.store.append(
                List.of(new GroupUpdate.Expired(lost, 100), new GroupUpdate.Joined("name", other, 0, false)));
        group.run(LEASE_MILLIS / 2);
        Future<Void> left = member.leave();
        group.run(100);
        assertThat(left.succeeded()).isTrue();
        group.run(5 * LEASE_MILLIS);
        assertThat(session()).isEqualTo(other);
    }
}
