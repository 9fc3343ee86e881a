package io.strandline.log.impl.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.log.LogOptions;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import io.strandline.log.spi.LogRules;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage anywhere in a journal file is found, or cuts off what no later frame proves forced (R1 to R4). */
class JournalBytesTest {

    private static final int PAGE = JournalFormat.PAGE_BYTES;

    @TempDir
    Path directory;

    private final List<byte[]> bodies = new ArrayList<>();

    private FileJournal openJournal() {
        Environment environment = new Environment(
                FileDisk.at(directory),
                new StoppedClock(),
                (shard, delayMillis, task) -> {},
                shard -> Runnable::run,
                shard -> Runnable::run,
                shard -> Runnable::run,
                Runnable::run,
                Runnable::run,
                Runnable::run,
                LogRules.STANDARD);
        LogOptions options = new LogOptions().setJournalFileBytes(256 << 10).setJournalGroupBytes(4 << 10);
        FileJournal journal = new FileJournal(environment, 0, options, "journal");
        assertThat(journal.open(contents -> {}).failed()).isFalse();
        journal.listen(new Journal.Listener() {
            @Override
            public void forced(long upToFrame) {}

            @Override
            public void failed(Throwable cause) {
                throw new AssertionError(cause);
            }

            @Override
            public void blockedForSpace(boolean blocked) {}
        });
        return journal;
    }

    private static final class StoppedClock implements Clock {
        @Override
        public long wallMillis() {
            return 0;
        }

        @Override
        public long monotonicNanos() {
            return 0;
        }
    }

    private void write(int frames) {
        open(frames);
    }

    /** Each append is a group of its own, because everything runs at once. */
    private FileJournal open(int frames) {
        FileJournal journal = openJournal();
        Random random = new Random(7);
        for (int i = 0; i < frames; i++) {
            byte[] body = new byte[300 + random.nextInt(900)];
            random.nextBytes(body);
            bodies.add(body);
            journal.append(FrameKind.BATCHES, FrameBody.of(body));
        }
        return journal;
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
            return files.filter(path -> path.toString().endsWith(JournalNames.JOURNAL))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** The bodies that count after recovery, or null if it refused with a message that names the file. */
    private @Nullable List<byte[]> recovered() throws IOException {
        FileDisk disk = FileDisk.at(directory);
        JournalRecovery recovery = new JournalRecovery(disk);
        List<byte[]> found = new ArrayList<>();
        try {
            recovery.read("journal", JournalDirectory.list(disk, "journal"), 0);
            recovery.visit(null, 0, (number, kind, body) -> {
                assertThat(number).isEqualTo(found.size() + 1);
                found.add(body);
            });
        } catch (StrandlineException.Corrupt | StrandlineException.Invalid e) {
            assertThat(e).hasMessageContaining(file().getFileName().toString());
            return null;
        }
        return found;
    }

    private void flip(RandomAccessFile file, long position) throws IOException {
        file.seek(position);
        int before = file.read();
        file.seek(position);
        file.write(before ^ 0x41);
    }

    private static boolean same(List<byte[]> some, List<byte[]> all) {
        for (int i = 0; i < some.size(); i++) {
            if (!Arrays.equals(some.get(i), all.get(i))) {
                return false;
            }
        }
        return true;
    }

    @Test
    void a_frame_that_a_visitor_does_not_want_is_not_read_again() throws IOException {
        write(10);
        FileDisk disk = FileDisk.at(directory);
        JournalRecovery recovery = new JournalRecovery(disk);
        recovery.read("journal", JournalDirectory.list(disk, "journal"), 0);
        List<Long> visited = new ArrayList<>();
        recovery.visit(null, 0, new Wanting(5, visited));
        assertThat(visited).contains(5L).doesNotContain(1L, 9L);
        Files.write(file(), new byte[(int) Files.size(file())]);
        recovery.visit(null, 0, new Wanting(0, visited));
        assertThatThrownBy(() -> recovery.visit(null, 0, new Wanting(5, visited)))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("frame 5");
    }

    /** Wants one frame. */
    private record Wanting(long wanted, List<Long> visited) implements Journal.Visitor {
        @Override
        public boolean wants(long number, FrameKind kind) {
            return number == wanted;
        }

        @Override
        public void frame(long number, FrameKind kind, byte[] body) {
            visited.add(number);
        }
    }

    @Test
    void r2_everyFlippedByteIsCorruptionOrCutsWhatIsNotProven() throws IOException {
        write(4);
        assertThat(recovered()).hasSize(4);
        int refused = 0;
        int cut = 0;
        int unchanged = 0;
        // The header, three frames that a later one proves forced, the last one, and a page that was never written.
        try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
            for (long position = 0; position < 6L * PAGE; position++) {
                flip(file, position);
                List<byte[]> found = recovered();
                if (found == null) {
                    refused++;
                } else {
                    assertThat(same(found, bodies)).as("byte %d", position).isTrue();
                    if (found.size() < 4) {
                        cut++;
                        assertThat(position)
                                .as("only the last frame may be cut")
                                .isBetween(4L * PAGE, 5L * PAGE);
                        assertThat(found).hasSize(3);
                    } else {
                        unchanged++;
                    }
                }
                flip(file, position);
            }
        }
        int header = 56;
        int lastFrame = JournalFormat.FRAME_HEADER_BYTES + bodies.get(3).length;
        assertThat(cut).isEqualTo(lastFrame);
        assertThat(refused).isGreaterThan(header + 3 * 300);
        assertThat(refused + cut + unchanged).isEqualTo(6 * PAGE);
    }

    @Test
    void r2_aTornLastFrameIsCutAndTheJournalGoesOn() throws IOException {
        write(3);
        try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
            flip(file, 3L * PAGE + 100);
        }
        FileJournal journal = openJournal();
        long number = journal.append(FrameKind.BATCHES, FrameBody.of(bodies.get(0)));
        assertThat(number).as("the cut frame's number is used again").isEqualTo(3);
        List<byte[]> found = recovered();
        assertThat(found).hasSize(3);
        assertThat(found).element(2).isEqualTo(bodies.get(0));
    }

    @Test
    void r3_framesThatWereCutStayCutWhenTheirBytesComeBack() throws IOException {
        write(3);
        Path old = file();
        try (RandomAccessFile file = new RandomAccessFile(old.toFile(), "rw")) {
            flip(file, 3L * PAGE + 100);
            openJournal();
            flip(file, 3L * PAGE + 100);
        }
        assertThat(recovered())
                .as("the recovery's file decides, not the old one")
                .hasSize(2);
    }

    @Test
    void r4_aDamagedHeaderIsCorruption() throws IOException {
        write(1);
        try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
            flip(file, 40);
        }
        assertThat(recovered()).isNull();
    }

    /**
     * A recycled file: a group of an earlier use, whose first frame was torn and whose later ones never counted, lies under
     * one new frame that ends where a stale one with the next number begins.
     */
    private long lastFrameOfRecycledFile(long saltBefore, long saltNow) throws IOException {
        FileDisk disk = FileDisk.at(directory);
        String dir = "salts-" + saltBefore + "-" + saltNow;
        disk.createDirectories(dir);
        FileHeader before = new FileHeader(0, 1, 1, saltBefore, 2);
        FileHeader now = new FileHeader(0, 2, 1, saltNow, 11);
        byte[] onePage = new byte[PAGE - JournalFormat.FRAME_HEADER_BYTES];
        byte[] tenPages = new byte[10 * PAGE - JournalFormat.FRAME_HEADER_BYTES];
        try (DiskFile file = disk.create(JournalNames.journal(dir, 1))) {
            for (int number = 2; number <= 20; number++) {
                write(file, (long) (number - 1) * PAGE, number, before, onePage);
            }
            file.write(ByteBuffer.wrap(JournalFormat.encode(now)), 0);
            write(file, PAGE, 11, now, tenPages);
        }
        JournalRecovery recovery = new JournalRecovery(disk);
        recovery.read(dir, JournalDirectory.list(disk, dir), 0);
        return recovery.lastFrame();
    }

    private static void write(DiskFile file, long position, long number, FileHeader header, byte[] body)
            throws IOException {
        ByteBuffer buffer =
                ByteBuffer.allocate(JournalFormat.frameBytes(body.length)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] salt = JournalFormat.saltBytes(header.salt());
        new FrameEncoder(salt).encode(buffer, number, 1, FrameKind.BATCHES, false, FrameBody.of(body));
        file.write(buffer.flip(), position);
    }

    @Test
    void r1_aFrameOfAnEarlierUseOfTheFileIsNotTakenForANewOne() throws IOException {
        assertThat(lastFrameOfRecycledFile(111, 222)).isEqualTo(11);
        assertThat(lastFrameOfRecycledFile(111, 111))
                .as("what a new salt prevents")
                .isEqualTo(20);
    }

    /** A frame further on that says that the frames before it were forced, and the frames that count with it there. */
    private @Nullable List<byte[]> recoveredBeforeStrayProof() throws IOException {
        FileHeader header;
        try (DiskFile open = FileDisk.at(directory).openToRead("journal/" + file().getFileName())) {
            header = JournalScan.header(open, "journal");
        }
        assertThat(header).isNotNull();
        byte[] body = new byte[100];
        ByteBuffer buffer =
                ByteBuffer.allocate(JournalFormat.frameBytes(body.length)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] salt = JournalFormat.saltBytes(header.salt());
        new FrameEncoder(salt).encode(buffer, 9, 8, FrameKind.BATCHES, true, FrameBody.of(body));
        try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
            file.seek(10L * PAGE);
            file.write(buffer.array());
        }
        return recovered();
    }

    @Test
    void t8_nothingIsSearchedForAfterTheLastFrameOfAClosedJournal() throws IOException {
        FileJournal journal = open(3);
        assertThat(journal.close().succeeded()).isTrue();
        assertThat(recoveredBeforeStrayProof())
                .as("three frames and the one that closes")
                .hasSize(4);
    }

    @Test
    void t8_aProofIsSearchedForAfterACrash() throws IOException {
        write(3);
        assertThat(recoveredBeforeStrayProof()).isNull();
    }

    @Test
    void t8_aLastFrameThatIsDamagedAfterACloseIsNoTornTail() throws IOException {
        FileJournal journal = open(3);
        assertThat(journal.close().succeeded()).isTrue();
        try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
            for (int page : new int[] {3, 4}) {
                flip(file, page * (long) PAGE + 8);
                assertThat(recovered()).as("frame %d", page).isNull();
                flip(file, page * (long) PAGE + 8);
            }
        }
        assertThat(recovered()).hasSize(4);
    }
}
