package io.strandline.client.operation;

/** What a client does with a call whose answer is lost with its connection. */
public enum Repeat {
    /** It changes nothing, and is sent again. */
    READING,
    /** It is sent again. A repeat has the effect of the last one alone, and its answer is as good as the first. */
    HARMLESS,
    /** It fails with Unknown. Its caller repeats it, and the log knows a repeat by its writer and sequence. */
    BY_CALLER,
    /** It fails with Unknown. A repeat would be answered otherwise than the first, as that something is there already. */
    NEVER;

    /** True if the call may be sent again although it may have been taken. */
    public boolean isByClient() {
        return this == READING || this == HARMLESS;
    }
}
