package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.BareFile;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Turns;
import io.strandline.benchmarks.Workbench;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;

/** One piece of work at a time, in turn with bare durable writes in the same JVM. */
public final class BesideBareWrites {

    /** The name of the bare writes in a table. */
    public static final String BARE = "bare 4 KB write + fdatasync";

    private BesideBareWrites() {}

    /** Measures a side that gives the log's figures first, and those of the bare writes second. */
    static Rounds rounds(Workbench workbench, String benchmark, Class<? extends Side> side, int partitions)
            throws IOException, InterruptedException {
        Rounds rounds = new Rounds(Rounds.Key.LATENCY);
        for (int round = 1; round <= workbench.plan().rounds(); round++) {
            try (RunDirectory directory = workbench.directory(benchmark)) {
                Job job = workbench.job(side.getName(), directory, partitions, 0);
                List<Measurement> measured = workbench.run(job);
                workbench.add(rounds, round, MeasuredLog.NAME, measured.get(0));
                workbench.add(rounds, round, BARE, measured.get(1));
            }
        }
        return rounds;
    }

    /** Deploys a verticle, and measures its work and then the bare writes. */
    static List<Measurement> measure(Job job, VerticleBase verticle, BiFunction<Duration, Latencies, Future<Long>> work)
            throws Exception {
        Awaited.await(Vertx.vertx().deployVerticle(verticle));
        return measure(job, work);
    }

    /** Measures work and then the bare writes. The work is begun from any thread, and completes with how often it was done. */
    public static List<Measurement> measure(Job job, BiFunction<Duration, Latencies, Future<Long>> work)
            throws Exception {
        Path bareDirectory = Files.createDirectory(
                job.directory().resolveSibling(job.directory().getFileName() + "-bare"));
        try (BareFile bare = BareFile.create(bareDirectory.resolve("bare"))) {
            return Turns.measure(
                    job, List.of((time, latencies) -> Awaited.await(work.apply(time, latencies)), bare::writeFor));
        }
    }
}
