package io.strandline.testkit.cluster;

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
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** One life of a {@link ClusterMember}, seen from its parent. */
final class ClusterProcess {

    /** Other builds share the machine: how long a test waits for something that takes milliseconds. */
    private static final long DEADLINE_SECONDS = 120;

    private final Process process;
    private final Path errors;
    private final long startedNanos;
    private final Thread reader;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final List<String> lines = new ArrayList<>();
    private int answered;
    private int members;
    private boolean ended;
    private boolean closed;

    private ClusterProcess(Process process, Path errors, long startedNanos) {
        this.process = process;
        this.errors = errors;
        this.startedNanos = startedNanos;
        this.reader = new Thread(this::readLines, "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    static ClusterProcess start(ClusterMember.Store store, int member, int life, Path directory, String ports)
            throws IOException {
        Path errors = directory.resolve("errors-" + member + "-" + life);
        long before = System.nanoTime();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-Dorg.slf4j.simpleLogger.showDateTime=true",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ClusterMember.class.getName(),
                        store.name(),
                        Integer.toString(member),
                        Integer.toString(life),
                        directory.resolve("log").toString(),
                        ports)
                .redirectError(errors.toFile())
                .start();
        return new ClusterProcess(process, errors, before);
    }

    /**
     * Checks that its clock is this JVM's clock. System.nanoTime is CLOCK_MONOTONIC on Linux, one clock for the machine.
     * Where it is not, a history would mean nothing.
     */
    void checkClock() {
        until("its clock", () -> !lines.isEmpty());
        assertThat(Long.parseLong(lines().get(0).split(" ", -1)[1])).isBetween(startedNanos, System.nanoTime());
    }

    /** Waits for some more answered calls than there are now. */
    void awaitProgress(int calls) {
        int before = count(() -> answered);
        until(calls + " answers after " + before, () -> answered >= before + calls);
    }

    /** Waits until it sees so many members. */
    void awaitMembers(int expected) {
        until(expected + " members", () -> members == expected);
    }

    /** Sends SIGKILL, and waits for the end of its output. */
    void kill() throws InterruptedException {
        // Not Process.destroyForcibly, which would close the pipe before it is read to its end.
        process.toHandle().destroyForcibly();
        awaitEnd();
    }

    /** Sends SIGSTOP or SIGCONT. */
    void signal(String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** Asks every client for a last read, and waits for them. */
    void finish() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        until("the end of its clients", () -> ended);
    }

    List<String> lines() {
        lock.lock();
        try {
            return List.copyOf(lines);
        } finally {
            lock.unlock();
        }
    }

    void awaitEnd() throws InterruptedException {
        assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
        reader.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
        assertThat(reader.isAlive()).isFalse();
    }

    void destroy() {
        process.destroyForcibly();
    }

    private int count(IntSupplier value) {
        lock.lock();
        try {
            return value.getAsInt();
        } finally {
            lock.unlock();
        }
    }

    private void until(String what, BooleanSupplier observed) {
        long left = TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        lock.lock();
        try {
            while (!observed.getAsBoolean()) {
                if (closed || left <= 0) {
                    throw new AssertionError("no " + what + " of process " + process.pid() + ": "
                            + lines.subList(Math.max(0, lines.size() - 10), lines.size()) + "\n"
                            + Files.readString(errors));
                }
                left = more.awaitNanos(left);
            }
        } catch (InterruptedException | IOException e) {
            throw new AssertionError(e);
        } finally {
            lock.unlock();
        }
    }

    private void readLines() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.endsWith(" .")) {
                    take(line);
                }
            }
        } catch (IOException killed) {
            // Closed under the reader: the end all the same.
        }
        lock.lock();
        try {
            closed = true;
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void take(String line) {
        lock.lock();
        try {
            lines.add(line);
            switch (line.charAt(0)) {
                case 'O' -> answered++;
                case 'C' -> members = Integer.parseInt(line.split(" ", -1)[1]);
                case 'E' -> ended = true;
                default -> {}
            }
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
