package io.strandline.projection.sql;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The one PostgreSQL of this module's tests: a real server from Maven artifacts, on the loopback interface, that ends with the JVM.
 *
 * <p>PostgreSQL refuses to run as root. If the tests do, it runs as the user {@code nobody}, which needs no right but root's to change
 * the user. ({@code EmbeddedPostgres} would need the right to create a user namespace, which containers often lack.)
 */
final class TestPostgres {

    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
    private static final String NOBODY = "65534";
    private static final long LONGEST_START_SECONDS = 60;

    private final int port;
    private final List<String> asUser;
    private final Path bin;
    private final Path home;
    private final Path data;

    private TestPostgres(int port, List<String> asUser, Path bin, Path home) {
        this.port = port;
        this.asUser = asUser;
        this.bin = bin;
        this.home = home;
        this.data = home.resolve("data");
    }

    /** Starts with its first use. */
    private static final class Server {
        static final TestPostgres ONE = start();
    }

    static int port() {
        return Server.ONE.port;
    }

    static PgConnectOptions connect(int toPort) {
        return new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(toPort)
                .setUser("postgres")
                .setDatabase("postgres");
    }

    static Pool pool(Vertx vertx) {
        return pool(vertx, connect(port()));
    }

    static Pool pool(Vertx vertx, PgConnectOptions connect) {
        return PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(8).setConnectionTimeout(10))
                .connectingTo(connect)
                .using(vertx)
                .build();
    }

    /** Ends all connections at once and starts again, as after a crash. */
    static void crash() {
        Server.ONE.control("stop", "-m", "immediate");
        Server.ONE.control("start", "-w");
    }

    static void stop() {
        Server.ONE.control("stop", "-m", "immediate");
    }

    static void startAgain() {
        Server.ONE.control("start", "-w");
    }

    private static TestPostgres start() {
        try {
            boolean isRoot = System.getProperty("user.name").equals("root");
            if (!System.getProperty("os.name").equals("Linux")
                    || !System.getProperty("os.arch").equals("amd64")) {
                EmbeddedPostgres elsewhere = EmbeddedPostgres.builder().start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> closed(elsewhere)));
                return new TestPostgres(elsewhere.getPort(), List.of(), Path.of(""), Path.of(""));
            }
            Path directory = Files.createTempDirectory(Path.of("/tmp"), "strandline-postgres");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path server = Files.createDirectory(directory.resolve("server"));
            unpack(server);
            Path owned = Files.createDirectory(directory.resolve("owned"));
            List<String> asUser =
                    isRoot ? List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups") : List.of();
            if (isRoot) {
                Files.setAttribute(owned, "unix:uid", Integer.parseInt(NOBODY));
                Files.setAttribute(owned, "unix:gid", Integer.parseInt(NOBODY));
            }
            TestPostgres postgres = new TestPostgres(freePort(), asUser, server.resolve("bin"), owned);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                postgres.control("stop", "-m", "immediate");
                delete(directory);
            }));
            postgres.run(
                    "initdb",
                    "-D",
                    postgres.data.toString(),
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "-N",
                    "--locale=C",
                    "-E",
                    "UTF8");
            postgres.control("start", "-w");
            return postgres;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void control(String action, String... options) {
        List<String> arguments = new ArrayList<>(List.of(action, "-D", data.toString()));
        arguments.addAll(List.of(options));
        if (action.equals("start")) {
            // A test cares for a process that is killed, not for a power cut.
            arguments.addAll(List.of(
                    "-l",
                    home.resolve("log").toString(),
                    "-o",
                    "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
                            + " -c max_connections=60"));
        }
        run("pg_ctl", arguments.toArray(String[]::new));
    }

    private void run(String program, String... arguments) {
        List<String> command = new ArrayList<>(asUser);
        command.add(bin.resolve(program).toString());
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(LONGEST_START_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                Path log = home.resolve("log");
                throw new AssertionError(command + " failed" + (Files.exists(log) ? ": " + Files.readString(log) : ""));
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(command.toString(), e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static void unpack(Path to) throws IOException {
        try (InputStream archive = Objects.requireNonNull(
                        TestPostgres.class.getResourceAsStream(ARCHIVE), "no " + ARCHIVE + " on the class path");
                TarArchiveInputStream files = new TarArchiveInputStream(new XZCompressorInputStream(archive))) {
            for (TarArchiveEntry entry = files.getNextEntry(); entry != null; entry = files.getNextEntry()) {
                Path file = to.resolve(entry.getName()).normalize();
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else if (entry.isSymbolicLink()) {
                    Files.createDirectories(file.getParent());
                    Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
                } else {
                    Files.createDirectories(file.getParent());
                    Files.copy(files, file);
                    Files.setPosixFilePermissions(
                            file,
                            PosixFilePermissions.fromString((entry.getMode() & 0100) != 0 ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }

    private static void delete(Path directory) {
        try (var files = Files.walk(directory)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            // It is in the directory of temporary files.
        }
    }

    private static void closed(EmbeddedPostgres postgres) {
        try {
            postgres.close();
        } catch (IOException e) {
            // The JVM ends.
        }
    }
}
