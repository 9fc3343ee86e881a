package io.strandline.benchmarks;

import java.time.Duration;
import java.util.List;

/** Measures several kinds of work in one process, in short turns, so that all meet the machine in the same mood. */
public final class Turns {

    private static final Duration TURN = Duration.ofMillis(250);

    private final Work work;
    private final CpuTime cpu = CpuTime.ofThisProcess();
    private final Latencies latencies = new Latencies();
    private long events;
    private long nanos;
    private long cpuNanos;

    private Turns(Work work) {
        this.work = work;
    }

    /** Something that is done again and again, one at a time. */
    @FunctionalInterface
    public interface Work {

        /**
         * Works for about {@code time} and records each latency.
         *
         * @return how often it was done
         */
        long runFor(Duration time, Latencies latencies) throws Exception;
    }

    /** Gives each work turns that add up to the job's warm-up, then to its measured time. */
    public static List<Measurement> measure(Job job, List<Work> works) throws Exception {
        take(turns(works), job.warmUp());
        List<Turns> measured = turns(works);
        measured.forEach(turns -> turns.latencies.open());
        take(measured, job.measured());
        return measured.stream().map(Turns::measurement).toList();
    }

    private static List<Turns> turns(List<Work> works) {
        return works.stream().map(Turns::new).toList();
    }

    private static void take(List<Turns> all, Duration time) throws Exception {
        for (long turn = time.dividedBy(TURN); turn > 0; turn--) {
            for (Turns turns : all) {
                turns.take();
            }
        }
    }

    private void take() throws Exception {
        long startCpu = cpu.nanos();
        long start = System.nanoTime();
        events += work.runFor(TURN, latencies);
        nanos += System.nanoTime() - start;
        cpuNanos += cpu.nanos() - startCpu;
    }

    private Measurement measurement() {
        return Window.measurement(events, nanos, cpuNanos, latencies);
    }
}
