package io.strandline;

/** Which way events are read. */
public enum Direction {

    /** From old to new, in the order in which they were appended. */
    FORWARD,

    /** From new to old. */
    BACKWARD
}
