package io.strandline.log.impl.state;

import io.netty.util.collection.LongObjectMap;
import io.strandline.KeyRange;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;

/**
 * State that a sealed partition leaves to the partitions that take over its keys. It is final, because nothing is
 * appended after a seal.
 *
 * @param partition id of the sealed partition
 * @param endOffset offset after its last event
 * @param lastStamp stamp of its last event
 * @param generation of its newest claim. 0 if nobody has claimed it
 * @param ranges its ranges, in ascending order
 */
public record Inheritance(long partition, long endOffset, long lastStamp, long generation, List<Range> ranges) {

    /**
     * What is remembered of the writers in one range of keys.
     *
     * @param keys hashes of the range
     * @param forgottenUpTo newest number of an anonymous writer that was forgotten there, or {@link Long#MIN_VALUE}
     * @param writers what each writer wrote last
     */
    public record Range(KeyRange keys, long forgottenUpTo, List<Writer> writers) {

        /** The table of a partition that inherits the range. */
        public WriterTable toTable() {
            WriterTable table = new WriterTable(keys);
            table.forgottenUpTo = forgottenUpTo;
            for (Writer writer : writers) {
                NumberedEntry entry = table.entryOrNew(writer.number());
                entry.appliedEpoch = writer.epoch();
                entry.appliedMajor = writer.major();
                entry.appliedMinor = writer.minor();
                entry.appliedPartition = writer.partition();
                entry.appliedOffset = writer.offset();
                entry.appliedDigest = writer.digest();
                entry.lastStamp = writer.stamp();
                entry.numberedIsApplied();
            }
            return table;
        }

        /** All that a table holds. */
        public static Range of(WriterTable table) {
            return of(table, entry -> entry.lastStamp, offset -> offset >= 0);
        }

        /**
         * What a table holds, with other stamps for its writers.
         *
         * @param isTaken tells by the offset of its newest durable event whether a writer is taken. -1 is for none
         */
        static Range of(WriterTable table, ToLongFunction<NumberedEntry> stamp, LongPredicate isTaken) {
            List<Writer> writers = new ArrayList<>(table.writers.size());
            for (LongObjectMap.PrimitiveEntry<NumberedEntry> entry : table.writers.entries()) {
                NumberedEntry writer = entry.value();
                if (isTaken.test(writer.appliedOffset)) {
                    writers.add(new Writer(
                            entry.key(),
                            writer.appliedEpoch,
                            writer.appliedMajor,
                            writer.appliedMinor,
                            writer.appliedPartition,
                            writer.appliedOffset,
                            stamp.applyAsLong(writer),
                            writer.appliedDigest));
                }
            }
            return new Range(table.keys, table.forgottenUpTo, writers);
        }
    }

    /**
     * What a writer wrote last.
     *
     * @param number the writer
     * @param epoch its epoch then
     * @param major sequence of its last event, first part
     * @param minor second part
     * @param partition the partition that holds that event
     * @param offset offset of that event
     * @param stamp stamp of that event, or an earlier time at which it came
     * @param digest digest that the writer gave with it
     */
    public record Writer(
            long number, int epoch, long major, long minor, long partition, long offset, long stamp, long digest) {}

    /** Hashes that the sealed partition took. */
    public KeyRange keys() {
        return new KeyRange(
                ranges.get(0).keys().from(),
                ranges.get(ranges.size() - 1).keys().to());
    }

    /**
     * The ranges of a partition that takes over keys: the ranges of the sealed partitions, cut to its keys. Neighbours
     * are never joined, because each range has last sequences of its own.
     *
     * @param keys hashes that the partition takes
     * @param parents the partitions whose keys it takes over, in ascending order
     */
    public static List<Range> cut(KeyRange keys, List<Inheritance> parents) {
        List<Range> cut = new ArrayList<>();
        for (Inheritance parent : parents) {
            for (Range range : KeyRanges.overlapping(parent.ranges(), Range::keys, keys)) {
                cut.add(new Range(KeyRanges.intersection(range.keys(), keys), range.forgottenUpTo(), range.writers()));
            }
        }
        return cut;
    }
}
