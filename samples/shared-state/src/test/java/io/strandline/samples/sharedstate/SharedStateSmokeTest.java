package io.strandline.samples.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Starts the sample as a user does, in a JVM of its own. */
class SharedStateSmokeTest {

    private static final long DEADLINE_SECONDS = 110;

    private record Run(int exitCode, List<String> out, String err) {}

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"1, Amsterdam", "3, Chennai"})
    void all_offices_end_with_the_same_seats_although_one_is_killed(int number, String name) throws Exception {
        Run run = run("--kill", Integer.toString(number));
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .anyMatch(line -> line.endsWith(name + " is killed"))
                .anyMatch(line -> line.matches(".* seen, after the call, by"))
                .anyMatch(line -> line.matches(".*Amsterdam \\d+ ms, Boston \\d+ ms, Chennai \\d+ ms"))
                .anyMatch(line -> line.startsWith("All three ended with the same seat map"));
        assertThat(run.out().stream().filter(line -> line.contains(name + " begins")))
                .hasSize(2);
    }

    @Test
    void explains_itself() throws Exception {
        assertThat(run("--help").out()).anyMatch(line -> line.contains("--kill N"));
        Run refused = run("--kill", "4");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("--kill is 4");
    }

    private Run run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        Path out = Files.createTempFile(directory, "out", ".txt");
        Path err = Files.createTempFile(directory, "err", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("no end within " + DEADLINE_SECONDS + " s: " + Files.readString(out) + "\n"
                    + Files.readString(err));
        }
        return new Run(process.exitValue(), Files.readAllLines(out), Files.readString(err));
    }
}
