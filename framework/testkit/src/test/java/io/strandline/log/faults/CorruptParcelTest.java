package io.strandline.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Compression;
import io.strandline.Durability;
import io.strandline.Headers;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.internal.LittleEndian;
import io.strandline.log.CrashChild;
import io.strandline.log.SimulatedLog;
import io.strandline.log.impl.chunk.TestBatches;
import io.strandline.spi.Batch;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Future;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What no reader could walk is refused at the door, and nothing is disturbed by it. */
class CorruptParcelTest {

    private static final int TRIES = 4_000;
    private static final CRC32C CRC = new CRC32C();

    private final SimulatedLog log = new SimulatedLog(
            1, CrashChild.options().setWritersPerPartition(10_000).setTailBytes(8 << 20), 1);
    private final StreamDescription stream = log.createStream("shop/orders", new StreamOptions().setPartitions(2));
    private final PartitionDescription partition = stream.partitions().get(0);
    private int writers;
    private int accepted;
    private int refused;

    private BatchBuilder builder() {
        return new BatchBuilder(partition.id(), Long.MIN_VALUE | 1_000 + writers++, 1, Sequence.NONE, Sequence.of(3));
    }

    private byte[] batch(Random random, Compression compression) {
        return builder()
                .add("anna", "Opened", 300, new byte[random.nextInt(200)])
                .add(new byte[random.nextInt(5)])
                .add("k", "T", 1, Headers.of(Headers.CORRELATION_ID, "order-17"), new byte[7])
                .add("bob", new byte[300])
                .compressed(compression)
                .build();
    }

    private void append(byte[] bytes) {
        Future<ParcelReply> reply = log.port().append(new Parcel(0, bytes, bytes.length, 1));
        log.until("an answer", reply::isComplete);
        if (reply.failed()) {
            assertThat(reply.cause()).isInstanceOf(StrandlineException.Invalid.class);
            refused++;
        } else if (reply.result().refusal(0) == null && !reply.result().duplicate(0)) {
            accepted++;
        }
    }

    /** Reads both partitions to their ends, record by record, and returns the number of events. */
    private long readAll() {
        long events = 0;
        for (PartitionDescription each : stream.partitions()) {
            long offset = 0;
            while (true) {
                ReadSlice slice = log.get(log.port().read(each, offset, 1 << 20));
                if (slice.segments().isEmpty()) {
                    assertThat(offset).isEqualTo(slice.endOffset());
                    break;
                }
                for (TestBatches.Event event : TestBatches.events(slice.segments())) {
                    assertThat(event.offset()).isEqualTo(offset++);
                    events++;
                }
            }
        }
        return events;
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void a_batch_with_wrong_bytes_is_refused_or_can_be_read(Compression compression) {
        Random random = new Random(7);
        for (int i = 0; i < TRIES; i++) {
            byte[] bytes = batch(random, compression);
            int at = random.nextInt(4) == 0
                    ? Batch.COUNT + random.nextInt(4)
                    : Batch.CHECKED_FROM + random.nextInt(bytes.length - Batch.CHECKED_FROM);
            bytes[at] ^= (byte) (random.nextBoolean() ? 1 << random.nextInt(8) : 1 + random.nextInt(255));
            if (random.nextInt(20) > 0) {
                Batch.seal(bytes, 0, bytes.length, CRC);
            }
            append(bytes);
        }
        assertThat(refused).isGreaterThan(TRIES / 4);
        assertThat(accepted).isGreaterThan(TRIES / 50);
        assertThat(readAll()).isEqualTo(4L * accepted);
        log.pass(5_000);
        log.crash();
        assertThat(readAll()).isEqualTo(4L * accepted);
    }

    private byte[] counted(int count) {
        byte[] bytes = batch(new Random(1), Compression.NONE);
        LittleEndian.putInt(bytes, Batch.COUNT, count);
        Batch.seal(bytes, 0, bytes.length, CRC);
        return bytes;
    }

    @Test
    void a_wrong_count_is_invalid_with_its_place_and_its_parcel_takes_nothing() {
        byte[] good = batch(new Random(1), Compression.NONE);
        byte[] few = counted(3);
        assertThat(log.failure(log.port().append(BatchBuilder.parcel(0, good, few))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll(
                        "batch 1 of the parcel",
                        "writer " + Batch.writer(few, 0),
                        "partition " + partition.id(),
                        "bytes after the last of 3 records");
        assertThat(log.failure(log.port().append(BatchBuilder.parcel(0, counted(5)))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("batch 0 of the parcel", "number past its end");
        assertThat(readAll()).isZero();
        append(good);
        assertThat(readAll()).isEqualTo(4);
    }

    @Test
    void only_what_the_writer_of_this_process_laid_out_is_not_walked() {
        Parcel anybody = BatchBuilder.parcel(0, counted(3));
        Parcel own = new Parcel(0, counted(3), anybody.length(), 1, Durability.FORCED, Parcel.Origin.WRITER_IN_PROCESS);
        assertThat(log.failure(log.port().append(anybody))).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(log.get(log.port().append(own.with(Durability.OS))).refusal(0))
                .isNull();
    }

    @Test
    void durability_does_not_change_who_laid_a_parcel_out() {
        Parcel parcel = BatchBuilder.parcel(0, counted(3));
        assertThat(parcel.origin()).isEqualTo(Parcel.Origin.ANYBODY);
        assertThat(parcel.with(Durability.OS).origin()).isEqualTo(Parcel.Origin.ANYBODY);
    }
}
