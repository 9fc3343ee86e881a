package io.strandline.client.wire;

import org.jspecify.annotations.Nullable;

/** What a frame is. The number is part of the format. */
public enum FrameType {
    /** Client: the first frame of a connection, {@link Hello}. */
    HELLO(1),
    /** Server: the answer to HELLO, {@link Welcome}. */
    WELCOME(2),
    /** Client: calls an operation. */
    REQUEST(3),
    /** Server: the reply to the request of the same id. */
    REPLY(4),
    /** Server: the failure of the request of the same id, or of the connection if the id is 0. See {@link Failures}. */
    FAILURE(5),
    /** Client: gives up the wait of the request of the same id, which is answered nevertheless. */
    CANCEL(6),
    /** Either: asks for a PONG of the same id. */
    PING(7),
    /** Either: the answer to PING. */
    PONG(8),
    /** Server: it stops. Requests in flight are answered, further ones are refused. The client is to connect elsewhere. */
    LEAVING(9);

    private static final FrameType[] ALL = values();

    private final int number;

    FrameType(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    static @Nullable FrameType of(int number) {
        return number >= 1 && number <= ALL.length ? ALL[number - 1] : null;
    }
}
