package io.strandline.impl.writer;

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
 * The events that a writer was given under the application's numbers, per partition: the last number and the digest up to
 * it. In a replay the digest is compared with that of the log, in each partition at the last event there.
 *
 * <p>A partition is <i>ahead</i> while the log has events of it that the replay has not given yet.
 *
 * <p>A partition that replaced others begins a new digest, after the log's events of the replaced partitions. Only a mark
 * of the partition itself tells where that is, so without a mark it is not compared. A partition with several routes,
 * which replaced several others, has no digest.
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
    /**
     * Partitions that were ahead at the start, by the last number that the log has. Those before the index are not ahead.
     */
    private Integer[] byStored = new Integer[0];

    private int leastAhead;

    private WriterDigests(String writer, PartitionTable table, WriterGrant grant) {
        this.writer = writer;
        this.table = table;
        int count = table.count();
        givenMajor = new long[count];
        givenMinor = new long[count];
        givenDigest = new long[count];
        storedDigest = new long[count];
        ahead = new boolean[count];
        for (int i = 0; i < count; i++) {
            storedDigest[i] = storedDigest(grant.slots().get(i), table.isAlone(i));
            give(i, table.stored(i), storedDigest[i]);
        }
    }

    private static long storedDigest(WriterGrant.Slot slot, boolean alone) {
        WriterGrant.LastWritten last = slot.last();
        if (!alone) {
            return RunningDigest.NONE;
        }
        return last == null || last.partition() != slot.partition().id() ? RunningDigest.START : last.digest();
    }

    /**
     * Starts from what the log has, or in a replay from its marks.
     *
     * @param writer its name for messages
     * @throws StrandlineException.Conflict if the log has less than a mark says, or something else
     */
    static WriterDigests start(
            String writer, PartitionTable table, WriterGrant grant, @Nullable Map<Long, WriterMark> replay) {
        WriterDigests digests = new WriterDigests(writer, table, grant);
        for (int i = 0; replay != null && i < table.count(); i++) {
            WriterMark mark = replay.get(table.id(i));
            if (mark != null || grant.stream().predecessors(table.id(i)).isEmpty()) {
                digests.rewind(i, mark == null ? WriterMark.NONE : mark);
            }
        }
        digests.sortAhead();
        return digests;
    }

    /**
     * Continues where the log says that the writer is, possibly in other partitions. A replay continues where the log is
     * still ahead. Elsewhere the log is right. Everything pending is to be appended again.
     */
    WriterDigests movedTo(PartitionTable next, WriterGrant nextGrant) {
        WriterDigests moved = new WriterDigests(writer, next, nextGrant);
        for (int i = 0; i < next.count(); i++) {
            int old = table.find(next.fromHash(i));
            if (ahead[old] && table.id(old) == next.id(i)) {
                moved.give(i, new Sequence(givenMajor[old], givenMinor[old]), givenDigest[old]);
                moved.ahead[i] = true;
            }
        }
        moved.sortAhead();
        return moved;
    }

    private void rewind(int route, WriterMark mark) {
        if (storedDigest[route] == RunningDigest.NONE) {
            return;
        }
        int order = mark.last().compareTo(table.stored(route));
        give(route, mark.last(), mark.digest());
        if (order > 0 || (order == 0 && mark.digest() != storedDigest[route])) {
            throw differs(route);
        }
        ahead[route] = order < 0;
    }

    private void sortAhead() {
        Integer[] partitions = new Integer[ahead.length];
        int found = 0;
        for (int i = 0; i < ahead.length; i++) {
            if (ahead[i]) {
                partitions[found++] = i;
            }
        }
        byStored = Arrays.copyOf(partitions, found);
        Arrays.sort(byStored, Comparator.comparing(table::stored));
    }

    private void give(int route, Sequence last, long digest) {
        givenMajor[route] = last.major();
        givenMinor[route] = last.minor();
        givenDigest[route] = digest;
    }

    /** True if what is given up to the log's last event is to be compared with it. */
    boolean isAhead(int route) {
        return ahead[route];
    }

    /** Digest of everything that the partition was given. */
    long given(int route) {
        return givenDigest[route];
    }

    /** Takes an event that goes to the log, whose record extends from {@code from} to {@code to}. */
    void append(int route, Sequence sequence, byte[] bytes, int from, int to) {
        long before = givenDigest[route];
        give(route, sequence, running.next(before, sequence.major(), sequence.minor(), bytes, from, to));
    }

    /** Takes an event of a replay that the log has already. Returns how it differs, if that shows now. */
    StrandlineException.@Nullable Conflict repeat(int route, Sequence sequence, byte[] bytes, int from, int to) {
        if (Sequence.compare(sequence.major(), sequence.minor(), givenMajor[route], givenMinor[route]) <= 0) {
            return null; // is before the mark from which the replay is compared
        }
        append(route, sequence, bytes, from, to);
        if (!sequence.equals(table.stored(route))) {
            return null;
        }
        if (givenDigest[route] != storedDigest[route]) {
            return differs(route);
        }
        ahead[route] = false;
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
        int route = byStored[leastAhead];
        return table.stored(route).compareTo(sequence) <= most ? differs(route) : null;
    }

    private StrandlineException.Conflict differs(int route) {
        Sequence given = new Sequence(givenMajor[route], givenMinor[route]);
        return new StrandlineException.Conflict("writer " + writer + " does not repeat what it wrote: in partition "
                + table.id(route) + " the log has its events up to "
                + new WriterMark(table.stored(route), storedDigest[route]) + ", it was given up to "
                + new WriterMark(given, givenDigest[route]));
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
