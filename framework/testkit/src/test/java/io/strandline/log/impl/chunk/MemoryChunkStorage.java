package io.strandline.log.impl.chunk;

import io.strandline.StrandlineException;
import io.strandline.log.spi.ChunkStorage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Chunks in memory; every future is complete when it is returned, apart from reads that are held. For one thread. */
public final class MemoryChunkStorage implements ChunkStorage {

    private final Map<String, byte[]> objects = new TreeMap<>();
    private int reads;
    private long bytesRead;

    /** Reads that are held. */
    private @Nullable Queue<Runnable> held;

    /** Reads complete when they are run, from now on. */
    public void holdReads(Queue<Runnable> in) {
        held = in;
    }

    public byte[] bytes(String name) throws IOException {
        byte @Nullable [] bytes = objects.get(name);
        if (bytes == null) {
            throw new IOException("there is no chunk " + name);
        }
        return bytes;
    }

    public void replace(String name, byte[] bytes) {
        objects.put(name, bytes);
    }

    /** Reads since the storage was made. */
    public int reads() {
        return reads;
    }

    /** Bytes read since the storage was made. */
    long bytesRead() {
        return bytesRead;
    }

    @Override
    public <T> Future<T> put(String name, Content<T> content) {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        try {
            T result = content.writeTo(new Output() {
                @Override
                public void write(byte[] bytes, int from, int length) {
                    written.write(bytes, from, length);
                }

                @Override
                public long position() {
                    return written.size();
                }
            });
            objects.put(name, written.toByteArray());
            return Future.succeededFuture(result);
        } catch (IOException | RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    @Override
    public <T> Future<T> rewrite(String name, Rewriting<T> content) {
        return put(
                name,
                output -> content.writeTo(
                        new Input() {
                            @Override
                            public byte[] read(String of, long position, int length) throws IOException {
                                reads++;
                                bytesRead += length;
                                byte[] bytes = bytes(of);
                                if (position + length > bytes.length) {
                                    throw new StrandlineException.Corrupt(
                                            "chunk " + of + " at " + position + ": too short");
                                }
                                int from = (int) position;
                                return Arrays.copyOfRange(bytes, from, from + length);
                            }

                            @Override
                            public long size(String of) throws IOException {
                                return bytes(of).length;
                            }
                        },
                        output));
    }

    @Override
    public Future<byte[]> read(String name, long position, int length) {
        reads++;
        bytesRead += length;
        if (held == null) {
            return readNow(name, position, length);
        }
        Promise<byte[]> promise = Promise.promise();
        held.add(() -> readNow(name, position, length).onComplete(promise));
        return promise.future();
    }

    private Future<byte[]> readNow(String name, long position, int length) {
        try {
            byte[] bytes = bytes(name);
            if (position + length > bytes.length) {
                return Future.failedFuture(ChunkFormat.corrupt(name, position, "too short"));
            }
            return Future.succeededFuture(Arrays.copyOfRange(bytes, (int) position, (int) position + length));
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
    }

    @Override
    public Future<Long> size(String name) {
        try {
            return Future.succeededFuture((long) bytes(name).length);
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
    }

    @Override
    public Future<Void> delete(String name) {
        objects.remove(name);
        return Future.succeededFuture();
    }

    @Override
    public Future<List<String>> list() {
        return Future.succeededFuture(List.copyOf(objects.keySet()));
    }

    @Override
    public Future<Map<String, Long>> sizes() {
        Map<String, Long> sizes = new TreeMap<>();
        objects.forEach((name, bytes) -> sizes.put(name, (long) bytes.length));
        return Future.succeededFuture(sizes);
    }
}
