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

/** A pipeline on a source that is filled before, beside that of a peer. */
public abstract class BesidePeer implements Benchmark {

    private final PipelineWork work;
    private final Class<?> fill;
    private final Class<?> side;
    private final String peer;
    private final String peerSide;

    BesidePeer(PipelineWork work, Class<?> fill, Class<?> side, String peer, String peerSide) {
        this.work = work;
        this.fill = fill;
        this.side = side;
        this.peer = peer;
        this.peerSide = peerSide;
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
                    new Contender(peer, () -> workbench.measure(peerSide, PipelineWork.PARTITIONS)));
        }
    }

    /** The bar of the events in a second. */
    final Bar speed(Rounds rounds, double targetRatio) {
        return Bar.ratioAtLeast(name(), rounds.speedRatio(MeasuredLog.NAME, peer), peer, targetRatio);
    }

    /** The bar of the events in a second of CPU. */
    final Bar cpu(Rounds rounds, double targetRatio) {
        double ratio = rounds.median(peer).cpuMicrosPerEvent()
                / rounds.median(MeasuredLog.NAME).cpuMicrosPerEvent();
        return Bar.ratioAtLeast(name() + ", CPU", ratio, peer, targetRatio);
    }
}
