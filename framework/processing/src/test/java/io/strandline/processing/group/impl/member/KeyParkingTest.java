package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.PartitionState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Several keys of one partition at once, of which some event needs more than to be handed over. In virtual time. */
class KeyParkingTest {

    private static final long LEASE_MILLIS = 1_000;
    /** Keys of the one partition, which take turns. */
    private static final int KEYS = 24;

    private static final int KEY_CONCURRENCY = 4;

    private final SimGroup group = new SimGroup(
            new GroupOptions()
                    .setLeaseMillis(LEASE_MILLIS)
                    .setCommitIntervalMillis(50)
                    .setMaxAttempts(1)
                    .setPoison(PoisonPolicy.PARK)
                    .setHoldKeys(true),
            1);
    private final long partition = group.store.newest().partitions().firstKey();
    private final List<Long> seen = new ArrayList<>();
    private final Map<Long, Promise<Void>> atWork = new TreeMap<>();

    private void join() {
        GroupReaderOptions options = new GroupReaderOptions().setKeyConcurrency(KEY_CONCURRENCY);
        group.join(group.member(new SimProcess(group.time), "only", GroupSimulation.CODEC, options), this::work);
        group.run(LEASE_MILLIS);
    }

    private Future<?> work(GroupEvent<Long> event) {
        seen.add(event.event());
        Promise<Void> work = Promise.promise();
        atWork.put(event.event(), work);
        return work.future();
    }

    private void complete(long event) {
        Objects.requireNonNull(atWork.remove(event)).complete();
        group.run(LEASE_MILLIS);
    }

    private void completeAll() {
        while (!atWork.isEmpty()) {
            List.copyOf(atWork.keySet()).forEach(this::complete);
        }
    }

    private void append(int events) {
        group.log.append(group.log.partition(partition), events);
        group.run(LEASE_MILLIS);
    }

    private PartitionState known() {
        return Objects.requireNonNull(group.store.newest().partitions().get(partition));
    }

    private List<Long> parked() {
        return group.log.parking.open().values().stream().map(Parked::offset).toList();
    }

    @Test
    void anEventOfAHeldKeyIsParkedWhenAllBeforeItIsDoneAndNothingAfterItIsBegun() {
        join();
        append(3 * KEYS);
        Objects.requireNonNull(atWork.remove(0L)).fail("no");
        completeAllBut(KEYS - 1);
        assertThat(parked()).containsExactly(0L);
        assertThat(atWork).containsOnlyKeys((long) KEYS - 1);
        assertThat(seen).hasSize(KEYS);
        complete(KEYS - 1);
        assertThat(parked()).containsExactly(0L, (long) KEYS);
        assertThat(atWork).hasSize(KEY_CONCURRENCY);
        completeAll();
        assertThat(parked()).containsExactly(0L, (long) KEYS, 2L * KEYS);
        assertThat(seen).doesNotHaveDuplicates().hasSize(3 * KEYS - 2);
        assertThat(known().offset()).isEqualTo(3 * KEYS);
    }

    private void completeAllBut(long event) {
        while (!atWork.keySet().equals(Set.of(event))) {
            List.copyOf(atWork.keySet()).stream()
                    .filter(other -> other != event)
                    .forEach(this::complete);
        }
    }

    @Test
    void whatIsCondemnedIsParkedFirst() {
        group.store.append(List.of(new GroupUpdate.Condemned(partition, 0, 1, "broken", null, true)));
        append(KEYS);
        join();
        assertThat(parked()).containsExactly(0L);
        assertThat(atWork).containsOnlyKeys(1L, 2L, 3L, 4L);
        completeAll();
        assertThat(known().offset()).isEqualTo(KEYS);
    }
}
