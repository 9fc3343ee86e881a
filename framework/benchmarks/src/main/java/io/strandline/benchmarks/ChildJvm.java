package io.strandline.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A JVM started by this one, with its class path and a heap of {@value #HEAP} if no other is asked for. The child sends single lines to its parent
 * on standard output. Its standard error is kept, and quoted when it fails. A child never outlives its parent, see {@link
 * ParentWatch}.
 */
public final class ChildJvm implements AutoCloseable {

    static final String HEAP = "1g";

    /** A property of the child: when it was started. */
    private static final String STARTED = "strandline.benchmarks.started";

    private static final String END = "\u0004";
    private static final int QUOTED_LINES = 30;

    private final Process process;
    private final Path errors;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private ChildJvm(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
    }

    /** Starts {@code main} in a JVM of its own. */
    public static ChildJvm start(Class<?> main, String... arguments) throws IOException {
        return startWithHeap(HEAP, main, arguments);
    }

    /** As {@link #start}, with another heap. */
    public static ChildJvm startWithHeap(String heap, Class<?> main, String... arguments) throws IOException {
        return start(heap, List.of(), System.getProperty("java.class.path"), main.getName(), arguments);
    }

    /** As {@link #start}, with another class path and more options. The class need not be on the class path of this JVM. */
    public static ChildJvm startElsewhere(String classPath, List<String> options, String main, String... arguments)
            throws IOException {
        return start(HEAP, options, classPath, main, arguments);
    }

    private static ChildJvm start(String heap, List<String> options, String classPath, String main, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xms" + heap);
        command.add("-Xmx" + heap);
        // Advised for servers by the guides of every side.
        command.add("-XX:+UseTransparentHugePages");
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.addAll(options);
        command.add("-cp");
        command.add(classPath);
        Path errors = Files.createTempFile("strandline-benchmark-", ".err");
        command.add("-D" + STARTED + "=" + Instant.now());
        command.add(main);
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        ChildJvm child = new ChildJvm(process, errors);
        child.readLines();
        return child;
    }

    /**
     * When this process was started, as its parent saw it. What the system says of a process is up to a second too early: it counts from
     * the start of the machine, which it tells in whole seconds.
     */
    public static Instant started() {
        return Instant.parse(
                Objects.requireNonNull(System.getProperty(STARTED), "this process was not started by a benchmark"));
    }

    /** The child's process id. */
    public long pid() {
        return process.pid();
    }

    /**
     * Waits for the next line that starts with {@code prefix}. Other lines are skipped.
     *
     * @throws IllegalStateException if the child ends before that line, or {@code within} passes. The message quotes its
     *     standard error
     */
    public String awaitLine(String prefix, Duration within) throws InterruptedException {
        long deadline = System.nanoTime() + within.toNanos();
        while (true) {
            String line = lines.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw failure("did not say '" + prefix.strip() + "' within " + within.toSeconds() + " s");
            }
            if (line.equals(END)) {
                throw failure("ended with exit code " + process.waitFor());
            }
            if (line.startsWith(prefix)) {
                return line;
            }
        }
    }

    /** Writes a line to the child's standard input. */
    public void tell(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Ends the child's standard input, which asks it to stop, and waits for it to do so. */
    public void stop(Duration within) throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
            throw failure("did not stop within " + within.toSeconds() + " s");
        }
    }

    /** Ends the child at once (SIGKILL), waits until it is gone, and forgets what it said. */
    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        process.onExit().join();
        Files.deleteIfExists(errors);
    }

    private void readLines() {
        Thread reader = new Thread(
                () -> {
                    try (BufferedReader output = new BufferedReader(
                            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                        output.lines().forEach(lines::add);
                    } catch (IOException | UncheckedIOException killed) {
                        // Closed under the reader when the child is killed: the end all the same.
                    } finally {
                        lines.add(END);
                    }
                },
                "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    private IllegalStateException failure(String what) {
        return new IllegalStateException("JVM " + process.pid() + " " + what + System.lineSeparator() + quotedErrors());
    }

    private String quotedErrors() {
        try {
            List<String> all = Files.readAllLines(errors, StandardCharsets.UTF_8);
            return String.join(System.lineSeparator(), all.subList(Math.max(0, all.size() - QUOTED_LINES), all.size()));
        } catch (IOException unreadable) {
            return "(its standard error cannot be read: " + unreadable.getMessage() + ")";
        }
    }
}
