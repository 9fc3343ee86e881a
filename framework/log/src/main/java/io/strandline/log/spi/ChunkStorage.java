package io.strandline.log.spi;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/**
 * Tier 2: immutable objects by name. Methods may be called from any thread. Futures complete on a thread of the storage.
 */
public interface ChunkStorage {

    /**
     * Stores an object under a name that was never used. When the future completes, the object and its name are durable.
     * A failed put may leave a part of the object, which is never read and is swept later.
     *
     * <p>Fails with {@link NoSpaceException} if there is no room.
     *
     * @param <T> what the content returns when it was written in full
     */
    <T> Future<T> put(String name, Content<T> content);

    /**
     * As {@link #put}, for an object that is made of others: the content reads them while it writes. It runs beside puts,
     * which must not wait for it.
     *
     * @param <T> what the content returns when it was written in full
     */
    <T> Future<T> rewrite(String name, Rewriting<T> content);

    /**
     * Reads a part of an object into a fresh array.
     *
     * <p>Fails with {@link io.strandline.StrandlineException.Corrupt} if the object is shorter, and with an
     * {@link java.io.IOException} that names it if there is none or it cannot be read.
     */
    Future<byte[]> read(String name, long position, int length);

    /**
     * Reads several parts of an object, each into a new array, as {@link #read(String, long, int)} does. Uses one request
     * if the storage can.
     *
     * @param ranges in ascending order, without overlap
     */
    default Future<List<byte[]>> read(String name, List<Range> ranges) {
        List<Future<byte[]>> parts = ranges.stream()
                .map(range -> read(name, range.position(), range.length()))
                .toList();
        return Future.all(parts).map(all -> all.list());
    }

    /**
     * A part of an object.
     *
     * @param position where it begins
     * @param length its length in bytes
     */
    record Range(long position, int length) {}

    /** Length of an object in bytes. Fails with an {@link java.io.IOException} that names it if there is none. */
    Future<Long> size(String name);

    /** Deletes an object. Does nothing if there is none. */
    Future<Void> delete(String name);

    /** All names. */
    Future<List<String>> list();

    /** All names with the lengths of their objects in bytes, from a list where the storage can. */
    Future<Map<String, Long>> sizes();

    /** Produces the bytes of an object. Called once, on a thread of the storage that may block. */
    interface Content<T> {
        T writeTo(Output output) throws java.io.IOException;
    }

    /** Takes the bytes of an object, in order. */
    interface Output {

        void write(byte[] bytes, int from, int length) throws java.io.IOException;

        /** Bytes written so far. */
        long position();
    }

    /** Produces the bytes of an object from those of others. Called once, on a thread of the storage that may block. */
    interface Rewriting<T> {
        T writeTo(Input input, Output output) throws java.io.IOException;
    }

    /** Reads objects on a thread that may block. Fails as {@link #read(String, long, int)} and {@link #size} do. */
    interface Input {

        byte[] read(String name, long position, int length) throws java.io.IOException;

        /** As {@link #read(String, long, int)}, into a part of an array. */
        default void read(String name, long position, int length, byte[] to, int at) throws java.io.IOException {
            System.arraycopy(read(name, position, length), 0, to, at, length);
        }

        long size(String name) throws java.io.IOException;
    }
}
