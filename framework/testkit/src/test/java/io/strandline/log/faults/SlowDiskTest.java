package io.strandline.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.Applications;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that is slower than the writers, under a heap of 256 MiB. A writer that heeds {@code writeQueueFull()} loses
 * nothing and waits for nothing but the disk. A writer that does not gets Overloaded. Memory suffices for both.
 */
class SlowDiskTest {

    private static final int SECONDS = 10;

    @TempDir
    Path directory;

    @Test
    void writersThatAreFasterThanTheDiskWaitOrAreTold() throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        SlowDiskChild.class.getName(),
                        directory.resolve("data").toString(),
                        Integer.toString(SECONDS))
                .redirectErrorStream(true)
                .start();
        StringBuilder said = new StringBuilder();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                System.out.println("slow disk: " + line);
                said.append(line).append('\n');
            }
            assertThat(child.waitFor(Applications.DEADLINE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(child.exitValue()).as("%s", said).isZero();
        } finally {
            child.destroyForcibly();
        }
    }
}
