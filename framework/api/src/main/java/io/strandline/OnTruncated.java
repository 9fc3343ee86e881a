package io.strandline;

/** What a reader does when events that it is about to read are no longer kept. */
public enum OnTruncated {
    /** It fails with {@link StrandlineException.Truncated}. */
    FAIL,
    /** It goes on from the first event that is kept, and tells {@link EventReader#truncationHandler}. */
    SKIP
}
