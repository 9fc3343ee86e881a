package io.strandline.processing.pipeline.impl.state;

import io.strandline.KeyRange;
import java.util.ArrayList;
import java.util.List;

/**
 * How far event time has come in a task.
 *
 * <p>A task that succeeds several begins with the lowest of their watermarks, so that no event is late that the task before
 * would have taken. The keys of the others have floors: their windows were over already, and must not begin again.
 *
 * @param watermark in milliseconds since the epoch, {@link #NO_WATERMARK} before the first event
 * @param clock highest stamp of an event and time of a tick, in milliseconds since the epoch, 0 before the first
 * @param floors keys that have come further, until the watermark has come as far
 */
public record EventTime(long watermark, long clock, List<Floor> floors) {

    /** Before the first event. */
    public static final long NO_WATERMARK = Long.MIN_VALUE;

    /** Where a pipeline begins. */
    public static final EventTime START = new EventTime(NO_WATERMARK, 0, List.of());

    /**
     * Keys whose windows are over up to a time.
     *
     * @param keys hashes of the keys
     * @param watermark in milliseconds since the epoch
     */
    public record Floor(KeyRange keys, long watermark) {}

    public EventTime {
        floors = List.copyOf(floors);
    }

    /**
     * Where a task begins that succeeds others.
     *
     * @param keys of the predecessors
     * @param ended how far they had come, in the same order. At least one
     */
    public static EventTime after(List<KeyRange> keys, List<EventTime> ended) {
        long lowest = Long.MAX_VALUE;
        long clock = 0;
        for (EventTime each : ended) {
            lowest = Math.min(lowest, each.watermark());
            clock = Math.max(clock, each.clock());
        }
        List<Floor> floors = new ArrayList<>();
        for (int i = 0; i < ended.size(); i++) {
            floors.addAll(ended.get(i).floors());
            floors.add(new Floor(keys.get(i), ended.get(i).watermark()));
        }
        long least = lowest;
        floors.removeIf(floor -> floor.watermark() <= least);
        return new EventTime(lowest, clock, floors);
    }
}
