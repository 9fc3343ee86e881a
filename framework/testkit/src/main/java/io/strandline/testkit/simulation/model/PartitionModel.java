package io.strandline.testkit.simulation.model;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.spi.Batch;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.WriterGrant.LastWritten;
import io.strandline.spi.WriterGrant.Slot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/** What is known of one partition: everything that was sent to it, and where it was found. */
public final class PartitionModel {

    final long id;
    final PartitionDescription description;
    private final Violations violations;
    private final Map<SentBatch.Key, SentBatch> sent = new HashMap<>();

    /** Where it starts and ends. */
    final PartitionBounds bounds;

    private final PlacedBatches placed;
    private final List<SentBatch> unresolved = new ArrayList<>();
    private final Map<Long, List<Frozen>> frozen = new HashMap<>();

    /** Ranges of keys with last sequences of their own, in ascending order. */
    final List<KeyRange> ranges;

    /** The partitions that this one took over from. */
    private final List<PartitionModel> predecessors;

    private final Batch.Records records = new Batch.Records();
    private final CRC32C crc = new CRC32C();

    private int life;

    /** After an admission, older epochs append nothing after the last sequence that it found in a range of keys. */
    private record Frozen(KeyRange keys, int epoch, Sequence last) {}

    /** Bytes that all batches sent here take at most, with their part of the indexes. */
    private long mostBytesSent;

    PartitionModel(
            PartitionDescription description,
            List<PartitionModel> predecessors,
            RetentionModel retention,
            Violations violations) {
        this.id = description.id();
        this.description = description;
        this.violations = violations;
        this.predecessors = predecessors;
        this.ranges = predecessors.isEmpty() ? List.of(description.keys()) : inheritedRanges();
        this.bounds = new PartitionBounds(this, retention, violations);
        this.placed = new PlacedBatches(
                id,
                ranges,
                predecessors.stream().map(predecessor -> predecessor.placed).toList(),
                violations);
        for (PartitionModel predecessor : predecessors) {
            predecessor.frozen.forEach((writer, bounds) ->
                    frozen.computeIfAbsent(writer, any -> new ArrayList<>()).addAll(bounds));
        }
    }

    public long id() {
        return id;
    }

    public PartitionDescription description() {
        return description;
    }

    public PartitionBounds bounds() {
        return bounds;
    }

    private List<KeyRange> inheritedRanges() {
        KeyRange keys = description.keys();
        List<KeyRange> inherited = new ArrayList<>();
        for (PartitionModel predecessor : predecessors) {
            for (KeyRange range : predecessor.ranges) {
                if (range.overlaps(keys)) {
                    inherited.add(new KeyRange(
                            keys.contains(range.from()) ? range.from() : keys.from(),
                            keys.contains(range.to()) ? range.to() : keys.to()));
                }
            }
        }
        inherited.sort((a, b) -> Long.compareUnsigned(a.from(), b.from()));
        return inherited;
    }

    /** True if this partition or one that took over from it is a predecessor of the other. */
    public boolean isBefore(PartitionModel other) {
        return other.predecessors.contains(this) || other.predecessors.stream().anyMatch(this::isBefore);
    }

    /** This partition and all before it. */
    void addAllBefore(Set<PartitionModel> all) {
        if (all.add(this)) {
            predecessors.forEach(predecessor -> predecessor.addAllBefore(all));
        }
    }

    // ---- what clients do

    /** A batch is handed over, for the first time or again. */
    public void sending(SentBatch batch) {
        if (sent.putIfAbsent(batch.key(), batch) == null) {
            unresolved.add(batch);
            mostBytesSent += PlacedBatches.mostBytes(batch);
        }
        batch.inFlight++;
    }

    /** Appended. */
    public void accepted(SentBatch batch, long offset) {
        batch.inFlight--;
        batch.acked = true;
        batch.unknown |= true;
        place(batch, offset);
    }

    /**
     * The batch is already there. The log names the newest event of the writer, which is in this partition or one before
     * it.
     */
    void duplicate(SentBatch batch, PartitionModel holder, long offset) {
        batch.inFlight--;
        batch.acked = true;
        // One that was answered early may stand in a partition before this one, and nobody has read it yet.
        boolean isHere = batch.events.earlyIn < 0 || batch.events.earlyIn == id;
        batch.mustExist |= batch.events.found == null && holder == this && isHere;
        SentBatch there = holder.placed.containing(offset);
        boolean isOfWriter = there == null
                || (there.writer == batch.writer && there.end() == offset + 1 && there.last.compareTo(batch.last) >= 0);
        violations.require(
                isOfWriter && (holder == this || holder.isBefore(this)),
                Invariant.REFUSALS_ARE_TRUE,
                () -> batch + " is called a duplicate, newest event at " + offset + " of partition " + holder.id
                        + ", but there is " + there);
        holder.bounds.seenEnd(offset + 1);
    }

    /** The log reported the writer's last sequence, which shows that this batch is in the log. */
    public void told(SentBatch batch) {
        batch.acked = true;
        batch.mustExist = true;
    }

    /** The partition is sealed, and the log told that this batch is not in it. */
    public void refusedBySeal(SentBatch batch) {
        batch.unknown = false;
        violations.require(
                !batch.isKnown() && !batch.mustExist,
                Invariant.REFUSALS_ARE_TRUE,
                () -> batch + " is in a sealed partition, and its successors know nothing of it");
    }

    /** Appended, but perhaps not yet forced: it may be lost. */
    public void acceptedEarly(SentBatch batch) {
        batch.inFlight--;
        batch.unknown = true;
        batch.events.earlyIn = id;
    }

    /** Refused, and not in the log. */
    public void refusedForGood(SentBatch batch) {
        batch.inFlight--;
        batch.unknown = false;
        violations.require(
                batch.events.found == null && !batch.mustExist,
                Invariant.REFUSALS_ARE_TRUE,
                () -> batch + " was refused as if it was not there");
    }

    /** This attempt was refused. Earlier ones may have been taken. */
    public void refused(SentBatch batch) {
        batch.inFlight--;
    }

    public void unknown(SentBatch batch) {
        batch.inFlight--;
        batch.unknown = true;
    }

    /** Offset of the first batch that is kept with a stamp as high as this, as far as stamps are known. */
    long baseOfFirstFrom(long stamp) {
        return placed.baseOfFirstFrom(stamp, bounds.startSeen());
    }

    /** Most bytes that the partition took since it was last read in full, with all indexes. */
    long mostBytes() {
        return mostBytesSent - placed.mostBytesBefore(bounds.startSettled());
    }

    /** Bytes of the batches that are known to be kept. */
    public long bytesKept() {
        return placed.bytesFrom(bounds.startSeen());
    }

    /** A writer was admitted with an epoch, and the slot says what it wrote last. */
    public void admitted(long writer, int epoch, Slot slot) {
        LastWritten last = slot.last();
        frozen.computeIfAbsent(writer, any -> new ArrayList<>())
                .add(new Frozen(slot.keys(), epoch, last == null ? Sequence.NONE : last.sequence()));
        placed.all().forEach(this::checkFence);
    }

    /**
     * The log says what a writer wrote last among these keys, here. Several epochs may have sent this sequence. Its place
     * is known now only if exactly one of them can be meant.
     */
    public void placeLast(long writer, KeyRange keys, LastWritten last) {
        List<SentBatch> candidates = new ArrayList<>();
        for (SentBatch batch : sent.values()) {
            if (batch.writer == writer
                    && batch.last.equals(last.sequence())
                    && batch.mayAppear()
                    && keysOf(batch).overlaps(keys)) {
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
        bounds.seenEnd(last.offset() + 1);
    }

    private KeyRange keysOf(SentBatch batch) {
        return ranges.get(batch.range);
    }

    private void checkFence(SentBatch batch) {
        List<Frozen> bounds = frozen.get(batch.writer);
        if (bounds == null) {
            return;
        }
        for (Frozen bound : bounds) {
            violations.require(
                    batch.epoch >= bound.epoch
                            || batch.last.compareTo(bound.last) <= 0
                            || !bound.keys.overlaps(keysOf(batch)),
                    Invariant.FENCED_STAYS_FENCED,
                    () -> batch + " appeared although epoch " + bound.epoch + " found " + bound.last + " last");
        }
    }

    // ---- what the log shows

    /** A read that began at {@code offset} has shown these batches. Returns the offset after them. */
    public long shown(ReadSlice slice, long offset, long startSeenBefore, long endSeenBefore, boolean sealedBefore) {
        ends(slice, startSeenBefore, endSeenBefore, sealedBefore);
        long next = -1;
        for (ReadSlice.Segment segment : slice.segments()) {
            int at = segment.from();
            while (at < segment.to()) {
                String defect = Batch.defect(segment.bytes(), at, segment.to(), crc);
                if (defect != null) {
                    violations.report(
                            Invariant.NOTHING_INVENTED, "partition " + id + " shows after " + next + " a " + defect);
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

    /** A slice tells where the partition begins and ends. */
    public void ends(ReadSlice slice, long startSeenBefore, long endSeenBefore, boolean sealedBefore) {
        bounds.seenStart(slice.startOffset(), startSeenBefore);
        violations.require(
                slice.endOffset() >= endSeenBefore,
                Invariant.SEEN_IS_DURABLE,
                () -> "partition " + id + " ends at " + slice.endOffset() + ", seen before was " + endSeenBefore);
        violations.require(
                slice.sealed() || !sealedBefore,
                Invariant.SEALED_IS_FINAL,
                () -> "partition " + id + " was sealed, and is read as open");
        if (slice.sealed()) {
            bounds.sealedAt(slice.endOffset());
        }
        bounds.seenEnd(slice.endOffset());
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
                !batch.isAtOffset() || batch.expectedOffset() == base,
                Invariant.REFUSALS_ARE_TRUE,
                () -> batch + " is at " + base);
        SentBatch elsewhere = batch.events.found;
        if (elsewhere != null) {
            violations.report(Invariant.NO_DUPLICATE, batch + " has the events of " + elsewhere + ", now at " + base);
            return;
        }
        batch.events.found = batch;
        SentBatch other = placed.containing(base);
        if (other == null) {
            other = placed.containing(base + batch.count - 1);
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
        placed.add(batch);
        bounds.seenEnd(batch.end());
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
    public void wasReadInFull(long start, long end) {
        violations.require(
                end >= bounds.endSeen(),
                Invariant.ACKED_IS_DURABLE,
                () -> "partition " + id + " ends at " + end + ", seen before was " + bounds.endSeen() + ", there "
                        + placed.containing(bounds.endSeen() - 1));
        SentBatch first = placed.containing(start);
        violations.require(
                start <= bounds.startRequested() || first == null || first.base == start,
                Invariant.ONLY_ALLOWED_IS_REMOVED,
                () -> "partition " + id + " starts at " + start + ", truncated at most to " + bounds.startRequested()
                        + ", between the events of " + first);
        // What was removed before anybody had read it stays unknown.
        boolean knownFromZero = placed.check(start, end);
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
}
