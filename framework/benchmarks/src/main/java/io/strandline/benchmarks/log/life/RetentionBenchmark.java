package io.strandline.benchmarks.log.life;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Plan;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Disk use of a stream that keeps a number of bytes, while it is written at full speed. */
public final class RetentionBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;
    private static final Duration TIME = Duration.ofMinutes(3);
    private static final Duration QUICK_TIME = Duration.ofSeconds(20);
    private static final double MEBIBYTE = 1 << 20;

    private DiskUse.Peak peak = DiskUse.Peak.NONE;

    @Override
    public String name() {
        return "retention";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events to " + PARTITIONS + " partitions that keep "
                + inMebibytes(StrandlineRetained.KEPT_BYTES)
                + ", each acknowledged after fdatasync; the greatest use of the disk in " + peak.looks()
                + " looks: chunks " + inMebibytes(peak.chunks()) + ", the largest of them " + inMebibytes(peak.chunk())
                + ", and the journals " + inMebibytes(peak.journals())
                + ". Allowed are the bound and one chunk per partition; the journals come on top of both.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        boolean quick = workbench.plan().equals(Plan.quick());
        Rounds rounds = new Rounds(Rounds.Key.SPEED);
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME);
                DiskUse use = DiskUse.of(directory.path())) {
            Job job = new Job(
                    StrandlineRetained.class.getName(),
                    directory.path(),
                    PARTITIONS,
                    0,
                    Duration.ZERO,
                    quick ? QUICK_TIME : TIME);
            rounds.add(MeasuredLog.NAME, workbench.measure(job));
            peak = use.peak();
        }
        return rounds;
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        long allowed = StrandlineRetained.KEPT_BYTES + PARTITIONS * peak.chunk();
        // A run that never reached the bound has shown nothing.
        return List.of(
                Bar.valueAtLeast(
                        name() + ", chunks",
                        mebibytes(peak.chunks()),
                        "MiB",
                        mebibytes(StrandlineRetained.KEPT_BYTES / 2)),
                Bar.valueAtMost(name(), mebibytes(peak.chunks()), "MiB", Math.floor(mebibytes(allowed))));
    }

    private static double mebibytes(long bytes) {
        return bytes / MEBIBYTE;
    }

    private static String inMebibytes(long bytes) {
        return Math.round(mebibytes(bytes)) + " MiB";
    }
}
