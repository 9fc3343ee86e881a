package io.strandline.processing.group.impl.member;

/** What the parts of a reader tell it. */
interface MemberSignals {

    /** The state should be compared with what the reader does, on a later turn. */
    void lookAgain();

    /** Positions should be committed now. */
    void commitSoon();

    /** The session is over: others have, or will have, the partitions. */
    void sessionOver(Throwable cause);

    /** The reader cannot go on. */
    void fail(Throwable cause);
}
