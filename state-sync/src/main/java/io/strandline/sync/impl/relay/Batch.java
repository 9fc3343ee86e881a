package io.strandline.sync.impl.relay;

import io.strandline.sync.spi.Revision;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Revisions that go to the store as one append, and the members whose calls rest on it. Belongs to its relay. */
final class Batch {

    private final long number;
    private final int maxRevisions;
    private final int maxBytes;
    private final List<Revision> revisions = new ArrayList<>();
    private final Set<RelayMember> members = new LinkedHashSet<>();
    private int bytes;
    private boolean closed;
    private boolean confirms;
    private boolean compacted;

    Batch(long number, int maxRevisions, int maxBytes) {
        this.number = number;
        this.maxRevisions = maxRevisions;
        this.maxBytes = maxBytes;
    }

    long number() {
        return number;
    }

    List<Revision> revisions() {
        return revisions;
    }

    Set<RelayMember> members() {
        return members;
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    boolean hasRoom() {
        return !closed && revisions.size() < maxRevisions && bytes < maxBytes;
    }

    int revisionsLeft() {
        return maxRevisions - revisions.size();
    }

    int bytesLeft() {
        return maxBytes - bytes;
    }

    /** Whether calls rest on it that want to know whether it began at the newest revision. */
    boolean confirms() {
        return confirms;
    }

    /** Takes what a member's turn brought. */
    void add(RelayMember member, TurnResult result) {
        members.add(member);
        for (Revision revision : result.revisions()) {
            revisions.add(revision);
            bytes += revision.bytes().length;
        }
        confirms |= result.confirms();
        closed |= result.full();
    }

    /** Counts a member whose turn is going on, though its result will not be taken. */
    void concern(RelayMember member) {
        members.add(member);
    }

    /** Returns whether this is the first call, so that a store that stays full is not compacted indefinitely. */
    boolean compactOnce() {
        boolean first = !compacted;
        compacted = true;
        return first;
    }
}
