package io.strandline.samples.bank;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * A PostgreSQL of the sample's own, from Maven artifacts, on loopback. Its tables stay. If the sample is killed the server goes on, and
 * the next run uses it. For Linux on x86-64.
 *
 * <p>PostgreSQL refuses to run as root. If the sample does, the server runs as the user {@code nobody}, with its files in {@code /tmp}.
 */
final class Database {

    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
    private static final String NOBODY = "65534";
    private static final int CONNECTIONS = 8;
    private static final long MOST_SECONDS = 60;

    private final boolean isRoot = System.getProperty("user.name").equals("root");
    private final Path home;
    private final Path tables;
    private int port;

    private Database(Path home) {
        this.home = home;
        this.tables = home.resolve("tables");
    }

    /** Where the server of a data directory has its files. */
    static Path home(Path data) {
        return System.getProperty("user.name").equals("root")
                ? Path.of(
                        "/tmp",
                        "strandline-bank-"
                                + Integer.toHexString(data.toAbsolutePath().hashCode()))
                : data.resolve("postgres").toAbsolutePath();
    }

    /** Starts the server, or finds it running. Blocks. */
    static Database start(Path home) throws IOException {
        if (!Files.exists(home)) {
            // Whole or not at all: a run that is killed meanwhile leaves nothing that the next one would take for a
            // server.
            Path unfinished = home.resolveSibling(home.getFileName() + ".new");
            Main.remove(unfinished);
            new Database(unfinished).install();
            Files.move(unfinished, home);
        }
        Database database = new Database(home);
        if (database.isRunning()) {
            database.port = Integer.parseInt(Files.readAllLines(database.tables.resolve("postmaster.pid"))
                    .get(3)
                    .trim());
        } else {
            database.port = freePort();
            database.run(
                    "pg_ctl",
                    "start",
                    "-w",
                    "-D",
                    database.tables.toString(),
                    "-l",
                    home.resolve("log").toString(),
                    "-o",
                    "-p " + database.port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=");
        }
        return database;
    }

    /** Stops the server and removes its tables. Blocks. */
    static void remove(Path home) throws IOException {
        if (Files.exists(home)) {
            new Database(home).stop();
        }
        Main.remove(home);
        Main.remove(home.resolveSibling(home.getFileName() + ".new"));
    }

    private void install() throws IOException {
        Files.createDirectories(home);
        unpack(home.resolve("server"));
        if (isRoot) {
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.setAttribute(home, "unix:uid", Integer.parseInt(NOBODY));
            Files.setAttribute(home, "unix:gid", Integer.parseInt(NOBODY));
        }
        run("initdb", "-D", tables.toString(), "-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8");
    }

    private boolean isRunning() throws IOException {
        return exitOf("pg_ctl", "status", "-D", tables.toString()) == 0;
    }

    Pool pool(Vertx vertx) {
        return PgBuilder.pool()
                .connectingTo(new PgConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(port)
                        .setUser("postgres")
                        .setDatabase("postgres"))
                .with(new PoolOptions().setMaxSize(CONNECTIONS))
                .using(vertx)
                .build();
    }

    Future<Void> stop(Vertx vertx) {
        return vertx.executeBlocking(() -> {
            stop();
            return null;
        });
    }

    /** Blocks. Does nothing if the server does not run. */
    void stop() throws IOException {
        if (isRunning()) {
            run("pg_ctl", "stop", "-m", "fast", "-D", tables.toString());
        }
    }

    private void run(String program, String... arguments) throws IOException {
        int exit = exitOf(program, arguments);
        if (exit != 0) {
            Path log = home.resolve("log");
            throw new IOException(program + " " + String.join(" ", arguments) + " ended with " + exit
                    + (Files.exists(log) ? ": " + Files.readString(log) : ""));
        }
    }

    private int exitOf(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (isRoot) {
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
            if (process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroy();
        throw new IOException(program + " did not end within " + MOST_SECONDS + " s");
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static void unpack(Path to) throws IOException {
        InputStream archive = Database.class.getResourceAsStream(ARCHIVE);
        if (archive == null) {
            throw new IOException("no " + ARCHIVE + " on the class path");
        }
        try (TarArchiveInputStream files = new TarArchiveInputStream(new XZCompressorInputStream(archive))) {
            for (TarArchiveEntry entry = files.getNextEntry(); entry != null; entry = files.getNextEntry()) {
                Path file = to.resolve(entry.getName()).normalize();
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                    continue;
                }
                Files.createDirectories(
                        to.resolve(entry.getName()).resolve("..").normalize());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(files, file);
                    boolean isProgram = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            file, PosixFilePermissions.fromString(isProgram ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }
}
