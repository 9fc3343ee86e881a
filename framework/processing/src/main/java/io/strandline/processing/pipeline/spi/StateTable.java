package io.strandline.processing.pipeline.spi;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Records by key: the states of the keys of one operator of one task, or of one window of it, as far as a checkpoint has had them. What
 * has changed since is held by the pipeline, as objects, until the next checkpoint is durable. Then it puts the records of those keys.
 *
 * <pre>
 *   step ──▶ changed keys, as objects ──checkpoint──▶ captured ──durable──▶ put, some hundred keys at once ──▶ table
 *                                                         │                                                  │
 *                                     snapshot ◀── worker: captured keys, and records of the table ◀─────────┘
 * </pre>
 *
 * <p>So nothing is put while a worker writes a snapshot, and that is all the isolation that a capture needs. Steps read on meanwhile.
 *
 * <p>Calls return when they are done: the context of the task waits for them, an event loop as a rule. A read may take a page fault,
 * and must not take a call of a network. Each call sees those before it, whichever thread made them. Nothing is called after
 * {@link #close}. Every table follows these rules:
 *
 * <ul>
 * <li><b>U1</b> A record is found by its key as it was put, byte by byte, whatever its length and that of its key, and no other key
 * finds it.
 * <li><b>U2</b> A record takes the place of that of its key. One that is a removal removes it, and is not kept itself. To remove a key
 * that is not there does nothing.
 * <li><b>U3</b> The array of a record that was put may be changed as soon as the call returns. The bytes of a record that was handed
 * over stay as they are until the next put, whatever is read meanwhile.
 * <li><b>U4</b> A slice hands over each record that has a hash from the one asked for up to that before the answer, as unsigned numbers,
 * once. The answer is higher than the hash asked for, or 0 if no record has a higher one.
 * <li><b>U5</b> A walk by slices meets each record that is there all the time once, also if records are put between the slices.
 * <li><b>U6</b> A slice has at most {@link #MAX_SLICE} records, unless more have one hash.
 * <li><b>U7</b> While nothing is put, several threads may read and walk at once.
 * <li><b>U8</b> The size is the number of records. The bytes of the records are those of all of them together, within a half and twice,
 * and two pages of a MiB.
 * <li><b>U9</b> The bytes are what the table takes of the memory of the process. They follow it at once, up and down: records that are
 * replaced and removed give their room back, all but a part in proportion to what remains.
 * <li><b>U10</b> Records for which there was room are put without a failure. An empty table has room.
 * <li><b>U11</b> Tables do not affect each other, those of one operator neither. A closed table leaves nothing to the next one.
 * </ul>
 *
 * <p>A table that cannot do what it is asked throws, best a {@code StrandlineException.Unavailable} that names its place. A read that fails
 * in a step fails the step, which is tried again and never passed over. One that fails for a snapshot fails the checkpoint, and with it the
 * run. So does a put that fails, because the state is neither what it was nor what it is to be. The next run begins at the last
 * checkpoint.
 */
public interface StateTable extends AutoCloseable {

    /** Most records of a slice, unless more have one hash. */
    int MAX_SLICE = 4_096;

    /**
     * Finds the record of a key.
     *
     * @param hash that of the key, see {@link StateRecord#hash}
     * @param key array that has the key
     * @param from where the key begins in it
     * @param length of the key in bytes
     * @return null if there is none
     */
    @Nullable
    StateRecord get(long hash, byte[] key, int from, int length);

    /**
     * Puts a record in the place of that of its key, or removes that if it is a removal.
     *
     * @param hash that of its key
     */
    void put(long hash, StateRecord record);

    /**
     * Hands over the records from a hash on, in no order, as many as the table likes to. The pipeline sorts them where order matters.
     * Lower hashes may be handed over too if they are not the answer of the slice before.
     *
     * @param hash lowest one, as an unsigned number. A walk begins with 0 and goes on with what the slice before has returned
     * @param each reads from the table at most
     * @return lowest hash of the next slice, or 0 after the last one
     */
    long slice(long hash, Consumer<StateRecord> each);

    /** Number of records. */
    long size();

    /** Bytes of all records, as an estimate: what a state as an object takes is reckoned by the average. */
    long recordBytes();

    /** Bytes of memory that the table takes, those outside the heap included. They count for {@code maxStateBytes}. A disk does not. */
    long bytes();

    /**
     * What a record takes of the room of the table, in a unit of the table.
     *
     * @param length of the record in bytes
     */
    default long share(int length) {
        return length;
    }

    /**
     * Whether there is room for more records, each of a key that is there or not. A state that does not fit must not become durable, because
     * no run could begin with it.
     *
     * @param shares sum of their {@link #share}
     */
    default boolean hasRoom(long shares) {
        return true;
    }

    /** Lets go of everything. Called once, when nobody reads any more. */
    @Override
    void close();
}
