package io.strandline.processing.group.impl.member;

import io.strandline.processing.group.impl.feed.GroupRuntime;

/** One process of a simulation: it may crash, and it may freeze and wake as a zombie. */
final class SimProcess implements GroupRuntime {

    final SimTime time;
    boolean crashed;
    long frozenUntil;
    /** The next number that it takes for a random one. */
    long salt;

    SimProcess(SimTime time) {
        this.time = time;
    }

    @Override
    public long nanoTime() {
        return time.nanos();
    }

    @Override
    public long salt() {
        return salt++;
    }

    @Override
    public long timer(long millis, Runnable task) {
        return time.after(millis * 1_000_000 + time.random.nextInt(100_000), this, task);
    }

    @Override
    public void cancel(long timer) {
        time.cancel(timer);
    }

    @Override
    public void run(Runnable task) {
        if (!crashed) {
            task.run();
        }
    }

    @Override
    public void later(Runnable task) {
        time.after(0, this, task);
    }
}
