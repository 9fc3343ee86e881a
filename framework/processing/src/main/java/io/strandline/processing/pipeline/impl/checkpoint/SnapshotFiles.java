package io.strandline.processing.pipeline.impl.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.List;

/** The files of one pipeline, all in one place. Handed in, so that a test can lose what was not forced. Every method blocks. */
public interface SnapshotFiles {

    /** Makes the place, if it is missing, so that it is there after a crash too. */
    void create() throws IOException;

    /** Opens an empty file for writing. Replaces a file of that name. */
    Output write(String name) throws IOException;

    /** Opens a file for reading. Fails with {@link java.nio.file.NoSuchFileException} if it is missing. */
    SeekableByteChannel read(String name) throws IOException;

    /** Forces the names of all files that were written or deleted. */
    void forceNames() throws IOException;

    List<String> names() throws IOException;

    /** Deletes a file. Does nothing if it is missing. */
    void delete(String name) throws IOException;

    /** Removes the place, if it is empty. */
    void remove() throws IOException;

    /** Where a file is, for messages. */
    String place(String name);

    /** A file that is written from its beginning. */
    interface Output extends Closeable {

        /** Writes all that remains in the buffer. */
        void write(ByteBuffer bytes) throws IOException;

        /** Completes when everything written is on disk. The name may not be on disk yet. */
        void force() throws IOException;
    }
}
