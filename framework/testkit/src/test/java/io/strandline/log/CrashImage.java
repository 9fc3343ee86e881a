package io.strandline.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** The files of a log that is open and at rest, as a killed process leaves them. */
public final class CrashImage {

    private static final int ATTEMPTS = 20;

    private CrashImage() {}

    /**
     * Copies them. A log at rest still prepares journal files, under names that they have for a moment, so a file may be gone when
     * it is copied. Then all are copied again.
     *
     * @param from the directory of the log
     * @param to where there is nothing yet
     */
    public static void copy(Path from, Path to) {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            try {
                copyOnce(from, to);
                return;
            } catch (NoSuchFileException e) {
                delete(to);
            }
        }
        throw new AssertionError(from + " changes all the time");
    }

    private static void copyOnce(Path from, Path to) throws NoSuchFileException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof NoSuchFileException gone) {
                throw gone;
            }
            throw e;
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
