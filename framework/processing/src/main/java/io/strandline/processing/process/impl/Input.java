package io.strandline.processing.process.impl;

import io.strandline.Headers;
import io.strandline.processing.process.ProcessSource;
import org.jspecify.annotations.Nullable;

/** What an instance has to react to: the command of its aggregate. */
sealed interface Input {

    /** Where it comes from. */
    Origin origin();

    /** The trace that its step goes on with, as headers. None for what has none. */
    default Headers trace() {
        return Headers.NONE;
    }

    /**
     * An event of a source.
     *
     * @param source of the process
     * @param event as it was read
     * @param isKnownNew true if the history of the instance has no step of it, whatever came after it
     * @param nowMillis the time, in milliseconds since 1970
     * @param trace of the event
     */
    record Delivered(
            Origin.Event origin,
            ProcessSource<?, ?> source,
            Object event,
            boolean isKnownNew,
            long nowMillis,
            Headers trace)
            implements Input {}

    /**
     * A timer whose time has come.
     *
     * @param nowMillis the time, in milliseconds since 1970
     */
    record Fired(Origin.Timer origin, long nowMillis) implements Input {}

    /**
     * A command was answered.
     *
     * @param reason why it was rejected. Null if it was accepted
     * @param nowMillis the time, in milliseconds since 1970
     * @param trace of the command
     */
    record Answered(Origin.Answer origin, @Nullable Object reason, long nowMillis, Headers trace) implements Input {}

    /** A timer or an answer that is noted as done without a reaction. */
    record PassedOver(Origin origin) implements Input {}
}
