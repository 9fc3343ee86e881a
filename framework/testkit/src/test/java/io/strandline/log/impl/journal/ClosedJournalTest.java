package io.strandline.log.impl.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import io.strandline.log.impl.control.ShardRecovery;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.journal.JournalEnd.Checkpoint;
import io.strandline.log.impl.journal.JournalEnd.Mark;
import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.DiskFile;
import io.strandline.testkit.DiskOperation;
import io.strandline.testkit.SimulatedDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A mark of a close whose bytes are right and which is not true: the journal's own frames decide. */
class ClosedJournalTest {

    private static final String JOURNAL = ShardDirectories.journal(0);
    private static final int EVENTS = 20;

    private final SimulatedLog log =
            new SimulatedLog(13, new LogOptions().setJournalFileBytes(1 << 20).setTailBytes(4 << 20), 1);
    private final StreamDescription stream = log.createStream("shop/orders", new StreamOptions());

    /** Closes a log that keeps what it had flushed in its newest file. Returns where the frames of that file are. */
    private List<Long> closed() throws IOException {
        append();
        log.close();
        return positions();
    }

    private void append() {
        for (int i = 0; i < EVENTS; i++) {
            log.get(log.append(stream.partitions().get(0), 1_000));
        }
    }

    private List<Long> positions() throws IOException {
        List<Long> positions = new ArrayList<>();
        try (DiskFile file = log.disk().openToRead(newest().name())) {
            FileHeader header = header();
            JournalScan scan = new JournalScan(file, JournalFormat.saltBytes(header.salt()));
            for (long number = header.firstFrame(); scan.next(number); number++) {
                positions.add(scan.framePosition);
            }
        }
        return positions;
    }

    private JournalDirectory.Entry newest() throws IOException {
        List<JournalDirectory.Entry> entries = JournalDirectory.list(log.disk(), JOURNAL);
        return entries.get(entries.size() - 1);
    }

    private FileHeader header() throws IOException {
        try (DiskFile file = log.disk().openToRead(newest().name())) {
            return Objects.requireNonNull(JournalScan.header(file, newest().name()));
        }
    }

    private Mark mark() throws IOException {
        return Objects.requireNonNull(JournalEnd.read(log.disk(), JOURNAL, 0).mark());
    }

    private void mark(long lastFrame, @Nullable Checkpoint checkpoint) throws IOException {
        mark(header().salt(), lastFrame, checkpoint);
    }

    private void mark(long salt, long lastFrame, @Nullable Checkpoint checkpoint) throws IOException {
        FileHeader of = header();
        FileHeader salted = new FileHeader(of.shard(), of.epoch(), of.sequence(), salt, of.firstFrame(), of.isMarked());
        JournalEnd.read(log.disk(), JOURNAL, 0).closed(salted, lastFrame, checkpoint);
    }

    private void requireOpensWhole() {
        log.openAgain();
        assertThat(log.end(stream, 0)).isEqualTo(EVENTS);
        assertThat(log.bytes(stream.partitions().get(0))).isEqualTo(EVENTS * (long) SimulatedLog.batchBytes(1_000));
    }

    @Test
    void t8_frames_after_the_last_one_that_the_mark_names_count() throws IOException {
        List<Long> positions = closed();
        Mark mark = mark();
        Checkpoint checkpoint = Objects.requireNonNull(mark.checkpoint());
        int proof = positions.size() - 1;
        mark(
                mark.lastFrame() - 1,
                new Checkpoint(
                        checkpoint.firstFrame(), checkpoint.sequence(), checkpoint.position(), positions.get(proof)));
        JournalRecovery recovery = new JournalRecovery(log.disk());
        recovery.readNeeded(JOURNAL, JournalDirectory.list(log.disk(), JOURNAL), 0);
        assertThat(recovery.lastFrame()).isEqualTo(mark.lastFrame());
        requireOpensWhole();
    }

    /** Whatever frame it is where the reading begins: it must be a checkpoint that covers all frames before it. */
    @Test
    void t8_a_place_at_which_no_checkpoint_begins_is_not_believed() throws IOException {
        List<Long> positions = closed();
        Mark mark = mark();
        Checkpoint checkpoint = Objects.requireNonNull(mark.checkpoint());
        long first = header().firstFrame();
        for (int frame = 0; frame < positions.size(); frame++) {
            mark(
                    mark.lastFrame(),
                    new Checkpoint(
                            first + frame, checkpoint.sequence(), positions.get(frame), checkpoint.endPosition()));
            JournalRecovery recovery = new JournalRecovery(log.disk());
            recovery.readNeeded(JOURNAL, JournalDirectory.list(log.disk(), JOURNAL), 0);
            assertThat(recovery.contents(1).firstFrame()).isEqualTo(first + frame);
            ShardState state = new ShardState(0, unreferenced -> {});
            ShardRecovery.restore(recovery.contents(1), state);
            assertThat(Objects.requireNonNull(
                                    state.partition(stream.partitions().get(0).id()))
                            .endOffset())
                    .isEqualTo(EVENTS);
        }
        requireOpensWhole();
    }

    @Test
    void t8_a_place_of_another_file_is_not_believed() throws IOException {
        closed();
        Mark mark = mark();
        Checkpoint checkpoint = Objects.requireNonNull(mark.checkpoint());
        for (long sequence = 0; sequence < mark.sequence() + 3; sequence++) {
            // The right sequence with another salt: a file that took the name.
            long salt = mark.salt() + (sequence == mark.sequence() ? 1 : 0);
            mark(
                    salt,
                    mark.lastFrame(),
                    new Checkpoint(checkpoint.firstFrame(), sequence, checkpoint.position(), checkpoint.endPosition()));
            JournalRecovery recovery = new JournalRecovery(log.disk());
            recovery.readNeeded(JOURNAL, JournalDirectory.list(log.disk(), JOURNAL), 0);
            assertThat(recovery.contents(1).firstFrame()).isEqualTo(header().firstFrame());
        }
        requireOpensWhole();
    }

    /** The newest file has the name of the one that was closed, and went on. */
    @Test
    void r2_a_mark_of_an_earlier_close_hides_no_damage() throws IOException {
        closed();
        Mark earlier = mark();
        String name = newest().name();
        log.openAgain();
        append();
        log.pass(1_000);
        log.scheduler().abandon();
        assertThat(newest().name()).isEqualTo(name);
        List<Long> positions = positions();
        assertThat(earlier.salt()).isNotEqualTo(header().salt());
        for (int frame = 0; frame < positions.size() - 1; frame++) {
            requireNamed(name, positions.get(frame), earlier, earlier.checkpoint());
            // As if the close had left no checkpoint.
            requireNamed(name, positions.get(frame), earlier, null);
            requireNamed(name, positions.get(frame), withoutSalt(earlier), null);
        }
    }

    /** As an earlier release wrote it. */
    private static Mark withoutSalt(Mark mark) {
        return new Mark(mark.count(), mark.sequence(), mark.firstFrame(), mark.lastFrame(), 0, null);
    }

    private void requireNamed(String name, long position, Mark earlier, @Nullable Checkpoint checkpoint)
            throws IOException {
        mark(earlier.salt(), earlier.lastFrame(), checkpoint);
        log.disk().damage(name, position + JournalFormat.CHECKED_FROM, 1);
        JournalRecovery recovery = new JournalRecovery(log.disk());
        assertThatThrownBy(() -> recovery.readNeeded(JOURNAL, JournalDirectory.list(log.disk(), JOURNAL), 0))
                .as("frame at %d", position)
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining(name);
        log.disk().damage(name, position + JournalFormat.CHECKED_FROM, 1);
    }

    /** A process that was killed after it had renamed the file left a name that only looks durable. */
    @Test
    void t8_the_name_of_a_mark_that_names_no_file_yet_is_forced_again() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(15);
        disk.createDirectories(ShardDirectories.directory(0));
        JournalEnd.read(disk, JOURNAL, 0).create();
        List<String> forced = new ArrayList<>();
        disk.observe((operation, name) -> {
            if (operation == DiskOperation.FORCE_DIRECTORY) {
                forced.add(name);
            }
        });
        JournalEnd.read(disk, JOURNAL, 0).create();
        assertThat(forced).containsExactly(ShardDirectories.directory(0));
    }
}
