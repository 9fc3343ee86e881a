package io.strandline.log.impl.chunk;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.OpenFiles;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.NoSpaceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Chunks as files in one directory, each under its own name from the start. No name is used twice, and a file that no
 * frame of the journal refers to is swept, so a half-written file does no harm.
 *
 * <p>Writes, deletions and lists run on an executor of their own, one after the other. Reads run on another executor,
 * concurrently. Futures complete on the thread that did the work.
 */
public final class FileChunkStorage implements ChunkStorage {

    /** Size of the one buffer through which files are written. */
    static final int BUFFER_BYTES = 1024 * 1024;

    /**
     * Bytes after which a file is forced while it is written, so that a force of the journal never waits for the whole
     * file.
     */
    static final int FORCE_EVERY_BYTES = 16 * 1024 * 1024;

    /** Files kept open for reading. */
    static final int MAX_OPEN_FILES = 128;

    private final Disk disk;
    private final String directory;
    private final Executor writes;
    private final Executor rewrites;
    private final Executor reads;
    private final OpenFiles openFiles;
    private final Input input = new FileInput();

    // Made by the first put, used by one put at a time.
    private @Nullable ByteBuffer buffer;

    // The same for rewrites, which run beside puts.
    private @Nullable ByteBuffer rewriteBuffer;

    /**
     * The chunks in a directory, which the first put creates.
     *
     * @param writes runs one task after the other
     * @param rewrites runs one task after the other, beside the writes
     * @param reads may run tasks beside each other
     */
    public FileChunkStorage(Disk disk, String directory, Executor writes, Executor rewrites, Executor reads) {
        this.disk = disk;
        this.directory = directory;
        this.writes = writes;
        this.rewrites = rewrites;
        this.reads = reads;
        this.openFiles = new OpenFiles(disk, MAX_OPEN_FILES);
    }

    @Override
    public <T> Future<T> put(String name, Content<T> content) {
        return run(writes, "write chunk " + name, () -> {
            ByteBuffer through = buffer;
            if (through == null) {
                through = firstBuffer();
                buffer = through;
            }
            return store(name, content, through.clear());
        });
    }

    @Override
    public <T> Future<T> rewrite(String name, Rewriting<T> content) {
        return run(rewrites, "write chunk " + name, () -> {
            ByteBuffer through = rewriteBuffer;
            if (through == null) {
                through = firstBuffer();
                rewriteBuffer = through;
            }
            return store(name, output -> content.writeTo(input, output), through.clear());
        });
    }

    private ByteBuffer firstBuffer() throws IOException {
        disk.createDirectories(directory);
        return Disk.uncachedBuffer(BUFFER_BYTES);
    }

    private <T> T store(String name, Content<T> content, ByteBuffer through) throws IOException {
        T result;
        DiskFile file = disk.createUncached(path(name));
        try {
            result = write(file, content, through);
            file.close();
            // A name that could not be forced belongs to no frame: the file would hold its space until the next sweep.
            disk.forceDirectory(directory);
        } catch (IOException | RuntimeException | Error e) {
            abandon(name, file, e);
            throw e;
        }
        return result;
    }

    private static <T> T write(DiskFile file, Content<T> content, ByteBuffer through) throws IOException {
        ForcingOutput output = new ForcingOutput(file, through);
        T result = content.writeTo(output);
        output.finish();
        return result;
    }

    /** Closes and deletes what a failed put left, so that it does not hold space until the next sweep. */
    private void abandon(String name, DiskFile file, Throwable failure) {
        try {
            file.close();
            disk.delete(path(name));
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public Future<byte[]> read(String name, long position, int length) {
        return run(
                reads,
                "read chunk " + name,
                () -> openFiles.use(path(name), file -> read(file, name, position, length)));
    }

    @Override
    public Future<List<byte[]>> read(String name, List<Range> ranges) {
        return run(
                reads,
                "read chunk " + name,
                () -> openFiles.use(path(name), file -> {
                    List<byte[]> parts = new ArrayList<>(ranges.size());
                    for (Range range : ranges) {
                        parts.add(read(file, name, range.position(), range.length()));
                    }
                    return parts;
                }));
    }

    private static byte[] read(DiskFile file, String name, long position, int length) throws IOException {
        byte[] bytes = new byte[length];
        read(file, name, position, length, bytes, 0);
        return bytes;
    }

    private static void read(DiskFile file, String name, long position, int length, byte[] to, int at)
            throws IOException {
        int read = file.read(ByteBuffer.wrap(to, at, length), position);
        if (read < length) {
            throw ChunkFormat.corrupt(
                    name, position, "chunk ends after " + read + " of the " + length + " bytes to be read here");
        }
    }

    @Override
    public Future<Long> size(String name) {
        return run(reads, "find chunk " + name, () -> openFiles.use(path(name), DiskFile::size));
    }

    @Override
    public Future<Void> delete(String name) {
        return run(writes, "delete chunk " + name, () -> {
                    disk.delete(path(name));
                    openFiles.deleted(path(name));
                    return name;
                })
                .mapEmpty();
    }

    @Override
    public Future<List<String>> list() {
        return run(writes, "list chunks in " + directory, () -> disk.list(directory));
    }

    @Override
    public Future<Map<String, Long>> sizes() {
        return run(writes, "list chunks in " + directory, () -> disk.sizes(directory));
    }

    /**
     * Closes the files that are kept open, after the writes queued so far. Reads in progress complete normally, and later
     * reads fail.
     */
    public Future<Void> close() {
        return run(rewrites, "close chunks in " + directory, () -> directory)
                .eventually(() -> run(writes, "close chunks in " + directory, () -> {
                    openFiles.close();
                    return directory;
                }))
                .mapEmpty();
    }

    /** Reads on the calling thread. */
    private final class FileInput implements Input {

        @Override
        public byte[] read(String name, long position, int length) throws IOException {
            return use(name, file -> FileChunkStorage.read(file, name, position, length));
        }

        @Override
        public void read(String name, long position, int length, byte[] to, int at) throws IOException {
            use(name, file -> {
                FileChunkStorage.read(file, name, position, length, to, at);
                return name;
            });
        }

        @Override
        public long size(String name) throws IOException {
            return use(name, DiskFile::size);
        }

        private <T> T use(String name, OpenFiles.Use<T> use) throws IOException {
            try {
                return openFiles.use(path(name), use);
            } catch (IOException e) {
                throw named("read chunk " + name, e);
            }
        }
    }

    int openFiles() {
        return openFiles.size();
    }

    private String path(String name) {
        return directory + "/" + name;
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private static <T> Future<T> run(Executor executor, String what, Work<T> work) {
        Promise<T> promise = Promise.promise();
        try {
            executor.execute(() -> {
                T result;
                try {
                    result = work.run();
                } catch (IOException e) {
                    promise.fail(named(what, e));
                    return;
                } catch (RuntimeException | Error e) {
                    promise.fail(e);
                    return;
                }
                promise.complete(result);
            });
        } catch (RejectedExecutionException e) {
            promise.fail(new StrandlineException.Unavailable("cannot " + what + ": the log is closed", e));
        }
        return promise.future();
    }

    private static IOException named(String what, IOException failure) {
        if (failure instanceof NoSpaceException) {
            return failure;
        }
        String reason = failure instanceof NoSuchFileException ? "there is no such file" : failure.getMessage();
        return new IOException("cannot " + what + ": " + reason, failure);
    }

    /** Gathers bytes in the buffer, writes it out when it is full, and forces the file in steps. */
    private static final class ForcingOutput implements Output {

        private final DiskFile file;
        private final ByteBuffer through;
        private long written;
        private long forced;

        ForcingOutput(DiskFile file, ByteBuffer through) {
            this.file = file;
            this.through = through;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            int at = from;
            int end = from + length;
            while (at < end) {
                if (!through.hasRemaining()) {
                    flush();
                }
                int piece = Math.min(end - at, through.remaining());
                through.put(bytes, at, piece);
                at += piece;
            }
        }

        @Override
        public long position() {
            return written + through.position();
        }

        private void flush() throws IOException {
            through.flip();
            int length = through.remaining();
            file.write(through, written);
            through.clear();
            written += length;
            if (written - forced >= FORCE_EVERY_BYTES) {
                file.force();
                forced = written;
            }
        }

        void finish() throws IOException {
            flush();
            file.force();
        }
    }
}
