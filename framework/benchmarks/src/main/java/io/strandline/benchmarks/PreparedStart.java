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
 * Starts of a JVM that a run before has prepared, as an application may start: from Java 25 on with a cache of its classes and of the
 * profiles of its methods, before that with an archive of its classes (class data sharing) and the collector that copies a large state most
 * cheaply. An archive holds for a class path of jars alone, so the classes of this module are taken from their jar.
 */
public final class PreparedStart {

    /** The first version whose cache has profiles of methods, and is written by one run. */
    private static final int WITH_PROFILES = 25;

    /** With a cache it is the default one: Java 25.0.3 crashes when it loads the classes of a cache with the parallel one. */
    private static final String COLLECTOR = hasProfiles() ? "-XX:+UseG1GC" : "-XX:+UseParallelGC";

    private final Path archive;

    /** @param archive where it is, or will be */
    public PreparedStart(Path archive) {
        this.archive = archive;
    }

    /** True if an archive has profiles of methods, so that the run that writes it has to be a long one. */
    public static boolean hasProfiles() {
        return Runtime.version().feature() >= WITH_PROFILES;
    }

    /** The options of a prepared start. */
    public static String options() {
        return COLLECTOR + " " + reading("");
    }

    private static String reading(String archive) {
        return (hasProfiles() ? "-XX:AOTCache=" : "-XX:SharedArchiveFile=") + archive;
    }

    /**
     * Starts a side that writes the archive when it exits. Without profiles it interprets: Java 17 would archive methods that wait for the
     * compiler as waiting, and never compile them in a JVM that reads the archive.
     */
    ChildJvm startWriting(Job job) throws IOException {
        return start(
                hasProfiles()
                        ? List.of(COLLECTOR, "-XX:AOTCacheOutput=" + archive)
                        : List.of(COLLECTOR, "-Xint", "-XX:ArchiveClassesAtExit=" + archive),
                job);
    }

    /** A JVM that cannot write it only says so, and one that cannot read it goes on without. */
    void requireWritten() {
        if (!Files.isRegularFile(archive)) {
            throw new IllegalStateException("the JVM wrote no archive of its classes to " + archive);
        }
    }

    /** Starts a side that takes what it needs from the archive. */
    ChildJvm startReading(Job job) throws IOException {
        return start(List.of(COLLECTOR, reading(archive.toString())), job);
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
