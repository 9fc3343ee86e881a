package io.strandline.log.impl.state;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.LogRules;
import io.strandline.log.spi.ShardLimits;
import io.strandline.spi.Batch;
import io.strandline.spi.BatchCompressor;
import io.strandline.spi.BatchStructure;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.Logger;
import io.strandline.spi.Parcel;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Checks the batches of a parcel against the numbered state, and numbers and stamps the accepted ones. The numbered state
 * covers everything that is queued for the journal or has gone further. It only moves forward.
 */
public final class Numbering {

    private static final Logger LOG = Logger.of(Numbering.class);

    /** How long an anonymous writer is remembered after its last event, at least, in milliseconds. */
    static final long ANONYMOUS_WRITER_MILLIS = 2 * 3_600_000L;

    /** What a batch may have beyond one event of the greatest size, in bytes: its header, and small events before it. */
    public static final int BATCH_ALLOWANCE_BYTES = 128 << 10;

    private final ShardState state;
    private final Clock clock;
    private final LogRules rules;
    private final KeyConditions keyConditions;
    private final StampWatch stampWatch = new StampWatch();
    private final int writersPerPartition;
    private final int batchLimit;
    private final int parcelLimit;
    private final CRC32C crc = new CRC32C();
    private final BatchStructure structure = new BatchStructure();

    /** When the parcel that is numbered came, by the clock that does not jump. */
    private long nowNanos;

    /** Named writer → epoch, ahead of the applied one by what is queued. */
    private final LongObjectMap<Integer> raised = new LongObjectHashMap<>();

    public Numbering(ShardState state, Clock clock, ShardLimits limits, LogRules rules, KeyConditions keyConditions) {
        this.state = state;
        this.clock = clock;
        this.rules = rules;
        this.keyConditions = keyConditions;
        this.writersPerPartition = limits.getWritersPerPartition();
        this.batchLimit = batchLimit(limits);
        this.parcelLimit = parcelLimit(limits);
        this.raised.putAll(state.raised);
    }

    /** Most bytes of a batch. */
    public static int batchLimit(ShardLimits limits) {
        return limits.getMaxEventBytes() + BATCH_ALLOWANCE_BYTES;
    }

    /** Most bytes of a parcel, or of one batch of the greatest size if that is more. */
    public static int parcelLimit(ShardLimits limits) {
        return Math.max(limits.getMaxParcelBytes(), batchLimit(limits));
    }

    private static final KeyCheck[] NO_CHECKS = new KeyCheck[0];

    /** What became of a parcel: the outcome of each batch, and the accepted ones with their partitions. */
    public static final class Outcome {
        final byte[] bytes;
        private final long @Nullable [] keyConditions;
        private final KeyCheck @Nullable [] @Nullable [] otherKeys;
        final FrameBody accepted = new FrameBody();
        final Partition[] partitions;
        final int[] positions;
        final long[] offsets;
        int acceptedCount;
        boolean @Nullable [] duplicates;

        /** Where duplicates stand. */
        long @Nullable [] holders;

        @Nullable
        StrandlineException @Nullable [] refusals;

        Outcome(Parcel parcel) {
            int batches = parcel.batches();
            this.bytes = parcel.bytes();
            this.keyConditions = parcel.keyConditions();
            this.otherKeys = parcel.otherKeys();
            this.partitions = new Partition[batches];
            this.positions = new int[batches];
            this.offsets = new long[batches];
        }

        public byte[] bytes() {
            return bytes;
        }

        public int acceptedCount() {
            return acceptedCount;
        }

        public Partition[] partitions() {
            return partitions;
        }

        public int[] positions() {
            return positions;
        }

        public long[] offsets() {
            return offsets;
        }

        public boolean @Nullable [] duplicates() {
            return duplicates;
        }

        public long @Nullable [] holders() {
            return holders;
        }

        public @Nullable StrandlineException @Nullable [] refusals() {
            return refusals;
        }

        public FrameBody accepted() {
            return accepted;
        }

        /** True if a batch is to be appended only if its key, or others, have nothing new. */
        private boolean isConditional(int batch) {
            return unchangedSince(batch) != Parcel.NO_CONDITION || otherKeys(batch).length > 0;
        }

        /** What other keys must not have for a batch. */
        KeyCheck[] otherKeys(int batch) {
            KeyCheck[] checks = otherKeys == null ? null : otherKeys[batch];
            return checks == null ? NO_CHECKS : checks;
        }

        /** The first offset at which the key of a batch may have no event, as {@link Parcel} says it. */
        long unchangedSince(int batch) {
            return keyConditions == null ? Parcel.NO_CONDITION : keyConditions[batch];
        }

        private void duplicate(int batch, long partition, long offset) {
            if (duplicates == null || holders == null) {
                duplicates = new boolean[offsets.length];
                holders = new long[offsets.length];
            }
            duplicates[batch] = true;
            holders[batch] = partition;
            offsets[batch] = offset;
        }

        private void refuse(int batch, StrandlineException why) {
            if (refusals == null) {
                refusals = new StrandlineException[offsets.length];
            }
            refusals[batch] = why;
        }

        private void accept(int batch, Partition partition, int at, int length, long offset) {
            offsets[batch] = offset;
            partitions[acceptedCount] = partition;
            positions[acceptedCount] = at;
            acceptedCount++;
            accepted.add(bytes, at, length);
        }
    }

    /** Numbers a parcel that {@link #requireWhole} has found to be well. */
    public Outcome number(Parcel parcel, Sender sender) {
        byte[] bytes = parcel.bytes();
        Outcome outcome = new Outcome(parcel);
        long now = clock.wallMillis();
        nowNanos = clock.monotonicNanos();
        int at = 0;
        for (int batch = 0; batch < parcel.batches(); batch++) {
            int length = Batch.length(bytes, at);
            decide(outcome, batch, at, length, now, sender);
            at += length;
        }
        return outcome;
    }

    /** Warns if the stamps of a partition are far ahead of the clock, now and then. */
    public void warnIfAhead(long partition, long stamp, long now) {
        String warning = stampWatch.warning(partition, stamp, now);
        if (warning != null) {
            LOG.warn(warning);
        }
    }

    /**
     * Checks a parcel before it may have to wait: one that no shard would ever take is not told to come again.
     *
     * @throws StrandlineException.Invalid if its bytes are not whole batches of whole records within their limits
     */
    public void requireWhole(Parcel parcel, Sender sender) {
        byte[] bytes = parcel.bytes();
        int limit = Math.min(bytes.length, limit(parcelLimit, sender));
        if (parcel.batches() < 1 || parcel.length() < 0 || parcel.length() > limit) {
            throw new StrandlineException.Invalid("parcel of " + parcel.batches() + " batches and " + parcel.length()
                    + " bytes in an array of " + bytes.length + ", the limit is " + limit + " bytes");
        }
        long[] conditions = parcel.keyConditions();
        if (conditions != null && conditions.length != parcel.batches()) {
            throw new StrandlineException.Invalid(
                    "parcel of " + parcel.batches() + " batches with conditions for " + conditions.length + " of them");
        }
        KeyCheck[][] otherKeys = parcel.otherKeys();
        if (otherKeys != null) {
            KeyConditions.requireBounded(otherKeys, parcel.batches());
        }
        int at = 0;
        for (int batch = 0; batch < parcel.batches(); batch++) {
            String defect = parcel.origin() == Parcel.Origin.ANYBODY
                    ? Batch.defect(bytes, at, parcel.length(), crc)
                    : Batch.headerDefect(bytes, at, parcel.length());
            if (defect == null) {
                defect = outOfBounds(bytes, at, sender);
            }
            if (defect == null && sender == Sender.WRITER && parcel.origin() == Parcel.Origin.ANYBODY) {
                // One that cannot be walked to its end would keep readers from all that follows it.
                defect = malformed(bytes, at);
            }
            if (defect != null) {
                throw new StrandlineException.Invalid("batch " + batch + " of the parcel: " + defect);
            }
            at += Batch.length(bytes, at);
        }
        if (at != parcel.length()) {
            throw new StrandlineException.Invalid(
                    "parcel of " + parcel.length() + " bytes holds batches of " + at + " bytes");
        }
    }

    private int limit(int limitOfWriters, Sender sender) {
        return sender == Sender.WRITER ? limitOfWriters : rules.limitOfDecisions(limitOfWriters);
    }

    private @Nullable String malformed(byte[] bytes, int at) {
        String defect = structure.defect(bytes, at);
        return defect == null
                ? null
                : "of writer " + Batch.writer(bytes, at) + " for partition " + Batch.partition(bytes, at) + ": "
                        + defect;
    }

    /** What no writer would send, and what the journal could not keep. */
    private @Nullable String outOfBounds(byte[] bytes, int at, Sender sender) {
        int length = Batch.length(bytes, at);
        int limit = limit(batchLimit, sender);
        if (length > limit) {
            return "batch of " + length + " bytes, the limit is " + limit;
        }
        int plainBytes = Batch.plainRecordBytes(bytes, at);
        if (plainBytes > limit - Batch.HEADER_BYTES) {
            return "compressed batch of " + plainBytes + " plain bytes, the limit is " + limit;
        }
        // A record is a length and flags at least.
        if (Batch.count(bytes, at) > plainBytes / 2) {
            return Batch.count(bytes, at) + " events in " + plainBytes + " bytes";
        }
        if (Batch.isCompressed(bytes, at)) {
            BatchCompressor.of(Batch.compression(bytes, at));
        }
        if (Batch.epoch(bytes, at) < 1) {
            return "epoch " + Batch.epoch(bytes, at) + " is below 1";
        }
        long major = LittleEndian.getLong(bytes, at + Batch.LAST_MAJOR);
        long minor = LittleEndian.getLong(bytes, at + Batch.LAST_MINOR);
        return major < 0 || minor < 0 ? "sequence " + new Sequence(major, minor) + " is negative" : null;
    }

    private void decide(Outcome outcome, int batch, int at, int length, long now, Sender sender) {
        byte[] bytes = outcome.bytes;
        long id = Batch.partition(bytes, at);
        NumberedPartition partition = state.numbered(id);
        if (partition == null || partition.dropping) {
            outcome.refuse(batch, state.gone(id));
            return;
        }
        int range = Batch.range(bytes, at);
        if (range >= partition.tables.length) {
            outcome.refuse(batch, noSuchRange(partition, range));
            return;
        }
        WriterTable table = partition.tables[range];
        long writer = Batch.writer(bytes, at);
        StrandlineException fenced = fence(partition, writer, Batch.epoch(bytes, at));
        if (fenced != null) {
            outcome.refuse(batch, fenced);
            return;
        }
        long lastMajor = LittleEndian.getLong(bytes, at + Batch.LAST_MAJOR);
        long lastMinor = LittleEndian.getLong(bytes, at + Batch.LAST_MINOR);
        NumberedEntry entry = table.numbered(writer);
        if (entry != null && rules.isRepeat(lastMajor, lastMinor, entry.lastMajor, entry.lastMinor)) {
            outcome.duplicate(batch, entry.lastPartition, entry.lastOffset);
            return;
        }
        StrandlineException refusal =
                partition.sealing ? sealed(partition) : checkOrder(bytes, at, partition, table, entry, writer);
        if (refusal == null && outcome.isConditional(batch)) {
            refusal = keyConditions.refusal(partition, outcome, batch, at);
        }
        if (refusal == null && entry == null) {
            refusal = checkRoomForWriter(partition, table, now, limit(writersPerPartition, sender));
        }
        if (refusal != null) {
            outcome.refuse(batch, refusal);
            return;
        }
        long offset = partition.nextOffset;
        if (partition.numberedStamp > now) {
            warnIfAhead(id, partition.numberedStamp, now);
        }
        partition.numberedStamp = Math.max(partition.numberedStamp, now);
        Batch.stamp(bytes, at, offset, partition.numberedStamp);
        partition.nextOffset = offset + Batch.count(bytes, at);
        NumberedEntry numbered = entry == null ? table.entryOrNew(writer) : entry;
        numbered.epoch = Batch.epoch(bytes, at);
        numbered.lastMajor = lastMajor;
        numbered.lastMinor = lastMinor;
        numbered.lastPartition = id;
        numbered.lastOffset = partition.nextOffset - 1;
        numbered.contactNanos = nowNanos;
        numbered.isDated = true;
        outcome.accept(batch, partition, at, length, offset);
    }

    private static StrandlineException noSuchRange(Partition partition, int range) {
        return new StrandlineException.Invalid("batch of key range " + range + " of partition " + partition.id
                + ", which has " + partition.tables.length);
    }

    /** Batches from before the seal are answered as duplicates. The rest goes to the partitions that take over. */
    private static StrandlineException sealed(NumberedPartition partition) {
        return new StrandlineException.Sealed(
                "partition " + partition.id + " is sealed, it ends at offset " + partition.nextOffset);
    }

    /** Why a writer that claimed a partition may not append to it any more, or null if it may. */
    public @Nullable StrandlineException lostClaim(long id, long writer, int epoch) {
        NumberedPartition partition = state.numbered(id);
        if (partition == null || partition.dropping) {
            return state.gone(id);
        }
        StrandlineException fenced = fence(partition, writer, epoch);
        return fenced == null && partition.sealing ? sealed(partition) : fenced;
    }

    /** Why a partition may not be claimed, or null if it may. */
    public @Nullable StrandlineException refusedClaim(long id, Claim claim) {
        NumberedPartition partition = state.numbered(id);
        if (partition == null || partition.dropping) {
            return state.gone(id);
        }
        Claim newest = partition.numberedClaim;
        return newest == null || !claim.isBefore(newest, rules)
                ? null
                : new StrandlineException.Fenced("partition " + id + " may not be claimed by generation "
                        + claim.generation() + " with epoch " + claim.epoch() + ": generation " + newest.generation()
                        + (newest.epoch() == 0
                                ? " has claimed a partition that it succeeds"
                                : " has claimed it with epoch " + newest.epoch()));
    }

    private @Nullable StrandlineException fence(NumberedPartition partition, long writer, int epoch) {
        Claim claim = partition.numberedClaim;
        if (claim == null) {
            return fence(writer, epoch);
        }
        return rules.isClaimant(writer, epoch, claim.writer(), claim.epoch())
                ? null
                : new StrandlineException.Fenced(
                        "writer " + writer + " with epoch " + epoch + " may not append to partition "
                                + partition.id + " of an exclusive stream: "
                                + (claim.epoch() == 0
                                        ? "nobody has claimed it"
                                        : "the newest claim has epoch " + claim.epoch()));
    }

    /** Named writers have positive numbers and must have been admitted. Anonymous writers have negative numbers. */
    private @Nullable StrandlineException fence(long writer, int epoch) {
        if (writer < 0) {
            return null;
        }
        Integer lowest = raised.get(writer);
        if (!rules.isNewestEpoch(epoch, lowest == null ? 0 : lowest)) {
            return new StrandlineException.Fenced("writer number " + writer + " with epoch " + epoch + " is fenced: "
                    + (lowest == null
                            ? "its id was retired, or never admitted"
                            : "a writer of its id was opened later, with epoch " + lowest));
        }
        return null;
    }

    private @Nullable StrandlineException checkOrder(
            byte[] bytes,
            int at,
            NumberedPartition partition,
            WriterTable table,
            @Nullable NumberedEntry entry,
            long writer) {
        long previousMajor = LittleEndian.getLong(bytes, at + Batch.PREVIOUS_MAJOR);
        long previousMinor = LittleEndian.getLong(bytes, at + Batch.PREVIOUS_MINOR);
        long storedMajor = entry == null ? Sequence.NONE.major() : entry.lastMajor;
        long storedMinor = entry == null ? Sequence.NONE.minor() : entry.lastMinor;
        if (entry == null && writer < 0 && writer <= table.forgottenUpTo) {
            // It may have written here: what looks new could be a repeat.
            return new StrandlineException.Fenced("anonymous writer " + Long.toHexString(writer)
                    + " may be among those that partition " + partition.id + " forgot after "
                    + ANONYMOUS_WRITER_MILLIS + " ms without an event");
        }
        if (!rules.follows(previousMajor, previousMinor, storedMajor, storedMinor)) {
            return new StrandlineException.Conflict("writer " + writer + " has written "
                    + new Sequence(storedMajor, storedMinor) + " last in partition " + partition.id
                    + ", its batch follows " + new Sequence(previousMajor, previousMinor));
        }
        if (Batch.conditional(bytes, at)) {
            long expected = LittleEndian.getLong(bytes, at + Batch.EXPECTED_OFFSET);
            if (!rules.isExpected(expected, partition.nextOffset)) {
                return new StrandlineException.Conflict(
                        "expected offset " + expected + ", partition " + partition.id + " is at " + partition.nextOffset
                                + "; an offset counts the events of all keys of the partition");
            }
        }
        return null;
    }

    private @Nullable StrandlineException checkRoomForWriter(
            Partition partition, WriterTable table, long now, int limit) {
        Moment moment = new Moment(now, nowNanos);
        table.date(moment);
        if (table.writers.size() < limit) {
            return null;
        }
        partition.beforeChange();
        table.forgetAnonymousIdleFor(ANONYMOUS_WRITER_MILLIS, moment);
        return table.writers.size() < limit
                ? null
                : new StrandlineException.Overloaded("partition " + partition.id + " remembers " + table.writers.size()
                        + " writers of keys " + table.keys + ", the limit is " + limit);
    }

    /** A frame that drops a partition was queued. */
    public void drop(long id) {
        NumberedPartition partition = state.numbered(id);
        if (partition != null) {
            partition.dropping = true;
        }
    }

    /** A frame that seals a partition was queued. */
    public void seal(long id) {
        NumberedPartition partition = state.numbered(id);
        if (partition != null) {
            partition.sealing = true;
        }
    }

    /** A frame that claims a partition was queued. */
    public void claim(long id, Claim claim) {
        NumberedPartition partition = state.numbered(id);
        if (partition != null && partition.numberedClaim != null) {
            partition.numberedClaim = partition.numberedClaim.or(claim);
        }
    }

    /** A frame that raises a writer was queued. */
    public void raise(long writer, int epoch) {
        raised.merge(writer, epoch, Math::max);
    }

    /** A frame that forgets a writer was queued. */
    public void forget(long writer) {
        raised.remove(writer);
    }
}
