package io.strandline.benchmarks.nexmark;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.benchmarks.pipeline.FlinkSides;
import io.strandline.benchmarks.pipeline.PipelineWork;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Queries of the Nexmark benchmark, two of them beside Flink. It has no target. */
public final class NexmarkBenchmark implements Benchmark {

    /** More than any query reads in a second, so that the source lasts for a round. */
    private static final long EVENTS_PER_SECOND = 3_500_000;

    @Override
    public String name() {
        return "nexmark";
    }

    @Override
    public String subject() {
        return "Queries 1 (currency), 2 (selection), 5 (hot items) and 8 (new users) of Nexmark, events/s of the source. "
                + MeasuredLog.NAME + ": from a log into a log of " + PipelineWork.PARTITIONS
                + " partitions, exactly once, a"
                + " checkpoint each second, all after fdatasync; " + FlinkSides.NAME + ": " + FlinkSides.SUBJECT;
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        long seconds =
                workbench.plan().warmUp().plus(workbench.plan().measured()).toSeconds();
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME)) {
            Job filling = workbench.job(
                    NexmarkFill.class.getName(), directory, PipelineWork.PARTITIONS, seconds * EVENTS_PER_SECOND);
            workbench.say("writing %,d events", filling.events());
            workbench.run(filling);
            List<Contender> contenders = new ArrayList<>();
            contenders.add(query(workbench, "1", StrandlineNexmark.Currency.class, filling));
            contenders.add(query(workbench, "2", StrandlineNexmark.Selection.class, filling));
            contenders.add(query(workbench, "5", StrandlineNexmark.HotItems.class, filling));
            contenders.add(query(workbench, "8", StrandlineNexmark.NewUsers.class, filling));
            if (Workbench.isPresent(FlinkSides.CURRENCY)) {
                contenders.add(flink(workbench, "1", FlinkSides.CURRENCY));
                contenders.add(flink(workbench, "5", FlinkSides.HOT_ITEMS));
            } else {
                workbench.say("%s is not measured: build with the Maven profile peers", FlinkSides.NAME);
            }
            return workbench.inTurn(Rounds.Key.SPEED, contenders.toArray(Contender[]::new));
        }
    }

    private static Contender query(Workbench workbench, String query, Class<?> side, Job filled) {
        Job job = new Job(
                side.getName(),
                filled.directory(),
                filled.partitions(),
                filled.events(),
                filled.warmUp(),
                filled.measured());
        return new Contender(MeasuredLog.NAME + ", query " + query, () -> workbench.measure(job));
    }

    private static Contender flink(Workbench workbench, String query, String side) {
        return new Contender(
                FlinkSides.NAME + ", query " + query, () -> workbench.measure(side, PipelineWork.PARTITIONS));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of();
    }
}
