package io.strandline.log.impl.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.log.impl.state.TransactionWrite;
import io.strandline.spi.Batch;
import io.strandline.spi.Parcel;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.Slot;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** What a write adds to the parts of its transaction, and when a part would be too large to be appended as a whole (X3). */
class PartSizesTest {

    private static final StreamName STREAM = StreamName.parse("bank/accounts");
    private static final StreamName OTHER = StreamName.parse("bank/audit");
    private static final long WRITER = 7;
    private static final int LIMIT = Batch.HEADER_BYTES + 100;
    private static final List<KeyRange> HALVES = KeyRange.equalRanges(2);

    private static WriterGrant grant(int partitions) {
        List<Slot> slots = new ArrayList<>();
        List<PartitionDescription> described = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            KeyRange keys = partitions == 1 ? KeyRange.ALL : HALVES.get(i);
            described.add(new PartitionDescription(i + 1, 0, keys));
            slots.add(new Slot(described.get(i), 0, keys, null));
        }
        return new WriterGrant(new StreamDescription(STREAM, described), WRITER, 1, slots);
    }

    private final PartSizes sizes = new PartSizes(grant(1), "t", LIMIT);

    /** Records of so many bytes each, without keys. */
    private static byte[] records(int count, int bytesOfEach) {
        byte[] records = new byte[count * bytesOfEach];
        for (int i = 0; i < count; i++) {
            records[i * bytesOfEach] = (byte) (bytesOfEach - 1);
        }
        return records;
    }

    private void add(int count, int bytesOfEach) {
        sizes.count(sizes.measure(records(count, bytesOfEach), count), count);
    }

    @Test
    void x3_a_part_may_fill_a_batch_to_its_last_byte() {
        add(2, 30);
        assertThatThrownBy(() -> sizes.measure(records(1, 41), 1))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("transaction t would have " + (LIMIT + 1) + " bytes for partition 1 of "
                        + "bank/accounts, the limit is " + LIMIT);
        add(1, 40);
        assertThatThrownBy(() -> sizes.measure(records(1, 2), 1)).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void a_write_that_was_measured_and_not_taken_counts_nothing() {
        for (int i = 0; i < 3; i++) {
            assertThat(sizes.measure(records(2, 50), 2)).isEqualTo(Map.of(1L, 100));
        }
        add(2, 50);
    }

    private static TransactionWrite write(StreamName stream, long writer, int count, int bytesOfEach) {
        return new TransactionWrite("t", 0, stream, writer, records(count, bytesOfEach), count);
    }

    @Test
    void what_was_written_before_a_recovery_counts_whatever_the_limit_is_now() {
        sizes.count(List.of(write(STREAM, WRITER, 1, 60), write(OTHER, WRITER, 1, 60), write(STREAM, 8, 1, 60)));
        add(1, 40);
        assertThatThrownBy(() -> sizes.measure(records(1, 2), 1)).isInstanceOf(StrandlineException.Invalid.class);
        PartSizes full = new PartSizes(grant(1), "t", LIMIT);
        full.count(List.of(write(STREAM, WRITER, 2, 90)));
        assertThatThrownBy(() -> full.measure(records(1, 2), 1))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("would have " + (LIMIT + 82) + " bytes");
    }

    @Test
    void a_write_holds_as_many_whole_records_as_it_says_and_at_least_one() {
        assertThatThrownBy(() -> sizes.measure(records(2, 10), 3))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("holds 2 events, not 3");
        assertThatThrownBy(() -> sizes.measure(new byte[0], 0))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("holds 0 events, not 0");
        assertThatThrownBy(() -> sizes.measure(Arrays.copyOf(records(2, 10), 19), 2))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("write for bank/accounts");
    }

    /** An event without a key is placed by its number in the transaction, so each write has to begin where the last ended. */
    @Test
    void what_is_measured_is_what_is_appended_in_each_partition() {
        Random random = new Random(5);
        PartSizes measured = new PartSizes(grant(2), "t", 1 << 20);
        Map<Long, Integer> expected = new TreeMap<>();
        List<TransactionWrite> writes = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int count = 1 + random.nextInt(3);
            byte[] records = records(count, 10 + random.nextInt(50));
            Map<Long, Integer> added = measured.measure(records, count);
            measured.count(added, count);
            added.forEach((partition, bytes) -> expected.merge(partition, bytes, Integer::sum));
            writes.add(new TransactionWrite("t", i, STREAM, WRITER, records, count));
        }
        PartRound round = new PartRound(grant(2), new long[2]);
        round.add(new StreamPart("t", 1, WRITER, writes, Promise.promise()));
        Map<Long, Integer> appended = new TreeMap<>();
        for (Parcel parcel : round.parcels(new CRC32C())) {
            for (int at = 0; at < parcel.length(); at += Batch.length(parcel.bytes(), at)) {
                int bytes = Batch.length(parcel.bytes(), at) - Batch.HEADER_BYTES;
                appended.put(Batch.partition(parcel.bytes(), at), bytes);
            }
        }
        assertThat(appended).hasSize(2).isEqualTo(expected);
    }
}
