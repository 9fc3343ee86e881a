package io.strandline.processing.process;

import io.strandline.EventCodec;
import io.strandline.Limits;
import io.strandline.StreamName;

/**
 * A kind of aggregates to which a process sends commands, and how those are stored until they are answered. A constant of the
 * application.
 *
 * @param name 1 to {@value #MAX_NAME_LENGTH} characters, as in the names of streams. Stored with each command
 * @param codec stores the commands. It must read what older versions of the application stored, as long as that is unanswered
 * @param <C> command of the aggregates
 */
public record CommandTarget<C>(String name, EventCodec<C> codec) {

    /** Longest name, in characters. */
    public static final int MAX_NAME_LENGTH = 100;

    /**
     * Checks the name.
     *
     * @throws io.strandline.StrandlineException.Invalid if it is out of its bounds
     */
    public CommandTarget {
        StreamName.requireValid("command target", name);
        Limits.require("length of the name of command target " + name, name.length(), 1, MAX_NAME_LENGTH);
    }

    /** A target of this name. */
    public static <C> CommandTarget<C> of(String name, EventCodec<C> codec) {
        return new CommandTarget<>(name, codec);
    }

    /** A command for one of the aggregates. */
    public ProcessCommand<C> command(String id, C command) {
        return new ProcessCommand<>(this, id, command);
    }

    @Override
    public String toString() {
        return name;
    }
}
