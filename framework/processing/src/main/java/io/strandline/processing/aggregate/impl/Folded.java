package io.strandline.processing.aggregate.impl;

import io.strandline.EventRecord;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.impl.CommandMemory.DoneCommand;

/** The fold over the events of one aggregate: its state, how many events made it, and what it remembers of commands. */
final class Folded<S> {

    static final long NOWHERE = -1;

    S state;
    long version;

    /** Where its newest durable event is. {@link #NOWHERE} if it has none. */
    long partition = NOWHERE;

    long offset = NOWHERE;

    /** False if the log answered with a repeat, whose place is only known to be at or before the offset. */
    boolean placeIsExact = true;

    final CommandMemory commands;

    /** Events and their stored bytes that are durable, and not in a snapshot. */
    long eventsSinceSnapshot;

    long bytesSinceSnapshot;

    /** How long it took to read. */
    long rebuildNanos;

    /** Bytes of the newest snapshot's state. -1 if there is none. */
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
}
