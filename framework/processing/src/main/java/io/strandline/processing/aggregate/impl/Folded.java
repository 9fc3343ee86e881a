package io.strandline.processing.aggregate.impl;

import io.strandline.EventRecord;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.impl.CommandMemory.DoneCommand;

/** The fold over the events of one aggregate: its state, how many events made it, and what it remembers of commands. */
final class Folded<S> {

    static final long NOWHERE = -1;

    /** What a state counts at most if its size is not known, in bytes. */
    private static final int MAX_UNMEASURED_BYTES = 64 << 10;

    /** Snapshots that are refused become rarer up to here. */
    private static final long MAX_PATIENCE = 1 << 20;

    S state;
    long version;

    /** Where its newest durable event is. {@link #NOWHERE} if it has none. */
    long partition = NOWHERE;

    long offset = NOWHERE;

    /** False if the log answered with a repeat, whose place is only known to be at or before the offset. */
    boolean placeIsExact = true;

    final CommandMemory commands;

    /** Events and their stored bytes that are durable, and came after the newest snapshot or attempt to write one. */
    long eventsSinceSnapshot;

    long bytesSinceSnapshot;

    /** How many times as much as usual comes until a snapshot is due. */
    long patience = 1;

    /** How long it took to read. */
    long rebuildNanos;

    /** Bytes of the newest snapshot's state, or about those of a state that could not be stored. -1 if neither is known. */
    long stateBytes = -1;

    Folded(S initial, int commandIds) {
        this.state = initial;
        this.commands = new CommandMemory(commandIds);
    }

    /** Goes on from a snapshot. */
    static <S> Folded<S> from(StateSnapshot<S> snapshot, int commandIds) {
        Folded<S> folded = new Folded<>(snapshot.state(), commandIds);
        folded.version = snapshot.version();
        folded.partition = snapshot.partition();
        folded.offset = snapshot.offset();
        folded.stateBytes = snapshot.stateBytes();
        for (DoneCommand command : snapshot.commands()) {
            folded.commands.place(command.id(), command.version(), command.partition(), command.offset());
        }
        return folded;
    }

    /** Takes the next event, as it was read. */
    <E> void add(Aggregate<?, E, S> aggregate, EventRecord<E> read) {
        state = aggregate.evolve(state, read.event());
        version++;
        partition = read.partition();
        offset = read.offset();
        eventsSinceSnapshot++;
        commands.place(CommandMemory.idOf(read.headers()), version, partition, offset);
    }

    /** A snapshot is on its way to the log. */
    void stored(long bytes) {
        stateBytes = bytes;
        patience = 1;
        countAnew();
    }

    /**
     * A snapshot cannot be stored.
     *
     * @param bytes what the codec has written of the state: all of it if it is too large, less if the codec has failed
     */
    void refused(long bytes) {
        stateBytes = Math.max(bytes, Math.min(weigh(), MAX_UNMEASURED_BYTES));
        patience = Math.min(2 * patience, MAX_PATIENCE);
        countAnew();
    }

    private void countAnew() {
        eventsSinceSnapshot = 0;
        bytesSinceSnapshot = 0;
    }

    /** About what the state takes in memory, in bytes. */
    long weigh() {
        return stateBytes < 0 ? Math.min(bytesSinceSnapshot, MAX_UNMEASURED_BYTES) : stateBytes + bytesSinceSnapshot;
    }
}
