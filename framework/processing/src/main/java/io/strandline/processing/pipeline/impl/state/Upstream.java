package io.strandline.processing.pipeline.impl.state;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How far a task before a shuffle has come, as a task after it knows it.
 *
 * <pre>
 *   watermark, 0, predecessors...            it is not idle
 *   watermark, 1, predecessors...            it is idle, and has not said up to which time
 *   watermark, 2, up to, predecessors...     it is idle up to a time
 * </pre>
 */
final class Upstream {

    private static final long NOT_IDLE = 0;
    private static final long IDLE = 1;
    private static final long IDLE_UP_TO = 2;

    final long task;
    final String stage;
    /** False for a stage that an earlier version of the pipeline had, and for one that only fills tables. */
    final boolean counts;
    /** Tasks that it succeeds, as far as they are known. */
    private List<Long> predecessors = List.of();

    long watermark;
    private boolean idle;
    /** Event time up to which nobody waits for it while it is idle. */
    private long idleUpTo = EventTime.NO_WATERMARK;
    /** Whether it is not stored as it is. */
    boolean isChanged;

    Upstream(long task, String stage, boolean counts, long watermark) {
        this.task = task;
        this.stage = stage;
        this.counts = counts;
        this.watermark = watermark;
    }

    String key() {
        return stage + "/" + task;
    }

    List<Long> predecessors() {
        return predecessors;
    }

    void succeeds(List<Long> tasks) {
        if (!predecessors.containsAll(tasks)) {
            Set<Long> all = new TreeSet<>(predecessors);
            all.addAll(tasks);
            predecessors = List.copyOf(all);
        }
    }

    boolean isIdle() {
        return idle;
    }

    long idleUpTo() {
        return idleUpTo;
    }

    /** @param upTo event time up to which nobody waits for it, of no meaning if it is not idle */
    void idle(boolean isIdle, long upTo) {
        idle = isIdle;
        idleUpTo = isIdle ? upTo : EventTime.NO_WATERMARK;
    }

    /** The time up to which nobody waits for it. */
    long reached() {
        return Math.max(watermark, idleUpTo);
    }

    long[] toNumbers() {
        boolean hasTime = idleUpTo != EventTime.NO_WATERMARK;
        int fixed = hasTime ? 3 : 2;
        long[] numbers = new long[fixed + predecessors.size()];
        numbers[0] = watermark;
        numbers[1] = hasTime ? IDLE_UP_TO : idle ? IDLE : NOT_IDLE;
        if (hasTime) {
            numbers[2] = idleUpTo;
        }
        for (int i = 0; i < predecessors.size(); i++) {
            numbers[fixed + i] = predecessors.get(i);
        }
        return numbers;
    }

    void read(long[] numbers) {
        watermark = numbers[0];
        boolean hasTime = numbers[1] == IDLE_UP_TO;
        idle(numbers[1] != NOT_IDLE, hasTime ? numbers[2] : EventTime.NO_WATERMARK);
        predecessors =
                Arrays.stream(numbers, hasTime ? 3 : 2, numbers.length).boxed().toList();
    }
}
