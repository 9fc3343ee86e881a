package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.state.GroupState.Decided;
import io.strandline.processing.group.impl.state.PartitionState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How a group handles an event that kills its readers, in virtual time. */
class KillerEventTest {

    private static final long LEASE_MILLIS = 1_000;
    private static final int EVENTS = 8_000;
    private static final long KILLER = 6_001;
    private static final int ATTEMPTS = 3;

    /** Deaths until each delivery is counted: the search narrows to 1,024, then to 32 events, then to one. */
    private static final int NARROWINGS = 3;

    private final SimGroup group = new SimGroup(
            new GroupOptions()
                    .setLeaseMillis(LEASE_MILLIS)
                    .setMaxUncommittedEvents(10_000)
                    .setMaxAttempts(ATTEMPTS)
                    .setRetryBackOffMillis(1)
                    .setPoison(PoisonPolicy.SKIP),
            1);
    private final long partition = group.store.newest().partitions().firstKey();
    /** Offsets that each reader was given, those of the dead ones first. */
    private final List<List<Long>> given = new ArrayList<>();

    private PartitionState known() {
        return Objects.requireNonNull(group.store.newest().partitions().get(partition));
    }

    /** Joins readers, each when the one before it is dead, until the group has read everything. */
    private void readWith(Mortal handler) {
        group.log.append(group.log.partition(partition), EVENTS);
        for (int i = 0; i < 20 && known().offset() < EVENTS; i++) {
            SimProcess process = new SimProcess(group.time);
            List<Long> offsets = new ArrayList<>();
            given.add(offsets);
            group.join(group.member(process, "reader" + i), event -> {
                offsets.add(event.event());
                return handler.handle(process, event);
            });
            while (!process.crashed && known().offset() < EVENTS) {
                group.run(LEASE_MILLIS);
            }
            group.run(3 * LEASE_MILLIS);
        }
        assertThat(known().offset()).isEqualTo(EVENTS);
    }

    private interface Mortal {
        Future<?> handle(SimProcess process, GroupEvent<Long> event);
    }

    private static Future<?> dies(SimProcess process) {
        process.crashed = true;
        return Promise.promise().future();
    }

    private long deaths() {
        return given.stream().filter(offsets -> offsets.contains(KILLER)).count();
    }

    @Test
    void theSearchNarrowsToAnEventThatKillsItsReaders() {
        readWith((process, event) -> event.event() == KILLER ? dies(process) : Future.succeededFuture());
        assertThat(deaths()).isEqualTo(NARROWINGS + ATTEMPTS);
        assertThat(group.store.newest().decisions()).singleElement().satisfies(decided -> {
            assertThat(decided.offset()).isEqualTo(KILLER);
            assertThat(decided.attempts()).isEqualTo(ATTEMPTS);
            assertThat(decided.cause()).contains("the readers died");
        });
        int[] mostAgain = {10_000, PartitionState.FIRST_STRIDE, PartitionState.FIRST_STRIDE / 32, 1, 1, 1, 1};
        for (int i = 1; i < given.size(); i++) {
            List<Long> before = given.get(i - 1);
            long again = given.get(i).stream()
                    .filter(offset -> offset != KILLER && before.contains(offset))
                    .count();
            assertThat(again).as("events that reader %d sees again", i).isLessThanOrEqualTo(mostAgain[i - 1]);
        }
    }

    @Test
    void aDeliveryAfterAFailureIsCountedBeforeItIsMade() {
        List<Integer> attempts = new ArrayList<>();
        List<Integer> counted = new ArrayList<>();
        readWith((process, event) -> {
            if (event.event() != KILLER) {
                return Future.succeededFuture();
            }
            attempts.add(event.attempt());
            if (event.attempt() == 1) {
                return Future.failedFuture("the first time it only fails");
            }
            counted.add(known().offset() == KILLER ? known().attempts() : 0);
            return dies(process);
        });
        assertThat(attempts).containsExactly(1, 2, 3);
        assertThat(counted).containsExactly(2, 3);
        assertThat(group.store.newest().decisions()).extracting(Decided::offset).containsExactly(KILLER);
    }

    @Test
    void whatLiesAfterTheLastSuspectIsReadAsEver() {
        int[] died = new int[1];
        readWith((process, event) ->
                event.event() == KILLER && died[0]++ < NARROWINGS ? dies(process) : Future.succeededFuture());
        assertThat(deaths()).isEqualTo(NARROWINGS + 1);
        assertThat(known().stride()).isZero();
        assertThat(group.store.newest().decisions()).isEmpty();
    }
}
