package io.strandline.log.impl.shard;

import io.strandline.StrandlineException;
import io.strandline.log.impl.flush.Pending;
import io.strandline.log.impl.state.KeyConditions;
import io.strandline.log.impl.state.Numbering;
import io.strandline.spi.Logger;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/** What waits for the queued frames of a shard, in the order of their numbers. */
final class PendingFrames implements KeyConditions.InFlight {

    private static final Logger LOG = Logger.of(PendingFrames.class);

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    /** Those that are answered when their frame is written, and are not yet. */
    private final ArrayDeque<Waiting> lazy = new ArrayDeque<>();

    private record Waiting(long frame, Pending pending) {}

    void add(long frame, Pending pending) {
        waiting.add(new Waiting(frame, pending));
    }

    /** As {@link #add}, for one that is also told when its frame is written. */
    void addLazy(long frame, Pending pending) {
        Waiting both = new Waiting(frame, pending);
        waiting.add(both);
        lazy.add(both);
    }

    /**
     * Frames are durable.
     *
     * @param applying is told the number of each frame before what waits for it is
     */
    void forced(long upToFrame, LongConsumer applying) {
        while (!waiting.isEmpty() && waiting.element().frame() <= upToFrame) {
            Waiting next = waiting.remove();
            applying.accept(next.frame());
            next.pending().forced();
        }
    }

    @Override
    public void newestFirst(Predicate<Numbering.Outcome> isToGoOn) {
        Iterator<Waiting> newest = waiting.descendingIterator();
        boolean goesOn = true;
        while (goesOn && newest.hasNext()) {
            goesOn = !(newest.next().pending() instanceof PendingAppend append) || isToGoOn.test(append.outcome());
        }
    }

    /** Frames survive the end of the process. */
    void written(long upToFrame) {
        while (!lazy.isEmpty() && lazy.element().frame() <= upToFrame) {
            lazy.remove().pending().written();
        }
    }

    /** Frames wait for room on the disk. */
    void late(StrandlineException cause) {
        // Answers may lead to new calls, but to nothing that waits: those are refused.
        List.copyOf(waiting).forEach(late -> late.pending().late(cause));
    }

    /** Nothing more becomes durable. What one of them throws keeps none of the others waiting. */
    void fail(StrandlineException cause) {
        lazy.clear();
        while (!waiting.isEmpty()) {
            try {
                waiting.remove().pending().fail(cause);
            } catch (Throwable thrown) {
                LOG.error("what waited for a frame could not be failed", thrown);
            }
        }
    }
}
