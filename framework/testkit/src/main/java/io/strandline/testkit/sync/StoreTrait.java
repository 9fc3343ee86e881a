package io.strandline.testkit.sync;

/** In what stores may differ. */
public enum StoreTrait {
    /** What was appended is there after {@link RevisionStoreFixture#reopen} and {@link RevisionStoreFixture#crash}. */
    DURABLE,
    /** A watcher may not be notified of a change. It is notified of a later one or finds it when it looks. */
    NEWS_MAY_BE_LOST
}
