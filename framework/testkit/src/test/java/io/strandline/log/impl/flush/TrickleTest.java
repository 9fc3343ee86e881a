package io.strandline.log.impl.flush;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import io.strandline.log.impl.control.CheckpointCapture;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.journal.JournalNames;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small appends, one at a time: each takes a page of the journal and hardly any memory (T1). */
class TrickleTest {

    private static final int JOURNAL_FILE_BYTES = 64 << 10;
    private static final int PAGE_BYTES = 4096;
    private static final int APPENDS = 1_500;

    /** With many streams a checkpoint takes more than a journal file. */
    @ParameterizedTest
    @ValueSource(ints = {1, 200})
    void roundsAreFewAndTheJournalIsReleased(int streams) throws IOException {
        LogOptions options =
                new LogOptions().setJournalFileBytes(JOURNAL_FILE_BYTES).setTailBytes(64 << 20);
        SimulatedLog log = new SimulatedLog(1, options, 1);
        for (int i = 1; i < streams; i++) {
            log.createStream("shop/other-" + i, new StreamOptions().setPartitions(1));
        }
        StreamDescription stream = log.createStream("shop/orders", new StreamOptions().setPartitions(1));
        PartitionDescription partition = stream.partitions().get(0);
        int chunksBefore = log.chunks().size();
        long state = log.ask(0, shard -> CheckpointCapture.encode(shard.state()).length);
        int mostFiles = 0;
        for (int i = 0; i < APPENDS; i++) {
            log.get(log.append(partition, 100));
            mostFiles = Math.max(mostFiles, journalFiles(log));
        }
        int filesWritten = APPENDS * PAGE_BYTES / JOURNAL_FILE_BYTES;
        assertThat(log.chunks().size() - chunksBefore)
                .as("chunk files of %d journal files", filesWritten)
                .isLessThanOrEqualTo(filesWritten / 2);
        // The file that is written, and two while a round and its checkpoint run: each has room for 16 appends, and an
        // append
        // takes a few steps only. A checkpoint is a quarter of what is written between two of them, and counts itself.
        long bound = ChunkFlush.PINNED_FILES + 4 + 6 * state / JOURNAL_FILE_BYTES;
        assertThat(mostFiles)
                .as("journal files with a state of %d bytes", state)
                .isLessThanOrEqualTo((int) bound);
        assertThat(log.bytes(partition)).isEqualTo((long) APPENDS * SimulatedLog.batchBytes(100));
        log.crash();
        assertThat(log.bytes(partition)).isEqualTo((long) APPENDS * SimulatedLog.batchBytes(100));
    }

    private static int journalFiles(SimulatedLog log) throws IOException {
        return (int) log.disk().list(ShardDirectories.journal(0)).stream()
                .filter(name -> name.endsWith(JournalNames.JOURNAL))
                .count();
    }
}
