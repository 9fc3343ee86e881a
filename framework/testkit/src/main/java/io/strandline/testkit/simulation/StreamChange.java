package io.strandline.testkit.simulation;

/** What happens to the streams of a run, besides that they are created, written, read, truncated and deleted. */
public enum StreamChange {
    /** They are split and merged by hand. */
    SCALING,
    /** Some scale by a policy. */
    POLICIES,
    /** They have rules of retention, and subscribers that note how far they are. */
    RETENTION,
    /** Some appends rest on what their key had up to a position. */
    KEY_CONDITIONS
}
