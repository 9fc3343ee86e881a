package io.strandline.log.impl.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.impl.file.MemoryDisk;
import io.strandline.log.impl.journal.JournalDirectory.Spare;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.HookedDisk.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Spare files of a journal while it changes owners. An owner whose journal failed may still prepare one, on a thread of its own,
 * when the next owner has begun.
 */
class SpareNamesTest {

    private static final String DIRECTORY = "journal";
    private static final int FILE_BYTES = 3 * JournalFormat.PAGE_BYTES;

    private final Disk disk = new MemoryDisk(1 << 20);

    /** Takes over, as a recovery does, and leaves its mark in the spare that it has taken. */
    private final class NextOwner {

        private final JournalDirectory directory = new JournalDirectory(disk, DIRECTORY);
        private @Nullable Spare taken;

        void takeOver() throws IOException {
            directory.open();
            directory.ownedBy(2);
            if (directory.spareBytes() == 0) {
                directory.makeSpare(FILE_BYTES, FILE_BYTES);
            }
            Spare spare = directory.takeSpare(1);
            assertThat(spare).isNotNull();
            spare.file().write(ByteBuffer.wrap(new byte[] {42}), 0);
            taken = spare;
        }

        /** What is under the name with which the file is about to enter the journal. */
        byte enters() throws IOException {
            try (DiskFile file = disk.openToRead(taken == null ? "" : taken.name())) {
                ByteBuffer first = ByteBuffer.allocate(1);
                file.read(first, 0);
                return first.get(0);
            }
        }
    }

    /** The next owner takes over in the middle of what the one before does, whichever step that is at. */
    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"CREATE", "WRITE", "FORCE", "RENAME", "FORCE_DIRECTORY"})
    void what_an_earlier_owner_still_prepares_replaces_nothing_of_the_next(Step when) throws IOException {
        NextOwner next = new NextOwner();
        boolean[] begun = new boolean[1];
        Disk interrupted = new HookedDisk(disk, (step, name, bytes) -> {
            if (step == when && begun[0] && next.taken == null) {
                next.takeOver();
            }
        });
        JournalDirectory earlier = new JournalDirectory(interrupted, DIRECTORY);
        earlier.open();
        earlier.ownedBy(1);
        begun[0] = true;
        try {
            earlier.makeSpare(FILE_BYTES, FILE_BYTES);
        } catch (IOException e) {
            assertThat(e).as("its unfinished file was cleared away").hasMessageContaining(JournalNames.UNFINISHED);
        }
        assertThat(next.taken).isNotNull();
        assertThat(next.enters()).isEqualTo((byte) 42);
    }

    @Test
    void names_of_one_owner_are_never_repeated_not_even_of_those_it_found() throws IOException {
        Set<String> names = new HashSet<>();
        for (int epoch = 1; epoch <= 3; epoch++) {
            JournalDirectory directory = new JournalDirectory(disk, DIRECTORY);
            directory.open();
            directory.ownedBy(epoch);
            for (int i = 0; i < 3; i++) {
                Set<String> before = new HashSet<>(disk.list(DIRECTORY));
                directory.makeSpare(FILE_BYTES, FILE_BYTES);
                Set<String> added = new HashSet<>(disk.list(DIRECTORY));
                added.removeAll(before);
                assertThat(added).hasSize(1);
                assertThat(names.addAll(added)).isTrue();
            }
            for (Spare spare = directory.takeSpare(1); spare != null; spare = directory.takeSpare(1)) {
                disk.delete(spare.name());
            }
        }
    }
}
