package io.strandline.log.impl.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.FileDisk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One process at a time writes to a directory of backups, and one backup in it. */
class BackupLockTest {

    private static final int REFUSED = 7;
    private static final int LOCKED = 8;

    @TempDir
    Path root;

    /** Another process, which tries the lock once. */
    static final class Child {

        private Child() {}

        public static void main(String[] arguments) throws IOException {
            try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
                System.exit(channel.tryLock() == null ? REFUSED : LOCKED);
            }
        }
    }

    private int another() throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Child.class.getName(),
                        root.resolve(BackupDirectory.LOCK).toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(child.waitFor(2, TimeUnit.MINUTES)).as("the child ends").isTrue();
        } finally {
            child.destroyForcibly();
        }
        return child.exitValue();
    }

    /** A refused opening in this process must not end the lock: the system drops it with any channel of the file that is closed. */
    @Test
    void another_process_has_the_lock_only_after_this_one_has_closed() throws Exception {
        try (BackupDirectory opened = BackupDirectory.open(root)) {
            assertThat(opened.root()).isEqualTo(root);
            assertThat(another()).isEqualTo(REFUSED);
            assertThatThrownBy(() -> BackupDirectory.open(root))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("is under way");
            assertThat(another()).isEqualTo(REFUSED);
        }
        assertThat(another()).isEqualTo(LOCKED);
    }

    @Test
    void a_directory_whose_close_fails_can_be_opened_again() throws Exception {
        BackupDirectory opened = BackupDirectory.open(root);
        BackupDirectory failing = new BackupDirectory(root, root.toRealPath(), FileDisk.at(root), () -> {
            opened.lock.close();
            throw new IOException("the disk is gone");
        });
        assertThatThrownBy(failing::close).hasMessage("the disk is gone");
        BackupDirectory.open(root).close();
    }
}
