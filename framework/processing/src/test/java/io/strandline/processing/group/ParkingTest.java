package io.strandline.processing.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.Sequence;
import io.strandline.processing.group.ParkingEntry.Parked;
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

    private static SortedMap<Long, Parked> parkedDuringCut(long delayNanos) {
        SimTime time = new SimTime(delayNanos);
        SimLog log = new SimLog(time, SimGroup.STREAM, 1);
        SimProcess process = new SimProcess(time);
        EventWriter<ParkingEntry> writer = log.parking.writer(process, "writer");
        ParkingStream stream = new ParkingStream(log.usedBy(process), SimParking.NAME);
        writer.append(null, parked(0), new Sequence(0, 0));
        time.run(1_000_000_000);
        stream.settle(List.of(0L), true);
        time.run(1_000_000_000);
        stream.cut();
        time.after(delayNanos, process, () -> writer.append(null, parked(1), new Sequence(0, 1)));
        time.run(1_000_000_000);
        TreeMap<Long, Parked> found = new TreeMap<>();
        stream.contents().onSuccess(contents -> found.putAll(contents.open()));
        time.run(1_000_000_000);
        return found;
    }

    private static Parked parked(long offset) {
        return new Parked(SimGroup.STREAM.toString(), 0, 3, offset, 0, null, "number", 1, new byte[0], null, "no");
    }
}
