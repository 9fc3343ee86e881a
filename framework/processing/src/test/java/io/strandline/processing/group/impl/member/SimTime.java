package io.strandline.processing.group.impl.member;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** Time that is only a number, and everything that happens in it, one task after the other in an order that a seed decides. */
final class SimTime {

    final SplittableRandom random;
    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::due).thenComparingLong(Task::number));
    private long nanos = 1;
    private long number;

    private record Task(long due, long number, SimProcess process, Runnable work) {}

    SimTime(long seed) {
        random = new SplittableRandom(seed);
    }

    long nanos() {
        return nanos;
    }

    /** A pause of the network, or of a thread. */
    long pause() {
        return random.nextInt(20) == 0 ? random.nextLong(20_000_000) : random.nextLong(500_000) + 1;
    }

    long after(long pause, SimProcess process, Runnable work) {
        tasks.add(new Task(nanos + pause, ++number, process, work));
        return number;
    }

    void cancel(long task) {
        tasks.removeIf(one -> one.number() == task);
    }

    /** True if nothing is due, ever. */
    boolean isIdle() {
        return tasks.isEmpty();
    }

    /** Lets time pass. */
    void run(long length) {
        long end = nanos + length;
        while (!tasks.isEmpty() && tasks.peek().due() <= end) {
            Task next = tasks.remove();
            nanos = Math.max(nanos, next.due());
            if (next.process().crashed) {
                continue;
            }
            if (next.process().frozenUntil > nanos) {
                tasks.add(new Task(next.process().frozenUntil, next.number(), next.process(), next.work()));
            } else {
                next.work().run();
            }
        }
        nanos = end;
    }
}
