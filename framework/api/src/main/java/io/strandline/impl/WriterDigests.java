package io.strandline.impl;

import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterMark;
import io.strandline.spi.RunningDigest;
import io.strandline.spi.WriterGrant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a writer was given under the application's numbers, per partition: the last number and the digest up to it. In a
 * replay it is compared with what the log has, in each partition at the last event there.
 *
 * <p>A partition is <i>ahead</i> while the log has events of it that the replay has not given yet.
 */
final class WriterDigests {

    private final String writer;
    private final PartitionTable table;
    private final RunningDigest running = new RunningDigest();
    private final long[] givenMajor;
    private final long[] givenMinor;
    private final long[] givenDigest;
    private final long[] storedDigest;
    private final boolean[] ahead;
    /** Partitions that were ahead at the start, by the last number that the log has; those before the index are not. */
    private final Integer[] byStored;

    private int leastAhead;

    /**
     * Starts from what the log has, or in a replay from its marks.
     *
     * @param writer its name for messages
     * @throws StrandlineException.Conflict if the log has less than a mark says, or something else
     */
    WriterDigests(String writer, PartitionTable table, WriterGrant grant, @Nullable Map<Long, WriterMark> replay) {
        this.writer = writer;
        this.table = table;
        int count = table.count();
        givenMajor = new long[count];
        givenMinor = new long[count];
        givenDigest = new long[count];
        storedDigest = new long[count];
        ahead = new boolean[count];
        restart(grant);
        if (replay != null) {
            for (int i = 0; i < count; i++) {
                rewind(i, replay.getOrDefault(table.id(i), WriterMark.NONE));
            }
        }
        byStored = aheadByStored(count);
    }

    /** The writer was admitted again. A replay goes on where the log is still ahead; elsewhere the log is right. */
    void restart(WriterGrant grant) {
        for (int i = 0; i < ahead.length; i++) {
            if (!ahead[i]) {
                WriterGrant.LastWritten last = grant.slots().get(i).last();
                storedDigest[i] = last == null ? RunningDigest.START : last.digest();
                give(i, table.stored(i), storedDigest[i]);
            }
        }
    }

    private void rewind(int partition, WriterMark mark) {
        if (storedDigest[partition] == RunningDigest.NONE) {
            return;
        }
        int order = mark.last().compareTo(table.stored(partition));
        give(partition, mark.last(), mark.digest());
        if (order > 0 || (order == 0 && mark.digest() != storedDigest[partition])) {
            throw differs(partition);
        }
        ahead[partition] = order < 0;
    }

    private Integer[] aheadByStored(int count) {
        Integer[] partitions = new Integer[count];
        int found = 0;
        for (int i = 0; i < count; i++) {
            if (ahead[i]) {
                partitions[found++] = i;
            }
        }
        Integer[] sorted = Arrays.copyOf(partitions, found);
        Arrays.sort(sorted, Comparator.comparing(table::stored));
        return sorted;
    }

    private void give(int partition, Sequence last, long digest) {
        givenMajor[partition] = last.major();
        givenMinor[partition] = last.minor();
        givenDigest[partition] = digest;
    }

    /** True if what is given up to the log's last event is to be compared with it. */
    boolean isAhead(int partition) {
        return ahead[partition];
    }

    /** Digest of everything that the partition was given. */
    long given(int partition) {
        return givenDigest[partition];
    }

    /** Takes an event that goes to the log, whose record stands from {@code from} to {@code to}. */
    void append(int partition, Sequence sequence, byte[] bytes, int from, int to) {
        long before = givenDigest[partition];
        give(partition, sequence, running.next(before, sequence.major(), sequence.minor(), bytes, from, to));
    }

    /** Takes an event of a replay that the log has already; returns how it differs, if that shows now. */
    StrandlineException.@Nullable Conflict repeat(int partition, Sequence sequence, byte[] bytes, int from, int to) {
        if (Sequence.compare(sequence.major(), sequence.minor(), givenMajor[partition], givenMinor[partition]) <= 0) {
            return null; // stands before the mark from which the replay is compared
        }
        append(partition, sequence, bytes, from, to);
        if (!sequence.equals(table.stored(partition))) {
            return null;
        }
        if (givenDigest[partition] != storedDigest[partition]) {
            return differs(partition);
        }
        ahead[partition] = false;
        while (leastAhead < byStored.length && !ahead[byStored[leastAhead]]) {
            leastAhead++;
        }
        return null;
    }

    /** How the replay differs if it has passed an event of the log below a number without giving it, or null. */
    StrandlineException.@Nullable Conflict missingBelow(Sequence next) {
        return missing(next, -1);
    }

    /** As {@link #missingBelow}, also an event with that number, to be called when it goes to another partition. */
    StrandlineException.@Nullable Conflict missingUpTo(Sequence newest) {
        return missing(newest, 0);
    }

    private StrandlineException.@Nullable Conflict missing(Sequence sequence, int most) {
        if (leastAhead == byStored.length) {
            return null;
        }
        int partition = byStored[leastAhead];
        return table.stored(partition).compareTo(sequence) <= most ? differs(partition) : null;
    }

    private StrandlineException.Conflict differs(int partition) {
        Sequence given = new Sequence(givenMajor[partition], givenMinor[partition]);
        return new StrandlineException.Conflict("writer " + writer + " does not repeat what it wrote: in partition "
                + table.id(partition) + " the log has its events up to "
                + new WriterMark(table.stored(partition), storedDigest[partition]) + ", it was given up to "
                + new WriterMark(given, givenDigest[partition]));
    }

    SortedMap<Long, WriterMark> marks() {
        SortedMap<Long, WriterMark> marks = new TreeMap<>();
        for (int i = 0; i < givenDigest.length; i++) {
            Sequence last = new Sequence(givenMajor[i], givenMinor[i]);
            if (!last.equals(Sequence.NONE) && givenDigest[i] != RunningDigest.NONE) {
                marks.put(table.id(i), new WriterMark(last, givenDigest[i]));
            }
        }
        return marks;
    }
}
