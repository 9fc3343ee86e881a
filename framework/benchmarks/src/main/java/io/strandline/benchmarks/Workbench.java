package io.strandline.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** What a benchmark works with: its plan, a place for data, fresh JVMs, and a voice. */
public final class Workbench implements AutoCloseable {

    /** For starting JVMs and servers, and for what a job does beside its warm-up and window. */
    private static final Duration JOB_SLACK = Duration.ofMinutes(10);

    private final Plan plan;
    private final RunDirectory root;

    private Workbench(Plan plan, RunDirectory root) {
        this.plan = plan;
        this.root = root;
    }

    static Workbench open(Plan plan, Path parent) throws IOException {
        RunDirectory root = RunDirectory.create(parent, "run");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> abandon(root), "abandon"));
        return new Workbench(plan, root);
    }

    /** Cleans up when the run is interrupted. */
    private static void abandon(RunDirectory root) {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        try {
            root.close();
        } catch (IOException stillInUse) {
            System.err.println("Left behind: " + root.path() + " (" + stillInUse.getMessage() + ")");
        }
    }

    /** The plan of this run. */
    public Plan plan() {
        return plan;
    }

    /** True if a side is on the class path. Those of peers are with the Maven profile {@code peers} only. */
    public static boolean isPresent(String side) {
        String file = side.replace('.', '/') + ".class";
        return Workbench.class.getClassLoader().getResource(file) != null;
    }

    /** Measures the contenders in turn, as many rounds as planned. */
    public Rounds inTurn(Rounds.Key key, Contender... contenders) throws IOException, InterruptedException {
        Rounds rounds = new Rounds(key);
        for (int round = 1; round <= plan.rounds(); round++) {
            for (Contender contender : contenders) {
                add(rounds, round, contender.name(), contender.round().measure());
            }
        }
        return rounds;
    }

    /** Adds the measurement of a round, and prints it as progress. */
    public void add(Rounds rounds, int round, String side, Measurement measurement) {
        rounds.add(side, measurement);
        say("round %d of %d, %s: %s", round, plan.rounds(), side, ResultTable.figures(measurement));
    }

    /** Measures a side of one figure in a fresh JVM and an empty directory. */
    public Measurement measure(String side, int partitions) throws IOException, InterruptedException {
        try (RunDirectory directory = directory(side)) {
            return measure(job(side, directory, partitions, 0));
        }
    }

    /** Runs a job that measures one figure in a fresh JVM. */
    public Measurement measure(Job job) throws IOException, InterruptedException {
        List<Measurement> measured = run(job);
        if (measured.size() != 1) {
            throw new IllegalStateException(job.side() + " measured " + measured.size() + " figures, 1 is expected");
        }
        return measured.get(0);
    }

    /** Runs a job in a fresh JVM and returns what it measured. */
    public List<Measurement> run(Job job) throws IOException, InterruptedException {
        try (ChildJvm child = start(job)) {
            return SideMain.decode(child.awaitLine(SideMain.RESULT, within(job)));
        }
    }

    /** As {@link #measure(Job)}, in a JVM whose start was prepared. */
    public Measurement measure(Job job, PreparedStart prepared) throws IOException, InterruptedException {
        try (ChildJvm child = prepared.startReading(job)) {
            return SideMain.decode(child.awaitLine(SideMain.RESULT, within(job)))
                    .get(0);
        }
    }

    /** Runs a job in a fresh JVM that prepares the starts of others. */
    public void prepare(Job job, PreparedStart starts) throws IOException, InterruptedException {
        try (ChildJvm child = starts.startWriting(job)) {
            child.awaitLine(SideMain.RESULT, within(job));
            child.stop(JOB_SLACK);
        }
        starts.requireWritten();
    }

    private static Duration within(Job job) {
        return job.warmUp().plus(job.measured()).multipliedBy(2).plus(JOB_SLACK);
    }

    /** Starts a job in a fresh JVM, which the caller closes. */
    public ChildJvm start(Job job) throws IOException {
        return ChildJvm.startWithHeap(job.heap(), SideMain.class, job.arguments());
    }

    /** A job of the planned length. */
    public Job job(String side, RunDirectory directory, int partitions, long events) {
        return new Job(side, directory.path(), partitions, events, plan.warmUp(), plan.measured());
    }

    /** A fresh empty directory. The caller closes it as soon as it can: a round writes gigabytes. */
    public RunDirectory directory(String name) throws IOException {
        return RunDirectory.create(root.path(), name.substring(name.lastIndexOf('.') + 1));
    }

    /** Prints a line of progress. */
    public void say(String format, Object... arguments) {
        System.out.println(String.format(Locale.ROOT, format, arguments));
    }

    /** Measures the bare machine. */
    MachineProbe probe() throws IOException {
        try (RunDirectory directory = directory("probe")) {
            return MachineProbe.measure(directory.path());
        }
    }

    @Override
    public void close() throws IOException {
        root.close();
    }
}
