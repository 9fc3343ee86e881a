package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StartPosition;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.impl.state.GroupPositions;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A group that begins, or is set back to, a time that is still to come. In the simulated log an event's stamp is its offset. */
class GroupBeginningTest {

    private final SimGroup group = new SimGroup(new GroupOptions(), 1);
    private final GroupPositions positions = new GroupPositions(
            group.log.usedBy(new SimProcess(group.time)), new GroupOptions().setStreams(SimGroup.STREAM.toString()));
    private final List<Long> seen = new ArrayList<>();

    private void setTo(StartPosition position) {
        group.reset(before -> positions.notBefore(position, before));
        group.run(5_000);
    }

    private void join() {
        group.join(group.member(new SimProcess(group.time), "only"), event -> {
            seen.add(event.record().partition() * 1_000 + event.event());
            return Future.succeededFuture();
        });
        group.run(5_000);
    }

    @Test
    void whatIsStampedBeforeTheTimeIsPassedOver() {
        long partition = group.store.newest().partitions().firstKey();
        setTo(StartPosition.time(5));
        join();
        group.log.append(group.log.partition(partition), 5);
        group.run(5_000);
        assertThat(seen).isEmpty();
        assertThat(group.store.newest().partitions()).hasEntrySatisfying(partition, known -> assertThat(known.offset())
                .isEqualTo(5));
        group.log.append(group.log.partition(partition), 2);
        group.run(5_000);
        assertThat(seen).containsExactly(partition * 1_000 + 5, partition * 1_000 + 6);
    }

    @Test
    void whatTookOverFromAPartitionWaitsForTheTimeToo() {
        setTo(StartPosition.time(3));
        join();
        group.log.append(group.log.open().get(0), 1);
        group.log.scale(group.log.open(), 2);
        group.log.open().forEach(child -> group.log.append(child, 4));
        group.run(5_000);
        assertThat(seen).hasSize(2).allSatisfy(event -> assertThat(event % 1_000)
                .isEqualTo(3));
    }

    @Test
    void anotherPositionEndsTheWait() {
        setTo(StartPosition.time(100));
        join();
        group.log.append(group.log.open().get(0), 4);
        group.run(5_000);
        assertThat(seen).isEmpty();
        setTo(StartPosition.start());
        assertThat(seen).hasSize(4);
        setTo(StartPosition.time(2));
        assertThat(seen).hasSize(6);
        setTo(StartPosition.at(
                StreamCut.of(SimGroup.STREAM, group.store.newest().partitions().firstKey(), 0)));
        assertThat(seen).hasSize(10);
    }

    @Test
    void aNewGroupWaitsInTheStreamsThatBeginAtTheTime() {
        GroupOptions options = new GroupOptions()
                .setStreams("shop/a", "shop/b")
                .setFrom(StartPosition.time(7))
                .setFromCuts(StreamCut.of(StreamName.parse("shop/a"), 1, 0));
        GroupPositions beginning = new GroupPositions(group.log.usedBy(new SimProcess(group.time)), options);
        assertThat(beginning.beginningNotBefore()).isEqualTo(new TreeMap<>(Map.of(1, 7L)));
        assertThat(beginning.notBefore(
                        StartPosition.at(options.getFromCuts().get(0)), new TreeMap<>(Map.of(0, 7L, 1, 7L))))
                .isEqualTo(new TreeMap<>(Map.of(1, 7L)));
    }
}
