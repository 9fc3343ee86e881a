package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.log.spi.Disk;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.Slot;
import io.strandline.testkit.BatchBuilder;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.SimulatedScheduler;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/** An engine on a simulated disk, and what clients do at its port to a stream that is scaled. */
abstract class ScalingFixture {

    static final int SHARDS = 3;
    static final StreamName STREAM = StreamName.parse("shop/orders");
    static final KeyRange LOWER = KeyRange.equalRanges(2).get(0);
    static final KeyRange UPPER = KeyRange.equalRanges(2).get(1);
    private static final LogOptions OPTIONS = new LogOptions()
            .setShards(SHARDS)
            .setJournalFileBytes(64 << 10)
            .setTailBytes(192 << 10)
            .setQueuedBytes(64 << 10)
            .setMaxEventBytes(16 << 10);

    final SimulatedScheduler scheduler = new SimulatedScheduler(7);
    SimulatedDisk disk = new SimulatedDisk(7);
    private boolean opened;
    EmbeddedLog log;

    @BeforeEach
    void create() {
        log = open();
        get(log.catalog().createScope("shop"));
    }

    // ---- the log and its life

    EmbeddedLog open() {
        EmbeddedLog open = get(EmbeddedLog.open(scheduler.environment(around(disk)), OPTIONS, SHARDS, opened));
        opened = true;
        return open;
    }

    /** What the engine has for a disk. */
    Disk around(Disk simulated) {
        return simulated;
    }

    void crash() {
        scheduler.abandon();
        disk = disk.crash();
    }

    <T> T get(Future<T> future) {
        settle(future);
        if (future.cause() instanceof StrandlineException failure) {
            throw failure;
        }
        return future.result();
    }

    void settle(Future<?> future) {
        assertThat(scheduler.runUntil(future::isComplete, 100_000)).isTrue();
    }

    Throwable failure(Future<?> future) {
        settle(future);
        return Objects.requireNonNull(future.cause(), () -> "completed with " + future.result());
    }

    // ---- what clients do

    StreamDescription createStream(int partitions) {
        return get(log.catalog().createStream(STREAM.toString(), new StreamOptions().setPartitions(partitions)));
    }

    StreamDescription scale(Set<Long> seal, KeyRange... open) {
        return get(log.catalog().scale(STREAM.toString(), seal, List.of(open)));
    }

    Future<ParcelReply> send(WriterGrant grant, Slot slot, Sequence previous, Sequence last) {
        byte[] batch = new BatchBuilder(slot.partition().id(), grant.writer(), grant.epoch(), previous, last)
                .range(slot.range())
                .add("key", new byte[20])
                .digest(last.major() + 1)
                .build();
        return log.append(BatchBuilder.parcel(slot.partition().shard(), batch));
    }

    ParcelReply append(WriterGrant grant, Slot slot, long previous, long last) {
        return get(send(grant, slot, sequence(previous), sequence(last)));
    }

    static Sequence sequence(long number) {
        return number < 0 ? Sequence.NONE : Sequence.of(number);
    }

    static @Nullable Class<?> refusal(ParcelReply reply) {
        StrandlineException refusal = reply.refusal(0);
        return refusal == null ? null : refusal.getClass();
    }

    static List<Long> ids(StreamDescription stream) {
        return stream.partitions().stream().map(PartitionDescription::id).toList();
    }
}
