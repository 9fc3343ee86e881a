package io.strandline.processing.pipeline.spi;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;

/**
 * Keeps the snapshots of pipelines by the names of pipeline and snapshot.
 *
 * <p>Every method may be called from any thread and blocks none. Futures may complete on any thread. The caller moves on to
 * its own context, and must not block or compute for long before it has done so.
 *
 * <p>Names of pipelines and snapshots are made of ASCII letters, digits, {@code -}, {@code _} and {@code .}, and have at most
 * 200 characters. A pipeline gives no name to two snapshots: the number of the run that wrote it is part of the name. So runs
 * of one pipeline on several machines, of which one does not know yet that it is replaced, never write the same snapshot.
 *
 * <p>The store need not notice damage. A pipeline keeps the length and the checksum of each snapshot in its checkpoint stream
 * and compares them wherever it reads. Every store follows these rules:
 *
 * <ul>
 * <li><b>K1</b> A snapshot is read as it was written, however long it is, in any order of positions.
 * <li><b>K2</b> When a write completes, all its snapshots survive a power failure and the end of the process, with their names
 * and all their bytes.
 * <li><b>K3</b> A content that throws an unchecked exception fails the write with it. Snapshots that were there before stay as they are,
 * and the names of the failed write may be written again. A write that did not complete may leave any part of its snapshots,
 * under their names alone.
 * <li><b>K4</b> Reading a snapshot that is not there fails with {@link StrandlineException.NotFound}. An unchecked
 * exception of the reader fails the read.
 * <li><b>K5</b> A list names every snapshot of the pipeline whose write completed and that was not deleted. It may name
 * snapshots of writes that did not complete.
 * <li><b>K6</b> A deleted snapshot is neither listed nor read. To delete it again, or one that never was, does nothing. A power
 * failure may bring it back whole, and then it can be deleted again.
 * <li><b>K7</b> Pipelines do not affect each other, whatever their names begin with.
 * <li><b>K8</b> Calls that are in progress at the same time do not affect each other if they concern different snapshots, also
 * from two stores over the same place.
 * <li><b>K9</b> A place that cannot be written, as for want of room, fails a write with {@link StrandlineException.Unavailable},
 * which names the place. What is there can be read, and can be deleted to make room. When there is room again, writes succeed.
 * <li><b>K10</b> A buffer that a content handed over may be changed as soon as the call returns.
 * <li><b>K11</b> Contents and readers run on a thread that may block, and never on an event loop.
 * </ul>
 *
 * <p>Any method may fail with {@link StrandlineException.Unavailable}. Nothing is repeated by the store. To call again is safe.
 */
public interface CheckpointStore {

    /**
     * Prepares the place of a pipeline, and checks that it can be written to. Called before anything else, at each start of
     * the pipeline. Fails with Unavailable, which names the place.
     */
    Future<Void> open(String pipeline);

    /**
     * Writes snapshots, one after the other. A pipeline calls it several times at once, for some of its tasks each. Completes when all of them are durable, with what their contents returned, in the
     * same order.
     *
     * @param snapshots with different names
     * @param <T> what a content returns when it was written in full
     */
    <T> Future<List<T>> write(String pipeline, List<NewSnapshot<T>> snapshots);

    /**
     * Has a snapshot read, and completes with what the reader returned. Fails with NotFound if there is none, and with {@link
     * StrandlineException.Corrupt} if the bytes cannot be read although the store is there, as from a bad sector.
     *
     * @param <T> what the reader makes of the bytes
     */
    <T> Future<T> read(String pipeline, String snapshot, Reader<T> reader);

    /** Names of the snapshots of a pipeline, in any order. None if it has none. */
    Future<List<String>> list(String pipeline);

    /** Deletes snapshots. */
    Future<Void> delete(String pipeline, Collection<String> snapshots);

    /**
     * Removes what the store keeps for a pipeline besides its snapshots, which were all deleted: an empty directory. Nothing by
     * default.
     */
    default Future<Void> forget(String pipeline) {
        return Future.succeededFuture();
    }

    /** Where the snapshots of a pipeline are, for messages. */
    String place(String pipeline);

    /**
     * A snapshot that is to be written.
     *
     * @param name its name
     * @param content writes its bytes
     * @param <T> what the content returns when it was written in full
     */
    record NewSnapshot<T>(String name, Content<T> content) {}

    /** Produces the bytes of a snapshot. Called once, on a thread of the store that may block. */
    @FunctionalInterface
    interface Content<T> {
        T writeTo(Output output) throws IOException;
    }

    /** Takes the bytes of a snapshot, in order. For the thread of the content alone. */
    interface Output {

        /** Takes all that remains in the buffer. */
        void write(ByteBuffer bytes) throws IOException;
    }

    /** Reads a snapshot. Called once, on a thread of the store that may block. */
    @FunctionalInterface
    interface Reader<T> {
        T readFrom(Input input) throws IOException;
    }

    /** The bytes of a snapshot. For the thread of the reader alone, and as long as the reader runs. */
    interface Input {

        /** Length in bytes. */
        long size() throws IOException;

        /**
         * Reads until the buffer is full or the snapshot ends.
         *
         * @return bytes read, 0 at or past the end
         */
        int read(ByteBuffer into, long position) throws IOException;
    }
}
