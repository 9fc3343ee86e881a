package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The archive that the build makes, unpacked somewhere else. It is there only after the tests, so {@code mvn verify} runs this class after the
 * others.
 */
class ArchiveCheck {

    @TempDir
    Path directory;

    private Path home;
    private @Nullable Process server;

    @BeforeEach
    void unpack() throws IOException, InterruptedException {
        Path somewhere = Files.createDirectory(directory.resolve("some where"));
        Path archive = only(Path.of("target"), "strandline-*.tar.gz").toAbsolutePath();
        assertThat(ran("tar", "-xzf", archive.toString(), "-C", somewhere.toString()))
                .isEmpty();
        home = only(somewhere, "strandline-*");
    }

    @AfterEach
    void kill() {
        if (server != null) {
            server.destroyForcibly();
        }
    }

    private static Path only(Path in, String names) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(in, names)) {
            List<Path> all = new ArrayList<>();
            found.forEach(all::add);
            assertThat(all).as(names + " in " + in).hasSize(1);
            return all.get(0);
        }
    }

    /** Starts it in a directory of its own, with nothing of the build in its environment but the Java. */
    private Process start(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(directory.resolve("err").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("STRANDLINE_") || name.equals("JAVA_OPTS"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }

    private String ran(String... command) throws IOException, InterruptedException {
        Process process = start(command);
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Arrays.toString(command) + ": " + Files.readString(directory.resolve("err")))
                .isZero();
        return out;
    }

    private String strandline(String... arguments) throws IOException, InterruptedException {
        return ran(Stream.concat(Stream.of(home.resolve("bin/strandline").toString()), Stream.of(arguments))
                .toArray(String[]::new));
    }

    @Test
    void it_serves_a_log_and_works_on_it() throws IOException, InterruptedException {
        // As an installation has it: a link in a directory of programs.
        Path link = Files.createSymbolicLink(directory.resolve("strandline"), home.resolve("bin/strandline"));
        Process started = start(
                link.toString(),
                "server",
                "--data",
                directory.resolve("data").toString(),
                "--port",
                "0",
                "--rest-port",
                "0");
        server = started;
        String line =
                new BufferedReader(new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8)).readLine();
        assertThat(line).as(Files.readString(directory.resolve("err"))).startsWith("serves ");
        String address = line.substring(line.indexOf("tcp://")).split(" ", -1)[0];
        strandline("stream", "create", "shop/orders", "--server", address);
        assertThat(strandline("stream", "list", "--server", address)).isEqualTo("shop/orders\n");
        started.destroy();
        assertThat(started.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(strandline("verify", directory.resolve("data").toString())).endsWith("no damage found\n");
    }

    @Test
    void it_says_its_version_and_has_the_licence_and_the_completion() throws IOException, InterruptedException {
        assertThat(strandline("--version"))
                .isEqualTo("strandline " + String.valueOf(home.getFileName()).substring("strandline-".length()) + "\n");
        assertThat(home.resolve("LICENSE")).hasSameTextualContentAs(Path.of("../../LICENSE"));
        String completion = home.resolve("completion/strandline").toString();
        assertThat(ran("bash", "-c", "source '" + completion + "' && complete -p strandline"))
                .endsWith(" strandline\n");
    }
}
