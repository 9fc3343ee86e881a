package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.run;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Direction;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.client.operation.EventRequests;
import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.ExposedRequests;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.strandline.log.HookedLogs;
import io.strandline.log.LogOptions;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.testkit.HookedDisk;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Failures of a log whose files are broken, at every door: none names a directory of the server. */
class FailurePlacesTest {

    private static final String STREAM = MatrixRequests.ORDERS.toString();
    private static final String REFERENCE = "(?s).* \\(reference [0-9a-f]{8} in the log of the server\\)";

    @TempDir
    private Path directory;

    private final Vertx serverVertx = Vertx.vertx();
    private final Vertx vertx = Vertx.vertx();

    /** A path with a space in it: what follows the space is a part of it. */
    private Path data;

    /** True while writes to a journal fail. */
    private volatile boolean failing;

    private Strandline log;
    private @Nullable RestMatrixDoor rest;

    @BeforeEach
    void create() throws IOException {
        data = Files.createDirectories(directory.resolve("the shop")).resolve("data");
        log = open();
        get(log.catalog()
                .createStream(STREAM, new StreamOptions().setPartitions(1).setCreateScope(true)));
    }

    @AfterEach
    void close() {
        RestMatrixDoor opened = rest;
        if (opened != null) {
            opened.close();
        }
        get(vertx.close());
        get(serverVertx.close());
    }

    private Strandline open() {
        LogOptions options = new LogOptions()
                .setShards(1)
                .setBackupDirectory(directory.resolve("the shop/notes/backups").toString());
        return get(HookedLogs.open(serverVertx, "file:" + data, options, (step, name, bytes) -> {
            if (failing && step == HookedDisk.Step.WRITE && name.contains("/journal/")) {
                throw new FileSystemException(data.resolve(name).toString(), null, "Input/output error");
            }
        }));
    }

    private List<MatrixDoor> doors(ServedLog served) {
        StrandlineServer tcp = get(StrandlineServer.listen(serverVertx, served, new ServerOptions().setPort(0)));
        EventBusServer bus = get(EventBusServer.serve(serverVertx, served, new EventBusOptions()));
        RestServer http = get(RestServer.listen(serverVertx, served, new RestOptions().setPort(0)));
        RestMatrixDoor opened = new RestMatrixDoor(http.port(), first().id());
        rest = opened;
        return List.of(MatrixDoor.tcp(vertx, tcp.port()), MatrixDoor.bus(serverVertx, bus), opened);
    }

    private PartitionDescription first() {
        return get(log.catalog().describe(STREAM)).partitions().get(0);
    }

    private void append() {
        Context context = newContext(serverVertx);
        EventWriter<Buffer> writer =
                get(start(context, () -> log.createWriter(STREAM, EventCodec.raw(), new WriterOptions())));
        get(start(context, () -> writer.append("a", Buffer.buffer("tea"))));
    }

    /** A link to itself cannot be opened by anybody, and the failure of the JDK names it. */
    private static void breakFile(Path file) throws IOException {
        Files.move(file, file.resolveSibling("whole-" + file.getFileName()));
        Files.createSymbolicLink(file, file);
    }

    private <Q> Throwable failure(MatrixDoor door, Operation<Q, ?> operation, Q request) {
        return refusal(door.call(Optional.empty(), operation, request));
    }

    private void requireNoPlace(Throwable failure) {
        assertThat(failure).isInstanceOf(StrandlineException.class);
        assertThat(failure.getMessage())
                .doesNotContain(directory.toString(), "the shop", "shop/data", "file:")
                .doesNotContain(directory.getFileName().toString());
    }

    private <Q> void requireReference(List<MatrixDoor> doors, Operation<Q, ?> operation, Q request) {
        int asked = 0;
        for (MatrixDoor door : doors) {
            if (door.has(operation)) {
                Throwable failure = failure(door, operation, request);
                requireNoPlace(failure);
                assertThat(failure).hasMessageMatching(REFERENCE);
                asked++;
            }
        }
        assertThat(asked).isPositive();
    }

    @Test
    void a_chunk_that_cannot_be_read() throws IOException {
        append();
        get(log.close());
        log = open();
        try (Stream<Path> chunks = Files.list(data.resolve("shard-0/chunks"))) {
            for (Path chunk : chunks.toList()) {
                breakFile(chunk);
            }
        }
        List<MatrixDoor> doors = doors(ServedLog.of(log));
        requireReference(doors, Operations.READ_EVENTS, new Requests.Read(first(), 0, 1_000));
        requireReference(
                doors,
                Operations.KEY_HISTORY,
                new EventRequests.KeyHistory(
                        MatrixRequests.ORDERS, "a", Direction.FORWARD, Optional.empty(), 10, 1_000));
    }

    @Test
    void a_journal_that_cannot_be_written() {
        List<MatrixDoor> doors = doors(ServedLog.of(log));
        failing = true;
        requireReference(doors, Operations.CREATE_SCOPE, "toys");
        failing = false; // so that it closes
    }

    @Test
    void a_backup_to_a_directory_that_is_none() throws IOException {
        Files.writeString(directory.resolve("the shop/notes"), "a file");
        List<MatrixDoor> doors = doors(ServedLog.of(log));
        requireReference(doors, Operations.BACKUP, Nothing.NOTHING);
    }

    @Test
    void a_backup_to_a_directory_of_something_else() throws IOException {
        Path backups = Files.createDirectories(directory.resolve("the shop/notes/backups"));
        Files.writeString(backups.resolve("holiday.txt"), "a photo");
        Throwable failure = failure(doors(ServedLog.of(log)).get(0), Operations.BACKUP, Nothing.NOTHING);
        requireNoPlace(failure);
        assertThat(failure).isInstanceOf(StrandlineException.Invalid.class).hasMessageContaining("neither empty nor");
    }

    @Test
    void a_log_that_is_closed() {
        List<MatrixDoor> doors = doors(ServedLog.of(log));
        PartitionDescription first = first();
        get(log.close());
        for (MatrixDoor door : doors) {
            if (door.has(Operations.SCOPES)) {
                requireNoPlace(failure(door, Operations.SCOPES, Nothing.NOTHING));
            }
        }
        requireNoPlace(failure(doors.get(0), Operations.READ_EVENTS, new Requests.Read(first, 0, 1_000)));
    }

    @Test
    void a_checkpoint_that_cannot_be_written() throws IOException {
        Path snapshots = directory.resolve("the shop/snapshots");
        Pipeline pipeline = Pipeline.named("totals", 1)
                .from(STREAM, EventCodec.raw())
                .keyByRoutingKey()
                .aggregate("count", EventCodec.raw(), key -> Buffer.buffer(), (count, event) -> event)
                .to("shop/totals", EventCodec.raw())
                .build();
        get(log.catalog().createStream("shop/totals", new StreamOptions()));
        PipelineOptions options = new PipelineOptions().setCheckpointDirectory(snapshots.toString());
        RunningPipeline running = run(serverVertx, () -> pipeline.deploy(serverVertx, log, options));
        append();
        ServedLog served = ServedLog.of(log);
        served.exposed().pipeline("totals", running);
        List<MatrixDoor> doors = doors(served);
        breakFile(snapshots);
        requireReference(
                doors,
                ExposedOperations.CHECKPOINT_PIPELINE,
                new ExposedRequests.TakeCheckpoint("totals", Optional.of("monday")));
    }
}
