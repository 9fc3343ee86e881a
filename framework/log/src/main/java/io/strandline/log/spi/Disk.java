package io.strandline.log.spi;

import io.strandline.spi.watch.DiskRoom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The file system below journal and chunks. Names are relative to the data directory and use {@code /}. Every method
 * blocks and belongs on an I/O executor.
 *
 * <p>An implementation makes the following promises about a power cut. Bytes written before a completed {@link
 * DiskFile#force()} of that file stay. Other written pages may stay, vanish or tear, in any combination. Creations,
 * renames and deletions in a directory stay from a completed {@link #forceDirectory} on. Of later ones a prefix stays, in
 * their order.
 */
public interface Disk {

    /** Creates a directory with its parents, durably. Does nothing if it exists. */
    void createDirectories(String directory) throws IOException;

    /** Names of the files in a directory, without the directory, in ascending order. Empty if there is none. */
    List<String> list(String directory) throws IOException;

    /** Names of the directories in a directory, without it, in ascending order. Empty if there is none. */
    List<String> directories(String directory) throws IOException;

    /** Sizes in bytes of the files in a directory by their names, as of one moment or another. Empty if there is none. */
    default Map<String, Long> sizes(String directory) throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        for (String name : list(directory)) {
            try (DiskFile file = openToRead(directory + "/" + name)) {
                sizes.put(name, file.size());
            }
        }
        return sizes;
    }

    /** Opens an existing file for reading and writing. */
    DiskFile open(String file) throws IOException;

    /** Opens an existing file for reading only. */
    DiskFile openToRead(String file) throws IOException;

    /** Creates an empty file. Fails if the name is taken. */
    DiskFile create(String file) throws IOException;

    /** A direct buffer of at least so many bytes. Its start, and every unit after it, may be written uncached. */
    static ByteBuffer uncachedBuffer(int bytes) {
        int whole = (bytes + UNCACHED_UNIT - 1) / UNCACHED_UNIT * UNCACHED_UNIT;
        return ByteBuffer.allocateDirect(whole + UNCACHED_UNIT)
                .alignedSlice(UNCACHED_UNIT)
                .limit(whole)
                .slice();
    }

    /** Unit of writes that bypass the cache of the system, in bytes: of length, position and memory address. */
    int UNCACHED_UNIT = 4096;

    /**
     * Like {@link #create}, for a file that is written in whole {@link #UNCACHED_UNIT}s from direct buffers, and is
     * seldom read soon. Such writes may bypass the cache of the system, which costs them less. A write that does not keep
     * to the rules is only slower. The promises of these writes are the same.
     */
    default DiskFile createUncached(String file) throws IOException {
        return create(file);
    }

    /** As {@link #open}, for a file that is written as {@link #createUncached} says. */
    default DiskFile openUncached(String file) throws IOException {
        return open(file);
    }

    /** Renames a file atomically. A file under the new name is replaced. */
    void rename(String from, String to) throws IOException;

    /** Deletes a file. Does nothing if there is none. */
    void delete(String file) throws IOException;

    /** Removes a directory if it is empty. Does nothing if it is not, or if there is none. A power failure may undo it. */
    void deleteDirectory(String directory) throws IOException;

    /** Makes the creations, renames and deletions in a directory durable. */
    void forceDirectory(String directory) throws IOException;

    /** Room for more. By default nothing is known of it. */
    default DiskRoom room() throws IOException {
        return DiskRoom.UNKNOWN;
    }
}
