package io.strandline.log.impl.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.NoSpaceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class FileDiskTest {

    @TempDir
    Path temporary = Path.of("");

    private FileDisk disk = at(temporary);

    /** The disk that is tested. */
    FileDisk at(Path root) {
        return FileDisk.at(root);
    }

    @BeforeEach
    void open() throws IOException {
        disk = at(temporary.resolve("not/yet/there"));
        disk.createDirectories("");
    }

    @Test
    void directories_are_created_with_their_parents_and_again_without_harm() throws IOException {
        disk.createDirectories("a/b/c");
        disk.createDirectories("a/b/c");
        assertThat(temporary.resolve("not/yet/there/a/b/c")).isDirectory();
        disk.forceDirectory("a/b/c");
        disk.forceDirectory("");
    }

    @Test
    void files_are_listed_in_order_and_without_directories() throws IOException {
        disk.createDirectories("a/inner");
        for (String name : new String[] {"a/3", "a/1", "a/2"}) {
            disk.create(name).close();
        }
        assertThat(disk.list("a")).containsExactly("1", "2", "3");
        assertThat(disk.list("a/inner")).isEmpty();
        assertThat(disk.list("nowhere")).isEmpty();
        assertThat(disk.list("a/1")).isEmpty();
    }

    @Test
    void reads_and_writes_stand_at_their_positions_whatever_the_buffer() throws IOException {
        byte[] bytes = new byte[1_000_003];
        new Random(1).nextBytes(bytes);
        try (DiskFile file = disk.create("f")) {
            file.write(ByteBuffer.wrap(bytes, 0, 700_000), 0);
            ByteBuffer direct =
                    ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
            file.write(direct.position(700_000), 700_000);
            assertThat(direct.hasRemaining()).isFalse();
            file.force();
            assertThat(file.size()).isEqualTo(bytes.length);

            ByteBuffer all = ByteBuffer.allocate(bytes.length);
            assertThat(file.read(all, 0)).isEqualTo(bytes.length);
            assertThat(all.array()).isEqualTo(bytes);
            ByteBuffer middle = ByteBuffer.allocate(20).position(5).limit(15);
            assertThat(file.read(middle, 699_995)).isEqualTo(10);
            assertThat(middle.flip().position(5)).isEqualTo(ByteBuffer.wrap(bytes, 699_995, 10));
            assertThat(middle.limit()).isEqualTo(15);
            ByteBuffer past = ByteBuffer.allocateDirect(100);
            assertThat(file.read(past, bytes.length - 7)).isEqualTo(7);
            assertThat(past.limit()).isEqualTo(100);
            assertThat(file.read(ByteBuffer.allocate(1), bytes.length)).isZero();
            assertThat(file.read(ByteBuffer.allocate(1), bytes.length + 10)).isZero();
        }
    }

    @Test
    void a_write_past_the_end_grows_the_file_with_zeros() throws IOException {
        try (DiskFile file = disk.create("f")) {
            file.write(ByteBuffer.wrap(new byte[] {1}), 9);
            ByteBuffer all = ByteBuffer.allocate(10);
            assertThat(file.read(all, 0)).isEqualTo(10);
            assertThat(all.array()).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        }
    }

    @Test
    void a_file_opened_to_read_is_not_written() throws IOException {
        write("f", "text");
        try (DiskFile file = disk.openToRead("f")) {
            assertThatThrownBy(() -> file.write(ByteBuffer.wrap(new byte[1]), 0))
                    .isInstanceOf(NonWritableChannelException.class);
        }
        try (DiskFile file = disk.open("f")) {
            file.write(ByteBuffer.wrap("ask".getBytes(UTF_8)), 1);
        }
        assertThat(temporary.resolve("not/yet/there/f")).hasContent("task");
    }

    @Test
    void missing_and_taken_names_are_told() throws IOException {
        assertThatThrownBy(() -> disk.open("f")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.openToRead("f")).isInstanceOf(NoSuchFileException.class);
        write("f", "text");
        assertThatThrownBy(() -> disk.create("f")).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void a_rename_replaces_and_a_deletion_may_be_repeated() throws IOException {
        write("old", "old");
        write("new", "new");
        disk.rename("new", "old");
        assertThat(disk.list("")).containsExactly("old");
        assertThat(temporary.resolve("not/yet/there/old")).hasContent("new");
        disk.delete("old");
        disk.delete("old");
        assertThat(disk.list("")).isEmpty();
    }

    @Test
    void what_bypasses_the_cache_and_what_does_not_is_one_file() throws IOException {
        byte[] bytes = new byte[3 * Disk.UNCACHED_UNIT + 100];
        new Random(7).nextBytes(bytes);
        ByteBuffer aligned = Disk.uncachedBuffer(bytes.length);
        aligned.put(bytes).flip();
        try (DiskFile file = disk.createUncached("f")) {
            file.write(aligned, 0);
            file.force();
        }
        assertThat(Files.readAllBytes(temporary.resolve("not/yet/there/f"))).isEqualTo(bytes);
        byte[] changed = new byte[Disk.UNCACHED_UNIT];
        new Random(8).nextBytes(changed);
        System.arraycopy(changed, 0, bytes, Disk.UNCACHED_UNIT, changed.length);
        System.arraycopy(changed, 0, bytes, 2 * Disk.UNCACHED_UNIT + 50, changed.length);
        try (DiskFile file = disk.openUncached("f")) {
            file.write(Disk.uncachedBuffer(changed.length).put(changed).flip(), Disk.UNCACHED_UNIT);
            file.write(ByteBuffer.wrap(changed), 2 * Disk.UNCACHED_UNIT + 50); // keeps to no rule
            file.force();
            ByteBuffer read = ByteBuffer.allocate(bytes.length + 1);
            assertThat(file.read(read, 0)).isEqualTo(bytes.length);
            assertThat(read.flip()).isEqualTo(ByteBuffer.wrap(bytes));
        }
    }

    static boolean hasFullDevice() {
        return Files.isWritable(Path.of("/dev/full"));
    }

    /** Linux has a device that is always full. */
    @Test
    @EnabledIf("hasFullDevice")
    void a_full_disk_is_told_from_other_errors() throws IOException {
        try (DiskFile file = FileDisk.at(Path.of("/dev")).open("full")) {
            assertThatThrownBy(() -> file.write(ByteBuffer.wrap(new byte[10]), 0))
                    .isInstanceOf(NoSpaceException.class)
                    .hasMessageContaining("/dev/full");
        }
    }

    private void write(String name, String text) throws IOException {
        try (DiskFile file = disk.create(name)) {
            file.write(ByteBuffer.wrap(text.getBytes(UTF_8)), 0);
        }
    }
}
