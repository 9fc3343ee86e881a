package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.feed.ParkedEvents;
import io.strandline.processing.group.impl.feed.ParkingEntry;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.processing.group.impl.feed.ParkingStream;
import io.strandline.processing.impl.ParkingLog.Open;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Parking in virtual time: what the simulation has found, told one by one. */
class ParkingTest {

    private final SimGroup group = new SimGroup(
            new GroupOptions().setPoison(PoisonPolicy.PARK).setHoldKeys(true).setMaxAttempts(1), 1);
    private final SimProcess process = new SimProcess(group.time);
    private final List<Long> seen = new ArrayList<>();

    /** In the log the keys of 24 ranges take turns: offsets 0 and 24 are of one key. */
    @Test
    void theNextEventOfAKeyIsHeldBeforeTheReaderHearsOfItsOwnDecision() {
        group.store.lateNanos = 3_600_000_000_000L;
        GroupMember<Long> member = group.member(process, "only");
        group.join(member, event -> {
            seen.add(event.event());
            return event.event() == 0 ? Future.failedFuture("no") : Future.succeededFuture();
        });
        group.log.append(group.log.open().get(0), 48);
        group.run(5_000);
        assertThat(seen).hasSizeGreaterThan(40).doesNotContain(24L);
        assertThat(group.log.parking.open().values()).extracting(Parked::offset).containsExactly(0L, 24L);
    }

    @Test
    void whatIsParkedWhileTheStreamIsCutStays() {
        for (long delayNanos = 0; delayNanos < 4_000_000; delayNanos += 50_000) {
            assertThat(parkedDuringCut(delayNanos))
                    .as("after %d ns", delayNanos)
                    .hasSize(1);
        }
    }

    /** Whoever settles the last open event cuts the stream, and somebody else may just begin to look it through. */
    @Test
    void aStreamIsLookedThroughWhileItIsCut() {
        for (long delayNanos = 0; delayNanos < 4_000_000; delayNanos += 50_000) {
            SimTime time = new SimTime(delayNanos);
            SimLog log = new SimLog(time, SimGroup.STREAM, 1);
            SimProcess it = new SimProcess(time);
            EventWriter<ParkingEntry> writer = log.parking.writer(it, "writer");
            ParkingStream stream = new ParkingStream(log.usedBy(it), SimParking.NAME, "sim/group");
            writer.append(null, parked(0), new Sequence(0, 0));
            time.run(1_000_000_000);
            writer.append(null, parked(1), new Sequence(0, 1));
            stream.settle(List.of(0L), true);
            time.run(1_000_000_000);
            stream.cut();
            List<Future<Open>> opened = new ArrayList<>();
            time.after(delayNanos, it, () -> opened.add(stream.open()));
            time.run(1_000_000_000);
            assertThat(opened.get(0).cause()).as("after %d ns", delayNanos).isNull();
            assertThat(opened.get(0).result().size())
                    .as("after %d ns", delayNanos)
                    .isEqualTo(1);
        }
    }

    @Test
    void aParkingStreamBelongsToOneGroup() {
        SimProcess other = new SimProcess(group.time);
        Future<Void> one = new ParkingStream(group.log.usedBy(process), SimParking.NAME, "sim/one").prepare();
        Future<Void> two = new ParkingStream(group.log.usedBy(other), SimParking.NAME, "sim/two").prepare();
        group.run(1_000);
        assertThat(one.succeeded()).isNotEqualTo(two.succeeded());
        Throwable refused = one.succeeded() ? two.cause() : one.cause();
        assertThat(refused).isInstanceOf(StrandlineException.Conflict.class).hasMessageContaining("parked events of");
    }

    /** A stream whose events are all settled is cut, and still says whose it is. */
    @Test
    void pagesOfParkedEventsAreListedReplayedAndDropped() {
        group.change(options -> options.setHoldKeys(false));
        group.log.append(group.log.open().get(0), 30);
        group.join(group.member(process, "only"), event -> Future.failedFuture("no"));
        group.run(10_000);
        ParkedEvents parked = new ParkedEvents(group.place(process), List.of(SimGroup.STREAM));
        List<Long> ids = new ArrayList<>();
        for (List<ParkedEvent> page = next(parked, -1); !page.isEmpty(); page = next(parked, ids.get(ids.size() - 1))) {
            page.forEach(event -> ids.add(event.id()));
        }
        assertThat(ids)
                .hasSize(group.log.parking.open().size())
                .hasSizeGreaterThan(20)
                .isSorted();

        Future<Integer> replayed =
                parked.replay(ids.subList(0, 9), GroupSimulation.CODEC, event -> Future.succeededFuture());
        group.run(20_000);
        assertThat(replayed.result()).isEqualTo(9);
        Future<Integer> dropped = parked.drop(ids);
        group.run(20_000);
        assertThat(dropped.result()).isEqualTo(ids.size() - 9);
        assertThat(group.log.parking.open()).isEmpty();
        Future<Void> foreign = new ParkingStream(group.log.usedBy(process), SimParking.NAME, "sim/two").prepare();
        group.run(1_000);
        assertThat(foreign.cause()).isInstanceOf(StrandlineException.Conflict.class);
    }

    private List<ParkedEvent> next(ParkedEvents parked, long after) {
        Future<List<ParkedEvent>> page = parked.page(after, 7);
        group.run(1_000);
        return page.result();
    }

    private static SortedMap<Long, Parked> parkedDuringCut(long delayNanos) {
        SimTime time = new SimTime(delayNanos);
        SimLog log = new SimLog(time, SimGroup.STREAM, 1);
        SimProcess process = new SimProcess(time);
        EventWriter<ParkingEntry> writer = log.parking.writer(process, "writer");
        ParkingStream stream = new ParkingStream(log.usedBy(process), SimParking.NAME, "sim/group");
        writer.append(null, parked(0), new Sequence(0, 0));
        time.run(1_000_000_000);
        stream.settle(List.of(0L), true);
        time.run(1_000_000_000);
        stream.cut();
        time.after(delayNanos, process, () -> writer.append(null, parked(1), new Sequence(0, 1)));
        time.run(1_000_000_000);
        TreeMap<Long, Parked> found = new TreeMap<>();
        stream.open()
                .onSuccess(open -> stream.parked(open, open.start(), record -> {
                    if (open.contains(record.offset())) {
                        found.put(record.offset(), record.event());
                    }
                    return true;
                }));
        time.run(1_000_000_000);
        return found;
    }

    private static Parked parked(long offset) {
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
                new byte[0],
                null,
                "no");
    }
}
