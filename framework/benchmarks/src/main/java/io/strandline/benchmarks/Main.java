package io.strandline.benchmarks;

import io.strandline.benchmarks.aggregate.CommandsBenchmark;
import io.strandline.benchmarks.aggregate.RebuildBenchmark;
import io.strandline.benchmarks.aggregate.TransfersBenchmark;
import io.strandline.benchmarks.group.GroupBenchmark;
import io.strandline.benchmarks.log.AckBenchmark;
import io.strandline.benchmarks.log.AppendBenchmark;
import io.strandline.benchmarks.log.AppendManyBenchmark;
import io.strandline.benchmarks.log.CompressionBenchmark;
import io.strandline.benchmarks.log.HistoryBenchmark;
import io.strandline.benchmarks.log.IdleBenchmark;
import io.strandline.benchmarks.log.ReadBenchmark;
import io.strandline.benchmarks.log.RestBenchmark;
import io.strandline.benchmarks.log.TcpAckBenchmark;
import io.strandline.benchmarks.log.TcpBenchmark;
import io.strandline.benchmarks.log.TcpPravegaBenchmark;
import io.strandline.benchmarks.log.TcpReadBenchmark;
import io.strandline.benchmarks.log.TransactionBenchmark;
import io.strandline.benchmarks.log.life.MonthsBenchmark;
import io.strandline.benchmarks.log.life.OpenBenchmark;
import io.strandline.benchmarks.log.life.RecoverBenchmark;
import io.strandline.benchmarks.log.life.RetentionBenchmark;
import io.strandline.benchmarks.log.life.TrickleBenchmark;
import io.strandline.benchmarks.nexmark.NexmarkBenchmark;
import io.strandline.benchmarks.pipeline.CheckpointBenchmark;
import io.strandline.benchmarks.pipeline.RestartBenchmark;
import io.strandline.benchmarks.pipeline.StateBenchmark;
import io.strandline.benchmarks.pipeline.SumBenchmark;
import io.strandline.benchmarks.pipeline.SumFlinkBenchmark;
import io.strandline.benchmarks.pipeline.WindowsBenchmark;
import io.strandline.benchmarks.projection.ProjectionBenchmark;
import io.strandline.benchmarks.sync.SyncBenchmark;
import io.strandline.benchmarks.sync.SyncHazelcastBenchmark;
import io.strandline.benchmarks.sync.SyncWatchBenchmark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Runs one benchmark by name. {@code framework/benchmarks/run} builds and calls it. */
final class Main {

    private static final List<Benchmark> BENCHMARKS = List.of(
            new AppendBenchmark(),
            new AppendManyBenchmark(),
            new AckBenchmark(),
            new ReadBenchmark(),
            new TcpBenchmark(),
            new TcpPravegaBenchmark(),
            new RestBenchmark(),
            new TcpAckBenchmark(),
            new TcpReadBenchmark(),
            new IdleBenchmark(),
            new RecoverBenchmark(),
            new HistoryBenchmark(),
            new TransactionBenchmark(),
            new RetentionBenchmark(),
            new CompressionBenchmark(),
            new TrickleBenchmark(),
            new OpenBenchmark(),
            new MonthsBenchmark(),
            new GroupBenchmark(),
            new CommandsBenchmark(),
            new RebuildBenchmark(),
            new TransfersBenchmark(),
            new ProjectionBenchmark(),
            new SumBenchmark(),
            new SumFlinkBenchmark(),
            new WindowsBenchmark(),
            new RestartBenchmark(),
            new CheckpointBenchmark(),
            new StateBenchmark(),
            new NexmarkBenchmark(),
            new SyncBenchmark(),
            new SyncHazelcastBenchmark(),
            new SyncWatchBenchmark());

    private static final String QUICK = "--quick";
    private static final String RECORD = "--record";
    private static final int EXIT_BELOW_TARGET = 1;
    private static final int EXIT_USAGE = 2;

    private Main() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path module = Path.of(System.getProperty("strandline.benchmarks.module", "."));
        Set<String> options = new TreeSet<>(List.of(arguments));
        boolean quick = options.remove(QUICK);
        boolean record = options.remove(RECORD);
        Optional<Benchmark> named = BENCHMARKS.stream()
                .filter(benchmark -> options.equals(Set.of(benchmark.name())))
                .findFirst();
        if (named.isEmpty() || (quick && record)) {
            System.err.println(usage());
            System.exit(EXIT_USAGE);
            return;
        }
        Plan plan = quick ? Plan.quick() : Plan.full();
        boolean met = run(named.get(), plan, module, record);
        System.exit(met ? 0 : EXIT_BELOW_TARGET);
    }

    private static boolean run(Benchmark benchmark, Plan plan, Path module, boolean record)
            throws IOException, InterruptedException {
        try (Workbench workbench = Workbench.open(plan, module.resolve("target"))) {
            MachineProbe probe = workbench.probe();
            workbench.say("%s", probe.line());
            workbench.say("%s", MachineProbe.machine());
            Rounds rounds = benchmark.run(workbench);
            List<Bar> bars = benchmark.bars(rounds);
            List<String> report = report(benchmark, rounds, bars);
            report.forEach(line -> workbench.say("%s", line));
            if (record) {
                new ResultsFile(module.resolve("RESULTS.md")).record(benchmark.name(), probe, report);
            }
            return bars.stream().allMatch(Bar::met);
        }
    }

    private static List<String> report(Benchmark benchmark, Rounds rounds, List<Bar> bars) {
        List<String> report = new ArrayList<>();
        report.add(benchmark.subject());
        report.add("");
        report.addAll(ResultTable.lines(rounds));
        report.add("");
        bars.forEach(bar -> report.add(bar.line()));
        return report;
    }

    private static String usage() {
        String names = BENCHMARKS.stream().map(Benchmark::name).collect(Collectors.joining(" | "));
        return "usage: run " + names + " [" + QUICK + " | " + RECORD + "]" + System.lineSeparator()
                + QUICK + ": within 90 seconds" + System.lineSeparator()
                + RECORD + ": keeps a full run in RESULTS.md" + System.lineSeparator()
                + "exit code 0: every target reached, " + EXIT_BELOW_TARGET + ": not";
    }
}
