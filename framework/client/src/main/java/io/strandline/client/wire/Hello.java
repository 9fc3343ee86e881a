package io.strandline.client.wire;

import io.strandline.StrandlineException;

/**
 * What a client says first.
 *
 * <pre>
 * head of HELLO
 *   8       fixed: "STRLHELO" in ASCII
 *   number  lowest version of the protocol that the client speaks
 *   number  highest version
 *   8 + 8   fixed: the client's session, random
 *   number  of the connection in its session, from 1
 *   number  longest frame that the client takes, in bytes
 *   text    name of the client, for the server's log
 *   bytes   credentials: the text of an Authorization header. Empty for none
 *   tags
 * </pre>
 *
 * <p>A session is one client with its connections, one after the other. The server serves the newest, by its number, and none
 * before it from the moment on at which it answers: requests of earlier ones were taken by then, or never are.
 *
 * <p>The server chooses the highest version that both speak. Version 1 is the only one.
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
public record Hello(
        int lowestVersion,
        int highestVersion,
        Session session,
        long connection,
        int maxFrameBytes,
        String client,
        byte[] credentials) {

    /** The version of the protocol that this release speaks. */
    public static final int VERSION = 1;

    private static final long MAGIC = 0x4F4C_4548_4C52_5453L; // "STRLHELO", lowest byte first

    /** Longest name of a client, in bytes. */
    private static final int MAX_NAME_BYTES = 200;

    /** A random name of 128 bits. */
    public record Session(long high, long low) {}

    public void write(WireOutput out) {
        out.fixed(MAGIC).number(lowestVersion).number(highestVersion);
        out.fixed(session.high).fixed(session.low).number(connection).number(maxFrameBytes);
        out.text(client).bytes(credentials);
        Tags.writeNone(out);
    }

    /**
     * Reads a greeting.
     *
     * @throws StrandlineException.Invalid if it is none
     */
    public static Hello read(WireInput in) {
        in.field("magic");
        if (in.fixed() != MAGIC) {
            throw in.invalid("no greeting of a client of Strandline");
        }
        in.field("versions");
        int lowest = in.integer(1, Integer.MAX_VALUE);
        int highest = in.integer(lowest, Integer.MAX_VALUE);
        in.field("session");
        Session session = new Session(in.fixed(), in.fixed());
        in.field("connection");
        long connection = in.number();
        in.field("maxFrameBytes");
        int maxFrameBytes = in.integer(Frame.HELLO_BYTES, Integer.MAX_VALUE);
        in.field("client");
        String client = in.text();
        if (client.length() > MAX_NAME_BYTES) {
            throw in.invalid("name of " + client.length() + " characters, the limit is " + MAX_NAME_BYTES);
        }
        in.field("credentials");
        byte[] credentials = in.bytes();
        Tags.readEnd(in);
        return new Hello(lowest, highest, session, connection, maxFrameBytes, client, credentials);
    }

    /**
     * The version that both sides speak.
     *
     * @throws StrandlineException.Invalid if there is none
     */
    public int commonVersion() {
        if (lowestVersion > VERSION || highestVersion < VERSION) {
            throw new StrandlineException.Invalid("the client speaks versions " + lowestVersion + " to "
                    + highestVersion + " of the protocol, and the server version " + VERSION);
        }
        return VERSION;
    }
}
