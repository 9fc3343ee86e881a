package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.WriterOptions;
import io.strandline.log.impl.catalog.CatalogChanges;
import io.strandline.log.impl.journal.JournalNames;
import io.strandline.log.impl.shard.Shard;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.impl.state.KeptTransaction;
import io.strandline.log.impl.state.TransactionState;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.watch.ShardCondition;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.HookedDisk.Step;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever is thrown, an {@code Error} too, ends one life of a shard, and leaves nobody without an answer (R5). */
class ThrownTest {

    private static final String STREAM = "shop/orders";

    @TempDir
    Path directory;

    /** Where something is thrown. */
    enum Place {
        JOURNAL_WRITE,
        JOURNAL_FORCE,
        JOURNAL_RENAME,
        SPARE_CREATE,
        CHUNK_WRITE,
        CHUNK_FORCE;

        boolean strikes(Step step, String name) {
            return switch (this) {
                case JOURNAL_WRITE -> step == Step.WRITE && isJournal(name);
                case JOURNAL_FORCE -> step == Step.FORCE && isJournal(name);
                case JOURNAL_RENAME -> step == Step.RENAME && name.endsWith(JournalNames.JOURNAL);
                case SPARE_CREATE -> step == Step.CREATE && name.endsWith(JournalNames.UNFINISHED);
                case CHUNK_WRITE -> step == Step.WRITE && name.contains("/chunks");
                case CHUNK_FORCE -> step == Step.FORCE && name.contains("/chunks");
            };
        }

        private static boolean isJournal(String name) {
            return name.contains("/journal/") && !name.endsWith(JournalNames.UNFINISHED);
        }
    }

    /** On real threads: {@code times} operations throw an Error, appends go on, and the log closes. */
    @ParameterizedTest
    @EnumSource
    void r5_anErrorOnAThreadForIoIsAFailureOfTheDiskLikeAnother(Place place) {
        AtomicInteger left = new AtomicInteger();
        AtomicInteger struck = new AtomicInteger();
        Vertx vertx = Vertx.vertx();
        FileEngine engine = new FileEngine(disk -> new HookedDisk(disk, (step, name, bytes) -> {
            if (place.strikes(step, name) && left.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                struck.incrementAndGet();
                throw new OutOfMemoryError("Cannot reserve 1048576 bytes of direct buffer memory");
            }
        }));
        Strandline log =
                Applications.get(engine.open(vertx, "file:" + directory.resolve("data"), CrashChild.options()));
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(2)));
        Context context = Applications.newContext(vertx);
        EventWriter<Buffer> writer = Applications.writer(context, log, STREAM, new WriterOptions().setId("writer"));
        left.set(2);
        Applications.get(Applications.start(context, () -> appendUntil(writer, struck)));
        Applications.get(log.close());
        Applications.get(vertx.close());
    }

    /** Appends until a fault has struck twice. Fails if an append does. */
    private static Future<Void> appendUntil(EventWriter<Buffer> writer, AtomicInteger struck) {
        List<Future<Appended>> turn = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            turn.add(writer.append("key" + i, Buffer.buffer("x".repeat(500))));
        }
        return Future.all(turn)
                .compose(appended -> struck.get() < 2 ? appendUntil(writer, struck) : Future.succeededFuture());
    }

    // ---- in simulated time

    private final LogOptions options = new LogOptions().setJournalFileBytes(64 << 10);
    private final SimulatedLog log = new SimulatedLog(1, options, 1);
    private final StreamDescription stream = log.createStream(STREAM, new StreamOptions());
    private final PartitionDescription partition = stream.partitions().get(0);

    private void sabotage(boolean broken) {
        log.get(log.engine().call(0, shard -> {
            shard.state().transactions().listen(broken ? new Broken() : new Idle());
            return Future.succeededFuture();
        }));
    }

    private static class Idle implements TransactionState.Listener {

        @Override
        public void decided(KeptTransaction transaction) {}

        @Override
        public void finished(String id, TransactionStatus status) {}

        @Override
        public void setAside(String id, String why) {}

        @Override
        public void dropped(KeptTransaction transaction) {}
    }

    /** What hears of a frame that is being applied, and fails. */
    private static final class Broken extends Idle {

        @Override
        public void finished(String id, TransactionStatus status) {
            throw new StackOverflowError("while " + id + " is applied");
        }
    }

    @Test
    void r5_aFrameThatCannotBeAppliedEndsTheLifeBeforeAnyOtherIsApplied() {
        log.scheduler.letTasksThrow();
        log.get(log.port().transactions().begin("t1", 600_000));
        log.get(log.append(partition, 10));
        sabotage(true);
        Future<?> aborted = log.port().transactions().abort("t1");
        Future<ParcelReply> behind = log.append(partition, 10);
        assertThat(log.failure(aborted)).isInstanceOf(StrandlineException.Unknown.class);
        // Its frame may have been forced, but it was not applied by the life that had lost one before it.
        assertThat(log.failure(behind)).isInstanceOf(StrandlineException.Unknown.class);
        log.until("the shard serves again", this::serves);
        // Nothing that the journal has is missing from what was recovered.
        assertThat(log.get(log.port().transactions().abort("t1"))).isNotNull();
        long before = log.end(stream, 0);
        log.crash();
        assertThat(log.end(stream, 0)).isEqualTo(before).isBetween(1L, 2L);
        log.close();
    }

    private boolean serves() {
        Future<Void> asked = log.engine().call(0, Shard::settled);
        log.until("an answer", asked::isComplete);
        return asked.succeeded();
    }

    @Test
    void r5_aCallThatThrowsIsUnknownAndTheShardRecovers() {
        log.scheduler.letTasksThrow();
        log.get(log.append(partition, 10));
        Future<Void> broken = log.engine().call(0, shard -> {
            throw new AssertionError("in a decision");
        });
        assertThat(log.failure(broken)).isInstanceOf(StrandlineException.Unknown.class);
        Future<Void> next = log.engine().call(0, Shard::settled);
        assertThat(log.failure(next))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("in a decision");
        log.until("the shard serves again", this::serves);
        log.get(log.append(partition, 10));
        assertThat(log.end(stream, 0)).isEqualTo(2);
        log.close();
    }

    @Test
    void whatAChangeOfTheCatalogThrowsEndsThatChangeAlone() {
        CatalogChanges changes = new CatalogChanges(log.engine().hosts());
        Future<Void> thrown = changes.change(() -> {
            throw new StackOverflowError("in a change");
        });
        Future<String> next = changes.change(() -> Future.succeededFuture("next"));
        assertThat(log.failure(thrown)).hasMessage("in a change");
        assertThat(log.get(next)).isEqualTo("next");
        Future<String> asked = changes.query(catalog -> {
            throw new IllegalStateException("in a question");
        });
        assertThat(log.failure(asked)).hasMessage("in a question");
        assertThat(serves()).isTrue();
        log.close();
    }

    @Test
    void whatAListenerOfAnAnswerThrowsHarmsNobody() {
        Future<ParcelReply> first = log.append(partition, 10);
        first.onComplete(answer -> {
            throw new AssertionError("in a listener");
        });
        Future<ParcelReply> second = log.append(partition, 10);
        log.get(second);
        assertThat(first.succeeded()).isTrue();
        assertThat(log.end(stream, 0)).isEqualTo(2);
        log.close();
    }

    @Test
    void r5_aShardThatFailsAgainAndAgainIsStoppedAndSaysWhy() {
        log.scheduler.letTasksThrow();
        log.get(log.append(partition, 10));
        String reason = "each life of it throws";
        Throwable[] last = {null};
        log.until("it is given up", () -> {
            Future<Void> broken = log.engine().call(0, shard -> {
                throw new IllegalStateException(reason);
            });
            log.until("an answer", broken::isComplete);
            last[0] = broken.cause();
            log.scheduler.advanceMillis(500);
            return String.valueOf(broken.cause()).contains("is stopped");
        });
        assertThat(log.get(log.engine().conditions().get(0))).isEqualTo(ShardCondition.STOPPED);
        assertThat(last[0])
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("shard 0")
                .hasMessageContaining(ShardHost.MAX_RECOVERIES + " recoveries")
                .hasMessageContaining(reason);
        assertThat(log.failure(log.append(partition, 10))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(log.failure(log.catalog().describe(STREAM))).hasMessageContaining(reason);
        log.reopen();
        assertThat(log.get(log.engine().conditions().get(0))).isEqualTo(ShardCondition.SERVES);
        assertThat(log.end(stream, 0)).isEqualTo(1);
        log.close();
    }

    @Test
    void r5_aLifeThatServedForAWhileCountsAsTheFirstAgain() {
        log.scheduler.letTasksThrow();
        for (int i = 0; i < ShardHost.MAX_RECOVERIES + 10; i++) {
            log.get(log.append(partition, 10));
            log.pass(ShardHost.SERVED_MILLIS);
            log.failure(log.engine().call(0, shard -> {
                throw new IllegalStateException("once in a while");
            }));
            log.until("the shard serves again", this::serves);
        }
        log.close();
    }

    @Test
    void r5_whatIsThrownWhileTheLogClosesDoesNotKeepItOpen() {
        log.scheduler.letTasksThrow();
        log.get(log.port().transactions().begin("t1", 600_000));
        sabotage(true);
        Future<?> aborted = log.port().transactions().abort("t1");
        Future<Void> closed = log.port().close();
        log.until("closed and answered", () -> closed.isComplete() && aborted.isComplete());
        log.crash();
        assertThat(log.end(stream, 0)).isZero();
        assertThat(log.get(log.catalog().describe(STREAM)).partitions().get(0).keys())
                .isEqualTo(KeyRange.ALL);
        log.close();
    }

    /** Every read of a recovery throws, until the log is closed in between. */
    @Test
    void r5_aRecoveryThatThrowsIsTriedAgainAndDoesNotKeepTheLogOpen() {
        AtomicInteger left = new AtomicInteger();
        Vertx vertx = Vertx.vertx();
        FileEngine engine = new FileEngine(disk -> new HookedDisk(disk, (step, name, bytes) -> {
            boolean strikes = name.contains("/journal") && (step == Step.LIST || step == Step.FORCE);
            if (strikes && left.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new OutOfMemoryError(step + " of " + name);
            }
        }));
        String address = "file:" + directory.resolve("data");
        Strandline files = Applications.get(engine.open(vertx, address, CrashChild.options()));
        Applications.get(files.catalog().createScope("shop"));
        left.set(4);
        Applications.get(files.catalog().createScope("another").transform(any -> Future.succeededFuture()));
        Applications.get(untilServed(vertx, files));
        assertThat(left).hasValue(0);
        left.set(Integer.MAX_VALUE);
        assertThat(Applications.failure(files.catalog().createScope("third"))).isInstanceOf(StrandlineException.class);
        Applications.get(files.close());
        assertThat(Applications.failure(engine.open(vertx, address, CrashChild.options())))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("of shard-");
        left.set(0);
        Applications.get(Applications.get(engine.open(vertx, address, CrashChild.options()))
                .close());
        Applications.get(vertx.close());
    }

    private static Future<List<String>> untilServed(Vertx vertx, Strandline log) {
        return log.catalog().scopes().recover(refused -> vertx.timer(10, TimeUnit.MILLISECONDS)
                .compose(later -> untilServed(vertx, log)));
    }
}
