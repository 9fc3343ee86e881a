package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupHandler;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonEventException;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.state.GroupState.Decided;
import io.strandline.processing.group.impl.state.PartitionState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a handler that does not end, in virtual time. */
class HandlerTimeoutTest {

    private static final long LEASE_MILLIS = 1_000;
    private static final long TIMEOUT_MILLIS = 400;
    private static final int ATTEMPTS = 3;

    private final SimGroup group = new SimGroup(
            new GroupOptions()
                    .setLeaseMillis(LEASE_MILLIS)
                    .setMaxAttempts(ATTEMPTS)
                    .setRetryBackOffMillis(1)
                    .setHandlerTimeoutMillis(TIMEOUT_MILLIS)
                    .setPoison(PoisonPolicy.SKIP),
            1);
    private final long partition = group.store.newest().partitions().firstKey();
    private final List<String> seen = new ArrayList<>();
    /** Deliveries whose handlers have not ended. */
    private final List<Promise<Void>> hanging = new ArrayList<>();

    private PartitionState known() {
        return Objects.requireNonNull(group.store.newest().partitions().get(partition));
    }

    private GroupMember<Long> join(String name, GroupHandler<Long> handler) {
        GroupMember<Long> member = group.member(new SimProcess(group.time), name);
        group.join(member, event -> {
            seen.add(name + " " + event.event() + " " + event.attempt());
            return handler.handle(event);
        });
        group.run(LEASE_MILLIS);
        return member;
    }

    private Future<?> hang(GroupEvent<Long> event) {
        Promise<Void> never = Promise.promise();
        hanging.add(never);
        return never.future();
    }

    private void append(int events) {
        group.log.append(group.log.partition(partition), events);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anotherReaderMakesTheNextDeliveryAndTheLateEndIsIgnored(boolean succeedsLate) {
        join("first", this::hang);
        join("second", event -> Promise.promise().future());
        append(1);
        group.run(TIMEOUT_MILLIS - 50);
        assertThat(seen).containsExactly("first 0 1");
        assertThat(group.ownedBy("first")).isEqualTo(1);
        group.run(TIMEOUT_MILLIS / 2);
        assertThat(seen).containsExactly("first 0 1", "second 0 2");
        assertThat(group.ownedBy("second")).isEqualTo(1);
        assertThat(known().attempts()).isEqualTo(2);

        PartitionState before = known();
        if (succeedsLate) {
            hanging.get(0).complete();
        } else {
            hanging.get(0).fail("late");
        }
        group.run(TIMEOUT_MILLIS / 4);
        assertThat(known()).isEqualTo(before);
        assertThat(group.store.newest().decisions()).isEmpty();
        assertThat(seen).hasSize(2);
    }

    /** A reader alone makes all deliveries itself, and the policy decides after the last. */
    @Test
    void withoutAnotherReaderTheSameOneMakesTheNextDelivery() {
        join("only", event -> event.event() == 0 ? hang(event) : Future.succeededFuture());
        append(2);
        group.run(10 * TIMEOUT_MILLIS);
        assertThat(seen).containsExactly("only 0 1", "only 0 2", "only 0 3", "only 1 1");
        Decided decided = group.store.newest().decisions().get(0);
        assertThat(decided.offset()).isZero();
        assertThat(decided.attempts()).isEqualTo(ATTEMPTS);
        assertThat(decided.cause()).contains("did not end within 400 ms");
        hanging.forEach(Promise::complete);
        group.run(LEASE_MILLIS);
        assertThat(known().offset()).isEqualTo(2);
        assertThat(seen).hasSize(4);
    }

    /** The feed goes on after a skip, so a later event of it is in hand when the first one ends. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theLateEndOfOneEventDoesNotEndTheNext(boolean succeedsLate) {
        group.change(options -> options.setMaxAttempts(1));
        join("only", this::hang);
        append(2);
        group.run(TIMEOUT_MILLIS + TIMEOUT_MILLIS / 2);
        assertThat(seen).containsExactly("only 0 1", "only 1 1");
        Consumer<Promise<Void>> end = succeedsLate ? Promise::complete : promise -> promise.fail("late");
        end.accept(hanging.get(0));
        group.run(50);
        assertThat(known().offset()).isEqualTo(1);
        hanging.get(1).complete();
        group.run(2 * LEASE_MILLIS);
        assertThat(known().offset()).isEqualTo(2);
        assertThat(group.store.newest().decisions()).extracting(Decided::offset).containsExactly(0L);
    }

    @Test
    void underFailTheReaderStopsWithTheEventAndItsKey() {
        group.change(options -> options.setMaxAttempts(1).setPoison(PoisonPolicy.FAIL));
        GroupMember<Long> member = join("only", this::hang);
        append(1);
        group.run(4 * TIMEOUT_MILLIS);
        assertThat(member.ended().cause()).isInstanceOfSatisfying(PoisonEventException.class, poison -> {
            assertThat(poison.offset()).isZero();
            assertThat(poison.key()).isEqualTo("key0");
            assertThat(poison).hasMessageContaining("key key0").hasCauseInstanceOf(TimeoutException.class);
        });
        assertThat(group.store.newest().members()).isEmpty();
    }

    @Test
    void handlersThatEndInTimeAreLeftAlone() {
        int events = 50;
        join("only", event -> {
            Promise<Void> work = Promise.promise();
            group.time.after(TIMEOUT_MILLIS / 2 * 1_000_000, new SimProcess(group.time), work::complete);
            return work.future();
        });
        append(events);
        group.run(events * TIMEOUT_MILLIS);
        assertThat(seen).hasSize(events);
        assertThat(known().offset()).isEqualTo(events);
    }

    @Test
    void withoutTheOptionAHandlerMayTakeForEver() {
        group.change(options -> options.setHandlerTimeoutMillis(0));
        join("first", this::hang);
        join("second", this::hang);
        append(1);
        group.run(100 * LEASE_MILLIS);
        assertThat(seen).containsExactly("first 0 1");
        hanging.get(0).complete();
        group.run(2 * LEASE_MILLIS);
        assertThat(known().offset()).isEqualTo(1);
    }

    /** A handler that holds a partition back that its reader has lost and got again is given up too. */
    @Test
    void whatComesBackToAReaderWaitsNoLongerThanTheBound() {
        join("only", event -> hanging.isEmpty() ? hang(event) : Future.succeededFuture());
        append(1);
        group.run(TIMEOUT_MILLIS / 2);
        group.reset();
        group.run(TIMEOUT_MILLIS / 4);
        assertThat(seen).hasSize(1);
        group.run(2 * TIMEOUT_MILLIS);
        assertThat(seen).hasSize(2);
        group.run(2 * LEASE_MILLIS);
        assertThat(known().offset()).isEqualTo(1);
    }

    /** A handler that never ends keeps neither a boundary nor the reader's timers once the reader has left. */
    @Test
    void aReaderThatHasLeftDoesNothingMore() {
        group.change(options -> options.setHandlerTimeoutMillis(0));
        GroupMember<Long> member = join("only", this::hang);
        member.boundaryHandler(boundary -> Future.succeededFuture());
        append(1);
        group.run(LEASE_MILLIS);
        group.checkpoint("noon");
        group.run(LEASE_MILLIS);
        Future<Void> left = member.leave();
        group.run(3 * LEASE_MILLIS);
        assertThat(left.succeeded()).isTrue();
        assertThat(group.time.isIdle()).isTrue();
    }
}
