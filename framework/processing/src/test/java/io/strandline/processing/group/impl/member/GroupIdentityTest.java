package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.feed.ParkedEvents;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.processing.group.impl.state.Progress;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Nothing of one group is taken for a part of another that has, or had, its name. */
class GroupIdentityTest {

    private final SimGroup group =
            new SimGroup(new GroupOptions().setPoison(PoisonPolicy.PARK).setMaxAttempts(1), 1);
    private final SimProcess process = new SimProcess(group.time);

    private void read(SimProcess reader, String name, long failsFrom, long failsTo) {
        group.join(group.member(reader, name), event -> {
            boolean fails = event.event() >= failsFrom && event.event() < failsTo;
            return fails ? Future.failedFuture("no") : Future.succeededFuture();
        });
    }

    private List<Long> parked() {
        return group.log.parking.open().values().stream().map(Parked::offset).toList();
    }

    @Test
    void whatTheNextGroupOfTheNameParksIsNoRepeat() {
        group.log.append(group.log.open().get(0), 100);
        read(process, "first", 0, 10);
        group.run(5_000);
        assertThat(parked()).hasSize(10);
        new ParkedEvents(group.place(process), List.of(SimGroup.STREAM))
                .drop(List.copyOf(group.log.parking.open().keySet()));
        group.run(5_000);
        assertThat(parked()).isEmpty();

        group.delete();
        group.run(30_000);
        group.create();
        read(new SimProcess(group.time), "second", 0, 10);
        group.run(5_000);
        assertThat(group.store.newest().decisions()).hasSize(10);
        assertThat(parked()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    }

    @Test
    void aReaderOfADeletedGroupCommitsNothingIntoTheNext() {
        read(process, "name", 0, 0);
        group.run(1_000);
        long session = Objects.requireNonNull(group.store.newest().members().get("name"))
                .session();
        long partition = group.store.newest().partitions().firstKey();
        PartitionState known =
                Objects.requireNonNull(group.store.newest().partitions().get(partition));
        process.frozenUntil = Long.MAX_VALUE;
        group.delete();
        group.run(1_000);
        group.create();
        read(new SimProcess(group.time), "name", 0, 0);
        group.run(1_000);
        Future<List<Progress>> late = group.place(new SimProcess(group.time))
                .store()
                .decide(group.decisions.commit(session, List.of(new Progress(partition, known.claim(), 147, 0))));
        group.run(1_000);
        assertThat(late.cause()).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(Objects.requireNonNull(group.store.newest().partitions().get(partition))
                        .offset())
                .isZero();
    }

    /**
     * One half resets, so it has the higher claims, and parks offset 30. Then its states are lost, but its parked event
     * is not.
     */
    @Test
    void whatIsParkedAfterAHalfOfTheClusterHasLostItsStateIsNoRepeat() {
        GroupState before = group.store.newest();
        for (int reset = 0; reset < 5; reset++) {
            group.store.append(
                    List.of(new GroupUpdate.Reset(group.store.newest().partitions(), 1 + reset)));
        }
        group.log.append(group.log.open().get(0), 40);
        read(process, "lost", 30, 31);
        group.run(5_000);
        assertThat(parked()).containsExactly(30L);

        process.crashed = true;
        group.store.backTo(before);
        read(new SimProcess(group.time), "other", 5, 6);
        group.run(5_000);
        assertThat(parked()).containsExactly(30L, 5L);
        assertThat(group.store.newest().partitions().values()).allMatch(known -> known.offset() == 40);
    }

    @Test
    void sessionsOfTwoHalvesDiffer() {
        GroupState state = group.store.newest();
        long one = group.decisions.join("r", null, 0, 17).apply(state).answer();
        long other = group.decisions.join("r", null, 0, 18).apply(state).answer();
        assertThat(one).isGreaterThan(state.lastSession()).isNotEqualTo(other);
    }
}
