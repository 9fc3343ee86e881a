package io.strandline.samples.sharedstate;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** An office as the JVM that started it sees it. */
final class OfficeProcess {

    private final Process process;

    private OfficeProcess(Process process) {
        this.process = process;
    }

    /** Starts an office with this JVM's class path, and hands on what it says until it ends. */
    static OfficeProcess start(Office office, Consumer<String> lines) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dhazelcast.logging.type=slf4j",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        Arguments.OFFICE,
                        Integer.toString(office.number()),
                        office.log().toString(),
                        office.ports().stream().map(String::valueOf).collect(Collectors.joining(",")))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread reader = new Thread(() -> read(process, lines));
        reader.setDaemon(true);
        reader.start();
        return new OfficeProcess(process);
    }

    void send(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Ends it as {@code kill -9} does. */
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    private static void read(Process process, Consumer<String> lines) {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            output.lines().forEach(lines);
        } catch (IOException | UncheckedIOException killed) {
            // Closed under the reader: the end all the same.
        }
    }
}
