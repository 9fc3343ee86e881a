package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.impl.control.ShardRecovery;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.journal.JournalDirectory;
import io.strandline.log.impl.journal.JournalRecovery;
import io.strandline.log.impl.state.ShardState;
import io.strandline.spi.LogPort;
import io.strandline.spi.WriterGrant;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.HookedDisk.Step;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A change of the catalog that fails on its way through the shards has no effect, and can be made again (E1). */
class CatalogFaultTest {

    private static final String STREAM = "shop/orders";
    private static final StreamOptions TWO = new StreamOptions().setPartitions(2);

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = Applications.newContext(vertx);
    private volatile String failing = "";
    private LogPort port;
    private Strandline log;

    @BeforeEach
    void create() {
        port = open();
        log = LogPort.strandline(vertx, port);
        Applications.get(log.catalog().createScope("shop"));
    }

    @AfterEach
    void close() {
        Applications.get(log.close());
        Applications.get(vertx.close());
    }

    private LogPort open() {
        FileEngine engine = HookedLogs.engine(disk -> new HookedDisk(disk, (step, name, bytes) -> {
            if (step == Step.FORCE && !failing.isEmpty() && name.startsWith(failing)) {
                throw new IOException("force of " + name + " fails");
            }
        }));
        return Applications.get(engine.openPort(vertx, "file:" + directory.resolve("data"), CrashChild.options()));
    }

    private static void assertPasses(Throwable failure) {
        assertThat(failure).isInstanceOfAny(StrandlineException.Unknown.class, StrandlineException.Unavailable.class);
    }

    /** Waits until the shards serve again: then the stream can be created, or is there. */
    private StreamDescription createWhenBack(StreamOptions options) {
        StreamDescription[] created = new StreamDescription[1];
        Applications.until(vertx, "the stream is created", () -> {
            if (created[0] == null) {
                log.catalog().createStream(STREAM, options).onSuccess(stream -> created[0] = stream);
            }
            return created[0] != null;
        });
        return created[0];
    }

    /** Partitions that the shards hold, as the closed log's journals tell. */
    private Set<Long> partitions() throws IOException {
        Set<Long> ids = new TreeSet<>();
        for (int shard = 0; shard < 2; shard++) {
            FileDisk disk = FileDisk.at(directory.resolve("data"));
            JournalRecovery recovery = new JournalRecovery(disk);
            recovery.read(
                    ShardDirectories.journal(shard),
                    JournalDirectory.list(disk, ShardDirectories.journal(shard)),
                    shard);
            ShardState state = new ShardState(shard, unreferenced -> {});
            ShardRecovery.restore(recovery.contents(1), state);
            state.partitions().values().forEach(partition -> ids.add(partition.id()));
        }
        return ids;
    }

    private static Set<Long> ids(StreamDescription stream) {
        Set<Long> ids = new TreeSet<>();
        stream.partitions().forEach(partition -> ids.add(partition.id()));
        return ids;
    }

    @Test
    void e1_aCreationThatFailedInOneShardIsFinishedByTheNext() throws IOException {
        for (String shard : List.of("shard-1", "shard-0")) {
            failing = shard;
            assertPasses(Applications.failure(log.catalog().createStream(STREAM, TWO)));
            failing = "";
            StreamDescription stream = createWhenBack(TWO);
            assertThat(Applications.get(log.catalog().describe(STREAM))).isEqualTo(stream);
            Applications.get(log.close());
            assertThat(partitions())
                    .as("partitions after a failure of %s", shard)
                    .isEqualTo(ids(stream));
            log = LogPort.strandline(vertx, open());
            assertThat(Applications.get(log.catalog().describe(STREAM))).isEqualTo(stream);
            Applications.get(log.catalog().deleteStream(STREAM));
            Applications.get(log.close());
            assertThat(partitions()).isEmpty();
            log = LogPort.strandline(vertx, open());
        }
    }

    /** A stream that comes into being in a scope that is gone would be listed nowhere, and its events would stay. */
    @Test
    void e1_aScopeIsNotDeletedWhileAStreamInItIsBeingCreated() {
        failing = "shard-1";
        assertPasses(Applications.failure(log.catalog().createStream(STREAM, TWO)));
        failing = "";
        AtomicReference<@Nullable Throwable> refusal = new AtomicReference<>();
        AtomicBoolean deleted = new AtomicBoolean();
        Applications.until(vertx, "an answer that stays", () -> {
            log.catalog()
                    .deleteScope("shop")
                    .onSuccess(done -> deleted.set(true))
                    .onFailure(cause -> {
                        if (cause instanceof StrandlineException.Conflict) {
                            refusal.set(cause);
                        }
                    });
            return refusal.get() != null || deleted.get();
        });
        assertThat(deleted.get()).isFalse();
        assertThat(refusal.get()).hasMessageContaining(STREAM);
        Applications.get(log.close());
        log = LogPort.strandline(vertx, open());
        assertThat(Applications.get(log.catalog().streams("shop"))).containsExactly(StreamName.parse(STREAM));
        Applications.get(log.catalog().deleteStream(STREAM));
        Applications.get(log.catalog().deleteScope("shop"));
        assertThat(Applications.get(log.catalog().scopes())).doesNotContain("shop");
    }

    @Test
    void e1_aDeletionThatFailedInOneShardIsFinishedBeforeTheNameIsUsedAgain() throws IOException {
        Applications.get(log.catalog().createStream(STREAM, TWO));
        Applications.writer(context, log, STREAM, new WriterOptions().setId("importer"));
        failing = "shard-1";
        assertPasses(Applications.failure(log.catalog().deleteStream(STREAM)));
        failing = "";
        StreamDescription stream = createWhenBack(TWO);
        var writer = Applications.writer(context, log, STREAM, new WriterOptions().setId("importer"));
        Applications.get(Applications.start(context, () -> writer.append("key", Buffer.buffer("event"))));
        Applications.get(log.close());
        assertThat(partitions()).isEqualTo(ids(stream));
        log = LogPort.strandline(vertx, open());
        Applications.get(log.catalog().retireWriter(STREAM, "importer"));
    }

    @Test
    void e1_aScalingThatFailedInOneShardIsFinishedWhenTheShardIsBack() {
        StreamDescription before = Applications.get(log.catalog().createStream(STREAM, TWO));
        AtomicReference<@Nullable StreamDescription> scaled = new AtomicReference<>();
        do {
            failing = "shard-1";
            assertPasses(Applications.failure(log.catalog().scale(STREAM, ids(before), List.of(KeyRange.ALL))));
            assertThat(Applications.get(log.catalog().describe(STREAM)))
                    .as("only what is done is visible")
                    .isEqualTo(before);
            failing = "";
            scaled.set(null);
            Applications.until(vertx, "the shard is back", () -> {
                port.layout(StreamName.parse(STREAM)).onSuccess(scaled::set);
                return scaled.get() != null;
            });
            // The shard may have failed by its proof that it is idle, before the scaling was begun.
        } while (before.equals(scaled.get()));
        assertThat(scaled.get()).isNotNull().satisfies(found -> {
            assertThat(found.partitions()).hasSize(1);
            assertThat(found.scalings()).hasSize(1);
        });
        Applications.get(log.close());
        log = LogPort.strandline(vertx, open());
        assertThat(Applications.get(log.catalog().describe(STREAM))).isEqualTo(scaled.get());
    }

    @Test
    void aRetirementThatFailedCanBeRepeated() {
        Applications.get(log.catalog().createStream(STREAM, TWO));
        var writer = Applications.writer(
                context, log, STREAM, new WriterOptions().setId("importer").setRetryTimeoutMillis(0));
        failing = "shard-1";
        assertPasses(Applications.failure(log.catalog().retireWriter(STREAM, "importer")));
        failing = "";
        Applications.until(vertx, "the writer is retired", () -> {
            log.catalog().retireWriter(STREAM, "importer").onSuccess(done -> failing = "none");
            return failing.equals("none");
        });
        for (int i = 0; i < 10; i++) {
            String key = "key" + i;
            assertThat(Applications.failure(
                            Applications.start(context, () -> writer.append(key, Buffer.buffer("event")))))
                    .isInstanceOf(StrandlineException.Fenced.class);
        }
    }

    @Test
    void d5_aWriterWhoseAdmissionFailedOnItsWayIsNotFencedByItself() {
        Applications.get(log.catalog().createStream(STREAM, TWO));
        for (String shard : List.of("shard-0", "shard-1")) {
            WriterGrant held = Applications.get(port.admitWriter(StreamName.parse(STREAM), "importer"));
            failing = shard;
            assertPasses(Applications.failure(port.readmitWriter(held, "importer")));
            failing = "";
            AtomicReference<@Nullable WriterGrant> admitted = new AtomicReference<>();
            AtomicReference<@Nullable Throwable> fenced = new AtomicReference<>();
            Applications.until(vertx, "the writer is admitted again", () -> {
                port.readmitWriter(held, "importer").onSuccess(admitted::set).onFailure(cause -> {
                    if (cause instanceof StrandlineException.Fenced) {
                        fenced.set(cause);
                    }
                });
                return admitted.get() != null || fenced.get() != null;
            });
            assertThat(fenced.get()).isNull();
        }
    }

    @Test
    void d5_aWriterWhoseAdmissionFailedOnItsWayIsFencedByAnother() {
        Applications.get(log.catalog().createStream(STREAM, TWO));
        WriterGrant held = Applications.get(port.admitWriter(StreamName.parse(STREAM), "importer"));
        failing = "shard-0";
        assertPasses(Applications.failure(port.readmitWriter(held, "importer")));
        failing = "";
        AtomicReference<@Nullable WriterGrant> other = new AtomicReference<>();
        Applications.until(vertx, "another is admitted", () -> {
            port.admitWriter(StreamName.parse(STREAM), "importer").onSuccess(other::set);
            return other.get() != null;
        });
        assertThat(Applications.failure(port.readmitWriter(held, "importer")))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("held epoch " + held.epoch());
    }
}
