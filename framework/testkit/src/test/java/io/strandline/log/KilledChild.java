package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that a test starts, listens to, and kills with SIGKILL. */
public final class KilledChild {

    private final Path errors;

    /** @param errors file to which all processes write their errors */
    public KilledChild(Path errors) {
        this.errors = errors;
    }

    /** Decides when to kill a process. */
    public interface Moment {

        /** Takes a line that the process wrote, until its last one. Returns true when the moment has come. */
        boolean reached(String line);
    }

    /** Runs a class until the moment has come, kills it, and takes what it had still said. */
    public void run(Class<?> main, List<String> arguments, Moment moment) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                .start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            boolean killed = false;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (moment.reached(line) && !killed) {
                    // Not Process.destroyForcibly, which would close the pipe before it is read to its end.
                    killed = process.toHandle().destroyForcibly();
                }
            }
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(Applications.DEADLINE_SECONDS, TimeUnit.SECONDS))
                .isTrue();
        assertThat(process.exitValue())
                .as("killed by the parent; errors: %s", errors())
                .isEqualTo(128 + 9);
    }

    private String errors() throws IOException {
        return Files.readString(errors);
    }
}
