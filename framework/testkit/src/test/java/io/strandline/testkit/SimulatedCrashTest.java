package io.strandline.testkit;

import static io.strandline.testkit.SimulatedDiskTest.PAGE;
import static io.strandline.testkit.SimulatedDiskTest.read;
import static io.strandline.testkit.SimulatedDiskTest.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a power cut leaves on the simulated disk. */
class SimulatedCrashTest {

    private static final int SEEDS = 400;

    @Test
    void what_was_forced_stays() throws IOException {
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWith("a", seed);
            DiskFile file = disk.open("a");
            write(file, 0, 3 * PAGE + 100, 1);
            file.force();
            SimulatedDisk after = disk.crash().crash();
            DiskFile found = after.open("a");
            assertThat(found.size()).isEqualTo(3 * PAGE + 100);
            byte[] expected = new byte[3 * PAGE + 100];
            Arrays.fill(expected, (byte) 1);
            assertThat(read(found, 0, expected.length)).isEqualTo(expected);
        }
    }

    @Test
    void an_unforced_page_holds_any_version_or_a_mixture_by_sector() throws IOException {
        Set<String> found = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWith("a", seed);
            DiskFile file = disk.open("a");
            write(file, 0, PAGE, 1);
            file.force();
            write(file, 0, PAGE, 2);
            write(file, 0, PAGE, 3);
            byte[] page = read(disk.crash().open("a"), 0, PAGE);
            Set<Byte> values = new TreeSet<>();
            for (int sector = 0; sector < PAGE; sector += SimulatedFile.SECTOR_BYTES) {
                for (int at = sector; at < sector + SimulatedFile.SECTOR_BYTES; at++) {
                    assertThat(page[at]).isEqualTo(page[sector]);
                }
                values.add(page[sector]);
            }
            found.add(values.toString());
        }
        assertThat(found).contains("[1]", "[2]", "[3]", "[1, 2]", "[2, 3]", "[1, 2, 3]");
    }

    @Test
    void unforced_pages_survive_in_every_combination() throws IOException {
        Set<String> found = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWith("a", seed);
            DiskFile file = disk.open("a");
            write(file, 0, 3 * PAGE, 1);
            file.force();
            write(file, 0, 3 * PAGE, 2);
            DiskFile after = disk.crash().open("a");
            found.add(read(after, 0, 1)[0] + " " + read(after, PAGE, 1)[0] + " " + read(after, 2 * PAGE, 1)[0]);
        }
        assertThat(found).containsExactly("1 1 1", "1 1 2", "1 2 1", "1 2 2", "2 1 1", "2 1 2", "2 2 1", "2 2 2");
    }

    @Test
    void a_page_of_a_later_write_may_survive_one_of_an_earlier() throws IOException {
        boolean reordered = false;
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWith("a", seed);
            DiskFile file = disk.open("a");
            write(file, 0, 2 * PAGE, 1);
            file.force();
            write(file, 0, PAGE, 2);
            write(file, PAGE, PAGE, 2);
            DiskFile after = disk.crash().open("a");
            reordered |= read(after, 0, 1)[0] == 1 && read(after, PAGE, 1)[0] == 2;
        }
        assertThat(reordered).isTrue();
    }

    @Test
    void a_file_that_grew_has_its_old_size_the_new_one_or_one_in_between() throws IOException {
        Set<Long> sizes = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWith("a", seed);
            DiskFile file = disk.open("a");
            write(file, 0, 1_000, 1);
            file.force();
            write(file, 1_000, 1_000, 2);
            write(file, 2_000, 1_000, 3);
            DiskFile after = disk.crash().open("a");
            sizes.add(after.size());
            // What is cut off does not come back when the file grows again.
            long size = after.size();
            write(after, 3_500, 1, 4);
            assertThat(read(after, size, (int) (3_500 - size))).containsOnly(0);
        }
        assertThat(sizes).containsExactly(1_000L, 2_000L, 3_000L);
    }

    @Test
    void of_the_changes_in_a_directory_the_first_few_survive() throws IOException {
        Set<String> found = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWith("old", seed);
            SimulatedDiskTest.create(disk, "spare");
            disk.rename("spare", "new");
            disk.delete("old");
            SimulatedDiskTest.create(disk, "last");
            found.add(disk.crash().list("").toString());
        }
        assertThat(found).containsExactly("[last, new]", "[new, old]", "[new]", "[old, spare]", "[old]");
    }

    @Test
    void a_renamed_file_replaces_the_other_or_does_not_but_both_are_whole() throws IOException {
        Set<Byte> found = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWith("a", seed);
            DiskFile old = disk.open("a");
            write(old, 0, PAGE, 1);
            old.force();
            DiskFile replacement = SimulatedDiskTest.create(disk, "b");
            write(replacement, 0, PAGE, 2);
            replacement.force();
            disk.rename("b", "a");
            byte[] page = read(disk.crash().open("a"), 0, PAGE);
            assertThat(page).containsOnly(page[0]);
            found.add(page[0]);
        }
        assertThat(found).containsExactly((byte) 1, (byte) 2);
    }

    @Test
    void a_forced_directory_keeps_its_names_whatever_the_others_lose() throws IOException {
        Set<String> found = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = new SimulatedDisk(seed);
            disk.createDirectories("forced");
            disk.createDirectories("not");
            SimulatedDiskTest.create(disk, "not/a");
            SimulatedDiskTest.create(disk, "forced/b");
            SimulatedDiskTest.create(disk, "not/c");
            disk.forceDirectory("forced");
            SimulatedDisk after = disk.crash();
            assertThat(after.list("forced")).containsExactly("b");
            found.add(after.list("not").toString());
        }
        assertThat(found).containsExactly("[]", "[a, c]", "[a]");
    }

    @Test
    void the_end_of_a_process_loses_nothing_but_what_it_wrote_is_still_not_durable() throws IOException {
        boolean lost = false;
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWith("a", seed);
            write(disk.open("a"), 0, PAGE, 1);
            SimulatedDisk next = disk.kill();
            assertThat(disk.crashed()).isTrue();
            assertThat(read(next.open("a"), 0, 1)).containsExactly(1);
            lost |= next.crash().open("a").size() == 0;
        }
        assertThat(lost).isTrue();
    }

    @Test
    void a_disk_that_ignores_forces_loses_what_was_forced() throws IOException {
        int lost = 0;
        int unnamed = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWith("a", seed);
            disk.faults().ignoreForces();
            DiskFile file = disk.open("a");
            write(file, 0, PAGE, 1);
            file.force();
            lost += disk.crash().open("a").size() < PAGE ? 1 : 0;

            SimulatedDisk forgetful = new SimulatedDisk(seed);
            forgetful.faults().ignoreDirectoryForces();
            SimulatedDiskTest.create(forgetful, "a");
            forgetful.forceDirectory("");
            unnamed += forgetful.crash().list("").isEmpty() ? 1 : 0;
        }
        assertThat(lost).isBetween(SEEDS / 8, SEEDS);
        assertThat(unnamed).isBetween(SEEDS / 8, SEEDS);
    }

    @Test
    void the_same_seed_leaves_the_same_bytes() throws IOException {
        List<String> differing = new ArrayList<>();
        for (long seed = 0; seed < 50; seed++) {
            assertThat(remains(seed)).isEqualTo(remains(seed));
            differing.add(Arrays.toString(remains(seed)));
        }
        assertThat(Set.copyOf(differing)).hasSizeGreaterThan(25);
    }

    private static byte[] remains(long seed) throws IOException {
        SimulatedDisk disk = diskWith("a", seed);
        DiskFile file = disk.open("a");
        for (int i = 0; i < 40; i++) {
            write(file, i * 700L, 3_000, i);
            if (i % 9 == 0) {
                file.force();
            }
        }
        DiskFile after = disk.crash().open("a");
        return read(after, 0, (int) after.size());
    }

    private static SimulatedDisk diskWith(String name, long seed) throws IOException {
        SimulatedDisk disk = new SimulatedDisk(seed);
        SimulatedDiskTest.create(disk, name);
        disk.forceDirectory("");
        return disk;
    }
}
