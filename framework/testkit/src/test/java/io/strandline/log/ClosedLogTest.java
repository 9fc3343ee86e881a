package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.internal.LittleEndian;
import io.strandline.log.impl.control.CatalogRecord;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.flush.ClosingCheckpoint;
import io.strandline.log.impl.journal.JournalFormat;
import io.strandline.log.impl.journal.JournalNames;
import io.strandline.log.impl.shard.Shard;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.Environment;
import io.strandline.testkit.DiskOperation;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A log that was closed opens by reading the checkpoint with which it was closed, and nothing else. What the close says of it
 * is believed only where the journal proves it.
 */
class ClosedLogTest {

    private static final String STREAM = "shop/orders";
    private static final String JOURNAL = ShardDirectories.journal(0);
    private static final String END = JOURNAL + ".end";
    private static final int EVENT_BYTES = 1_000;

    /** A header for each file, and a checkpoint of two pages with the page after it. */
    private static final long MAX_READ_BYTES = 16 << 10;

    private final LogOptions options =
            new LogOptions().setJournalFileBytes(1 << 20).setTailBytes(4 << 20);
    private final SimulatedLog log = new SimulatedLog(11, options, 1);
    private final StreamDescription stream = log.createStream(STREAM, new StreamOptions().setPartitions(2));
    private final PartitionDescription orders = stream.partitions().get(0);
    private long events;

    private void append(int count) {
        for (int i = 0; i < count; i++) {
            log.get(log.append(orders, EVENT_BYTES));
        }
        events += count;
    }

    private void requireWhole() {
        assertThat(log.end(stream, 0)).isEqualTo(events);
        assertThat(log.bytes(orders)).isEqualTo(events * SimulatedLog.batchBytes(EVENT_BYTES));
    }

    private long unflushedBytes() {
        return unflushedBytes(log);
    }

    private static long unflushedBytes(SimulatedLog of) {
        return of.ask(0, shard -> shard.state().unflushedBytes());
    }

    private List<String> journals() throws IOException {
        return log.disk().list(JOURNAL).stream()
                .filter(name -> name.endsWith(JournalNames.JOURNAL))
                .toList();
    }

    @Test
    void t8_an_open_after_a_close_reads_the_checkpoint_and_nothing_else() throws IOException {
        append(200);
        log.crash();
        append(100);
        assertThat(unflushedBytes()).isPositive();
        for (int restart = 0; restart < 3; restart++) {
            log.close();
            long before = log.disk().readBytes(JOURNAL + "/");
            log.openAgain();
            assertThat(log.disk().readBytes(JOURNAL + "/") - before)
                    .as("restart %d", restart)
                    .isLessThanOrEqualTo(MAX_READ_BYTES);
            assertThat(unflushedBytes()).as("restart %d", restart).isZero();
            requireWhole();
            append(20);
        }
        assertThat(journals()).hasSizeLessThanOrEqualTo(2);
        log.crash();
        requireWhole();
    }

    @Test
    void t8_an_open_after_a_close_forces_each_name_and_each_page_once() {
        append(20);
        log.close();
        List<DiskOperation> operations = new ArrayList<>();
        log.disk().observe((operation, name) -> operations.add(operation));
        log.openAgain();
        log.disk().observe((operation, name) -> {});
        assertThat(operations).doesNotContain(DiskOperation.CREATE_DIRECTORIES);
        assertThat(operations)
                .filteredOn(DiskOperation.FORCE_DIRECTORY::equals)
                .as("the journal file that enters, and a reserve")
                .hasSizeLessThanOrEqualTo(2);
    }

    /** Cuts the power at one operation of a close after the other, until a close gets through before it. */
    @Test
    void t8_a_close_that_a_crash_cuts_off_loses_nothing() {
        int cutOff = 0;
        boolean closed = false;
        for (int operation = 1; !closed; operation++) {
            append(3);
            log.disk().faults().crashAt(operation);
            closed = log.runToCrash(log.engine().close());
            cutOff += closed ? 0 : 1;
            log.crash();
            requireWhole();
        }
        assertThat(cutOff).as("operations of a close").isGreaterThan(10);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void t8_a_close_on_a_failing_disk_completes_and_loses_nothing(long seed) {
        for (DiskOperation kind : DiskOperation.values()) {
            append(3);
            log.disk().faults().failAt(kind, seed);
            Future<Void> closed = log.engine().close();
            log.until("the close", closed::isComplete);
            log.disk().faults().clear();
            log.openAgain();
            requireWhole();
        }
    }

    /** A close does not wait for the end of its time: the disk says at once that there is no room. */
    @Test
    void t8_a_close_on_a_full_disk_completes_at_once_and_loses_nothing() {
        for (int pages = 0; pages < 40; pages++) {
            append(3);
            log.disk().setCapacity(log.disk().usedBytes() + (long) pages * JournalFormat.PAGE_BYTES);
            requireQuickClose();
            log.openAgain();
            requireWhole();
            log.disk().setCapacity(Long.MAX_VALUE);
            log.pass(1_000);
        }
        append(3);
        log.reopen();
        requireWhole();
        assertThat(unflushedBytes()).isZero();
    }

    private void requireQuickClose() {
        long before = log.scheduler().monotonicNanos();
        log.close();
        assertThat(log.scheduler().monotonicNanos() - before).isLessThan(1_000_000_000);
    }

    /** There may be room for a chunk and none for the frame that names it, or for that and none for the checkpoint. */
    @Test
    void t8_a_close_without_room_in_the_journal_completes_in_time_and_loses_nothing() {
        int partitions = 400;
        for (int life = 0; life < 24; life++) {
            SimulatedLog other = new SimulatedLog(
                    life, new LogOptions().setJournalFileBytes(64 << 10).setTailBytes(64 << 20), 1);
            StreamDescription many = other.createStream(STREAM, new StreamOptions().setPartitions(partitions));
            for (int i = 0; i < life; i++) {
                other.get(other.append(many.partitions().get(i), EVENT_BYTES));
            }
            List<Future<?>> appends = new ArrayList<>();
            for (int i = life; i < partitions; i++) {
                appends.add(other.append(many.partitions().get(i), 10));
            }
            appends.forEach(other::get);
            long room = (life % 4) * (16L << 10);
            other.disk().setCapacity(other.disk().usedBytes() + room);
            long before = other.scheduler().monotonicNanos();
            other.close();
            assertThat(other.scheduler().monotonicNanos() - before)
                    .as("life %d", life)
                    .isLessThan((ClosingCheckpoint.MAX_MILLIS + 500) * 1_000_000);
            other.disk().setCapacity(Long.MAX_VALUE);
            other.openAgain();
            for (PartitionDescription partition : many.partitions()) {
                assertThat(other.bytes(partition)).isPositive();
            }
        }
    }

    /** What a timer of the shard still does, for example at the end of a lease. */
    @Test
    void t8_a_frame_that_comes_while_the_log_closes_is_in_its_checkpoint() throws IOException {
        for (int step = 0; step < 60; step++) {
            append(1);
            Shard life = log.ask(0, shard -> shard);
            Future<Void> closed = log.engine().close();
            for (int i = 0; i < step && !closed.isComplete(); i++) {
                log.scheduler().step();
            }
            String scope = "scope-" + step;
            Future<Void> created = life.change(List.of(new CatalogRecord.ScopeCreated(scope)));
            log.until("the close", closed::isComplete);
            long before = log.disk().readBytes(JOURNAL + "/");
            log.openAgain();
            assertThat(log.disk().readBytes(JOURNAL + "/") - before)
                    .as("step %d", step)
                    .isLessThanOrEqualTo(MAX_READ_BYTES);
            if (created.succeeded()) {
                assertThat(log.get(log.catalog().scopes())).as("step %d", step).contains(scope);
            }
            requireWhole();
        }
    }

    /** A journal file that was deleted is there again, because its deletion was not forced. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void t8_a_power_cut_after_a_close_loses_nothing(long seed) {
        SimulatedLog other = new SimulatedLog(
                seed, new LogOptions().setJournalFileBytes(128 << 10).setTailBytes(4 << 20), 1);
        StreamDescription numbers = other.createStream(STREAM, new StreamOptions().setPartitions(1));
        long appended = 0;
        Random random = new Random(seed);
        for (int life = 0; life < 12; life++) {
            int more = random.nextInt(60);
            for (int i = 0; i < more; i++, appended++) {
                other.get(other.append(numbers.partitions().get(0), EVENT_BYTES));
            }
            other.close();
            other.crash();
            assertThat(other.end(numbers, 0)).isEqualTo(appended);
            other.crash();
            assertThat(other.bytes(numbers.partitions().get(0)))
                    .isEqualTo(appended * SimulatedLog.batchBytes(EVENT_BYTES));
        }
    }

    /** A shard that holds more in memory than it flushes within the bound closes without. */
    @Test
    void t8_a_close_does_not_flush_more_than_its_bound() {
        int bytes = 1 << 20;
        LogOptions large = new LogOptions().setTailBytes(4 * ClosingCheckpoint.MAX_FLUSH_BYTES);
        SimulatedLog other = new SimulatedLog(12, large, 1);
        PartitionDescription partition = other.createStream(STREAM, new StreamOptions().setPartitions(1))
                .partitions()
                .get(0);
        for (int i = 0; unflushedBytes(other) <= ClosingCheckpoint.MAX_FLUSH_BYTES; i++) {
            assertThat(i).isLessThan(200);
            other.get(other.append(partition, bytes));
        }
        List<String> chunks = other.chunks();
        other.reopen();
        assertThat(other.chunks()).isEqualTo(chunks);
        assertThat(unflushedBytes(other)).isGreaterThan(ClosingCheckpoint.MAX_FLUSH_BYTES);
    }

    /** Lives that end before compaction has merged anything. */
    @Test
    void t6_a_log_that_is_opened_often_for_one_event_makes_no_chunks_without_end() {
        Queue<Runnable> held = new ArrayDeque<>();
        log.close();
        for (int life = 0; life < 50; life++) {
            log.scheduler().abandon();
            Environment all = log.scheduler().environment(log.disk());
            Environment slow = new Environment(
                    all.disk(),
                    all.clock(),
                    all.timers(),
                    all.shardExecutors(),
                    all.journalExecutors(),
                    all.chunkExecutors(),
                    held::add,
                    all.readExecutor(),
                    all.preparationExecutor(),
                    all.rules());
            EmbeddedLog engine = log.get(EmbeddedLog.open(slow, options, 1, true));
            log.get(engine.append(log.next(orders, EVENT_BYTES)));
            events++;
            Future<Void> closed = engine.close();
            log.until("the close", () -> {
                for (Runnable task = held.poll(); task != null; task = held.poll()) {
                    task.run();
                }
                return closed.isComplete();
            });
        }
        assertThat(log.chunks()).hasSizeBetween(10, 40);
        log.openAgain();
        requireWhole();
    }

    // ---- a mark of the end that is not true

    private void overwriteEnd(byte[] bytes) throws IOException {
        try (DiskFile file = log.disk().open(END)) {
            file.write(ByteBuffer.wrap(bytes), 0);
            file.force();
        }
    }

    private byte[] end() throws IOException {
        byte[] bytes = new byte[2 * JournalFormat.PAGE_BYTES];
        try (DiskFile file = log.disk().openToRead(END)) {
            file.read(ByteBuffer.wrap(bytes), 0);
        }
        return bytes;
    }

    @Test
    void t8_a_damaged_place_of_the_checkpoint_is_not_believed() throws IOException {
        append(3);
        log.close();
        for (int at = 64; at < 104; at++) {
            byte[] bytes = end();
            bytes[at] ^= 1;
            bytes[JournalFormat.PAGE_BYTES + at] ^= 1;
            overwriteEnd(bytes);
            log.openAgain();
            requireWhole();
            log.close();
        }
    }

    /** A copy from an earlier close: the journal went on since, in a file of the same name or of a later one. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 40, 400})
    void t8_a_mark_of_an_earlier_close_is_not_believed(int since) throws IOException {
        append(3);
        log.close();
        byte[] earlier = end();
        log.openAgain();
        append(since);
        log.kill();
        log.scheduler().abandon();
        overwriteEnd(earlier);
        log.openAgain();
        requireWhole();
    }

    @Test
    void t8_a_damaged_checkpoint_of_a_close_is_named() throws IOException {
        append(3);
        log.close();
        String newest = journals().get(journals().size() - 1);
        long position = LittleEndian.getLong(end(), endSlot() + 80);
        log.disk().damage(JOURNAL + "/" + newest, position + 100, 1);
        for (int attempt = 0; attempt < 2; attempt++) {
            log.scheduler().abandon();
            assertThat(log.failure(EmbeddedLog.open(log.scheduler().environment(log.disk()), options, 1, true)))
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining(newest);
        }
    }

    /** Where the newest mark is. */
    private int endSlot() throws IOException {
        byte[] bytes = end();
        int second = JournalFormat.PAGE_BYTES;
        return LittleEndian.getLong(bytes, 24) > LittleEndian.getLong(bytes, second + 24) ? 0 : second;
    }
}
