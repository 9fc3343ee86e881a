package io.strandline.log.faults;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.strandline.log.LogOptions;
import io.strandline.log.LogVerifier;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A log that fills a real file system of its own, an ext4 in an image, with small and common blocks. The end of the mount
 * shows that a closed log and a verifier leave no file open. Skipped where the test may not mount one.
 */
class FullFileSystemTest {

    private static final String STREAM = "shop/orders";
    private static final long FILE_SYSTEM_BYTES = 96L << 20;
    private static final int EVENT_BYTES = 32 << 10;
    private static final int WINDOW = 16;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = Applications.newContext(vertx);

    /** Numbers of acknowledged events, in their order. */
    private final List<Integer> acknowledged = new ArrayList<>();

    private int next;

    private @Nullable LoopMount mount;

    @AfterEach
    void close() throws Exception {
        try {
            get(vertx.close());
        } finally {
            if (mount != null) {
                mount.close();
            }
        }
    }

    private static LogOptions options() {
        return new LogOptions()
                .setShards(1)
                .setJournalFileBytes(4 << 20)
                .setJournalGroupBytes(1 << 20)
                .setTailBytes(8 << 20)
                .setQueuedBytes(4 << 20)
                .setSectionBytes(4 << 20);
    }

    private Strandline open(Path mounted) {
        return get(Strandline.open(vertx, "file:" + mounted.resolve("data"), options()));
    }

    /** Appends a few events at a time, until one is refused. */
    private void fill(Strandline log) {
        EventWriter<Buffer> writer =
                Applications.writer(context, log, STREAM, new WriterOptions().setRetryTimeoutMillis(1_000));
        AtomicBoolean refused = new AtomicBoolean();
        int from = next;
        while (!refused.get()) {
            assertThat((long) next - from).isLessThan(FILE_SYSTEM_BYTES / EVENT_BYTES);
            get(start(context, () -> {
                List<Future<?>> window = new ArrayList<>();
                for (int i = 0; i < WINDOW; i++) {
                    int number = next++;
                    window.add(writer.append("key", event(number))
                            .onSuccess(appended -> acknowledged.add(number))
                            .onFailure(failure -> refused.set(true)));
                }
                return Future.join(window).otherwiseEmpty();
            }));
        }
    }

    private static Buffer event(int number) {
        return Buffer.buffer(new byte[EVENT_BYTES]).setInt(0, number);
    }

    private List<Integer> numbers(Strandline log) {
        List<EventRecord<Buffer>> events = get(Applications.readAll(vertx, log, STREAM));
        return events.stream().map(event -> event.event().getInt(0)).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 4096})
    void a_full_log_opens_reads_truncates_and_goes_on(int blockBytes) throws Exception {
        mount = LoopMount.of(directory, FILE_SYSTEM_BYTES, blockBytes);
        Path mounted = mount.path();
        assertThat(Files.getFileStore(mounted).getBlockSize()).isEqualTo(blockBytes);
        Strandline log = open(mounted);
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM, new StreamOptions()));
        fill(log);
        get(log.close());

        log = open(mounted);
        List<Integer> read = numbers(log);
        assertThat(read).containsSubsequence(acknowledged).isSorted().doesNotHaveDuplicates();
        long free = free(mounted);
        assertThat(free).isLessThan(FILE_SYSTEM_BYTES / 4);
        StreamDescription stream = get(log.catalog().describe(STREAM));
        int removed = read.size() * 3 / 4;
        get(log.catalog()
                .truncate(
                        STREAM,
                        StreamCut.of(stream.name(), stream.partitions().get(0).id(), removed)));
        Applications.until(vertx, "space comes back", () -> free(mounted) > free + FILE_SYSTEM_BYTES / 4);

        int before = next;
        fill(log);
        assertThat(acknowledged.get(acknowledged.size() - 1) - before)
                .as("events that the freed space took")
                .isGreaterThan(removed / 2);
        List<Integer> kept = acknowledged.stream()
                .filter(number -> number > read.get(removed - 1))
                .toList();
        assertThat(numbers(log)).containsSubsequence(kept).isSorted();
        get(log.close());
        log = open(mounted);
        assertThat(numbers(log)).containsSubsequence(kept).isSorted();
        get(log.close());
        assertThat(LogVerifier.verify(mounted.resolve("data"), new PrintStream(OutputStream.nullOutputStream())))
                .isZero();
    }

    private static long free(Path mounted) {
        try {
            return Files.getFileStore(mounted).getUsableSpace();
        } catch (IOException e) {
            throw new AssertionError(mounted.toString(), e);
        }
    }
}
