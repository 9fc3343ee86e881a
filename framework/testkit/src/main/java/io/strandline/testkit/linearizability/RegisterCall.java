package io.strandline.testkit.linearizability;

import org.jspecify.annotations.Nullable;

/**
 * A call on a register with revisions, as its client saw it. The register begins at revision 0. Every write that takes
 * effect adds one. A call that certainly had no effect, and returned nothing, is left out of a history.
 *
 * @param client the client that called. Shown in reports only
 * @param kind the kind of call
 * @param expected for {@link Kind#COMPARE_AND_SET} the revision that had to be there
 * @param seen for {@link Kind#UPDATE} the value that the update was made from. Null if that is not known
 * @param written the value after a write. Null for a read. No two writes of a history write the same value
 * @param invokedNanos when the call began, on a clock that all clients share
 * @param returnedNanos when it ended, on the same clock. {@link #NEVER} if it did not, or if its outcome is unknown
 * @param outcome how it ended
 * @param revision for {@link Outcome#OK} the revision read or written, otherwise 0
 * @param read for a read that is {@link Outcome#OK} the value, otherwise null
 */
public record RegisterCall(
        String client,
        Kind kind,
        long expected,
        @Nullable String seen,
        @Nullable String written,
        long invokedNanos,
        long returnedNanos,
        Outcome outcome,
        long revision,
        @Nullable String read) {

    /** The end of a call that may take effect at any time after it began, or never. */
    public static final long NEVER = Long.MAX_VALUE;

    /** What was asked. */
    public enum Kind {
        READ,
        /** Replaces whatever is there. */
        UPDATE,
        /** Replaces what is there if its revision is the expected one. */
        COMPARE_AND_SET
    }

    /** How a call ended. */
    public enum Outcome {
        OK,
        /** A compare-and-set found another revision than it expected. */
        REFUSED,
        /** Nobody knows whether it took effect, or ever will. */
        UNKNOWN
    }

    /**
     * Checks what belongs together.
     *
     * @throws IllegalArgumentException if a call of unknown outcome has an end: it may take effect after its client gave up
     */
    public RegisterCall {
        if (outcome == Outcome.UNKNOWN && returnedNanos != NEVER) {
            throw new IllegalArgumentException("call of " + client + " with unknown outcome ends at " + returnedNanos);
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(client).append(' ').append(kind);
        if (kind == Kind.COMPARE_AND_SET) {
            text.append(" at ").append(expected);
        }
        if (seen != null) {
            text.append(" of ").append(seen);
        }
        if (written != null) {
            text.append(" to ").append(written);
        }
        text.append(": ").append(outcome);
        if (outcome == Outcome.OK) {
            text.append(" revision ").append(revision);
        }
        if (read != null) {
            text.append(" value ").append(read);
        }
        text.append(" [").append(invokedNanos).append(", ");
        return text.append(returnedNanos == NEVER ? "…" : Long.toString(returnedNanos))
                .append(']')
                .toString();
    }
}
