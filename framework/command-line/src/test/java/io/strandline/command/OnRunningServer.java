package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.command.setting.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Each test has a server in this JVM, with a log of two shards and a directory of backups, at which its commands work. */
abstract class OnRunningServer {

    @TempDir
    Path directory;

    RunningServer server;
    /** Where the commands find the log. */
    Map<String, String> environment;

    @BeforeEach
    final void serve() {
        ServerParts parts = ServerParts.of(
                Configuration.none(Map.of()),
                List.of("tcp.port=0", "rest.port=0", "log.shards=2", "log.backupDirectory=" + backups()));
        server = RunningServer.start(data(), parts);
        environment = Map.of("STRANDLINE_SERVER", server.address());
    }

    @AfterEach
    final void stop() {
        server.stop();
    }

    final Path data() {
        return directory.resolve("data");
    }

    final String backups() {
        return directory.resolve("backups").toString();
    }

    /** Has the commands work on the directory of the log from now on, which the server has closed. */
    final void stopAndUseDirectory() {
        server.stop();
        environment = Map.of("STRANDLINE_DIRECTORY", data().toString());
    }

    final Ran run(String... arguments) {
        return Ran.with(environment, arguments);
    }

    /** What a command says that has done what it should. */
    final String done(String... arguments) {
        Ran ran = run(arguments);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isEqualTo(ExitCode.DONE);
        return ran.out();
    }

    final Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }
}
