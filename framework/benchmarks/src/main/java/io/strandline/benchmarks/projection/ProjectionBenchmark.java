package io.strandline.benchmarks.projection;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.benchmarks.log.StrandlineFill;
import io.strandline.testkit.PostgresServer;
import java.io.IOException;
import java.util.List;

/** Events into PostgreSQL exactly once, beside one transaction per event on the same server. */
public final class ProjectionBenchmark implements Benchmark {

    private static final int PARTITIONS = 8;

    /** More than a projection writes in a second, so that the source lasts for a round. */
    private static final long EVENTS_PER_SECOND = 150_000;

    private static final double TARGET_RATIO = 5;

    @Override
    public String name() {
        return "projection";
    }

    @Override
    public String subject() {
        return String.format(
                "Events of 100 B from %d partitions into PostgreSQL, which counts those of each of 10,000 keys, exactly once,"
                        + " commits forced to disk. strandline: from the log, a batch of a partition and its position in one"
                        + " transaction. %s: one statement that counts the event and moves the position, no log is read, a"
                        + " connection for each partition. The same server for both. CPU without that of the server.",
                PARTITIONS, EventTransactions.NAME);
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        long seconds =
                workbench.plan().warmUp().plus(workbench.plan().measured()).toSeconds();
        try (RunDirectory directory = workbench.directory(name());
                PostgresServer server = PostgresServer.start()) {
            MeasuredDatabase.announce(server, directory.path());
            Job projection = workbench.job(
                    StrandlineProjection.class.getName(), directory, PARTITIONS, seconds * EVENTS_PER_SECOND);
            workbench.say("writing %,d events", projection.events());
            workbench.run(MeasuredDatabase.onLog(
                    workbench.job(StrandlineFill.class.getName(), directory, PARTITIONS, projection.events())));
            Job transactions = workbench.job(EventTransactions.class.getName(), directory, PARTITIONS, 0);
            return workbench.inTurn(
                    Rounds.Key.SPEED,
                    new Contender(MeasuredLog.NAME, () -> workbench.measure(projection)),
                    new Contender(EventTransactions.NAME, () -> workbench.measure(transactions)));
        }
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double ratio = rounds.speedRatio(MeasuredLog.NAME, EventTransactions.NAME);
        return List.of(Bar.ratioAtLeast(name(), ratio, EventTransactions.NAME, TARGET_RATIO));
    }
}
