package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventCodec;
import io.strandline.Sequence;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots of a task, which has one operator and one sink, in a directory. */
abstract class OnSnapshotFiles {

    static final EventCodec<String> CODEC = TextCodec.STRING;
    static final SortedMap<Long, WriterMark> MARKS = new TreeMap<>(Map.of(
            11L,
            new WriterMark(new Sequence(89, 1), 0x1122334455667788L),
            12L,
            new WriterMark(new Sequence(7, 0), -2)));

    static final String MARKS_BYTES = "0b00000000000000" + "5900000000000000" + "0100000000000000" + "8877665544332211"
            + "0c00000000000000" + "0700000000000000" + "0000000000000000" + "feffffffffffffff";
    static final String STRING_TYPE = "06000000737472696e67" + "01000000";

    static final String FLOOR_BYTES = "0300000000000000" + "0400000000000000" + "e903000000000000";
    static final String SINK_BYTES = "0b000000" + "62616e6b2f737461746573" + "02000000" + MARKS_BYTES;
    static final String OPERATOR_BYTES = "05000000" + "7374617465" + "05000000" + "6b65796564";

    /** Keys that are held, of which there are none. */
    private static final String HELD_BYTES = "0f000000" + "737472616e646c696e652e68656c64" + "09000000"
            + "68656c64206b657973" + "0000000000000000" + "00000000" + "00000000";

    /** What follows the header, in versions 4 and 5: group 481 with b, and group 841 with a. */
    static final String FIFTH_BYTES = FLOOR_BYTES + SINK_BYTES + OPERATOR_BYTES + "0200000000000000"
            + "01000000" + STRING_TYPE + "00000000" + HELD_BYTES
            + "00000000" + "ff030000" + "00000000"
            + "e203" + "01" + "0000000000000000" + "0262" + "07" + "00000103" + "74776f" + "00" + "00"
            + "ca06" + "01" + "0000000000000000" + "0261" + "05" + "00000101" + "31" + "00" + "00"
            + "00";

    static final StreamName SINK = StreamName.parse("bank/states");

    static final Taken TAKEN = new Taken(5, 3, 2);

    private final Vertx vertx = Vertx.vertx();

    @TempDir
    Path directory;

    @AfterEach
    final void close() {
        await(vertx.close());
    }

    final PipelineSnapshots snapshots() {
        return new PipelineSnapshots(
                vertx.getOrCreateContext(),
                new FileCheckpointStore(vertx, pipeline -> new DirectoryFiles(directory)),
                "ledger");
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("nothing came within 20 s", e);
        }
    }

    final Manifest write(Map<String, String> states) {
        return write(states, CODEC);
    }

    final Manifest write(Map<String, String> states, EventCodec<String> codec) {
        List<Snapshot> written = await(snapshots().write(TAKEN, List.of(cut(states, codec))));
        return new Manifest(TAKEN, new TreeMap<>(), Manifest.NOTHING, written);
    }

    final Map<Long, TaskState> read(Manifest manifest) {
        return await(snapshots().read(manifest.snapshots(), OneOperator.topology(CODEC, ""), RestoreTerms.unlimited()));
    }

    static TaskCut cut(Map<String, String> states, EventCodec<String> codec) {
        return new TaskCut(
                7,
                100,
                90,
                false,
                Map.of(SINK, MARKS),
                OneOperator.states(OneOperator.topology(codec, ""), states).capture(),
                new SnapshotChain(),
                0);
    }

    final Path file(Manifest manifest) {
        return directory.resolve(manifest.snapshots().get(0).file());
    }

    final TaskState read(Snapshot snapshot) {
        return Objects.requireNonNull(read(new Manifest(TAKEN, new TreeMap<>(), Manifest.NOTHING, List.of(snapshot)))
                .get(7L));
    }

    static Topology windows(String id) {
        return Pipeline.named("one", 1)
                .from("bank/deposits", CODEC)
                .keyByRoutingKey()
                .window(Windows.tumbling(Duration.ofSeconds(1)))
                .reduce(id, CODEC, (one, other) -> other)
                .build()
                .topology();
    }
}
