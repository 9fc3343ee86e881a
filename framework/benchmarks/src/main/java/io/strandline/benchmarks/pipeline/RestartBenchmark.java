package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.PreparedStart;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A pipeline whose process was killed at full speed. */
public final class RestartBenchmark implements Benchmark {

    private static final String MANY = MeasuredLog.NAME + ", 1,000,000 keys";
    private static final String FEW = MeasuredLog.NAME + ", 10,000 keys";
    private static final String PREPARED = ", prepared";
    private static final String BOUNDED = ", bounded";
    /** Enough for all classes. Without profiles they are processed without a compiler. */
    private static final long PREPARING_EVENTS = 200_000;

    private static final Duration HALF_LIMIT = Duration.ofMinutes(10);
    private static final double TARGET_MANY_SECONDS = 3;
    private static final double TARGET_FEW_SECONDS = 1.5;
    private static final double MILLIS_PER_SECOND = 1000;

    @Override
    public String name() {
        return "restart";
    }

    @Override
    public String subject() {
        return "From the start of a process to the first output that is new, after SIGKILL at full speed: a running sum of events"
                + " of 100 B in 16 partitions, a checkpoint each second. bounded: also after "
                + PipelineWork.BOUNDED_EVENTS + " events of a partition, of which " + PipelineWork.MOST_REPEATED
                + " at most are repeated. prepared: with " + PreparedStart.options() + ".";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        try (RunDirectory directory = workbench.directory("prepared")) {
            PreparedStart prepared = new PreparedStart(directory.path().resolve("archive"));
            long events = PreparedStart.hasProfiles() ? workbench.plan().catchUpEvents() : PREPARING_EVENTS;
            afterKill(workbench, StrandlinePipelineFill.Sum.class, Replay.BY_TIME, events, restarted -> {
                workbench.prepare(restarted, prepared);
                return Measurement.ofBytes(0);
            });
            return workbench.inTurn(
                    Rounds.Key.LATENCY,
                    many(workbench, "", Replay.BY_TIME, workbench::measure),
                    few(workbench, "", Replay.BY_TIME, workbench::measure),
                    many(workbench, BOUNDED, Replay.BOUNDED, workbench::measure),
                    few(workbench, BOUNDED, Replay.BOUNDED, workbench::measure),
                    many(workbench, PREPARED, Replay.BY_TIME, restarted -> workbench.measure(restarted, prepared)),
                    few(workbench, PREPARED, Replay.BY_TIME, restarted -> workbench.measure(restarted, prepared)),
                    many(
                            workbench,
                            BOUNDED + PREPARED,
                            Replay.BOUNDED,
                            restarted -> workbench.measure(restarted, prepared)),
                    few(
                            workbench,
                            BOUNDED + PREPARED,
                            Replay.BOUNDED,
                            restarted -> workbench.measure(restarted, prepared)));
        }
    }

    /** What is done with the job that goes on where the killed process was. */
    @FunctionalInterface
    private interface Restart {

        Measurement of(Job restarted) throws IOException, InterruptedException;
    }

    /** What bounds the events that are repeated. */
    private enum Replay {
        BY_TIME(StrandlineSumUntilKilled.class, StrandlineSumRestarted.class),
        BOUNDED(StrandlineSumUntilKilled.Bounded.class, StrandlineSumRestarted.Bounded.class);

        private final Class<?> killed;
        private final Class<?> restarted;

        Replay(Class<?> killed, Class<?> restarted) {
            this.killed = killed;
            this.restarted = restarted;
        }
    }

    private static Contender many(Workbench workbench, String how, Replay replay, Restart restart) {
        return contender(workbench, MANY + how, StrandlinePipelineFill.MillionKeys.class, replay, restart);
    }

    private static Contender few(Workbench workbench, String how, Replay replay, Restart restart) {
        return contender(workbench, FEW + how, StrandlinePipelineFill.Sum.class, replay, restart);
    }

    private static Contender contender(
            Workbench workbench, String name, Class<?> fill, Replay replay, Restart restart) {
        long events = workbench.plan().catchUpEvents();
        return new Contender(name, () -> afterKill(workbench, fill, replay, events, restart));
    }

    private static Measurement afterKill(
            Workbench workbench, Class<?> fill, Replay replay, long events, Restart restart)
            throws IOException, InterruptedException {
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME)) {
            workbench.run(workbench.job(fill.getName(), directory, PipelineWork.PARTITIONS, events));
            try (ChildJvm victim = workbench.start(
                    workbench.job(replay.killed.getName(), directory, PipelineWork.PARTITIONS, events))) {
                victim.awaitLine(StrandlineSumUntilKilled.HALF, HALF_LIMIT);
            } // closing it is SIGKILL
            return restart.of(workbench.job(replay.restarted.getName(), directory, PipelineWork.PARTITIONS, events));
        }
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(
                bar(rounds, FEW, "", TARGET_FEW_SECONDS),
                bar(rounds, MANY, "", TARGET_MANY_SECONDS),
                bar(rounds, FEW, BOUNDED, TARGET_FEW_SECONDS),
                bar(rounds, MANY, BOUNDED, TARGET_MANY_SECONDS),
                bar(rounds, FEW, PREPARED, TARGET_FEW_SECONDS),
                bar(rounds, MANY, PREPARED, TARGET_MANY_SECONDS),
                bar(rounds, FEW, BOUNDED + PREPARED, TARGET_FEW_SECONDS),
                bar(rounds, MANY, BOUNDED + PREPARED, TARGET_MANY_SECONDS));
    }

    private Bar bar(Rounds rounds, String keys, String start, double targetSeconds) {
        String side = keys + start;
        return Bar.valueAtMost(
                name() + side.substring(MeasuredLog.NAME.length()),
                rounds.median(side).p50Millis() / MILLIS_PER_SECOND,
                "s",
                targetSeconds);
    }
}
