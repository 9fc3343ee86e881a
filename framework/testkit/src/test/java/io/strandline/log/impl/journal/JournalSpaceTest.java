package io.strandline.log.impl.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.spi.DiskFile;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Room on the disk: a small log is small, a full disk is no dead end (T7). */
class JournalSpaceTest {

    private static final long MEBIBYTE = 1 << 20;
    private static final String STREAM = "shop/orders";

    private static long journalBytes(SimulatedLog log, int shards) throws IOException {
        long bytes = 0;
        for (int shard = 0; shard < shards; shard++) {
            String directory = ShardDirectories.journal(shard);
            for (String name : log.disk().list(directory)) {
                try (DiskFile file = log.disk().openToRead(directory + "/" + name)) {
                    bytes += file.size();
                }
            }
        }
        return bytes;
    }

    @Test
    void anEmptyLogIsSmallAndStaysSoThroughRestarts() throws IOException {
        int shards = LogOptions.MAX_DEFAULT_SHARDS;
        SimulatedLog log = new SimulatedLog(1, new LogOptions(), shards);
        log.pass(1_000);
        long atFirst = journalBytes(log, shards);
        assertThat(atFirst).isLessThanOrEqualTo(4 * MEBIBYTE);
        for (int restart = 0; restart < 5; restart++) {
            log.reopen();
            log.pass(1_000);
            assertThat(journalBytes(log, shards))
                    .as("bytes after restart %d", restart)
                    .isLessThanOrEqualTo(atFirst);
        }
        for (int crash = 0; crash < 5; crash++) {
            log.crash();
            log.pass(1_000);
            assertThat(journalBytes(log, shards))
                    .as("bytes after crash %d", crash)
                    .isLessThanOrEqualTo(atFirst);
        }
    }

    @Test
    void filesAreSmallUntilTheFirstIsFullAndThenGrow() throws IOException {
        SimulatedLog log = new SimulatedLog(2, new LogOptions(), 1);
        PartitionDescription partition = partition(log);
        long first = JournalSpace.firstFileBytes(new LogOptions());
        for (long written = 0; written < first - 20_000; written += 4_096) {
            log.get(log.append(partition, 100));
        }
        log.pass(1_000);
        assertThat(journalBytes(log, 1)).isLessThanOrEqualTo(4 * MEBIBYTE);
        for (int i = 0; i < 40; i++) {
            log.get(log.append(partition, 1 << 20));
        }
        assertThat(largestJournalFile(log)).isGreaterThanOrEqualTo(16 * MEBIBYTE);
        long end = log.end(log.get(log.catalog().describe(STREAM)), 0);
        log.crash();
        assertThat(log.end(log.get(log.catalog().describe(STREAM)), 0)).isEqualTo(end);
    }

    /** An event larger than a whole file of the options. */
    @Test
    void aFrameThatIsLargerThanAFileGetsAFileOfItsOwn() {
        SimulatedLog log = new SimulatedLog(3, new LogOptions().setJournalFileBytes(64 << 10), 1);
        PartitionDescription partition = partition(log);
        for (int i = 0; i < 5; i++) {
            log.get(log.append(partition, 300_000));
            log.get(log.append(partition, 10));
        }
        log.crash();
        assertThat(log.bytes(partition))
                .isEqualTo(5L * (SimulatedLog.batchBytes(300_000) + SimulatedLog.batchBytes(10)));
    }

    private static long largestJournalFile(SimulatedLog log) throws IOException {
        long largest = 0;
        String directory = ShardDirectories.journal(0);
        for (String name : log.disk().list(directory)) {
            try (DiskFile file = log.disk().openToRead(directory + "/" + name)) {
                largest = Math.max(largest, name.endsWith(JournalNames.JOURNAL) ? file.size() : 0);
            }
        }
        return largest;
    }

    private static PartitionDescription partition(SimulatedLog log) {
        return log.createStream(STREAM, new StreamOptions().setPartitions(1))
                .partitions()
                .get(0);
    }

    // ---- a large state

    /** A state of so many bytes at least. */
    private static void createScopes(SimulatedLog log, int bytes) {
        String name = "scope-" + "x".repeat(90) + "-";
        for (int i = 0; i < bytes / name.length(); i++) {
            log.get(log.catalog().createScope(name + i));
        }
    }

    /** A checkpoint goes through one file after the other, as everything else does. */
    @Test
    void aStateThatIsLargerThanAFileNeedsNoLargerFile() throws IOException {
        SimulatedLog log = new SimulatedLog(12, small(), 1);
        PartitionDescription partition = partition(log);
        createScopes(log, 200 << 10);
        long largest = 0;
        for (int i = 0; i < 600; i++) {
            log.get(log.append(partition, 100));
            for (long bytes : log.disk().sizes(ShardDirectories.journal(0)).values()) {
                largest = Math.max(largest, bytes);
            }
        }
        assertThat(largest).isEqualTo(small().getJournalFileBytes());
        log.crash();
        assertThat(log.end(log.get(log.catalog().describe(STREAM)), 0)).isEqualTo(600);
    }

    @Test
    void aStateThatIsLargerThanWhatIsFreeKeepsNobodyFromWriting() {
        SimulatedLog log = new SimulatedLog(13, small(), 1);
        // What the journal needs between two checkpoints, and less than twice the state beside it.
        log.disk().setCapacity(1_900 << 10);
        PartitionDescription partition = partition(log);
        createScopes(log, 200 << 10);
        for (int i = 0; i < 1_200; i++) {
            log.get(log.append(partition, 100));
        }
    }

    /** What is kept for a full disk is not for the rest of a checkpoint. */
    @Test
    void aDiskThatBecomesFullDuringACheckpointIsNoDeadEnd() {
        SimulatedLog log = new SimulatedLog(14, small(), 1);
        PartitionDescription partition = partition(log);
        long acked = fillDuringACheckpoint(log, partition);
        truncate(log, partition, acked);
        log.disk().setCapacity(CAPACITY);
        requireGoesOn(log, partition, acked);
    }

    /** What was written for the one that was given up counts for nothing. */
    @Test
    void aCheckpointThatWasGivenUpIsTakenWhenThereIsRoom() {
        SimulatedLog log = new SimulatedLog(14, small(), 1);
        PartitionDescription partition = partition(log);
        long acked = fillDuringACheckpoint(log, partition);
        log.pass(60_000);
        truncate(log, partition, acked);
        log.disk().setCapacity(CAPACITY);
        requireGoesOn(log, partition, acked);
        assertThat(log.get(log.hosts()[0].statistics()).checkpointAgeMillis()).isLessThan(60_000);
    }

    private static long fillDuringACheckpoint(SimulatedLog log, PartitionDescription partition) {
        createScopes(log, 300 << 10);
        long acked = 0;
        long forced = forcedBytes(log);
        for (long added = 0; added < 24 << 10; acked++) {
            log.get(log.append(partition, 100));
            added = forcedBytes(log) - forced;
            forced += added;
        }
        log.disk().setCapacity(log.disk().usedBytes());
        for (boolean isFull = false; !isFull; ) {
            Future<?> append = log.append(partition, 2_000);
            log.until("an answer", append::isComplete);
            isFull = append.failed();
            acked += isFull ? 0 : 1;
        }
        log.forget(partition);
        // The file that the last part goes into may be on its way into the journal.
        log.pass(1_000);
        return acked;
    }

    private static long forcedBytes(SimulatedLog log) {
        return log.get(log.hosts()[0].statistics()).forcedBytes();
    }

    // ---- a full disk

    private static final long CAPACITY = 4 * MEBIBYTE;

    private static LogOptions small() {
        return new LogOptions()
                .setJournalFileBytes(64 << 10)
                .setJournalGroupBytes(16 << 10)
                .setTailBytes(256 << 10);
    }

    /** Appends until the log has no room. Returns the number of acknowledged events. */
    private static long fill(SimulatedLog log, PartitionDescription partition) {
        log.disk().setCapacity(CAPACITY);
        for (long acked = 0; ; acked++) {
            Future<?> append = log.append(partition, 2_000);
            log.until("an answer", append::isComplete);
            if (append.failed()) {
                log.forget(partition);
                assertThat(append.cause()).isInstanceOf(StrandlineException.Unavailable.class);
                return acked;
            }
        }
    }

    private static void requireRefused(SimulatedLog log, PartitionDescription partition) {
        assertThat(log.failure(log.append(partition, 2_000))).isInstanceOf(StrandlineException.Unavailable.class);
        log.forget(partition);
    }

    private static void truncate(SimulatedLog log, PartitionDescription partition, long offset) {
        log.get(log.catalog().truncate(STREAM, StreamCut.of(StreamName.parse(STREAM), partition.id(), offset)));
    }

    /** With room for one of many. */
    private static void requireGoesOn(SimulatedLog log, PartitionDescription partition, long acked) {
        StreamDescription stream = log.get(log.catalog().describe(STREAM));
        long goesOn = 0;
        for (int attempt = 0; goesOn < 50; attempt++) {
            assertThat(attempt).as("attempts to append when there is room").isLessThan(500);
            Future<?> append = log.append(partition, 2_000);
            log.until("an answer", append::isComplete);
            if (append.succeeded()) {
                goesOn++;
            } else {
                log.forget(partition);
                log.pass(100);
            }
        }
        assertThat(log.end(stream, 0)).isEqualTo(acked + goesOn);
    }

    @Test
    void aFullLogIsReadAndTruncatedAndGoesOn() {
        SimulatedLog log = new SimulatedLog(4, small(), 1);
        PartitionDescription partition = partition(log);
        long acked = fill(log, partition);
        assertThat(log.bytes(partition)).isEqualTo(acked * SimulatedLog.batchBytes(2_000));
        requireRefused(log, partition);
        truncate(log, partition, acked / 2);
        requireGoesOn(log, partition, acked);
    }

    @Test
    void aFullLogClosesAndOpensAsOftenAsItHasToAndIsEmptiedThen() {
        SimulatedLog log = new SimulatedLog(5, small(), 1);
        PartitionDescription partition = partition(log);
        long acked = fill(log, partition);
        for (int restart = 0; restart < 12; restart++) {
            if (restart % 3 == 2) {
                log.crash();
            } else {
                log.reopen();
            }
            assertThat(log.bytes(partition))
                    .as("restart %d", restart)
                    .isEqualTo(acked * SimulatedLog.batchBytes(2_000));
            // A start may give back a little.
            acked += fill(log, partition);
        }
        truncate(log, partition, acked / 2);
        requireGoesOn(log, partition, acked);
        log.crash();
        assertThat(log.start(log.get(log.catalog().describe(STREAM)), 0)).isEqualTo(acked / 2);
    }

    @Test
    void aStreamIsDeletedOnAFullDisk() {
        SimulatedLog log = new SimulatedLog(6, small(), 1);
        PartitionDescription partition = partition(log);
        fill(log, partition);
        log.reopen();
        log.get(log.catalog().deleteStream(STREAM));
        log.pass(1_000);
        StreamDescription other =
                log.get(log.catalog().createStream("shop/other", new StreamOptions().setPartitions(1)));
        log.get(log.append(other.partitions().get(0), 2_000));
    }

    // ---- a full disk and retention by consumption

    private static StreamCut upTo(PartitionDescription partition, long offset) {
        return StreamCut.of(StreamName.parse(STREAM), partition.id(), offset);
    }

    private static Future<Void> note(SimulatedLog log, String subscriber, PartitionDescription partition, long offset) {
        return log.catalog().commitConsumed(STREAM, subscriber, upTo(partition, offset));
    }

    private static PartitionDescription consumedPartition(SimulatedLog log) {
        return log.createStream(STREAM, new StreamOptions().setPartitions(1).setRetention(Retention.untilConsumed(0)))
                .partitions()
                .get(0);
    }

    private static void appendAThousand(SimulatedLog log, PartitionDescription partition) {
        for (int i = 0; i < 1_000; i++) {
            log.get(log.append(partition, 2_000));
        }
    }

    /** Who is ahead frees nothing, however often it says so. */
    @Test
    void aFullLogIsEmptiedByItsLastSubscriber() {
        SimulatedLog log = new SimulatedLog(9, small(), 1);
        PartitionDescription partition = consumedPartition(log);
        log.get(note(log, "slow", partition, 0));
        log.get(note(log, "fast", partition, 0));
        long acked = fill(log, partition);
        // Both are waited for, so either may be the first that moves.
        log.get(note(log, "fast", partition, acked / 2));
        for (int i = 0; i < 200; i++) {
            assertThat(log.failure(note(log, "fast", partition, acked / 2 + 1 + i)))
                    .isInstanceOf(StrandlineException.Unavailable.class);
            assertThat(log.failure(note(log, "new", partition, acked)))
                    .isInstanceOf(StrandlineException.Unavailable.class);
        }
        requireRefused(log, partition);
        log.get(note(log, "slow", partition, acked / 2));
        requireGoesOn(log, partition, acked);
        log.get(note(log, "new", partition, acked));
    }

    /** Each of its notes takes room, and none frees any. */
    @Test
    void theLastSubscriberLeavesRoomToThoseWhoEmptyAFullLog() {
        SimulatedLog log = new SimulatedLog(9, small(), 1);
        PartitionDescription partition = consumedPartition(log);
        log.get(note(log, "slow", partition, 0));
        long acked = fill(log, partition);
        int taken = 0;
        for (int i = 1; i <= 200; i++) {
            Future<Void> note = note(log, "slow", partition, i);
            log.until("an answer", note::isComplete);
            taken += note.succeeded() ? 1 : 0;
        }
        assertThat(taken).isPositive().isLessThan(200);
        truncate(log, partition, acked / 2);
        requireGoesOn(log, partition, acked);
    }

    @Test
    void aFullLogIsEmptiedWhenItsLastSubscriberIsForgotten() {
        SimulatedLog log = new SimulatedLog(10, small(), 1);
        PartitionDescription partition = consumedPartition(log);
        log.get(note(log, "gone", partition, 0));
        appendAThousand(log, partition);
        log.get(note(log, "fast", partition, 1_000));
        long acked = 1_000 + fill(log, partition);
        requireRefused(log, partition);
        assertThat(log.get(log.catalog().forgetSubscriber(STREAM, "gone"))).isTrue();
        requireGoesOn(log, partition, acked);
    }

    /** On a full log nobody is heard, so silence says something only if it began before. */
    @Test
    void aFullLogForgetsThoseThatWereSilentBefore() {
        long minute = 60_000;
        SimulatedLog log = new SimulatedLog(
                11, small().setMaxSubscriberIdleMillis(60 * minute).setRetentionIntervalMillis(minute), 1);
        PartitionDescription partition = consumedPartition(log);
        log.get(note(log, "gone", partition, 0));
        appendAThousand(log, partition);
        log.get(note(log, "patient", partition, 1_000));
        log.pass(40 * minute);
        log.get(note(log, "lively", partition, 1_000));
        long acked = 1_000 + fill(log, partition);
        log.pass(10 * minute);
        assertThat(log.failure(note(log, "patient", partition, 1_001)))
                .isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(log.get(log.catalog().subscribers(STREAM))).containsOnlyKeys("gone", "lively", "patient");
        for (int i = 0; i < 15; i++) {
            log.pass(minute);
        }
        assertThat(log.get(log.catalog().subscribers(STREAM))).containsOnlyKeys("lively", "patient");
        requireGoesOn(log, partition, acked);

        fill(log, partition);
        for (int i = 0; i < 80; i++) {
            log.pass(minute);
        }
        requireRefused(log, partition);
        assertThat(log.get(log.catalog().subscribers(STREAM))).containsOnlyKeys("lively", "patient");
        // With room again, silence counts.
        log.get(log.catalog().forgetSubscriber(STREAM, "patient"));
        log.get(note(log, "lively", partition, log.end(log.get(log.catalog().describe(STREAM)), 0)));
        log.pass(70 * minute);
        assertThat(log.get(log.catalog().subscribers(STREAM))).isEmpty();
    }

    // ---- what is kept

    /** What is kept is for frames that free space: nothing else gets into it. */
    @Test
    void nothingElseUsesWhatIsKept() {
        SimulatedLog log = new SimulatedLog(7, small(), 1);
        PartitionDescription partition = partition(log);
        long acked = fill(log, partition);
        for (int i = 0; i < 200; i++) {
            requireRefused(log, partition);
            assertThat(log.failure(log.catalog().createScope("scope-" + i)))
                    .isInstanceOf(StrandlineException.Unavailable.class);
        }
        truncate(log, partition, acked / 2);
        requireGoesOn(log, partition, acked);
    }

    /** A recovery that has no spare begins in one of the files for a full disk, and enough of them may be left. */
    @Test
    void aLogThatBeganInAFileForAFullDiskTakesEventsIntoIt() throws IOException {
        SimulatedLog log = new SimulatedLog(8, new LogOptions().setJournalGroupBytes(64 << 10), 1);
        PartitionDescription partition = partition(log);
        log.get(log.append(partition, 100));
        log.pass(1_000);
        String directory = ShardDirectories.journal(0);
        long bytes = 0;
        for (Map.Entry<String, Long> file : log.disk().sizes(directory).entrySet()) {
            if (file.getKey().endsWith(JournalNames.SPARE)) {
                log.disk().delete(directory + "/" + file.getKey());
            } else if (file.getKey().endsWith(JournalNames.RESERVE)) {
                bytes = file.getValue();
            }
        }
        try (DiskFile file = log.disk().create(JournalNames.reserve(directory, 0xFFFF))) {
            file.write(ByteBuffer.allocate((int) bytes), 0);
            file.force();
        }
        log.disk().forceDirectory(directory);

        log.crash();
        for (int i = 0; i < 50; i++) {
            log.get(log.append(partition, 2_000));
        }
    }
}
