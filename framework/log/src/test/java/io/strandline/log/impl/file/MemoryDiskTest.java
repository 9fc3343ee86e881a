package io.strandline.log.impl.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.spi.watch.DiskRoom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemoryDiskTest {

    private static final int ROOM = 1 << 20;

    private final MemoryDisk disk = new MemoryDisk(ROOM);

    private void write(String name, String text) throws IOException {
        try (DiskFile file = disk.create(name)) {
            file.write(ByteBuffer.wrap(text.getBytes(UTF_8)), 0);
        }
    }

    private String read(String name) throws IOException {
        try (DiskFile file = disk.openToRead(name)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0);
            return new String(bytes.array(), UTF_8);
        }
    }

    @Test
    void reads_and_writes_are_those_of_an_array_of_bytes() throws IOException {
        Random random = new Random(1);
        byte[] model = new byte[100_000];
        int size = 0;
        try (DiskFile file = disk.create("f")) {
            for (int i = 0; i < 2_000; i++) {
                byte[] piece = new byte[random.nextInt(9_000)];
                if (random.nextBoolean()) {
                    random.nextBytes(piece);
                }
                int position = random.nextInt(model.length - piece.length);
                System.arraycopy(piece, 0, model, position, piece.length);
                size = piece.length == 0 ? size : Math.max(size, position + piece.length);
                file.write(ByteBuffer.wrap(piece), position);
                assertThat(file.size()).isEqualTo(size);
                int from = random.nextInt(model.length);
                ByteBuffer read = ByteBuffer.allocate(random.nextInt(9_000));
                int expected = Math.max(0, Math.min(read.capacity(), size - from));
                assertThat(file.read(read, from)).isEqualTo(expected);
                assertThat(read.flip()).isEqualTo(ByteBuffer.wrap(model, from, expected));
            }
        }
    }

    @Test
    void every_page_below_the_size_takes_room_and_a_deletion_gives_it_back() throws IOException {
        try (DiskFile file = disk.createUncached("f")) {
            file.write(Disk.uncachedBuffer(ROOM / 2), 0);
            assertThat(disk.usedBytes()).isEqualTo(ROOM / 2);
            assertThat(disk.room()).isEqualTo(new DiskRoom(ROOM - ROOM / 2, ROOM));
            file.write(ByteBuffer.wrap(new byte[] {1}), 7);
            assertThat(disk.usedBytes()).isEqualTo(ROOM / 2);
            file.write(ByteBuffer.wrap(new byte[] {1}), ROOM / 2);
            assertThat(disk.usedBytes()).isEqualTo(ROOM / 2 + Disk.UNCACHED_UNIT);
            disk.delete("f");
            assertThat(disk.usedBytes()).isZero();
            file.write(ByteBuffer.wrap(new byte[ROOM]), 0);
            assertThat(disk.usedBytes()).isZero();
        }
    }

    @Test
    void what_was_filled_with_zeros_is_written_on_a_full_disk() throws IOException {
        byte[] full = new byte[ROOM / 2];
        new Random(3).nextBytes(full);
        try (DiskFile filled = disk.createUncached("filled");
                DiskFile other = disk.create("other")) {
            filled.write(Disk.uncachedBuffer(ROOM / 2), 0);
            other.write(ByteBuffer.wrap(full), 0);
            assertThatThrownBy(() -> other.write(ByteBuffer.wrap(new byte[1]), ROOM / 2))
                    .isInstanceOf(NoSpaceException.class);
            assertThat(other.size()).isEqualTo(ROOM / 2);
            filled.write(ByteBuffer.wrap(full), 0);
        }
        assertThat(read("filled")).isEqualTo(new String(full, UTF_8));
    }

    @Test
    void more_than_there_is_room_for_is_refused_with_the_limit() throws IOException {
        byte[] full = new byte[ROOM];
        new Random(2).nextBytes(full);
        try (DiskFile file = disk.create("f")) {
            file.write(ByteBuffer.wrap(full), 0);
            assertThatThrownBy(() -> file.write(ByteBuffer.wrap(full), ROOM))
                    .isInstanceOf(NoSpaceException.class)
                    .hasMessageContaining(String.valueOf(ROOM));
        }
        disk.rename("f", "g");
        write("h", "");
        disk.rename("h", "g");
        assertThat(disk.usedBytes()).isZero();
    }

    @Test
    void files_are_listed_in_order_without_those_of_other_directories() throws IOException {
        disk.createDirectories("a/inner");
        for (String name : new String[] {"a/3", "a/1", "a/inner/5", "a/2", "b"}) {
            write(name, name);
        }
        assertThat(disk.list("a")).containsExactly("1", "2", "3");
        assertThat(disk.list("a/inner")).containsExactly("5");
        assertThat(disk.list("")).containsExactly("b");
        assertThat(disk.list("nowhere")).isEmpty();
    }

    @Test
    void a_rename_replaces_and_a_deletion_may_be_repeated() throws IOException {
        write("old", "old");
        write("new", "new");
        disk.rename("new", "old");
        assertThat(disk.list("")).containsExactly("old");
        assertThat(read("old")).isEqualTo("new");
        disk.delete("old");
        disk.delete("old");
        assertThat(disk.list("")).isEmpty();
    }

    @Test
    void missing_and_taken_names_are_told() throws IOException {
        assertThatThrownBy(() -> disk.open("f")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.openToRead("f")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.rename("f", "g")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.create("nowhere/f")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.forceDirectory("nowhere")).isInstanceOf(NoSuchFileException.class);
        write("f", "text");
        assertThatThrownBy(() -> disk.create("f")).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void a_file_that_is_closed_or_opened_to_read_is_not_written() throws IOException {
        write("f", "text");
        DiskFile file = disk.openToRead("f");
        assertThatThrownBy(() -> file.write(ByteBuffer.wrap(new byte[1]), 0))
                .isInstanceOf(NonWritableChannelException.class);
        file.close();
        assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(file::force).isInstanceOf(ClosedChannelException.class);
        assertThat(read("f")).isEqualTo("text");
    }
}
