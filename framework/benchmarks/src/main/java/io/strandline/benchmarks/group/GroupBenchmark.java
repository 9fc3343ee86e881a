package io.strandline.benchmarks.group;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.StrandlineFill;
import java.io.IOException;
import java.util.List;

/** Four readers of a group beside four that share the partitions by hand, and how long a dead one's partitions wait. */
public final class GroupBenchmark implements Benchmark {

    private static final String GROUP = "group";
    private static final String PLAIN = "plain";
    private static final String TAKE_OVER = "take-over";
    private static final int PARTITIONS = 64;
    private static final double TARGET_RATIO = 0.9;
    private static final double TARGET_LEASES = 2;

    @Override
    public String name() {
        return "group";
    }

    @Override
    public String subject() {
        return "Catch-up reads of 100 B events in 64 partitions, all in chunks, page cache warm, by 4 readers, one handler"
                + " call an event: a group that commits its positions to the same log every second, and plain readers of a"
                + " quarter of the partitions each. Take-over: from the stop of one of 4 readers, lease "
                + GroupTakeOver.LEASE_MILLIS + " ms, until the last of its partitions is read again.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        try (RunDirectory directory = workbench.directory(GROUP)) {
            Job fill = job(workbench, StrandlineFill.class, directory);
            workbench.say("writing %,d events", fill.events());
            workbench.run(fill);
            Job group = job(workbench, GroupReaders.class, directory);
            Job plain = job(workbench, PlainReaders.class, directory);
            return workbench.inTurn(
                    Rounds.Key.SPEED,
                    new Contender(GROUP, () -> workbench.measure(group)),
                    new Contender(PLAIN, () -> workbench.measure(plain)),
                    new Contender(TAKE_OVER, () -> workbench.measure(GroupTakeOver.class.getName(), PARTITIONS)));
        }
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double leases = rounds.median(TAKE_OVER).p50Millis() / GroupTakeOver.LEASE_MILLIS;
        return List.of(
                Bar.valueAtMost("group take-over", leases, "leases", TARGET_LEASES),
                Bar.ratioAtLeast(name(), rounds.speedRatio(GROUP, PLAIN), PLAIN, TARGET_RATIO));
    }

    private static Job job(Workbench workbench, Class<?> side, RunDirectory directory) {
        return workbench.job(
                side.getName(), directory, PARTITIONS, workbench.plan().catchUpEvents());
    }
}
