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
import java.util.ArrayList;
import java.util.List;

/** A pipeline beside Kafka Streams, each on a source that is filled before. */
public abstract class BesideKafkaStreams implements Benchmark {

    private final PipelineWork work;
    private final Class<?> fill;
    private final Class<?> side;
    private final String peer;
    private final double targetRatio;

    BesideKafkaStreams(PipelineWork work, Class<?> fill, Class<?> side, String peer, double targetRatio) {
        this.work = work;
        this.fill = fill;
        this.side = side;
        this.peer = peer;
        this.targetRatio = targetRatio;
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        long seconds =
                workbench.plan().warmUp().plus(workbench.plan().measured()).toSeconds();
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME)) {
            Job filling =
                    workbench.job(fill.getName(), directory, PipelineWork.PARTITIONS, seconds * work.eventsPerSecond());
            workbench.say("writing %,d events", filling.events());
            workbench.run(filling);
            Job measured = workbench.job(side.getName(), directory, filling.partitions(), filling.events());
            return workbench.inTurn(
                    Rounds.Key.SPEED,
                    new Contender(MeasuredLog.NAME, () -> workbench.measure(measured)),
                    new Contender(KafkaStreamsSides.NAME, () -> workbench.measure(peer, PipelineWork.PARTITIONS)));
        }
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double cpu = rounds.median(KafkaStreamsSides.NAME).cpuMicrosPerEvent()
                / rounds.median(MeasuredLog.NAME).cpuMicrosPerEvent();
        List<Bar> bars = new ArrayList<>();
        bars.add(Bar.ratioAtLeast(name() + ", CPU", cpu, KafkaStreamsSides.NAME, targetRatio));
        bars.add(Bar.ratioAtLeast(
                name(),
                rounds.speedRatio(MeasuredLog.NAME, KafkaStreamsSides.NAME),
                KafkaStreamsSides.NAME,
                targetRatio));
        return bars;
    }
}
