package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import java.io.IOException;
import java.util.List;

/** What checkpoints cost a pipeline of which few keys change: time, pauses and bytes. */
public final class CheckpointBenchmark implements Benchmark {

    private static final String EACH_SECOND = "a checkpoint each second";
    private static final String NONE = "no checkpoint";
    private static final double TARGET_SPEED = 0.85;
    private static final double TARGET_BYTES = 0.15;
    private static final double TARGET_PAUSE_MILLIS = 10;

    @Override
    public String name() {
        return "checkpoint";
    }

    @Override
    public String subject() {
        return "A running sum of events of 100 B by a million keys, of which 5 % go on changing, from 16 partitions into 16, one"
                + " output for each event, all after fdatasync. " + EACH_SECOND
                + ": bytes of one of them, and the pauses"
                + " of tasks in all cuts from its start on; " + NONE
                + ": bytes of the whole one that is taken at the end.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        long seconds =
                workbench.plan().warmUp().plus(workbench.plan().measured()).toSeconds();
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME)) {
            long events = 2L * PipelineWork.MILLION_KEYS.keys() + seconds * PipelineWork.SUM.eventsPerSecond();
            workbench.say("writing %,d events", events);
            workbench.run(job(workbench, StrandlinePipelineFill.ChangingKeys.class, directory, events));
            Job with = job(workbench, StrandlineCheckpoints.class, directory, events);
            Job without = job(workbench, StrandlineWithoutCheckpoints.class, directory, events);
            return workbench.inTurn(
                    Rounds.Key.SPEED,
                    new Contender(EACH_SECOND, () -> workbench.measure(with)),
                    new Contender(NONE, () -> workbench.measure(without)));
        }
    }

    private static Job job(Workbench workbench, Class<?> side, RunDirectory directory, long events) {
        return workbench.job(side.getName(), directory, PipelineWork.PARTITIONS, events);
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(
                Bar.valueAtMost(
                        name() + ", pause", rounds.median(EACH_SECOND).p99Millis(), "ms p99", TARGET_PAUSE_MILLIS),
                Bar.ratioAtMost(name() + ", bytes", rounds.bytesRatio(EACH_SECOND, NONE), "a whole one", TARGET_BYTES),
                Bar.ratioAtLeast(name(), rounds.speedRatio(EACH_SECOND, NONE), NONE, TARGET_SPEED));
    }
}
