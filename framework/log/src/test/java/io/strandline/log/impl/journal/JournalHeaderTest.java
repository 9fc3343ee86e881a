package io.strandline.log.impl.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.MemoryDisk;
import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A whole header counts only in the journal of its shard, under the name that its sequence gives (R4). */
class JournalHeaderTest {

    private static final int SHARD = 3;
    private static final long SEQUENCE = 7;

    private final MemoryDisk disk = new MemoryDisk(1 << 20);

    private void recoverWith(FileHeader header) throws IOException {
        disk.createDirectories("journal");
        try (DiskFile file = disk.create(JournalNames.journal("journal", SEQUENCE))) {
            file.write(ByteBuffer.wrap(JournalFormat.encode(header)), 0);
            file.write(ByteBuffer.allocate(4 * JournalFormat.PAGE_BYTES), JournalFormat.PAGE_BYTES);
        }
        JournalRecovery recovery = new JournalRecovery(disk);
        recovery.read("journal", JournalDirectory.list(disk, "journal"), SHARD);
        assertThat(recovery.files()).hasSize(1);
    }

    @Test
    void the_header_of_the_shard_and_the_name_is_taken() throws IOException {
        recoverWith(new FileHeader(SHARD, 1, SEQUENCE, 99, 1));
    }

    @Test
    void the_file_of_another_shard_is_refused_by_its_name() {
        assertRefused(new FileHeader(SHARD + 1, 1, SEQUENCE, 99, 1));
    }

    @Test
    void the_file_of_another_sequence_is_refused_by_its_name() {
        assertRefused(new FileHeader(SHARD, 1, SEQUENCE - 1, 99, 1));
    }

    private void assertRefused(FileHeader header) {
        assertThatThrownBy(() -> recoverWith(header))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining(JournalNames.journal("journal", SEQUENCE));
    }
}
