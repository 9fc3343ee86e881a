package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** Reading a stream from its start, beside Kafka. */
public final class ReadBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;
    private static final double TARGET = 1.5;

    @Override
    public String name() {
        return "read";
    }

    @Override
    public String subject() {
        return "Catch-up reads of 100 B events in 16 partitions, page cache warm, one handler call an event.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return besideKafka(workbench, StrandlineRead.class);
    }

    /** Rounds of a side that reads what {@link StrandlineFill} wrote, in turn with Kafka's consumer. */
    static Rounds besideKafka(Workbench workbench, Class<? extends Side> side)
            throws IOException, InterruptedException {
        try (RunDirectory ours = workbench.directory(MeasuredLog.NAME);
                RunDirectory theirs = workbench.directory(Kafka.NAME)) {
            fill(workbench, MeasuredLog.NAME, StrandlineFill.class.getName(), ours);
            fill(workbench, Kafka.NAME, Kafka.FILL, theirs);
            Job read = job(workbench, side.getName(), ours);
            Job peerRead = job(workbench, Kafka.READ, theirs);
            return workbench.inTurn(
                    Rounds.Key.SPEED,
                    new Contender(MeasuredLog.NAME, () -> workbench.measure(read)),
                    new Contender(Kafka.NAME, () -> workbench.measure(peerRead)));
        }
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double ratio = rounds.speedRatio(MeasuredLog.NAME, Kafka.NAME);
        return List.of(Bar.ratioAtLeast(name(), ratio, Kafka.NAME, TARGET));
    }

    private static void fill(Workbench workbench, String name, String side, RunDirectory directory)
            throws IOException, InterruptedException {
        Job job = job(workbench, side, directory);
        workbench.say("writing %,d events for %s", job.events(), name);
        workbench.run(job);
    }

    private static Job job(Workbench workbench, String side, RunDirectory directory) {
        return workbench.job(side, directory, PARTITIONS, workbench.plan().catchUpEvents());
    }
}
