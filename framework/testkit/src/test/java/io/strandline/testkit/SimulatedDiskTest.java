package io.strandline.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.NoSpaceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Behavior of the simulated disk while the power is on, and when it fails. {@link SimulatedCrashTest} cuts the power. */
class SimulatedDiskTest {

    static final int PAGE = SimulatedFile.PAGE_BYTES;

    @Test
    void what_was_written_is_read_back_before_and_after_a_force() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        DiskFile file = create(disk, "a");
        file.write(ByteBuffer.wrap("strandline".getBytes(UTF_8)), PAGE - 4);
        assertThat(text(file, PAGE - 4, 10)).isEqualTo("strandline");
        file.force();
        file.write(ByteBuffer.wrap(new byte[] {'S'}), PAGE - 4);
        assertThat(text(file, PAGE - 4, 10)).isEqualTo("Strandline");
        assertThat(file.size()).isEqualTo(PAGE + 6);
        assertThat(read(file, 0, 8)).isEqualTo(new byte[8]);
    }

    @Test
    void a_read_ends_with_the_file() throws IOException {
        DiskFile file = create(new SimulatedDisk(1), "a");
        write(file, 0, 100, 7);
        assertThat(file.read(ByteBuffer.allocate(50), 80)).isEqualTo(20);
        assertThat(file.read(ByteBuffer.allocate(50), 100)).isZero();
        assertThat(file.read(ByteBuffer.allocate(50), 5_000)).isZero();
    }

    @Test
    void names_are_listed_in_order_and_follow_renames_and_deletions() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        disk.createDirectories("log/journal");
        for (String name : new String[] {"c", "a", "b"}) {
            write(create(disk, "log/journal/" + name), 0, 1, name.charAt(0));
        }
        disk.rename("log/journal/c", "log/journal/a");
        disk.delete("log/journal/b");
        disk.delete("log/journal/b");
        assertThat(disk.list("log/journal")).containsExactly("a");
        assertThat(text(disk.open("log/journal/a"), 0, 1)).isEqualTo("c");
        assertThat(disk.list("elsewhere")).isEmpty();
    }

    @Test
    void names_must_be_there_to_be_opened_and_free_to_be_created() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        create(disk, "a");
        assertThatThrownBy(() -> disk.create("a")).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> disk.open("b")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.openToRead("b")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.rename("b", "c")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.create("no/such")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.forceDirectory("no")).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void a_closed_file_and_one_opened_to_read_refuse_writes() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        DiskFile file = create(disk, "a");
        file.close();
        assertThatThrownBy(() -> write(file, 0, 1, 1)).isInstanceOf(ClosedChannelException.class);
        DiskFile toRead = disk.openToRead("a");
        assertThatThrownBy(() -> write(toRead, 0, 1, 1)).isInstanceOf(NonWritableChannelException.class);
    }

    @Test
    void a_full_disk_takes_what_fits_and_all_of_it_once_there_is_room() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        disk.setCapacity(3 * PAGE);
        DiskFile file = create(disk, "a");
        write(file, 0, 2 * PAGE, 1);
        assertThatThrownBy(() -> write(file, 2 * PAGE, 2 * PAGE, 2))
                .isInstanceOf(NoSpaceException.class)
                .hasMessageContaining(Integer.toString(3 * PAGE));
        write(file, 0, 3 * PAGE, 3);
        assertThat(disk.usedBytes()).isEqualTo(3L * PAGE);
        disk.setCapacity(4 * PAGE);
        write(file, 2 * PAGE, 2 * PAGE, 4);
        disk.delete("a");
        assertThat(disk.usedBytes()).isZero();
    }

    @Test
    void a_planned_failure_hits_the_operation_it_was_planned_for() throws IOException {
        for (DiskOperation kind : DiskOperation.values()) {
            SimulatedDisk disk = new SimulatedDisk(1);
            disk.faults().failAt(kind, 2);
            everyOperation(disk, 1);
            assertThatThrownBy(() -> everyOperation(disk, 2))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessageContaining(kind.name());
        }
    }

    @Test
    void a_planned_crash_hits_the_operation_it_was_planned_for_and_ends_every_other() throws IOException {
        for (DiskOperation kind : DiskOperation.values()) {
            SimulatedDisk disk = new SimulatedDisk(1);
            DiskFile file = create(disk, "other");
            disk.faults().crashAt(kind, 2);
            everyOperation(disk, 1);
            assertThat(disk.crashed()).isFalse();
            assertThatThrownBy(() -> everyOperation(disk, 2))
                    .isInstanceOf(SimulatedCrash.class)
                    .hasMessageContaining(kind.name());
            assertThat(disk.crashed()).isTrue();
            assertThatThrownBy(() -> everyOperation(disk, 3)).isInstanceOf(SimulatedCrash.class);
            assertThatThrownBy(() -> file.force()).isInstanceOf(SimulatedCrash.class);
        }
    }

    @Test
    void a_crash_at_any_operation_is_met_by_number() throws IOException {
        SimulatedDisk counted = new SimulatedDisk(1);
        everyOperation(counted, 1);
        long operations = counted.faults().operations();
        assertThat(operations).isGreaterThanOrEqualTo(DiskOperation.values().length);
        for (long at = 1; at <= operations; at++) {
            SimulatedDisk disk = new SimulatedDisk(1);
            disk.faults().crashAt(at);
            assertThatThrownBy(() -> everyOperation(disk, 1)).isInstanceOf(SimulatedCrash.class);
            assertThat(disk.faults().operations()).isEqualTo(at);
        }
    }

    @Test
    void random_failures_come_as_often_as_was_asked() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        DiskFile file = create(disk, "a");
        disk.faults().failRandomly(DiskOperation.WRITE, 0.25);
        int failed = 0;
        for (int i = 0; i < 1_000; i++) {
            try {
                write(file, 0, 1, i);
            } catch (IOException e) {
                failed++;
            }
        }
        assertThat(failed).isBetween(200, 300);
        disk.faults().clear();
        for (int i = 0; i < 100; i++) {
            write(file, 0, 1, i);
        }
    }

    @Test
    void a_failed_write_leaves_a_beginning() throws IOException {
        Set<Integer> lengths = new HashSet<>();
        for (long seed = 0; seed < 100; seed++) {
            SimulatedDisk disk = new SimulatedDisk(seed);
            DiskFile file = create(disk, "a");
            disk.faults().failAt(DiskOperation.WRITE, 1);
            assertThatThrownBy(() -> write(file, 0, 3 * PAGE, 5)).hasMessageContaining("WRITE");
            int length = (int) file.size();
            byte[] written = new byte[length];
            Arrays.fill(written, (byte) 5);
            assertThat(read(file, 0, length)).isEqualTo(written);
            lengths.add(length);
        }
        assertThat(lengths).hasSizeGreaterThan(50);
    }

    @Test
    void after_a_failed_force_reads_see_either_version_and_a_later_force_proves_nothing() throws IOException {
        Set<String> outcomes = new TreeSet<>();
        for (long seed = 0; seed < 200; seed++) {
            SimulatedDisk disk = new SimulatedDisk(seed);
            DiskFile file = create(disk, "a");
            write(file, 0, PAGE, 1);
            file.force();
            disk.forceDirectory("");
            write(file, 0, PAGE, 2);
            disk.faults().failAt(DiskOperation.FORCE, 1);
            assertThatThrownBy(file::force).hasMessageContaining("FORCE");
            int seen = read(file, 0, 1)[0];
            file.force();
            int found = read(disk.crash().open("a"), 0, 1)[0];
            outcomes.add(seen + " seen, " + found + " found");
        }
        assertThat(outcomes).containsExactly("1 seen, 1 found", "2 seen, 1 found", "2 seen, 2 found");
    }

    @Test
    void a_page_written_again_after_a_failed_force_is_forced_again() throws IOException {
        for (long seed = 0; seed < 50; seed++) {
            SimulatedDisk disk = new SimulatedDisk(seed);
            DiskFile file = create(disk, "a");
            disk.forceDirectory("");
            write(file, 0, PAGE, 1);
            disk.faults().failAt(DiskOperation.FORCE, 1);
            assertThatThrownBy(file::force).hasMessageContaining("FORCE");
            write(file, 0, PAGE, 2);
            file.force();
            assertThat(read(disk.crash().open("a"), 0, 1)).containsExactly(2);
        }
    }

    @Test
    void damage_turns_stored_bits() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        DiskFile file = create(disk, "a");
        write(file, 0, 100, 1);
        file.force();
        disk.forceDirectory("");
        disk.damage("a", 50, 6);
        assertThat(read(file, 49, 3)).containsExactly(1, 7, 1);
        assertThat(read(disk.crash().open("a"), 49, 3)).containsExactly(1, 7, 1);
    }

    /** Runs every kind of operation at least once. */
    private static void everyOperation(Disk disk, int round) throws IOException {
        disk.createDirectories("d" + round);
        DiskFile file = create(disk, "d" + round + "/a");
        write(file, 0, PAGE, 1);
        file.force();
        disk.forceDirectory("d" + round);
        disk.rename("d" + round + "/a", "d" + round + "/b");
        assertThat(file.size()).isEqualTo(PAGE);
        file.close();
        assertThat(disk.list("d" + round)).isEqualTo(List.of("b"));
        DiskFile again = disk.open("d" + round + "/b");
        assertThat(read(again, 0, 1)).containsExactly(1);
        disk.delete("d" + round + "/b");
    }

    static DiskFile create(Disk disk, String name) throws IOException {
        return disk.create(name);
    }

    static void write(DiskFile file, long position, int length, int value) throws IOException {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        file.write(ByteBuffer.wrap(bytes), position);
    }

    static byte[] read(DiskFile file, long position, int length) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(length);
        file.read(into, position);
        return into.array();
    }

    private static String text(DiskFile file, long position, int length) throws IOException {
        return new String(read(file, position, length), UTF_8);
    }
}
