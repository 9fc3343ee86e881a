package io.strandline.log.impl.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files that are deleted while they are kept go at the end of it. */
class KeptFilesTest {

    private final MemoryDisk disk = new MemoryDisk(1 << 20);
    private final KeptFiles files = new KeptFiles(disk);

    @BeforeEach
    void createDirectories() throws IOException {
        files.createDirectories("shard-0/chunks");
        files.createDirectories("shard-0/journal");
    }

    private void write(String name, int value) throws IOException {
        try (DiskFile file = files.create(name)) {
            file.write(ByteBuffer.wrap(new byte[] {(byte) value}), 0);
        }
    }

    @Test
    void a_deleted_file_stays_until_files_are_let_go() throws IOException {
        write("shard-0/chunks/a", 1);
        write("shard-0/chunks/b", 2);
        files.keep();
        files.delete("shard-0/chunks/a");
        assertThat(disk.list("shard-0/chunks")).containsExactly("a", "b");
        files.letGo();
        assertThat(disk.list("shard-0/chunks")).containsExactly("b");
        files.delete("shard-0/chunks/b");
        assertThat(disk.list("shard-0/chunks")).isEmpty();
    }

    @Test
    void what_cannot_be_deleted_keeps_no_other_file_and_is_tried_again() throws IOException {
        AtomicBoolean fails = new AtomicBoolean(true);
        KeptFiles failing = new KeptFiles((Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("delete") && arguments[0].equals("shard-0/chunks/b") && fails.get()) {
                        throw new IOException("deletion fails");
                    }
                    return method.invoke(disk, arguments);
                }));
        for (String name : List.of("a", "b", "c")) {
            write("shard-0/chunks/" + name, 1);
        }
        failing.keep();
        for (String name : List.of("a", "b", "c")) {
            failing.delete("shard-0/chunks/" + name);
        }
        assertThatThrownBy(failing::letGo).hasMessage("deletion fails");
        assertThat(disk.list("shard-0/chunks")).containsExactly("b");
        fails.set(false);
        failing.letGo();
        assertThat(disk.list("shard-0/chunks")).isEmpty();
    }

    @Test
    void a_journal_keeps_its_files_by_itself() throws IOException {
        write("shard-0/journal/a.spare", 1);
        files.keep();
        files.delete("shard-0/journal/a.spare");
        assertThat(disk.list("shard-0/journal")).isEmpty();
    }

    @Test
    void a_name_that_is_used_again_is_the_new_file() throws IOException {
        write("shard-0/chunks/a", 1);
        files.keep();
        files.delete("shard-0/chunks/a");
        write("shard-0/chunks/a", 2);
        write("shard-0/chunks/b", 3);
        files.delete("shard-0/chunks/b");
        write("shard-0/chunks/c", 4);
        files.rename("shard-0/chunks/c", "shard-0/chunks/b");
        files.letGo();
        ByteBuffer byteOfA = ByteBuffer.allocate(1);
        try (DiskFile file = files.openToRead("shard-0/chunks/a")) {
            file.read(byteOfA, 0);
        }
        assertThat(byteOfA.get(0)).isEqualTo((byte) 2);
        assertThat(disk.list("shard-0/chunks")).containsExactly("a", "b");
    }
}
