package io.strandline.benchmarks.pravega;

import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Pravega's writer at full speed: a server and a client, each in a JVM of its own. This one only waits. */
public final class PravegaAppend implements Side {

    private static final Duration START_LIMIT = Duration.ofMinutes(3);
    private static final Duration SLACK = Duration.ofMinutes(3);
    /** The cache of a segment store takes 4 GiB of direct memory by default, Netty the rest. */
    private static final String DIRECT_MEMORY = "-XX:MaxDirectMemorySize=6g";

    @Override
    public List<Measurement> run(Job job) throws Exception {
        try (ChildJvm server = startServer(job.directory())) {
            String controller = server.awaitLine(PravegaServer.CONTROLLER, START_LIMIT)
                    .substring(PravegaServer.CONTROLLER.length());
            try (ChildJvm load = PravegaJvm.start(
                    PravegaLoad.class,
                    List.of(),
                    controller,
                    String.valueOf(job.partitions()),
                    String.valueOf(job.warmUp().toMillis()),
                    String.valueOf(job.measured().toMillis()),
                    String.valueOf(server.pid()))) {
                Duration within = job.warmUp().plus(job.measured()).plus(SLACK);
                return List.of(PravegaFigures.decode(load.awaitLine(PravegaFigures.FIGURES, within)));
            }
        }
    }

    private static ChildJvm startServer(Path directory) throws IOException {
        // Bookie and ZooKeeper keep their journals in the directory for temporary files.
        Path journals = Files.createDirectories(directory.resolve("journals"));
        return PravegaJvm.start(
                PravegaServer.class, List.of("-Djava.io.tmpdir=" + journals, DIRECT_MEMORY), directory.toString());
    }
}
