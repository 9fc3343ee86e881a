package io.strandline.processing.aggregate.impl;

import io.strandline.Headers;
import io.strandline.processing.aggregate.CommandOptions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The last commands of one aggregate that had an id and appended events: a bounded number of those that are durable, and those that
 * are under way. The events have the ids in their headers, so what a snapshot does not hold is read from them.
 */
final class CommandMemory {

    /** About what an id takes in memory beside its characters, in bytes. */
    private static final int ENTRY_BYTES = 160;

    /**
     * A command that appended events.
     *
     * @param id its id
     * @param version of the aggregate after it
     * @param partition the partition of its last event, {@link #UNPLACED} while its append is under way
     * @param offset the offset of its last event, or one after it
     */
    record DoneCommand(String id, long version, long partition, long offset) {

        static final long UNPLACED = -1;

        boolean isPlaced() {
            return partition != UNPLACED;
        }
    }

    private final int most;
    private @Nullable LinkedHashMap<String, DoneCommand> commands;
    private int placed;
    private long bytes;

    /** @param most durable commands that are remembered */
    CommandMemory(int most) {
        this.most = most;
    }

    /** The id of the command that an event came from, or null if it had none. */
    static @Nullable String idOf(Headers headers) {
        return headers.isEmpty() || !headers.isText(CommandOptions.COMMAND_ID)
                ? null
                : headers.text(CommandOptions.COMMAND_ID);
    }

    /** What a command has done, or null if it is not remembered. */
    @Nullable
    DoneCommand find(@Nullable String id) {
        Map<String, DoneCommand> known = commands;
        return id == null || known == null ? null : known.get(id);
    }

    /** Adds a command whose append is under way. One without an id is not remembered. */
    void add(@Nullable String id, long version) {
        if (id != null && most > 0) {
            put(new DoneCommand(id, version, DoneCommand.UNPLACED, DoneCommand.UNPLACED));
        }
    }

    /** A command's events are durable. */
    void place(@Nullable String id, long version, long partition, long offset) {
        if (id != null && most > 0) {
            put(new DoneCommand(id, version, partition, offset));
            trim();
        }
    }

    private void put(DoneCommand command) {
        LinkedHashMap<String, DoneCommand> known = commands;
        if (known == null) {
            known = new LinkedHashMap<>(4);
            commands = known;
        }
        DoneCommand before = known.put(command.id(), command);
        if (before == null) {
            bytes += weightOf(command);
        }
        placed += (command.isPlaced() ? 1 : 0) - (before != null && before.isPlaced() ? 1 : 0);
    }

    /** Only what is durable makes room: what is under way may be lost, and then the older one is the newest. */
    private void trim() {
        Map<String, DoneCommand> known = commands;
        if (known == null) {
            return;
        }
        for (Iterator<DoneCommand> oldest = known.values().iterator(); placed > most && oldest.hasNext(); ) {
            DoneCommand command = oldest.next();
            if (command.isPlaced()) {
                oldest.remove();
                placed--;
                bytes -= weightOf(command);
            }
        }
    }

    /** What is durable, the oldest first. */
    List<DoneCommand> durable() {
        Map<String, DoneCommand> known = commands;
        if (known == null) {
            return List.of();
        }
        List<DoneCommand> durable = new ArrayList<>(placed);
        for (DoneCommand command : known.values()) {
            if (command.isPlaced()) {
                durable.add(command);
            }
        }
        return durable;
    }

    private static int weightOf(DoneCommand command) {
        return ENTRY_BYTES + 2 * command.id().length();
    }

    /** About what it takes in memory. */
    long bytes() {
        return bytes;
    }
}
