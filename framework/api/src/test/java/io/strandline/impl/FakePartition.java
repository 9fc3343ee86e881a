package io.strandline.impl;

import io.strandline.Direction;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.Parcel;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.WriterGrant;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A partition of a {@link FakePort}: its batches, and what it knows of its writers. */
final class FakePartition {

    private record Entry(int epoch, Sequence last, long partition, long offset, long digest) {}

    final PartitionDescription description;
    final List<byte[]> batches = new ArrayList<>();
    /** Of each range of keys, whose last sequences are kept by themselves. */
    private final List<KeyRange> ranges = new ArrayList<>();

    private final List<Map<Long, Entry>> writers = new ArrayList<>();
    long start;
    long end;
    boolean sealed;
    private long claimGeneration;
    /** True if it was wholly truncated, so that its data is gone. */
    boolean gone;

    FakePartition(PartitionDescription description) {
        this.description = description;
    }

    KeyRange keys() {
        return description.keys();
    }

    private void requireThere() {
        if (gone) {
            throw new StrandlineException.NotFound("partition " + description.id() + " is gone");
        }
    }

    // ---- writers ----

    /** Opens it with one range that nobody wrote to. */
    void openEmpty() {
        addRange(keys(), Map.of());
    }

    private void addRange(KeyRange keys, Map<Long, Entry> entries) {
        ranges.add(keys);
        writers.add(new HashMap<>(entries));
    }

    /** Takes over what another partition knows of the writers of common keys. */
    void inherit(FakePartition parent) {
        for (int i = 0; i < parent.ranges.size(); i++) {
            KeyRange keys = parent.ranges.get(i);
            if (keys.overlaps(keys())) {
                claimGeneration = Math.max(claimGeneration, parent.claimGeneration);
                KeyRange cut =
                        new KeyRange(unsignedMax(keys.from(), keys().from()), ~unsignedMax(~keys.to(), ~keys().to()));
                addRange(cut, parent.writers.get(i));
            }
        }
    }

    private static long unsignedMax(long a, long b) {
        return Long.compareUnsigned(a, b) >= 0 ? a : b;
    }

    /** As the shard of a claimed partition sees its claimant. */
    void requireHeld(long writer, int epoch) {
        Entry entry = writers.get(0).get(writer);
        if (sealed) {
            throw new StrandlineException.Sealed("partition " + description.id() + " ends at offset " + end);
        }
        if (entry == null || entry.epoch != epoch) {
            throw new StrandlineException.Fenced("epoch " + epoch + " does not hold the claim");
        }
    }

    private boolean isClaimed() {
        return claimGeneration > 0;
    }

    /** Refuses an owner that was taken over. */
    void claim(long generation) {
        if (generation < claimGeneration) {
            throw new StrandlineException.Fenced(
                    "generation " + generation + " claims what generation " + claimGeneration + " has");
        }
        claimGeneration = generation;
    }

    void raise(long writer, int epoch) {
        for (Map<Long, Entry> entries : writers) {
            Entry entry = entries.getOrDefault(writer, new Entry(0, Sequence.NONE, -1, -1, 0));
            entries.put(writer, new Entry(epoch, entry.last, entry.partition, entry.offset, entry.digest));
        }
    }

    /** The slots of a writer. */
    List<WriterGrant.Slot> slots(long writer) {
        List<WriterGrant.Slot> slots = new ArrayList<>();
        for (int range = 0; range < ranges.size(); range++) {
            Entry entry = writers.get(range).get(writer);
            WriterGrant.LastWritten last = entry == null || entry.last.equals(Sequence.NONE)
                    ? null
                    : new WriterGrant.LastWritten(entry.last, entry.partition, entry.offset, entry.digest);
            slots.add(new WriterGrant.Slot(description, range, ranges.get(range), last));
        }
        return slots;
    }

    /** The slot of a claimant: of all keys. */
    WriterGrant.Slot wholeSlot(long writer) {
        WriterGrant.Slot first = slots(writer).get(0);
        return new WriterGrant.Slot(description, first.range(), keys(), first.last());
    }

    /** Makes every writer's digest one that was not kept. */
    void forgetDigests() {
        writers.forEach(entries -> entries.replaceAll(
                (writer, entry) -> new Entry(entry.epoch, entry.last, entry.partition, entry.offset, 0)));
    }

    /** A power cut took the newest batch, which was acknowledged before it was forced. */
    void loseNewest() {
        byte[] lost = batches.remove(batches.size() - 1);
        end -= Batch.count(lost, 0);
        Sequence before = sequence(lost, Batch.PREVIOUS_MAJOR);
        writers.get(Batch.range(lost, 0))
                .put(Batch.writer(lost, 0), new Entry(Batch.epoch(lost, 0), before, description.id(), end - 1, 0));
    }

    /** Takes a batch as rules D1 and D6 say, or tells why not. */
    @Nullable
    StrandlineException take(byte[] batch, long stamp, long since, int index, long[] offsets, boolean[] duplicates) {
        if (sealed) {
            return new StrandlineException.Sealed("partition " + description.id() + " takes no more events");
        }
        Map<Long, Entry> entries = writers.get(Batch.range(batch, 0));
        requireKeysIn(batch, isClaimed() ? keys() : ranges.get(Batch.range(batch, 0)));
        long writer = Batch.writer(batch, 0);
        int epoch = Batch.epoch(batch, 0);
        Entry entry = entries.getOrDefault(writer, new Entry(epoch, Sequence.NONE, -1, -1, 0));
        if (epoch < entry.epoch) {
            return new StrandlineException.Fenced("epoch " + epoch + " is below " + entry.epoch);
        }
        Sequence previous = sequence(batch, Batch.PREVIOUS_MAJOR);
        Sequence last = sequence(batch, Batch.LAST_MAJOR);
        if (last.compareTo(entry.last) <= 0) {
            offsets[index] = entry.offset;
            duplicates[index] = true;
            return null;
        }
        if (!previous.equals(entry.last)) {
            return new StrandlineException.Conflict("previous " + previous + " is not " + entry.last);
        }
        long expected = LittleEndian.getLong(batch, Batch.EXPECTED_OFFSET);
        if (Batch.conditional(batch, 0) && expected != end) {
            return new StrandlineException.Conflict("expected offset " + expected + " is not " + end);
        }
        if (since != Parcel.NO_CONDITION && changed(batch, since)) {
            return new StrandlineException.Conflict("the key has an event since " + since);
        }
        offsets[index] = end;
        Batch.stamp(batch, 0, end, stamp);
        batches.add(batch);
        end += Batch.count(batch, 0);
        entries.put(
                writer, new Entry(epoch, last, description.id(), end - 1, LittleEndian.getLong(batch, Batch.DIGEST)));
        return null;
    }

    private boolean changed(byte[] batch, long since) {
        Batch.Records records = new Batch.Records();
        records.reset(batch, 0).next();
        byte[] key = Arrays.copyOfRange(batch, records.keyFrom(), records.keyFrom() + records.keyLength());
        HistoryRequest all = new HistoryRequest(key, start, end, Direction.FORWARD, Integer.MAX_VALUE);
        return since == Parcel.ELSEWHERE || history(all).events().stream().anyMatch(event -> event.offset() >= since);
    }

    private static void requireKeysIn(byte[] batch, KeyRange keys) {
        Batch.Records records = new Batch.Records();
        records.reset(batch, 0);
        while (records.hasNext()) {
            records.next();
            if (records.keyLength() >= 0 && !keys.contains(KeyHash.of(batch, records.keyFrom(), records.keyLength()))) {
                throw new AssertionError("a key is outside " + keys);
            }
        }
    }

    private static Sequence sequence(byte[] batch, int at) {
        return new Sequence(LittleEndian.getLong(batch, at), LittleEndian.getLong(batch, at + 8));
    }

    // ---- readers ----

    /** First event at or after a time. */
    long offsetAt(long stamp) {
        for (byte[] batch : batches) {
            if (Batch.stamp(batch, 0) >= stamp && Batch.offset(batch, 0) >= start) {
                return Batch.offset(batch, 0);
            }
        }
        return end;
    }

    /** All payloads as text, in order. */
    List<String> texts() {
        List<String> texts = new ArrayList<>();
        Batch.Records records = new Batch.Records();
        for (byte[] batch : batches) {
            records.reset(batch, 0);
            while (records.hasNext()) {
                records.next();
                texts.add(new String(batch, records.payloadFrom(), records.payloadLength(), StandardCharsets.UTF_8));
            }
        }
        return texts;
    }

    HistorySlice history(HistoryRequest request) {
        requireThere();
        long from = request.from() == HistoryRequest.START ? start : request.from();
        long to = Math.min(end, request.to());
        if (from < start && request.isForward()) {
            throw new StrandlineException.Truncated("offset " + from + " is below " + start);
        }
        from = Math.max(from, start);
        List<HistorySlice.Event> all = new ArrayList<>();
        Batch.Records records = new Batch.Records();
        for (byte[] batch : batches) {
            records.reset(batch, 0);
            int recordAt = Batch.HEADER_BYTES;
            while (records.hasNext()) {
                records.next();
                int next = records.payloadFrom() + records.payloadLength();
                if (records.offset() >= from && records.offset() < to && records.hasKey(request.key())) {
                    all.add(new HistorySlice.Event(
                            records.offset(), records.stamp(), batch, recordAt, next - recordAt));
                }
                recordAt = next;
            }
        }
        if (!request.isForward()) {
            Collections.reverse(all);
        }
        int bytes = 0;
        for (int i = 0; i < all.size(); i++) {
            if (bytes >= request.maxBytes()) {
                long offset = all.get(i).offset();
                List<HistorySlice.Event> some = all.subList(0, i);
                return request.isForward()
                        ? new HistorySlice(offset, to, some)
                        : new HistorySlice(from, offset + 1, some);
            }
            bytes += all.get(i).length();
        }
        return new HistorySlice(to, to, all);
    }

    ReadSlice slice(long offset, int maxBytes) {
        requireThere();
        if (offset < start) {
            throw new StrandlineException.Truncated("offset " + offset + " is below " + start);
        }
        if (offset > end) {
            throw new StrandlineException.Invalid("offset " + offset + " is past " + end);
        }
        List<ReadSlice.Segment> segments = new ArrayList<>();
        int size = 0;
        for (byte[] batch : batches) {
            boolean wanted = Batch.offset(batch, 0) + Batch.count(batch, 0) > offset;
            if (wanted && (segments.isEmpty() || size + batch.length <= maxBytes)) {
                segments.add(new ReadSlice.Segment(batch, 0, batch.length));
                size += batch.length;
            } else if (wanted) {
                break;
            }
        }
        return new ReadSlice(start, end, sealed, segments);
    }
}
