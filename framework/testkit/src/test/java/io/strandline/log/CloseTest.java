package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.impl.journal.JournalNames;
import io.strandline.log.spi.Disk;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.HookedDisk.Step;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A closed log leaves no thread at work in its directory and no open file. */
class CloseTest {

    private static final String STREAM = "shop/orders";

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        Applications.get(vertx.close());
    }

    private Strandline open(HookedDisk.Hook hook) {
        return Applications.get(new FileEngine(disk -> new HookedDisk(disk, hook))
                .open(
                        vertx,
                        "file:" + directory.resolve("data"),
                        CrashChild.options().setShards(1)));
    }

    private void append(Strandline log, int events) {
        Applications.get(beginToAppend(log, events));
    }

    private Future<Void> beginToAppend(Strandline log, int events) {
        Context context = Applications.newContext(vertx);
        EventWriter<Buffer> writer = Applications.writer(context, log, STREAM, new WriterOptions());
        return Applications.start(context, () -> {
            Future<Void> last = Future.succeededFuture();
            for (int i = 0; i < events; i++) {
                last = writer.append("key", Buffer.buffer(new byte[1000])).mapEmpty();
            }
            return last;
        });
    }

    private static void createStream(Strandline log) {
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions()));
    }

    @Test
    void theDirectoryIsNotLetGoWhileAFileIsBeingPrepared() throws Exception {
        CountDownLatch preparing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean hold = new AtomicBoolean();
        AtomicBoolean prepared = new AtomicBoolean();
        Strandline log = open((step, name, bytes) -> {
            if (step == Step.FORCE && name.endsWith(JournalNames.UNFINISHED) && hold.getAndSet(false)) {
                preparing.countDown();
                try {
                    prepared.set(goOn.await(Applications.DEADLINE_SECONDS, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        });
        createStream(log);
        hold.set(true);
        // Not waited for: an append may need the very file that is held.
        for (int i = 0; i < 100 && preparing.getCount() > 0; i++) {
            beginToAppend(log, 5);
        }
        assertThat(preparing.await(Applications.DEADLINE_SECONDS, TimeUnit.SECONDS))
                .isTrue();
        Future<Void> closed = log.close();
        vertx.setTimer(300, timer -> goOn.countDown());
        Applications.get(closed);
        assertThat(prepared).as("the file was ready before the log was closed").isTrue();
        Applications.get(open((step, name, bytes) -> {}).close());
    }

    /** The events of the chunk are in the journal: no frame says that they left it. */
    @Test
    void aChunkWhoseRoundWasCutOffIsNeverReadAndSwept() throws Exception {
        LogOptions options =
                new LogOptions().setShards(1).setJournalFileBytes(1 << 20).setTailBytes(192 << 10);
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch journalClosed = new CountDownLatch(1);
        AtomicBoolean closing = new AtomicBoolean();
        Disk[] files = new Disk[1];
        Strandline log = Applications.get(new FileEngine(disk -> {
                    files[0] = disk;
                    return new HookedDisk(disk, new HookedDisk.Hook() {
                        @Override
                        public void before(Step step, String name, int bytes) throws IOException {
                            if (step == Step.FORCE_DIRECTORY && name.endsWith("/chunks")) {
                                writing.countDown();
                                awaitHere(journalClosed);
                            }
                        }

                        @Override
                        public void after(Step step, String name) {
                            if (step == Step.CLOSE && closing.get() && name.endsWith(JournalNames.SPARE)) {
                                journalClosed.countDown();
                            }
                        }
                    });
                })
                .open(vertx, "file:" + directory.resolve("data"), options));
        createStream(log);
        append(log, 120);
        awaitHere(writing);
        closing.set(true);
        Applications.get(log.close());

        Disk disk = Objects.requireNonNull(files[0]);
        List<String> cutOff = disk.list("shard-0/chunks");
        assertThat(cutOff).isNotEmpty();
        for (String name : cutOff) {
            Files.write(directory.resolve("data/shard-0/chunks").resolve(name), new byte[100]);
        }
        Strandline again = open((step, name, bytes) -> {});
        assertThat(Applications.get(Applications.readAll(vertx, again, STREAM))).hasSize(120);
        Path chunks = directory.resolve("data/shard-0/chunks");
        Applications.until(
                vertx, "the sweep", () -> cutOff.stream().noneMatch(name -> Files.exists(chunks.resolve(name))));
        Applications.get(again.close());
    }

    private static void awaitHere(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(Applications.DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("nothing within " + Applications.DEADLINE_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void noFileStaysOpen() throws IOException {
        Strandline log = open((step, name, bytes) -> {});
        createStream(log);
        append(log, 500);
        List<EventRecord<Buffer>> events = Applications.get(Applications.readAll(vertx, log, STREAM));
        assertThat(events).hasSize(500);
        assertThat(openFiles()).isNotEmpty();
        Applications.get(log.close());
        assertThat(openFiles()).isEmpty();
    }

    /** Files of the log that this process has open, as Linux tells. */
    private List<String> openFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(CloseTest::target)
                    .filter(target -> target.startsWith(directory.toString()))
                    .toList();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            // Closed since it was listed.
            return "";
        }
    }
}
