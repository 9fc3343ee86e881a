package io.strandline.log.impl.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.EmbeddedLog;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import io.strandline.log.spi.LogRules;
import io.strandline.testkit.DiskOperation;
import io.strandline.testkit.Flaw;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.SimulatedScheduler;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a shard does at rest, in a recovery and at its end, so that what it answered is proven and stays. */
class ProvenFramesTest {

    private static final LogOptions OPTIONS =
            new LogOptions().setJournalFileBytes(256 << 10).setTailBytes(64 << 10);

    /** Longer than a shard waits before it leaves a proof. */
    private static final long IDLE_MILLIS = 1_000;

    private static final String JOURNAL = ShardDirectories.journal(0);

    private final SimulatedLog log = new SimulatedLog(1, OPTIONS, 1);
    private boolean isAtItsEnd;

    private StreamDescription createStream() {
        return log.createStream("shop/orders", new StreamOptions());
    }

    /** Position in the newest journal file of the newest frame that holds events. */
    private long newestEvents(SimulatedDisk disk, String name) throws IOException {
        long found = 0;
        try (DiskFile file = disk.openToRead(name)) {
            var header = Objects.requireNonNull(JournalScan.header(file, name));
            JournalScan scan = new JournalScan(file, JournalFormat.saltBytes(header.salt()));
            for (long number = header.firstFrame(); scan.next(number); number++) {
                found = scan.kind == FrameKind.BATCHES ? scan.framePosition : found;
            }
        }
        return found;
    }

    @Test
    void r2_the_last_event_of_a_shard_at_rest_is_proven_so_that_its_damage_is_corruption() throws IOException {
        SimulatedDisk disk = damagedAtItsNewestEvent();

        Throwable refused = log.failure(EmbeddedLog.open(log.scheduler().environment(disk), OPTIONS, 1, true));
        List<JournalDirectory.Entry> journal = JournalDirectory.list(disk, JOURNAL);
        assertThat(refused)
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining(journal.get(journal.size() - 1).name());
    }

    @Test
    void r2_a_log_that_takes_damage_for_a_torn_tail_loses_that_event() throws IOException {
        SimulatedDisk disk = damagedAtItsNewestEvent();

        Environment flawed =
                Flaw.TAKES_DAMAGE_FOR_A_TORN_TAIL.in(log.scheduler().environment(disk));
        EmbeddedLog opened = log.get(EmbeddedLog.open(flawed, OPTIONS, 1, true));
        assertThat(log.get(opened.catalog().endCut("shop/orders")).offsets().values())
                .containsExactly(0L);
    }

    /** The disk of a log that rested after its only event, died, and has a flipped bit in that event. */
    private SimulatedDisk damagedAtItsNewestEvent() throws IOException {
        PartitionDescription orders = createStream().partitions().get(0);
        log.get(log.append(orders, 100));
        log.pass(IDLE_MILLIS);
        SimulatedDisk disk = log.disk().kill();
        List<JournalDirectory.Entry> journal = JournalDirectory.list(disk, JOURNAL);
        String newest = journal.get(journal.size() - 1).name();
        disk.damage(newest, newestEvents(disk, newest) + JournalFormat.FRAME_HEADER_BYTES + 50, 1);
        log.scheduler().abandon();
        return disk;
    }

    @Test
    void t2_a_chunk_that_a_replay_lets_go_stays_until_the_frame_that_says_so_is_forced() throws IOException {
        PartitionDescription orders = createStream().partitions().get(0);
        while (log.chunks().isEmpty()) {
            log.get(log.append(orders, 10_000));
        }
        log.pass(IDLE_MILLIS);
        List<String> chunks = log.chunks();
        StreamCut end = log.get(log.catalog().endCut("shop/orders"));

        // The frame is written, and the process ends before the force of it.
        log.disk().observe((operation, name) -> {
            if (operation == DiskOperation.FORCE) {
                isAtItsEnd = true;
                throw new EndOfProcess();
            }
        });
        Future<Void> truncated = log.catalog().truncate("shop/orders", end);
        endProcess(truncated);
        SimulatedDisk disk = log.disk().kill();
        disk.observe((operation, name) -> {});
        log.scheduler().abandon();

        disk.faults().failAt(DiskOperation.FORCE, 1);
        Future<EmbeddedLog> opened = EmbeddedLog.open(log.scheduler().environment(disk), OPTIONS, 1, true);
        assertThat(log.failure(opened)).isInstanceOf(StrandlineException.Unavailable.class);
        log.pass(IDLE_MILLIS);
        assertThat(disk.list(ShardDirectories.directory(0) + "/chunks"))
                .as("a power cut now takes the frame back")
                .containsAll(chunks);
    }

    private static final class EndOfProcess extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Runs up to the end. Anything that the process would do afterwards never happens. */
    private void endProcess(Future<?> underWay) {
        log.until("the end of the process", () -> isAtItsEnd);
        assertThat(underWay.isComplete()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void a1_a_journal_that_closes_without_room_forces_what_was_written(long seed) {
        SimulatedDisk disk = new SimulatedDisk(seed);
        Ears ears = new Ears();
        FileJournal journal = journal(disk, contents -> {});
        journal.listen(ears);
        disk.setCapacity(disk.usedBytes());
        while (!ears.isBlocked) {
            journal.append(FrameKind.BATCHES, FrameBody.of(new byte[3_000]), 60_000);
        }
        assertThat(ears.written).isGreaterThan(ears.forced);
        assertThat(journal.close().succeeded()).isTrue();

        SimulatedDisk after = disk.crash();
        after.setCapacity(Long.MAX_VALUE);
        long[] last = new long[1];
        journal(after, contents -> last[0] = contents.lastFrame());
        assertThat(last[0]).isEqualTo(ears.written);
    }

    /** The first part of the checkpoint finds room, the second does not. */
    @Test
    void t8_a_journal_that_closes_without_room_for_all_of_a_checkpoint_is_read_from_its_beginning() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(9);
        FileJournal journal = journal(disk, contents -> {});
        journal.listen(new Ears());
        disk.setCapacity(disk.usedBytes());
        journal.append(FrameKind.BATCHES, FrameBody.of(new byte[3_000]));
        Future<Void> closed = journal.close(List.of(FrameBody.of(new byte[100]), FrameBody.of(new byte[1 << 20])));
        assertThat(closed.succeeded()).isTrue();

        long[] frames = new long[2];
        journal(disk.kill(), contents -> {
            frames[0] = contents.firstFrame();
            frames[1] = contents.lastFrame();
        });
        assertThat(frames).containsExactly(1, 2);
    }

    private static FileJournal journal(SimulatedDisk disk, Journal.Restore restore) {
        SimulatedScheduler clock = new SimulatedScheduler(1);
        Environment environment = new Environment(
                disk,
                clock,
                (shard, delayMillis, task) -> {},
                shard -> Runnable::run,
                shard -> Runnable::run,
                shard -> Runnable::run,
                Runnable::run,
                Runnable::run,
                Runnable::run,
                LogRules.STANDARD);
        LogOptions options = new LogOptions().setJournalFileBytes(64 << 10).setJournalGroupBytes(1 << 20);
        FileJournal journal = new FileJournal(environment, 0, options, "journal");
        assertThat(journal.open(restore).failed()).isFalse();
        return journal;
    }

    private static final class Ears implements Journal.Listener {
        private long written;
        private long forced;
        private boolean isBlocked;

        @Override
        public void forced(long upToFrame) {
            forced = upToFrame;
        }

        @Override
        public void written(long upToFrame) {
            written = upToFrame;
        }

        @Override
        public void failed(Throwable cause) {
            throw new AssertionError(cause);
        }

        @Override
        public void blockedForSpace(boolean blocked) {
            isBlocked = blocked;
        }
    }
}
