package io.strandline.benchmarks.log.life;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Looks every {@value #INTERVAL_MILLIS} ms at the files of a log in another process, and keeps the greatest of what it saw. */
final class DiskUse implements AutoCloseable {

    private static final long INTERVAL_MILLIS = 100;

    private final Path directory;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> looks;
    private volatile Peak peak = Peak.NONE;

    private DiskUse(Path directory) {
        this.directory = directory;
        this.looks = timer.scheduleAtFixedRate(this::look, 0, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    static DiskUse of(Path directory) {
        return new DiskUse(directory);
    }

    /**
     * The greatest of each, in bytes.
     *
     * @param chunks all chunks together
     * @param chunk one chunk
     * @param journals all journals together
     * @param chunkFiles number of chunks
     * @param journalFiles number of journal files of one shard, with those that are ready to be used
     * @param looks how often it was looked
     */
    record Peak(long chunks, long chunk, long journals, long chunkFiles, long journalFiles, long looks) {

        static final Peak NONE = new Peak(0, 0, 0, 0, 0, 0);
    }

    private void look() {
        long chunks = 0;
        long chunk = peak.chunk();
        long journals = 0;
        long chunkFiles = 0;
        Map<Path, Long> journalFiles = new HashMap<>();
        for (Path file : files()) {
            long size = size(file);
            Path inLog = directory.relativize(file);
            if (contains(inLog, "journal")) {
                journals += size;
                if (isJournalFile(file)) {
                    journalFiles.merge(file.getParent(), 1L, Long::sum);
                }
            } else if (contains(inLog, "chunks")) {
                chunks += size;
                chunkFiles++;
                chunk = Math.max(chunk, size);
            }
        }
        peak = new Peak(
                Math.max(chunks, peak.chunks()),
                chunk,
                Math.max(journals, peak.journals()),
                Math.max(chunkFiles, peak.chunkFiles()),
                journalFiles.values().stream().reduce(peak.journalFiles(), Math::max),
                peak.looks() + 1);
    }

    private static boolean isJournalFile(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".journal") || name.endsWith(".spare");
    }

    private static boolean contains(Path file, String directoryName) {
        for (Path part : file) {
            if (part.endsWith(directoryName)) {
                return true;
            }
        }
        return false;
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException | UncheckedIOException vanished) {
            return List.of(); // a file went while the directory was walked: the next look is soon
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException deleted) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was seen so far. */
    Peak peak() {
        if (looks.isDone()) {
            throw new IllegalStateException("nobody looks at " + directory + " any more");
        }
        return peak;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
