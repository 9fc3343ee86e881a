package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.log.Applications;
import io.strandline.log.FileEngine;
import io.strandline.log.HookedLogs;
import io.strandline.log.LogOptions;
import io.strandline.processing.pipeline.AccountsPipeline.TextStep;
import io.strandline.server.Doors;
import io.strandline.testkit.HookedDisk;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * A process with a log of files, in which pipelines run. In a crash, its disk does nothing more from one moment on, as if
 * the process had been killed. The next process opens the remaining files.
 */
final class PipelineProcess implements AutoCloseable {

    final Vertx vertx = Vertx.vertx();
    final Strandline log;
    volatile boolean crashed;
    private final Path directory;

    PipelineProcess(Path directory) {
        this(
                directory,
                new LogOptions().setShards(2).setJournalFileBytes(64 << 10).setTailBytes(128 << 10));
    }

    PipelineProcess(Path directory, LogOptions options) {
        this.directory = directory;
        FileEngine engine = HookedLogs.engine(disk -> new HookedDisk(disk, this::before));
        log = get(Doors.log(vertx, at -> engine.open(at, "file:" + directory.resolve("log"), options)));
        get(AccountsPipeline.createStreams(log));
    }

    private void before(HookedDisk.Step step, String name, int bytes) throws IOException {
        if (crashed) {
            throw new IOException("crashed before " + step + " of " + name);
        }
    }

    /** Checkpoints only when a test says so. */
    PipelineOptions options() {
        return new PipelineOptions()
                .setCheckpointDirectory(directory.resolve("checkpoints").toString())
                .setCheckpointIntervalMillis(86_400_000);
    }

    /** Names of the snapshot files of a pipeline. */
    List<String> snapshots(String pipeline) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("checkpoints").resolve(pipeline))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    List<EventRecord<String>> read(String stream) {
        return get(Applications.start(
                Applications.newContext(vertx), () -> log.read(stream, AccountsPipeline.TEXT, new ReaderOptions())
                        .compose(Applications::toEnd)));
    }

    RunningPipeline deploy(Pipeline pipeline, PipelineOptions options) {
        return get(pipeline.deploy(vertx, log, options));
    }

    /** Runs a pipeline until some steps are done, and stops it with its outputs appended, but no checkpoint of them. */
    void runWithoutCheckpoint(Pipeline pipeline, AtomicInteger steps, int enough) {
        AtomicReference<RunningPipeline> running = new AtomicReference<>();
        String id = get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                return pipeline.deploy(vertx, log, options().setVersionChangeAllowed(true))
                        .onSuccess(running::set);
            }
        }));
        until(vertx, enough + " steps", () -> steps.get() >= enough);
        get(vertx.undeploy(id));
    }

    static TextStep counting(AtomicInteger steps, TextStep step) {
        return (before, deposit, output) -> {
            String after = step.apply(before, deposit, output);
            steps.incrementAndGet();
            return after;
        };
    }

    void assertExact(int deposits) throws Exception {
        List<EventRecord<String>> source = read(AccountsPipeline.SOURCE);
        assertThat(source).hasSize(deposits);
        assertThat(AccountsPipeline.actual(read(AccountsPipeline.SINK))).isEqualTo(AccountsPipeline.expected(source));
    }

    @Override
    public void close() {
        // After a crash the log cannot close well, but it must still release the directory.
        get(log.close().otherwiseEmpty());
        get(vertx.close());
    }
}
