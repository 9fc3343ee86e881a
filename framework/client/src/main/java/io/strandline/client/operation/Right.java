package io.strandline.client.operation;

/** What a caller must be permitted to do on the object of an operation. Each right includes those before it. */
public enum Right {
    /** Reads events and descriptions. */
    READ,
    /** Appends events, and notes how far they are consumed. */
    READ_UPDATE,
    /** Keeps a group or a pipeline running, without its data. No operation of the log itself asks for it. */
    OPERATE,
    /** Creates, changes and deletes. */
    ADMIN
}
