package io.strandline.client.wire;

import io.strandline.spi.backup.LogIdentity;

/**
 * What a server answers to {@link Hello}.
 *
 * <pre>
 * head of WELCOME
 *   number  version of the protocol from here on
 *   number  shards of the log
 *   number  largest event in bytes
 *   number  longest frame that the server takes, in bytes
 *   number  requests in flight that it takes of one connection, waits not counted
 *   number  bytes of requests in flight that it takes of one connection, see {@link Frame#cost}. One is always taken
 *   number  waits that it takes of one connection
 *   number  milliseconds without any byte of the client after which the server ends the connection
 *   tags:   1: text, id of the log, see {@link LogIdentity}. Not there if it is unknown
 * </pre>
 */
public record Welcome(
        int version,
        int shards,
        int maxEventBytes,
        int maxFrameBytes,
        int maxRequestsInFlight,
        int maxBytesInFlight,
        int maxWaits,
        long idleMillis,
        String log) {

    private static final int LOG_TAG = 1;

    public void write(WireOutput out) {
        out.number(version).number(shards).number(maxEventBytes).number(maxFrameBytes);
        out.number(maxRequestsInFlight)
                .number(maxBytesInFlight)
                .number(maxWaits)
                .number(idleMillis);
        Tags.writeText(out, LOG_TAG, log);
    }

    /**
     * Reads an answer to a greeting.
     *
     * @throws io.strandline.StrandlineException.Invalid if it is none
     */
    public static Welcome read(WireInput in) {
        in.field("version");
        int version = in.integer(Hello.VERSION, Hello.VERSION);
        in.field("shards");
        int shards = in.integer(1, Integer.MAX_VALUE);
        in.field("maxEventBytes");
        int maxEventBytes = in.integer(1, Integer.MAX_VALUE);
        in.field("maxFrameBytes");
        int maxFrameBytes = in.integer(Frame.HELLO_BYTES, Integer.MAX_VALUE);
        in.field("maxRequestsInFlight");
        int maxRequestsInFlight = in.integer(1, Integer.MAX_VALUE);
        in.field("maxBytesInFlight");
        int maxBytesInFlight = in.integer(1, Integer.MAX_VALUE);
        in.field("maxWaits");
        int maxWaits = in.integer(1, Integer.MAX_VALUE);
        in.field("idleMillis");
        long idleMillis = in.integer(1, Integer.MAX_VALUE);
        String log = Tags.readText(in, LOG_TAG);
        if (!log.isEmpty() && !LogIdentity.isId(log)) {
            throw in.invalid("the id of the log is not " + LogIdentity.ID_CHARACTERS + " hexadecimal digits");
        }
        return new Welcome(
                version,
                shards,
                maxEventBytes,
                maxFrameBytes,
                maxRequestsInFlight,
                maxBytesInFlight,
                maxWaits,
                idleMillis,
                log);
    }
}
