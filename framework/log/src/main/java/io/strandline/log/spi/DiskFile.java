package io.strandline.log.spi;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file. Every method blocks. Reads may run concurrently with one writer. */
public interface DiskFile extends Closeable {

    /**
     * Reads until the buffer is full or the file ends.
     *
     * @return bytes read, 0 at or past the end
     */
    int read(ByteBuffer into, long position) throws IOException;

    /**
     * Writes all remaining bytes, growing the file where needed.
     *
     * @throws NoSpaceException if the disk is full. Some of the bytes may have been written
     */
    void write(ByteBuffer from, long position) throws IOException;

    /**
     * Makes every write that completed before this call durable, with the size of the file.
     *
     * <p>A failure says nothing about which of the writes are durable. The kernel may have dropped them, so trying again
     * proves nothing.
     */
    void force() throws IOException;

    /** Size in bytes. */
    long size() throws IOException;
}
