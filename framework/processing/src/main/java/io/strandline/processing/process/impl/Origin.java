package io.strandline.processing.process.impl;

import io.strandline.StrandlineException;

/** What a step reacted to. */
sealed interface Origin {

    /** An event of a source. */
    record Event(Place place, long offset) implements Origin {}

    /** A timer that has fired. */
    record Timer(String name, long number) implements Origin {}

    /** The answer to a command. */
    record Answer(long number, boolean accepted) implements Origin {}

    /** Writes the origin, as {@link StepCodec} draws it. */
    default void write(StoredOutput out) {
        if (this instanceof Event event) {
            out.octet(0);
            out.text(event.place().stream());
            out.number(event.place().partition());
            out.number(event.offset());
        } else if (this instanceof Timer timer) {
            out.octet(1);
            out.text(timer.name());
            out.number(timer.number());
        } else if (this instanceof Answer answer) {
            out.octet(answer.accepted() ? 2 : 3);
            out.number(answer.number());
        }
    }

    /** Reads an origin. */
    static Origin read(StoredInput in) {
        int kind = in.octet();
        return switch (kind) {
            case 0 -> new Event(new Place(in.text(), in.number()), in.number());
            case 1 -> new Timer(in.text(), in.number());
            case 2, 3 -> new Answer(in.number(), kind == 2);
            default -> throw new StrandlineException.Invalid("a step of the unknown origin " + kind);
        };
    }
}
