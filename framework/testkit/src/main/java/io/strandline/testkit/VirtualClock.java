package io.strandline.testkit;

import io.strandline.processing.process.ProcessClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The time of a process under test: it passes when the test says so, on the test's thread. What is scheduled runs in the order of its
 * times. May be used by any thread.
 */
public final class VirtualClock implements ProcessClock {

    /** The time at the beginning, milliseconds since 1970. */
    public static final long START_MILLIS = 1_700_000_000_000L;

    private record Scheduled(long millis, long number, Runnable task) {}

    private final AtomicLong now = new AtomicLong(START_MILLIS);
    private final AtomicLong numbers = new AtomicLong();
    private final ConcurrentSkipListSet<Scheduled> scheduled = new ConcurrentSkipListSet<>(
            Comparator.comparingLong(Scheduled::millis).thenComparingLong(Scheduled::number));

    @Override
    public long millis() {
        return now.get();
    }

    @Override
    public Runnable schedule(long delayMillis, Runnable task) {
        Scheduled added = new Scheduled(now.get() + delayMillis, numbers.incrementAndGet(), task);
        scheduled.add(added);
        return () -> scheduled.remove(added);
    }

    /** Lets time pass, and runs what is due by then. */
    public void elapse(Duration duration) {
        set(now.get() + duration.toMillis());
    }

    /** Sets the time, back too, and runs what is due by then. */
    public void set(long millis) {
        now.set(millis);
        List<Scheduled> due = new ArrayList<>();
        for (Scheduled next = scheduled.pollFirst(); next != null; next = scheduled.pollFirst()) {
            if (next.millis() > millis) {
                scheduled.add(next);
                break;
            }
            due.add(next);
        }
        due.forEach(next -> next.task().run());
    }
}
