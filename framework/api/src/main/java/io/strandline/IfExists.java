package io.strandline;

/** What the creation of a stream does if the stream exists with other options. */
public enum IfExists {

    /** It fails with {@link StrandlineException.Conflict}, which names the options that differ. */
    COMPARE,

    /**
     * It changes how the stream scales and what is kept of it to what the options say. The number of partitions that the
     * stream began with and whether it is exclusive cannot change: if they differ, it fails as with {@link #COMPARE}.
     */
    UPDATE,

    /** It leaves the stream as it is. */
    KEEP
}
