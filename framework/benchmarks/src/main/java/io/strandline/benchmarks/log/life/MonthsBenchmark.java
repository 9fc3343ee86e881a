package io.strandline.benchmarks.log.life;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Plan;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** What a log is like after very many events: its speed, its files, its heap, its opening, and the events of one key. */
public final class MonthsBenchmark implements Benchmark {

    /** Events to few partitions. A sixth of all go to many. */
    private static final long EVENTS = 100_000_000;

    private static final int QUICK_PART = 10;
    private static final Duration LIMIT = Duration.ofMinutes(20);

    private static final double MAX_SECTIONS = 16;
    private static final double MAX_HEAP_MIB = 64 + StrandlineMonths.MANY_PARTITIONS * 8 / 1024.0;
    private static final double MAX_OPEN_SECONDS = 2;
    private static final double MAX_HISTORY_MILLIS = 10;
    private static final double MIN_RATE = 0.9;
    private static final double MILLIS_PER_SECOND = 1000;

    private static final String FIRST = "first tenth";
    private static final String LAST = "last tenth";
    private static final String MANY = StrandlineMonths.MANY_PARTITIONS + " partitions";
    private static final String QUIET = "until compaction was done";
    private static final String OPEN = "open";
    private static final String HISTORY = "history of a key";

    private StrandlineVerified.Counts counts = StrandlineVerified.Counts.NONE;
    private double heapMebibytes = Double.NaN;

    @Override
    public String name() {
        return "months";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events at full speed to " + StrandlineMonths.FEW_PARTITIONS
                + " partitions, then a fifth"
                + " as many to " + StrandlineMonths.MANY_PARTITIONS
                + ", each acknowledged after fdatasync, compaction at"
                + " work. Afterwards " + counts.chunks() + " chunks of " + (counts.bytes() >> 20) + " MiB with "
                + (counts.deadBytes() >> 20)
                + " MiB dead, every byte verified. Then in a fresh JVM, page cache warm: the call of open"
                + " until it completes, the heap that the log holds on to, and the events of one key ("
                + StrandlineMonths.RARE_EVENTS + " among all), p50 of " + StrandlineMonths.RARE_KEYS + " keys.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        boolean quick = workbench.plan().equals(Plan.quick());
        long events = quick ? EVENTS / QUICK_PART : EVENTS;
        Rounds rounds = new Rounds(Rounds.Key.SPEED);
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME)) {
            List<Measurement> written = workbench.run(job(StrandlineMonths.class, directory, events));
            List<String> parts = List.of(FIRST, LAST, MANY, QUIET);
            for (int i = 0; i < parts.size(); i++) {
                workbench.add(rounds, 1, parts.get(i), written.get(i));
            }
            // Reads every file, so that the page cache is warm for what follows.
            counts = StrandlineVerified.of(directory.path());
            workbench.say("verified: %s", counts);
            List<Measurement> opened = workbench.run(job(StrandlineMonthsLater.class, directory, events));
            workbench.add(rounds, 1, OPEN, opened.get(0));
            workbench.add(rounds, 1, HISTORY, opened.get(1));
            heapMebibytes = opened.get(2).p50Millis();
            workbench.say("the log holds on to %.1f MiB of heap", heapMebibytes);
        }
        return rounds;
    }

    private static Job job(Class<?> side, RunDirectory directory, long events) {
        return new Job(side.getName(), directory.path(), StrandlineMonths.FEW_PARTITIONS, events, Duration.ZERO, LIMIT);
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(
                Bar.valueAtMost(name() + ", damaged", counts.damaged(), "parts", 0),
                Bar.valueAtMost(
                        name() + ", sections of a partition beside one for each 32 MiB",
                        (double) counts.sectionsBesideFull(),
                        "sections",
                        MAX_SECTIONS),
                Bar.valueAtMost(
                        name() + ", chunks beside one for each 16 MiB, of a shard",
                        (double) counts.chunksBesideFull(),
                        "files",
                        64),
                Bar.valueAtMost(
                        name() + ", chunk bytes beside twice the live ones, of a shard",
                        counts.bytesBesideTwiceLive() / (double) (1 << 20),
                        "MiB",
                        64),
                Bar.valueAtMost(name() + ", heap", heapMebibytes, "MiB", MAX_HEAP_MIB),
                Bar.valueAtMost(
                        name() + ", open", rounds.median(OPEN).p50Millis() / MILLIS_PER_SECOND, "s", MAX_OPEN_SECONDS),
                Bar.valueAtMost(name() + ", history", rounds.median(HISTORY).p50Millis(), "ms", MAX_HISTORY_MILLIS),
                Bar.ratioAtLeast(name(), rounds.speedRatio(LAST, FIRST), FIRST, MIN_RATE));
    }
}
