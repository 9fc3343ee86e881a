package io.strandline.log.impl.file;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.spi.watch.DiskRoom;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A disk on which files can be kept for a while: those that are deleted meanwhile go at the end of it. May be used by many
 * threads.
 */
public final class KeptFiles implements Disk {

    private final Disk disk;

    /** Files that are deleted when they are no longer kept. At most as many as there are files. */
    private final Set<String> due = ConcurrentHashMap.newKeySet();

    private volatile boolean keeps;

    public KeptFiles(Disk disk) {
        this.disk = disk;
    }

    /** Lets no file go that is there now. */
    public void keep() {
        keeps = true;
    }

    /**
     * Deletes what was to be deleted meanwhile. Blocks.
     *
     * @throws IOException if some of it could not be deleted. The next call tries these again
     */
    public void letGo() throws IOException {
        keeps = false;
        IOException failure = null;
        for (String file : due) {
            try {
                deleteIfDue(file);
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void deleteIfDue(String file) throws IOException {
        if (due.remove(file)) {
            try {
                disk.delete(file);
            } catch (IOException e) {
                due.add(file);
                throw e;
            }
        }
    }

    /** Only files whose names are used once are kept: a journal keeps its own, see {@code Journal.hold}. */
    private static boolean mayBeKept(String file) {
        return !file.contains("/journal/");
    }

    @Override
    public void delete(String file) throws IOException {
        if (!keeps || !mayBeKept(file)) {
            disk.delete(file);
            return;
        }
        due.add(file);
        if (!keeps) {
            deleteIfDue(file);
        }
    }

    @Override
    public void createDirectories(String directory) throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public List<String> list(String directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public List<String> directories(String directory) throws IOException {
        return disk.directories(directory);
    }

    @Override
    public Map<String, Long> sizes(String directory) throws IOException {
        return disk.sizes(directory);
    }

    @Override
    public DiskFile open(String file) throws IOException {
        return disk.open(file);
    }

    @Override
    public DiskFile openToRead(String file) throws IOException {
        return disk.openToRead(file);
    }

    @Override
    public DiskFile create(String file) throws IOException {
        deleteIfDue(file);
        return disk.create(file);
    }

    @Override
    public DiskFile createUncached(String file) throws IOException {
        deleteIfDue(file);
        return disk.createUncached(file);
    }

    @Override
    public DiskFile openUncached(String file) throws IOException {
        return disk.openUncached(file);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        due.remove(to);
        disk.rename(from, to);
    }

    @Override
    public void deleteDirectory(String directory) throws IOException {
        disk.deleteDirectory(directory);
    }

    @Override
    public void forceDirectory(String directory) throws IOException {
        disk.forceDirectory(directory);
    }

    @Override
    public DiskRoom room() throws IOException {
        return disk.room();
    }
}
