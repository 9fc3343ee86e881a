package io.strandline.testkit.simulation;

import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.spi.Batch;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.WriterGrant.LastWritten;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** What is known of one partition: everything that was sent to it, and where it was found. */
final class PartitionModel {

    final long id;
    final PartitionDescription description;
    private final Violations violations;
    private final Map<SentBatch.Key, SentBatch> sent = new HashMap<>();
    private final TreeMap<Long, SentBatch> known = new TreeMap<>();
    private final List<SentBatch> unresolved = new ArrayList<>();
    private final Map<Long, List<Frozen>> frozen = new HashMap<>();
    private final Batch.Records records = new Batch.Records();
    private final CRC32C crc = new CRC32C();

    /** Some answer told of an end, or start, as far as this. */
    private long endSeen;

    private long startSeen;

    /** No truncation went further than this. */
    private long startRequested;

    private int life;

    /** From an admission on, older epochs append nothing behind what it found. */
    private record Frozen(int epoch, Sequence last) {}

    PartitionModel(PartitionDescription description, Violations violations) {
        this.id = description.id();
        this.description = description;
        this.violations = violations;
    }

    long endSeen() {
        return endSeen;
    }

    long startSeen() {
        return startSeen;
    }

    long startRequested() {
        return startRequested;
    }

    // ---- what clients do

    /** A batch is handed over, for the first time or again. */
    void sending(SentBatch batch) {
        if (sent.putIfAbsent(batch.key(), batch) == null) {
            unresolved.add(batch);
        }
        batch.inFlight++;
    }

    /** Appended, or there already. */
    void accepted(SentBatch batch, long offset, boolean duplicate) {
        batch.inFlight--;
        batch.acked = true;
        if (!duplicate) {
            batch.unknown |= true;
            place(batch, offset);
            return;
        }
        batch.mustExist = true;
        SentBatch newest = containing(offset);
        boolean isOfWriter = newest == null
                || (newest.writer == batch.writer
                        && newest.end() == offset + 1
                        && newest.last.compareTo(batch.last) >= 0);
        violations.require(
                isOfWriter,
                Invariant.REFUSALS_ARE_TRUE,
                () -> batch + " is called a duplicate, newest event at " + offset + ", but there is " + newest);
        seenEnd(offset + 1);
    }

    /** Refused, and not in the log. */
    void refusedForGood(SentBatch batch) {
        batch.inFlight--;
        batch.unknown = false;
        violations.require(
                !batch.isKnown() && !batch.mustExist,
                Invariant.REFUSALS_ARE_TRUE,
                () -> batch + " was refused as if it was not there");
    }

    /** This attempt was refused; earlier ones may have been taken. */
    void refused(SentBatch batch) {
        batch.inFlight--;
    }

    void unknown(SentBatch batch) {
        batch.inFlight--;
        batch.unknown = true;
    }

    /** Some answer says that the end is at or behind this offset, and so durable. */
    void seenEnd(long offset) {
        endSeen = Math.max(endSeen, offset);
    }

    void truncating(long before) {
        startRequested = Math.max(startRequested, before);
    }

    /** Some answer says that the partition starts here. */
    void seenStart(long offset, long seenBefore) {
        violations.require(
                offset >= seenBefore && offset <= startRequested,
                Invariant.SEEN_IS_DURABLE,
                () -> "partition " + id + " starts at " + offset + ", seen before was " + seenBefore
                        + ", truncated at most to " + startRequested);
        startSeen = Math.max(startSeen, offset);
    }

    /** A writer was admitted with an epoch, and this is what it wrote last. */
    void admitted(long writer, int epoch, @Nullable LastWritten last) {
        Sequence sequence = last == null ? Sequence.NONE : last.sequence();
        if (last != null) {
            placeLast(writer, last);
        }
        frozen.computeIfAbsent(writer, any -> new ArrayList<>()).add(new Frozen(epoch, sequence));
        known.values().forEach(this::checkFence);
    }

    /** Several epochs may have sent this sequence; only if one alone can be meant its place is known now. */
    private void placeLast(long writer, LastWritten last) {
        List<SentBatch> candidates = new ArrayList<>();
        for (SentBatch batch : sent.values()) {
            if (batch.writer == writer && batch.last.equals(last.sequence()) && batch.mayAppear()) {
                candidates.add(batch);
            }
        }
        violations.require(
                !candidates.isEmpty(),
                Invariant.NOTHING_INVENTED,
                () -> "partition " + id + " says of writer " + writer + " that it wrote " + last
                        + " last, which it never sent or was refused");
        violations.require(
                candidates.stream().anyMatch(batch -> batch.digest() == last.digest()),
                Invariant.NOTHING_INVENTED,
                () -> "partition " + id + " says of writer " + writer + " that it wrote " + last
                        + " last, which has another digest: " + candidates);
        if (candidates.size() == 1) {
            SentBatch only = candidates.get(0);
            place(only, last.offset() - only.count + 1);
        }
        seenEnd(last.offset() + 1);
    }

    private void checkFence(SentBatch batch) {
        List<Frozen> bounds = frozen.get(batch.writer);
        if (bounds == null) {
            return;
        }
        for (Frozen bound : bounds) {
            violations.require(
                    batch.epoch >= bound.epoch || batch.last.compareTo(bound.last) <= 0,
                    Invariant.FENCED_STAYS_FENCED,
                    () -> batch + " appeared although epoch " + bound.epoch + " found " + bound.last + " last");
        }
    }

    // ---- what the log shows

    /** A read that began at {@code offset} has shown these batches; returns the offset behind them. */
    long shown(ReadSlice slice, long offset, long startSeenBefore, long endSeenBefore) {
        seenStart(slice.startOffset(), startSeenBefore);
        violations.require(
                slice.endOffset() >= endSeenBefore,
                Invariant.SEEN_IS_DURABLE,
                () -> "partition " + id + " ends at " + slice.endOffset() + ", seen before was " + endSeenBefore);
        seenEnd(slice.endOffset());
        long next = -1;
        for (ReadSlice.Segment segment : slice.segments()) {
            int at = segment.from();
            while (at < segment.to()) {
                String defect = Batch.defect(segment.bytes(), at, segment.to(), crc);
                if (defect != null) {
                    violations.report(
                            Invariant.NOTHING_INVENTED, "partition " + id + " shows behind " + next + " a " + defect);
                    return next;
                }
                next = shown(segment.bytes(), at, offset, next);
                at += Batch.length(segment.bytes(), at);
            }
        }
        boolean mayBeEmpty = offset >= endSeenBefore;
        violations.require(
                next > offset || (next < 0 && mayBeEmpty),
                Invariant.SEEN_IS_DURABLE,
                () -> "a read of partition " + id + " from " + offset + " shows nothing, seen was " + endSeenBefore);
        long shown = next;
        violations.require(
                shown <= slice.endOffset(),
                Invariant.DENSE_OFFSETS,
                () -> "a read of partition " + id + " shows offsets up to " + shown + ", its end is "
                        + slice.endOffset());
        return next;
    }

    private long shown(byte[] bytes, int at, long offset, long next) {
        long base = Batch.offset(bytes, at);
        int count = Batch.count(bytes, at);
        boolean fits = next < 0 ? base <= offset && offset < base + count : base == next;
        violations.require(
                fits,
                Invariant.DENSE_OFFSETS,
                () -> "partition " + id + " shows offsets " + base + " to " + (base + count) + ", asked for " + offset
                        + ", shown up to " + next);
        SentBatch batch = sent.get(SentBatch.Key.of(bytes, at));
        if (batch == null || Batch.partition(bytes, at) != id || !batch.sameAs(bytes, at)) {
            violations.report(
                    Invariant.NOTHING_INVENTED,
                    "partition " + id + " shows at " + base + " a batch " + SentBatch.Key.of(bytes, at)
                            + " which was not sent so; sent was " + batch);
            return base + count;
        }
        place(batch, base);
        long stamp = Batch.stamp(bytes, at);
        violations.require(
                batch.stamp < 0 || batch.stamp == stamp,
                Invariant.SEEN_IS_DURABLE,
                () -> batch + " had stamp " + batch.stamp + ", now " + stamp);
        batch.stamp = stamp;
        checkRecords(bytes, at, batch);
        return base + count;
    }

    private void checkRecords(byte[] bytes, int at, SentBatch batch) {
        records.reset(bytes, at);
        while (records.hasNext()) {
            records.next();
        }
        violations.require(
                records.offset() == batch.end() - 1,
                Invariant.DENSE_OFFSETS,
                () -> batch + " has its last event at " + records.offset());
    }

    private @Nullable SentBatch containing(long offset) {
        Map.Entry<Long, SentBatch> floor = known.floorEntry(offset);
        return floor != null && floor.getValue().end() > offset ? floor.getValue() : null;
    }

    /** A batch is known to stand at an offset, durably. */
    private void place(SentBatch batch, long base) {
        if (batch.base == base) {
            return;
        }
        if (batch.isKnown()) {
            violations.report(Invariant.NO_DUPLICATE, batch + " is also at " + base);
            return;
        }
        violations.require(
                batch.mayAppear(), Invariant.REFUSALS_ARE_TRUE, () -> batch + " was refused, it is at " + base);
        violations.require(
                !batch.conditional() || batch.expectedOffset() == base,
                Invariant.REFUSALS_ARE_TRUE,
                () -> batch + " is at " + base);
        SentBatch other = containing(base);
        if (other == null) {
            other = containing(base + batch.count - 1);
        }
        batch.base = base;
        batch.knownInLife = life;
        if (other != null) {
            Invariant broken = other.knownInLife == life
                    ? Invariant.ONE_ORDER
                    : other.acked ? Invariant.ACKED_IS_DURABLE : Invariant.SEEN_IS_DURABLE;
            violations.report(broken, other + " was known in life " + other.knownInLife + ", but there is " + batch);
            return;
        }
        known.put(base, batch);
        seenEnd(batch.end());
        checkFence(batch);
    }

    // ---- recovery

    /** The process is gone: no attempt will be answered. */
    void lost(int nextLife) {
        life = nextLife;
        for (SentBatch batch : unresolved) {
            if (batch.inFlight > 0) {
                batch.inFlight = 0;
                batch.unknown = true;
            }
        }
    }

    /**
     * Everything from {@code start} to {@code end} was just shown and no append is on its way: compares it with what is
     * known, and settles what was not.
     */
    void wasReadInFull(long start, long end) {
        violations.require(
                end >= endSeen,
                Invariant.ACKED_IS_DURABLE,
                () -> "partition " + id + " ends at " + end + ", seen before was " + endSeen + ", there "
                        + containing(endSeen - 1));
        boolean knownFromZero = checkOrder(start);
        unresolved.removeIf(batch -> isSettled(batch, knownFromZero));
    }

    private boolean isSettled(SentBatch batch, boolean knownFromZero) {
        if (batch.isKnown()) {
            return true;
        }
        if (!knownFromZero) {
            return false;
        }
        violations.require(
                !batch.mustExist,
                Invariant.ACKED_IS_DURABLE,
                () -> batch + " was answered as a duplicate and is not there");
        batch.unknown = false;
        return false;
    }

    /** Walks all that is known; returns whether it has no gap. */
    private boolean checkOrder(long start) {
        Map<Long, SentBatch> newest = new HashMap<>();
        boolean dense = true;
        SentBatch neighbour = null;
        for (SentBatch batch : known.values()) {
            if (batch.base != (neighbour == null ? 0 : neighbour.end())) {
                dense = false;
                newest.clear();
                checkGap(start, neighbour, batch);
            }
            SentBatch before = newest.put(batch.writer, batch);
            Sequence expected = before == null ? (dense ? Sequence.NONE : batch.previous) : before.last;
            violations.require(
                    batch.previous.equals(expected) && batch.last.compareTo(expected) > 0,
                    Invariant.NO_DUPLICATE,
                    () -> batch + " follows " + before);
            checkStamps(neighbour, batch);
            neighbour = batch;
        }
        return dense;
    }

    /** Only what is truncated may be missing. */
    private void checkGap(long start, @Nullable SentBatch before, SentBatch behind) {
        violations.require(
                behind.base <= start,
                Invariant.DENSE_OFFSETS,
                () -> "partition " + id + " from " + start + " has a gap between " + before + " and " + behind);
    }

    private void checkStamps(@Nullable SentBatch before, SentBatch batch) {
        violations.require(
                before == null || batch.stamp < 0 || batch.stamp >= before.stamp,
                Invariant.ONE_ORDER,
                () -> batch + " has stamp " + batch.stamp + " behind " + before);
    }
}
