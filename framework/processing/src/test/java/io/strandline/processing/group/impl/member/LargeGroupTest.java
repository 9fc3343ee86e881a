package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.impl.feed.ParkedEvents;
import io.strandline.processing.group.impl.feed.ParkingEntry;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.processing.group.impl.state.GroupState;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A group at its limits, in virtual time: most partitions, and more parked events than are listed at once. */
class LargeGroupTest {

    private static final int EVENTS = 3;

    // ---- partitions

    private final SimGroup group = new SimGroup(new GroupOptions().setLeaseMillis(10_000), GroupState.MAX_PARTITIONS);
    private final Set<String> seen = new HashSet<>();

    private GroupMember<Long> readAndSplit() {
        GroupMember<Long> member = group.member(new SimProcess(group.time), "only");
        group.join(member, event -> {
            seen.add(event.record().partition() + "/" + event.record().offset());
            return Future.succeededFuture();
        });
        group.run(5_000);
        assertThat(group.ownedBy("only")).isEqualTo(GroupState.MAX_PARTITIONS);
        append(neighbours().get(0));
        group.log.scale(neighbours().subList(0, 1), 2);
        neighbours().subList(0, 2).forEach(this::append);
        group.run(10_000);
        assertThat(seen).hasSize(EVENTS);
        assertThat(group.store.newest().partitions()).hasSize(GroupState.MAX_PARTITIONS);
        assertThat(member.ended().isComplete()).isFalse();
        return member;
    }

    /** The open partitions in the order of their keys. */
    private List<SimLog.Events> neighbours() {
        List<SimLog.Events> open = new ArrayList<>(group.log.open());
        open.sort(Comparator.comparing(
                (SimLog.Events events) -> events.description.keys().from(), Long::compareUnsigned));
        return open;
    }

    private void append(SimLog.Events to) {
        group.log.append(to, EVENTS);
    }

    @Test
    void aSplitAtTheLimitGoesOnWhenThereIsRoom() {
        GroupMember<Long> member = readAndSplit();
        int size = neighbours().size();
        group.log.scale(neighbours().subList(size - 2, size), 1);
        group.run(30_000);
        assertThat(member.ended().isComplete()).isFalse();
        assertThat(seen).hasSize(3 * EVENTS);
        assertThat(group.store.newest().partitions()).hasSize(GroupState.MAX_PARTITIONS);
        assertThat(group.ownedBy("only")).isEqualTo(GroupState.MAX_PARTITIONS);
    }

    @Test
    void aSplitAtTheLimitStopsTheReaderThatFindsNoRoomForTooLong() {
        GroupMember<Long> member = readAndSplit();
        group.run(2 * GroupOptions.DEFAULT_RETRY_TIMEOUT_MILLIS);
        assertThat(member.ended().cause())
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContainingAll("2001", "2000");
    }

    // ---- parked events

    @Test
    void moreParkedEventsThanAreListedAtOnceAreReplayedAndDroppedInPages() {
        int count = ReaderGroup.MAX_PARKED_LISTED + 20;
        int page = 10_000;
        SimGroup small = new SimGroup(new GroupOptions().setPoison(PoisonPolicy.PARK), 1);
        SimProcess process = new SimProcess(small.time);
        EventWriter<ParkingEntry> writer = small.log.parking.writer(process, "writer");
        writer.appendBatch(
                null,
                IntStream.range(0, count)
                        .<ParkingEntry>mapToObj(LargeGroupTest::parked)
                        .toList());
        small.run(1_000);
        assertThat(small.log.parking.open()).hasSize(count);

        ParkedEvents parked = new ParkedEvents(small.place(process), List.of(SimGroup.STREAM));
        Future<List<ParkedEvent>> all = parked.list();
        small.run(1_000);
        assertThat(all.cause())
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("pages");

        Set<Long> replayed = new HashSet<>();
        int settled = 0;
        for (List<Long> ids = next(small, parked, page); !ids.isEmpty(); ids = next(small, parked, page)) {
            Future<Integer> done = settled == 0
                    ? parked.replay(ids.subList(0, 1_000), GroupSimulation.CODEC, event -> {
                        replayed.add(event.event());
                        return Future.succeededFuture();
                    })
                    : parked.drop(ids);
            small.run(60_000);
            settled += Objects.requireNonNull(done.result());
        }
        assertThat(settled).isEqualTo(count);
        assertThat(replayed).hasSize(1_000);
        assertThat(small.log.parking.open()).isEmpty();
    }

    private static List<Long> next(SimGroup group, ParkedEvents parked, int limit) {
        Future<List<ParkedEvent>> page = parked.page(-1, limit);
        group.run(1_000);
        return page.result().stream().map(ParkedEvent::id).toList();
    }

    private static Parked parked(int offset) {
        return new Parked(
                "sim/group",
                SimGroup.STREAM.toString(),
                0,
                1,
                3,
                offset,
                0,
                null,
                "number",
                1,
                String.valueOf(offset).getBytes(StandardCharsets.UTF_8),
                null,
                "no");
    }
}
