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
 * An archive of what a side loads, as an application may start with one: its classes (class data sharing), and with an ahead-of-time cache
 * of Java 25 also which of their methods it compiles and how. It holds for a class path of jars alone, so the classes of this module are
 * taken from their jar.
 */
public final class ClassArchive {

    /** The first version whose cache can be written in one run and holds profiles of methods. */
    private static final int WITH_PROFILES = 25;

    private final Path file;

    /** @param file where it is, or will be */
    public ClassArchive(Path file) {
        this.file = file;
    }

    /** True if an archive has profiles of methods, so that the run that writes it has to be a long one. */
    public static boolean hasProfiles() {
        return Runtime.version().feature() >= WITH_PROFILES;
    }

    /**
     * Starts a side that writes the archive when it exits. Without profiles it interprets: Java 17 would archive methods that wait for the
     * compiler as waiting, and never compile them in a JVM that reads the archive.
     */
    ChildJvm startWriting(Job job) throws IOException {
        return start(
                hasProfiles()
                        ? List.of("-XX:AOTCacheOutput=" + file)
                        : List.of("-Xint", "-XX:ArchiveClassesAtExit=" + file),
                job);
    }

    /** A JVM that cannot write it only says so, and one that cannot read it goes on without. */
    void requireWritten() {
        if (!Files.isRegularFile(file)) {
            throw new IllegalStateException("the JVM wrote no archive of its classes to " + file);
        }
    }

    /** Starts a side that takes its classes from the archive. */
    ChildJvm startReading(Job job) throws IOException {
        return start(List.of((hasProfiles() ? "-XX:AOTCache=" : "-XX:SharedArchiveFile=") + file), job);
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
