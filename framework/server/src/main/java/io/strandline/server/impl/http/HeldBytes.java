package io.strandline.server.impl.http;

import io.strandline.server.security.Identity;

/** The bytes of one request's body for which the server has room. Belongs to the connection's context. */
public final class HeldBytes {

    private final BodyRoom room;
    private Identity who = Identity.ANONYMOUS;
    private long bytes;

    HeldBytes(BodyRoom room) {
        this.room = room;
    }

    /** Who sends them. To be called before the first of them is taken. */
    public void by(Identity caller) {
        who = caller;
    }

    /**
     * Fails with {@link Refusal} if there is no room for so many now. None are taken: what is announced may never come, and would keep others
     * out meanwhile.
     */
    void requireRoom(long announced) {
        room.require(who, announced);
    }

    /** Takes bytes that have come. Fails with {@link Refusal} if there is no room, and then none are taken. */
    public void take(long more) {
        room.take(who, more);
        bytes += more;
    }

    /** Gives so many back, and no more than were taken. */
    public void release(long fewer) {
        long known = Math.min(fewer, bytes);
        bytes -= known;
        room.release(who, known);
    }

    /** Gives all back. */
    public void release() {
        release(bytes);
    }
}
