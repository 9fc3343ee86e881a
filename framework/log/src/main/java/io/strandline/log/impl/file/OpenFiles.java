package io.strandline.log.impl.file;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Files kept open for reading: the ones used last, up to a limit. Any number of threads may use it concurrently. A
 * dropped file closes when its last reader is done.
 */
public final class OpenFiles {

    private final Disk disk;
    private final int maxFiles;
    private final Map<String, OpenFile> files = new ConcurrentHashMap<>();
    private final AtomicLong uses = new AtomicLong();

    /** Counts what makes a file that is just being opened unfit to be kept: deletions, and the end. */
    private final AtomicLong departures = new AtomicLong();

    private volatile boolean closed;

    public OpenFiles(Disk disk, int maxFiles) {
        this.disk = disk;
        this.maxFiles = maxFiles;
    }

    /** Reads from an open file. */
    public interface Use<T> {
        T with(DiskFile file) throws IOException;
    }

    /** Opens the file if it is not open, uses it, and keeps it. Blocks. */
    public <T> T use(String name, Use<T> use) throws IOException {
        OpenFile file = acquire(name);
        try {
            return use.with(file.file);
        } finally {
            file.release();
        }
    }

    /** Drops a file that was deleted. To be called after the deletion. */
    public void deleted(String name) {
        departures.incrementAndGet();
        OpenFile file = files.get(name);
        if (file != null) {
            drop(name, file);
        }
    }

    /** Drops all files. Later uses fail. */
    public void close() {
        closed = true;
        departures.incrementAndGet();
        for (Map.Entry<String, OpenFile> entry : files.entrySet()) {
            drop(entry.getKey(), entry.getValue());
        }
    }

    /** Files kept open. */
    public int size() {
        return files.size();
    }

    private OpenFile acquire(String name) throws IOException {
        OpenFile kept = files.get(name);
        if (kept != null && kept.acquire()) {
            kept.lastUse = uses.incrementAndGet();
            return kept;
        }
        long departuresBefore = departures.get();
        if (closed) {
            throw new IOException("closed");
        }
        OpenFile opened = new OpenFile(disk.openToRead(name));
        opened.lastUse = uses.incrementAndGet();
        if (files.putIfAbsent(name, opened) != null) {
            // Another reader opened it at the same time, and its file is kept. This one serves once.
            opened.release();
        } else if (departures.get() != departuresBefore) {
            // Perhaps this very file was deleted, after it was opened and before it was kept.
            drop(name, opened);
        } else {
            dropEldest();
        }
        return opened;
    }

    private void dropEldest() {
        while (files.size() > maxFiles) {
            String eldestName = null;
            OpenFile eldest = null;
            for (Map.Entry<String, OpenFile> entry : files.entrySet()) {
                if (eldest == null || entry.getValue().lastUse < eldest.lastUse) {
                    eldestName = entry.getKey();
                    eldest = entry.getValue();
                }
            }
            if (eldestName == null || eldest == null) {
                return;
            }
            drop(eldestName, eldest);
        }
    }

    private void drop(String name, OpenFile file) {
        if (files.remove(name, file)) {
            file.release();
        }
    }

    /**
     * Counts its users, including this collection. Created with two users: the collection and the reader that opened the
     * file.
     */
    private static final class OpenFile {

        private final DiskFile file;
        private final AtomicInteger users = new AtomicInteger(2);
        private volatile long lastUse;

        OpenFile(DiskFile file) {
            this.file = file;
        }

        /** False if the file is closed, or about to be. */
        boolean acquire() {
            return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) != 0;
        }

        void release() {
            if (users.decrementAndGet() == 0) {
                try {
                    file.close();
                } catch (IOException ignored) {
                    // Nothing was written through it, so an error here loses nothing.
                }
            }
        }
    }
}
