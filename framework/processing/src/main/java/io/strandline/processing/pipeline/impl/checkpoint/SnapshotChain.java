package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Link;
import io.strandline.processing.pipeline.impl.state.KeyGroups;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The files that hold the state of one task. Of each group of keys one file has all keys, and the files after it have those that
 * changed.
 *
 * <pre>
 *             file 1   file 2   file 3   file 4
 *   group 0   all      changes  all      changes    needs files 3 and 4
 *   group 1   all      all      changes  changes    needs files 2, 3 and 4: file 1 is no longer part of the chain
 * </pre>
 *
 * <p>Each new file has all keys of some groups: of those whose changes would take more bytes than their keys, and of the groups that
 * were written longest ago, in turn, as many bytes as the file has changes. So the files have about twice the bytes of the state,
 * whatever changes, and no checkpoint has to write everything. All files of a chain are written by the same groups.
 *
 * <p>Belongs to the task. It advances on the context of the run, when a file is durable, and is read by the worker that
 * writes the next one.
 */
public final class SnapshotChain {

    /** Most files. */
    static final int MAX_FILES = 64;

    /** So many bytes of groups are written again with each file at least, so that a small state is one file. */
    static final long MIN_REWRITTEN_BYTES = 32 << 10;

    /** A state that hardly changes is written again in so many files. */
    private static final int MAX_TURN = MAX_FILES * 3 / 4;

    private static final int GROUPS = KeyGroups.COUNT;

    private final KeyGroups groups;

    /** Oldest first. */
    private List<Link> files = List.of();

    /** Group → index of the file with all its keys. Empty if the next file is to have all keys of all groups. */
    private int[] whole = {};
    /** Group → bytes of all its keys, and of the changes after that. */
    private long[] wholeBytes = {};

    private long[] changedBytes = {};

    /** What the next file has. */
    static final class Plan {

        private final BitSet rewritten;
        private final List<Link> before;
        private final int[] whole;

        private Plan(BitSet rewritten, List<Link> before, int[] whole) {
            this.rewritten = rewritten;
            this.before = List.copyOf(before);
            this.whole = whole;
        }

        /** Whether it has all keys of a group. */
        boolean isWhole(int group) {
            return rewritten.get(group);
        }

        /** The files that are part of the chain still. */
        List<Link> before() {
            return before;
        }

        /** Index of the file with all keys of a group, among those before and the next one. */
        int whole(int group) {
            return whole[group];
        }
    }

    /** No file yet. */
    public SnapshotChain() {
        this(KeyGroups.ALL);
    }

    private SnapshotChain(KeyGroups groups) {
        this.groups = groups;
    }

    /**
     * A chain that was read.
     *
     * @param groups by which its files were written
     * @param files oldest first
     * @param whole group → index of the file with all its keys
     * @param wholeBytes group → bytes of all its keys
     * @param changedBytes group → bytes of the changes after that
     */
    SnapshotChain(KeyGroups groups, List<Link> files, int[] whole, long[] wholeBytes, long[] changedBytes) {
        this(groups);
        this.files = List.copyOf(files);
        this.whole = whole;
        this.wholeBytes = wholeBytes;
        this.changedBytes = changedBytes;
    }

    /** This chain, or one without files if its files were written by other groups. */
    SnapshotChain by(KeyGroups of) {
        return of.equals(groups) ? this : new SnapshotChain(of);
    }

    /** By which its files are written. */
    KeyGroups groups() {
        return groups;
    }

    /** @param changed group → bytes of the changes that the next file is for */
    Plan plan(long[] changed) {
        BitSet rewritten = new BitSet(GROUPS);
        if (whole.length == 0) {
            rewritten.set(0, GROUPS);
            return new Plan(rewritten, List.of(), new int[GROUPS]);
        }
        long done = 0;
        for (int group = 0; group < GROUPS; group++) {
            long changes = changedBytes[group] + changed[group];
            if (changes >= wholeBytes[group]) {
                rewritten.set(group);
                done += wholeBytes[group];
            }
        }
        addOldest(rewritten, done, quota(changed));
        return plan(rewritten);
    }

    private long quota(long[] changed) {
        return Math.max(MIN_REWRITTEN_BYTES, Math.max(sum(changed), sum(wholeBytes) / MAX_TURN));
    }

    private void addOldest(BitSet rewritten, long before, long quota) {
        long done = before;
        for (int file = 0; file < files.size(); file++) {
            boolean mustLeave = file == 0 && files.size() == MAX_FILES;
            for (int group = 0; group < GROUPS; group++) {
                if (whole[group] != file || rewritten.get(group)) {
                    continue;
                }
                if (done >= quota && !mustLeave) {
                    return;
                }
                rewritten.set(group);
                done += wholeBytes[group];
            }
        }
    }

    private Plan plan(BitSet rewritten) {
        int next = files.size();
        int first = next;
        for (int group = 0; group < GROUPS; group++) {
            first = rewritten.get(group) ? first : Math.min(first, whole[group]);
        }
        int[] then = new int[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            then[group] = (rewritten.get(group) ? next : whole[group]) - first;
        }
        return new Plan(rewritten, files.subList(first, next), then);
    }

    /**
     * A file is durable.
     *
     * @param written group → bytes that it has of the group
     */
    void advance(Plan plan, Link file, long[] written) {
        List<Link> now = new ArrayList<>(plan.before);
        now.add(file);
        if (plan.before.isEmpty() && sum(written) <= MIN_REWRITTEN_BYTES) {
            // The next file has all of it again.
            files = List.copyOf(now);
            whole = new int[0];
            wholeBytes = new long[0];
            changedBytes = new long[0];
            return;
        }
        if (whole.length == 0) {
            wholeBytes = new long[GROUPS];
            changedBytes = new long[GROUPS];
        }
        files = List.copyOf(now);
        whole = plan.whole;
        for (int group = 0; group < GROUPS; group++) {
            if (plan.isWhole(group)) {
                wholeBytes[group] = written[group];
                changedBytes[group] = 0;
            } else {
                changedBytes[group] += written[group];
            }
        }
    }

    private static long sum(long[] bytes) {
        long sum = 0;
        for (long each : bytes) {
            sum += each;
        }
        return sum;
    }

    /** Number of files. */
    int size() {
        return files.size();
    }
}
