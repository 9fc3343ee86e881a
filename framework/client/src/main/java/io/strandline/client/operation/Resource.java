package io.strandline.client.operation;

import io.strandline.StreamName;

/**
 * What a caller needs a right on.
 *
 * @param name its name as the log has it: {@code scope/stream}, the id of a partition in decimal digits, the id of a transaction. Empty
 *     for the log
 */
public record Resource(Kind kind, String name) {

    /** What resources there are. */
    public enum Kind {
        /** The log as a whole. */
        LOG,
        SCOPE,
        STREAM,
        /** A partition. The right is that on its stream, which the log knows. */
        PARTITION,
        /** A transaction. The right is that on the streams that it has written to, for who has begun it. */
        TRANSACTION,
        GROUP,
        PIPELINE,
        AGGREGATE,
        /** A shared state. */
        STATE
    }

    public static final Resource THE_LOG = new Resource(Kind.LOG, "");

    static Resource scope(String name) {
        return new Resource(Kind.SCOPE, name);
    }

    public static Resource stream(StreamName name) {
        return new Resource(Kind.STREAM, name.toString());
    }

    static Resource partition(long id) {
        return new Resource(Kind.PARTITION, Long.toString(id));
    }

    static Resource transaction(String id) {
        return new Resource(Kind.TRANSACTION, id);
    }
}
