package io.strandline.processing.pipeline.impl.operator;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.RecordContext;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import org.jspecify.annotations.Nullable;

/** Where a task is: one object, which changes from call to call. Owned by the task's context. */
final class TaskRecordContext implements RecordContext {

    private final PartitionDescription partition;
    private final OperatorStates states;
    private final boolean traces;

    private @Nullable EventRecord<?> record;
    private @Nullable String key;
    /** The key by which what is at hand came to the partition. */
    private @Nullable String home;

    private long time;
    /** Up to where everything due has been done: the watermark, or the time before the one that is being done. */
    private long cleared;

    private long nextOffset;
    /** Of the event at hand. */
    private long stampAtHand;

    /** @param traces whether outputs carry the trace of the event at hand */
    TaskRecordContext(PartitionDescription partition, OperatorStates states, long offset, boolean traces) {
        this.partition = partition;
        this.states = states;
        this.traces = traces;
        this.cleared = states.watermark();
        this.nextOffset = offset;
    }

    /**
     * An event is at hand.
     *
     * @param stamp of the source's event from which it comes
     */
    void at(EventRecord<?> of, long eventTime, long stamp) {
        record = of;
        key = of.key();
        home = key;
        time = eventTime;
        states.advanceClock(of.stamp());
        stampAtHand = stamp;
        nextOffset = of.offset() + 1;
        cleared = states.watermark();
    }

    /** A record that is no event was read. */
    void after(EventRecord<?> of) {
        record = null;
        states.advanceClock(of.stamp());
        nextOffset = of.offset() + 1;
        cleared = states.watermark();
    }

    /**
     * A timer or a window is at hand.
     *
     * @param eventTime of what comes of it
     * @param over up to where windows are over: everything before is done
     */
    void at(String firing, long eventTime, long over) {
        record = null;
        key = firing;
        home = firing;
        time = eventTime;
        cleared = over;
    }

    /** A timer of the clock is at hand. Everything that is due in event time is done. */
    void atClock(String firing) {
        long watermark = states.watermark();
        at(firing, watermark == EventTime.NO_WATERMARK ? states.clock() : watermark, watermark);
    }

    /** Offset of the event after those that are done. */
    long nextOffset() {
        return nextOffset;
    }

    /** Events before this offset are done, or passed over. */
    void passed(long next) {
        nextOffset = next;
    }

    /** Up to where everything due has been done. */
    long cleared() {
        return cleared;
    }

    /** Goes on with a key and a time of the event or timer at hand. */
    void resume(String of, long at) {
        key = of;
        time = at;
    }

    /** Groups by another key from here on, until the caller sets the former one. */
    void group(@Nullable String by) {
        key = by;
    }

    void raise(long to) {
        states.raise(to);
        cleared = to;
    }

    /**
     * Up to where the windows of a key are over. A window that ends now takes the results of others that end now, because it
     * is done after them.
     */
    long over(String of) {
        return states.over(of, cleared);
    }

    /**
     * The key at hand, which state is kept for. It is the one by which events come to this task: another key may have events, and a
     * state, in other tasks, if not now, then after a split.
     */
    String requireKey(String operator) {
        String now = requireKey(operator, key);
        if (!now.equals(home)) {
            throw new StrandlineException.Invalid(
                    "key " + now + " of operator " + operator + " is not the routing key "
                            + (home == null ? "(there is none)" : home) + ", by which events come to partition "
                            + partition.id()
                            + "; keyBy(key) must give that one, and keyBy(id, codec, key) brings events to the tasks of other keys");
        }
        return now;
    }

    /** A key of the event at hand, for an operator. */
    String requireKey(String operator, @Nullable String now) {
        if (now == null) {
            throw new StrandlineException.Invalid("the event at offset " + offset() + " of partition " + partition.id()
                    + " has no key for operator " + operator);
        }
        return now;
    }

    @Override
    @Nullable
    public String key() {
        return key;
    }

    @Override
    public long time() {
        return time;
    }

    @Override
    public long watermark() {
        return states.watermark();
    }

    @Override
    public long partition() {
        return partition.id();
    }

    @Override
    public long offset() {
        EventRecord<?> of = record;
        return of == null ? nextOffset : of.offset();
    }

    @Override
    public long stamp() {
        return record == null ? states.clock() : stampAtHand;
    }

    @Override
    public long clock() {
        return states.clock();
    }

    /** The headers of an output: the trace of the event at hand, or none. */
    Headers trace() {
        return traces ? headers().trace() : Headers.NONE;
    }

    @Override
    public Headers headers() {
        EventRecord<?> of = record;
        return of == null ? Headers.NONE : of.headers();
    }
}
