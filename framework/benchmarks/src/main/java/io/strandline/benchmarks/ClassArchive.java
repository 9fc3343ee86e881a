package io.strandline.benchmarks;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An archive of the classes that a side loads (class data sharing), as an application may start with one. It holds for a class path of
 * jars alone, so the classes of this module are taken from their jar.
 */
public final class ClassArchive {

    private final Path file;

    /** @param file where it is, or will be */
    public ClassArchive(Path file) {
        this.file = file;
    }

    /**
     * Starts a side that writes the archive when it exits. It interprets: Java 17 would archive methods that wait for the compiler as
     * waiting, and never compile them in a JVM that reads the archive.
     */
    ChildJvm startWriting(Job job) throws IOException {
        return start(List.of("-Xint", "-XX:ArchiveClassesAtExit=" + file), job);
    }

    /** A JVM that cannot write it only says so, and one that cannot read it goes on without. */
    void requireWritten() {
        if (!Files.isRegularFile(file)) {
            throw new IllegalStateException("the JVM wrote no archive of its classes to " + file);
        }
    }

    /** Starts a side that takes its classes from the archive. */
    ChildJvm startReading(Job job) throws IOException {
        return start(List.of("-XX:SharedArchiveFile=" + file), job);
    }

    private static ChildJvm start(List<String> options, Job job) throws IOException {
        return ChildJvm.startElsewhere(
                jars(System.getProperty("java.class.path")), options, SideMain.class.getName(), job.arguments());
    }

    private static String jars(String classPath) {
        return Stream.of(classPath.split(File.pathSeparator, -1))
                .map(Path::of)
                .map(entry -> Files.isDirectory(entry) ? jarOf(entry) : entry)
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Maven puts it beside the directory of the classes. */
    private static Path jarOf(Path classes) {
        Path target = Objects.requireNonNull(classes.toAbsolutePath().getParent(), "a root directory");
        try (Stream<Path> beside = Files.list(target)) {
            return beside.filter(file -> file.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no jar beside " + classes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
