package io.strandline.sync.impl.relay;

import io.strandline.sync.spi.Revision;
import java.util.List;

/**
 * What a member made of its turn.
 *
 * @param revisions to append, in order
 * @param confirms whether a call was decided that appends nothing and has to know that it saw the newest state
 * @param full whether the next call's revision did not fit
 * @param wantsMore whether calls wait for another turn
 */
record TurnResult(List<Revision> revisions, boolean confirms, boolean full, boolean wantsMore) {

    /** A turn that was not used. */
    static final TurnResult NOTHING = new TurnResult(List.of(), false, false, false);
}
