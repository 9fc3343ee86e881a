package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.ScalingPolicy;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.LastWritten;
import io.strandline.spi.WriterGrant.Slot;
import io.strandline.testkit.BatchBuilder;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.SimulatedScheduler;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Policies of scaling, in virtual time (4.5 E4). */
class ScalingWatchTest {

    private static final StreamName STREAM = StreamName.parse("shop/orders");
    private static final long COOL_DOWN = 2_000;
    private static final int STEP_MILLIS = 20;

    private final SimulatedScheduler scheduler = new SimulatedScheduler(3);
    private SimulatedDisk disk = new SimulatedDisk(3);
    private boolean opened;
    private EmbeddedLog log = open();
    private @Nullable WriterGrant grant;
    private final Map<Long, Sequence> last = new HashMap<>();

    private EmbeddedLog open() {
        LogOptions options = new LogOptions().setShards(2).setJournalFileBytes(1 << 20);
        EmbeddedLog open = get(EmbeddedLog.open(scheduler.environment(disk), options, 2, opened));
        opened = true;
        return open;
    }

    private <T> T get(Future<T> future) {
        assertThat(scheduler.runUntil(future::isComplete, 100_000)).isTrue();
        if (future.cause() instanceof StrandlineException failure) {
            throw failure;
        }
        return future.result();
    }

    private void create(ScalingPolicy policy) {
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM.toString(), new StreamOptions().setScaling(policy)));
        grant = get(log.admitWriter(STREAM, null));
    }

    private WriterGrant grant() {
        return Objects.requireNonNull(grant);
    }

    private StreamDescription stream() {
        return get(log.catalog().describe(STREAM.toString()));
    }

    /** Appends events evenly over the slots of the moment, as a writer does that follows scalings. */
    private void append(double eventsPerSecond, long millis) {
        long begin = scheduler.monotonicNanos();
        long end = begin + millis * 1_000_000;
        double sent = 0;
        for (int next = 0; scheduler.monotonicNanos() < end; ) {
            double due = (scheduler.monotonicNanos() - begin) / 1e9 * eventsPerSecond;
            while (sent < due) {
                List<Slot> slots = grant().slots();
                Slot slot = slots.get(next++ % slots.size());
                if (appendOne(slot)) {
                    sent++;
                }
            }
            scheduler.advanceMillis(STEP_MILLIS);
            scheduler.step();
            scheduler.runUntil(() -> !scheduler.hasReadyTask(), 10_000);
        }
    }

    private boolean appendOne(Slot slot) {
        long id = slot.partition().id();
        LastWritten written = slot.last();
        Sequence previous = last.getOrDefault(id, written == null ? Sequence.NONE : written.sequence());
        Sequence next = Sequence.of(previous.major() + 1);
        byte[] batch = new BatchBuilder(id, grant().writer(), 1, previous, next)
                .range(slot.range())
                .add(new byte[100])
                .build();
        ParcelReply reply = get(log.append(BatchBuilder.parcel(slot.partition().shard(), batch)));
        if (reply.refusal(0) instanceof StrandlineException.Sealed) {
            grant = get(log.refreshWriter(grant(), null));
            last.clear();
            return false;
        }
        assertThat(reply.refusal(0)).isNull();
        // The slots of one partition have their own sequences. Here each is used once, or the partition has one.
        last.put(id, next);
        return true;
    }

    @Test
    void e4_aBusyPartitionIsSplitUntilItsPartsAreNot() {
        create(ScalingPolicy.eventRate(50).withCoolDown(COOL_DOWN));
        append(300, COOL_DOWN / 2);
        assertThat(stream().partitions()).as("within the cool-down").hasSize(1);
        append(300, COOL_DOWN);
        assertThat(stream().partitions()).hasSize(2);
        append(300, COOL_DOWN);
        StreamDescription split = stream();
        assertThat(split.partitions())
                .as("300 events in 4 partitions is below 2 x 50 each")
                .hasSize(4);
        append(300, 4 * COOL_DOWN);
        assertThat(stream()).isEqualTo(split);
        long between = split.scalings().get(1).stamp() - split.scalings().get(0).stamp();
        assertThat(between).isGreaterThanOrEqualTo(COOL_DOWN - 10);
    }

    @Test
    void e4_byBytes_andNeverMoreThanTheMost() {
        create(ScalingPolicy.byteRate(1_000).withCoolDown(COOL_DOWN).withPartitions(1, 3));
        append(200, 8 * COOL_DOWN);
        assertThat(stream().partitions()).hasSize(3);
    }

    @Test
    void e4_neighboursThatAreQuietAreMerged_butNotBelowTheLeast() {
        create(ScalingPolicy.eventRate(50).withCoolDown(COOL_DOWN).withPartitions(2, 8));
        append(700, 8 * COOL_DOWN);
        int most = stream().partitions().size();
        assertThat(most).isGreaterThanOrEqualTo(4);
        append(0, 10 * COOL_DOWN);
        assertThat(stream().partitions()).hasSize(2);
    }

    @Test
    void e4_aPolicyIsChangedAndSurvivesARestart() {
        create(ScalingPolicy.fixed());
        append(300, 3 * COOL_DOWN);
        assertThat(stream().partitions()).hasSize(1);
        ScalingPolicy policy = ScalingPolicy.eventRate(50).withCoolDown(COOL_DOWN);
        get(log.catalog().setScaling(STREAM.toString(), policy));
        scheduler.abandon();
        disk = disk.crash();
        log = open();
        StreamOptions same = new StreamOptions().setScaling(policy);
        assertThat(get(log.catalog().createStream(STREAM.toString(), same)).partitions())
                .extracting(PartitionDescription::id)
                .containsExactly(grant().slots().get(0).partition().id());
        append(300, 3 * COOL_DOWN);
        assertThat(stream().partitions().size()).isGreaterThan(1);
    }
}
