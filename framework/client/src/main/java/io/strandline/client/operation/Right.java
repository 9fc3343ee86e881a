package io.strandline.client.operation;

/**
 * What a caller must be permitted to do on the object of an operation.
 *
 * <pre>
 *            ┌─ READ ── READ_UPDATE ─┐
 * DESCRIBE ──┤                       ├── ADMIN
 *            └─ OPERATE ─────────────┘
 * </pre>
 *
 * <p>A right includes those to its left along the lines. So who operates a group or a pipeline sees how far it is and works it, and reads
 * none of its events, and who appends to a stream cannot reset a group.
 */
public enum Right {
    /** Sees that something exists, and how far it is: names, layouts, offsets, lag. Sees no event and no state. */
    DESCRIBE,
    /** Reads events and states. */
    READ,
    /** Appends events, gives commands, updates states, and notes how far events are consumed. */
    READ_UPDATE,
    /** Keeps a group or a pipeline running, without its data: pauses, resumes, checkpoints, resets. */
    OPERATE,
    /** Creates, changes and deletes. */
    ADMIN;

    /** True if whoever has this right may do what needs the other one. */
    public boolean includes(Right needed) {
        return switch (this) {
            case DESCRIBE -> needed == DESCRIBE;
            case READ -> needed == DESCRIBE || needed == READ;
            case READ_UPDATE -> needed == DESCRIBE || needed == READ || needed == READ_UPDATE;
            case OPERATE -> needed == DESCRIBE || needed == OPERATE;
            case ADMIN -> true;
        };
    }
}
