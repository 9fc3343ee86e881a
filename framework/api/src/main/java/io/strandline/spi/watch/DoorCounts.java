package io.strandline.spi.watch;

import io.strandline.StrandlineException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Where all doors of one kind that serve a log count. Callable from any thread. */
public final class DoorCounts {

    private final String door;
    private final LongAdder connections = new LongAdder();
    private final LongAdder streams = new LongAdder();
    private final LongAdder overloaded = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder auditsDropped = new LongAdder();

    /** @param door the kind */
    public DoorCounts(String door) {
        this.door = door;
    }

    /**
     * Connections have come, or are gone.
     *
     * @param more negative for those that are gone
     */
    public void connections(long more) {
        connections.add(more);
    }

    /**
     * Something has begun that stays open, or has ended.
     *
     * @param more negative for what has ended
     */
    public void streams(long more) {
        streams.add(more);
    }

    /** A client was answered, null with what it wanted. */
    public void answered(@Nullable Throwable failure) {
        if (failure instanceof StrandlineException.Overloaded) {
            overloaded.increment();
        }
    }

    /** A client was refused for want of room. */
    public void overloaded() {
        overloaded.increment();
    }

    /** A caller was refused for its credentials. */
    public void refused() {
        refused.increment();
    }

    public void auditsDropped(long entries) {
        auditsDropped.add(entries);
    }

    /** What was counted, as of about now. */
    public DoorStatistics statistics() {
        return new DoorStatistics(
                door, connections.sum(), streams.sum(), overloaded.sum(), refused.sum(), auditsDropped.sum());
    }
}
