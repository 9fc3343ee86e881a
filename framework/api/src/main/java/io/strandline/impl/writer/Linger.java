package io.strandline.impl.writer;

import java.util.concurrent.Executor;

/**
 * How long a draft of very many very small batches waits in an idle lane, so that more events join its batches: some turns of
 * the event loop, and only while each of them adds events. So it needs no timer, and the last events of a load wait for one
 * turn.
 */
public final class Linger {

    /** Most turns of the event loop that a draft waits for. */
    public static final int MAX_TURNS = 16;

    private final Executor later;
    private final Runnable lookAgain;
    private int turns;
    private boolean waits;
    private long entriesBefore;

    /**
     * @param later runs a step of the writer after this turn of the event loop
     * @param lookAgain called after each turn that a draft waited for
     */
    Linger(Executor later, Runnable lookAgain) {
        this.later = later;
        this.lookAgain = lookAgain;
    }

    /**
     * True if the draft has waited long enough; else it is looked at again after a turn.
     *
     * @param entries of the lane so far
     */
    boolean isOver(long entries) {
        if (waits) {
            return false;
        }
        boolean grows = turns == 0 || entries != entriesBefore;
        if (!grows || turns == MAX_TURNS) {
            return true;
        }
        turns++;
        waits = true;
        entriesBefore = entries;
        later.execute(this::turn);
        return false;
    }

    private void turn() {
        waits = false;
        lookAgain.run();
    }

    /** True while a turn is on its way after which the draft is looked at again. */
    boolean isWaiting() {
        return waits;
    }

    /** Another draft is filled from now on. */
    void restart() {
        turns = 0;
    }
}
