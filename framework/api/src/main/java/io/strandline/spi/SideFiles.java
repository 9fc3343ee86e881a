package io.strandline.spi;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The files of one directory, for those who keep something beside a log. Every method blocks and may be called from any
 * thread that may. Files do not affect each other.
 *
 * <p>An implementation makes the following promises about a power failure. Bytes written before a completed {@link
 * Output#force()} stay. Of other bytes any part may stay. The names of new files and the absence of deleted ones stay from a
 * completed {@link #forceNames()} on.
 */
public interface SideFiles {

    /** First part of the names of directories for the snapshots of pipelines, which have a directory each. */
    String CHECKPOINTS = "checkpoints";

    /**
     * Creates the directory with its parents, durably. Does nothing if it exists.
     *
     * @throws IOException if it cannot be created or written to
     */
    void create() throws IOException;

    /** Creates an empty file for writing. Replaces a file of that name. */
    Output write(String name) throws IOException;

    /**
     * Opens a file for reading.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    Input read(String name) throws IOException;

    /** Makes the names of all files that were created or deleted durable. */
    void forceNames() throws IOException;

    /** Names of the files. Empty if there is no directory. */
    List<String> names() throws IOException;

    /** Deletes a file. Does nothing if there is none. */
    void delete(String name) throws IOException;

    /** Removes the directory if it is empty. Does nothing if it is not, or if there is none. */
    void remove() throws IOException;

    /** A file that is written from its beginning. */
    interface Output extends Closeable {

        /** Writes all that remains in the buffer. */
        void write(ByteBuffer bytes) throws IOException;

        /** Makes everything written durable. The name of the file may not be. */
        void force() throws IOException;
    }

    /** A file that is read. */
    interface Input extends Closeable {

        /** Length in bytes. */
        long size() throws IOException;

        /**
         * Reads until the buffer is full or the file ends.
         *
         * @return bytes read, 0 at or past the end
         */
        int read(ByteBuffer into, long position) throws IOException;
    }
}
