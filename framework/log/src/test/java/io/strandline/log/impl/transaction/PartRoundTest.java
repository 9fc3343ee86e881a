package io.strandline.log.impl.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.internal.LittleEndian;
import io.strandline.internal.Varint;
import io.strandline.log.impl.state.TransactionWrite;
import io.strandline.spi.Batch;
import io.strandline.spi.Parcel;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.Slot;
import io.vertx.core.Promise;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** How the parts of committed transactions become batches (X1), also when partitions were split or merged meanwhile. */
class PartRoundTest {

    private static final StreamName STREAM = StreamName.parse("bank/accounts");
    private static final long WRITER = 7;
    private static final int EPOCH = 3;
    private static final KeyRange LOWER = KeyRange.equalRanges(2).get(0);
    private static final KeyRange UPPER = KeyRange.equalRanges(2).get(1);
    private static final CRC32C CRC = new CRC32C();

    private static Slot slot(long partition, int shard, KeyRange ofPartition, int range, KeyRange keys) {
        return new Slot(new PartitionDescription(partition, shard, ofPartition), range, keys, null);
    }

    private static WriterGrant grant(Slot... slots) {
        List<PartitionDescription> partitions =
                List.of(slots).stream().map(Slot::partition).distinct().toList();
        return new WriterGrant(new StreamDescription(STREAM, partitions), WRITER, EPOCH, List.of(slots));
    }

    private static WriterGrant whole() {
        return grant(slot(1, 0, KeyRange.ALL, 0, KeyRange.ALL));
    }

    private static WriterGrant split() {
        return grant(slot(2, 0, LOWER, 0, LOWER), slot(3, 1, UPPER, 0, UPPER));
    }

    private static WriterGrant merged() {
        return grant(slot(4, 0, KeyRange.ALL, 0, LOWER), slot(4, 0, KeyRange.ALL, 1, UPPER));
    }

    /** Events e0, e1, … Every third has no key. */
    private static StreamPart part(String id, long decision, int events) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (int i = 0; i < events; i++) {
            byte[] payload = (id + "e" + i).getBytes(StandardCharsets.UTF_8);
            byte[] key = i % 3 == 0 ? new byte[0] : ("key" + i).getBytes(StandardCharsets.UTF_8);
            records.writeBytes(varint(1 + (key.length == 0 ? 0 : 1 + key.length) + payload.length));
            records.write(key.length == 0 ? 0 : Batch.RECORD_HAS_KEY);
            if (key.length > 0) {
                records.write(key.length);
                records.writeBytes(key);
            }
            records.writeBytes(payload);
        }
        TransactionWrite write = new TransactionWrite(id, 0, STREAM, WRITER, records.toByteArray(), events);
        return new StreamPart(id, decision, WRITER, List.of(write), Promise.promise());
    }

    private static byte[] varint(int value) {
        byte[] bytes = new byte[Varint.bytes(value)];
        Varint.put(bytes, 0, value);
        return bytes;
    }

    private record Seen(long previous, long last, List<String> events) {}

    /** Partition and range → its batches. */
    private static Map<String, List<Seen>> seen(List<Parcel> parcels) {
        Map<String, List<Seen>> seen = new TreeMap<>();
        Batch.Records records = new Batch.Records();
        for (Parcel parcel : parcels) {
            byte[] bytes = parcel.bytes();
            for (int at = 0; at < parcel.length(); at += Batch.length(bytes, at)) {
                assertThat(Batch.defect(bytes, at, parcel.length(), CRC)).isNull();
                assertThat(Batch.writer(bytes, at)).isEqualTo(WRITER);
                assertThat(Batch.epoch(bytes, at)).isEqualTo(EPOCH);
                List<String> events = new ArrayList<>();
                records.reset(bytes, at);
                while (records.hasNext()) {
                    records.next();
                    events.add(
                            new String(bytes, records.payloadFrom(), records.payloadLength(), StandardCharsets.UTF_8));
                }
                seen.computeIfAbsent(
                                Batch.partition(bytes, at) + "/" + Batch.range(bytes, at), key -> new ArrayList<>())
                        .add(new Seen(
                                LittleEndian.getLong(bytes, at + Batch.PREVIOUS_MAJOR),
                                LittleEndian.getLong(bytes, at + Batch.LAST_MAJOR),
                                events));
            }
        }
        return seen;
    }

    private static List<String> eventsOf(Map<String, List<Seen>> seen, String slot) {
        return seen.getOrDefault(slot, List.of()).stream()
                .flatMap(batch -> batch.events().stream())
                .toList();
    }

    private static List<Parcel> layOut(PartRound round, StreamPart... parts) {
        for (StreamPart part : parts) {
            round.add(part);
        }
        return round.parcels(CRC);
    }

    @Test
    void x1_eachBatchOfASlotFollowsTheOneBeforeIt() {
        PartRound round = new PartRound(whole(), new long[] {4});
        List<Parcel> parcels = layOut(round, part("a", 5, 2), part("b", 9, 1));
        assertThat(parcels).hasSize(1);
        assertThat(seen(parcels))
                .containsExactly(Map.entry(
                        "1/0", List.of(new Seen(4, 5, List.of("ae0", "ae1")), new Seen(5, 9, List.of("be0")))));
        assertThat(round.last()).containsExactly(9);
    }

    @Test
    void x1_theFirstBatchOfASlotFollowsNothing() {
        List<Parcel> parcels = layOut(new PartRound(whole(), new long[1]), part("a", 1, 1));
        assertThat(seen(parcels).get("1/0")).extracting(Seen::previous).containsExactly(-1L);
    }

    @Test
    void e2_afterASplitOnlyWhatASlotLacksIsSent() {
        int events = 30;
        Map<String, List<Seen>> all = seen(layOut(new PartRound(split(), new long[2]), part("a", 5, events)));
        List<String> lower = eventsOf(all, "2/0");
        List<String> upper = eventsOf(all, "3/0");
        assertThat(lower).isNotEmpty().doesNotContainAnyElementsOf(upper);
        assertThat(upper).isNotEmpty();
        assertThat(lower.size() + upper.size()).isEqualTo(events);

        PartRound rest = new PartRound(split(), new long[] {5, 4});
        assertThat(seen(layOut(rest, part("a", 5, events))))
                .containsExactly(Map.entry("3/0", List.of(new Seen(4, 5, upper))));
        assertThat(layOut(new PartRound(split(), new long[] {5, 5}), part("a", 5, events)))
                .isEmpty();
    }

    @Test
    void e2_afterAMergeEachSlotHasABatchAndAllGoTogether() {
        List<Parcel> parcels = layOut(new PartRound(merged(), new long[] {2, 4}), part("a", 5, 30));
        assertThat(parcels).hasSize(1);
        Map<String, List<Seen>> seen = seen(parcels);
        assertThat(seen).containsOnlyKeys("4/0", "4/1");
        assertThat(seen.get("4/0")).extracting(Seen::previous).containsExactly(2L);
        assertThat(seen.get("4/1")).extracting(Seen::previous).containsExactly(4L);
        assertThat(eventsOf(seen, "4/0"))
                .isEqualTo(eventsOf(seen(layOut(new PartRound(split(), new long[2]), part("a", 5, 30))), "2/0"));
    }

    private static Slot eighth(int index, long partition) {
        KeyRange keys = KeyRange.equalRanges(8).get(index);
        return new Slot(
                new PartitionDescription(partition, 0, partition == 9 ? KeyRange.ALL : keys),
                partition == 9 ? index : 0,
                keys,
                null);
    }

    /** Eight parts of at most a parcel each, together of more. */
    private static StreamPart large() {
        return part("x".repeat(60_000), 5, 100);
    }

    @Test
    void x2_aParcelIsCutBetweenPartitionsAndNeverWithinOne() {
        Slot[] apart = new Slot[8];
        Slot[] together = new Slot[8];
        for (int i = 0; i < 8; i++) {
            apart[i] = eighth(i, i + 1);
            together[i] = eighth(i, 9);
        }
        List<Parcel> several = layOut(new PartRound(grant(apart), new long[8]), large());
        assertThat(several).hasSizeGreaterThan(1).allSatisfy(parcel -> assertThat(parcel.length())
                .isLessThanOrEqualTo(PartRound.PARCEL_BYTES));
        assertThat(seen(several)).hasSize(8);

        List<Parcel> one = layOut(new PartRound(grant(together), new long[8]), large());
        assertThat(one).hasSize(1);
        assertThat(one.get(0).length()).isGreaterThan(PartRound.PARCEL_BYTES);
    }
}
