package io.strandline.processing.pipeline.impl.operator;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.ShuffleStore;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.strandline.processing.pipeline.impl.state.Times;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Runs the operators of one task. Each call is one step: an event, a tick, or one key of a timer or a window that is due.
 * Everything due is done before the next event. So the steps follow from the events, the ticks and the state alone, and so do
 * their outputs.
 *
 * <p>Belongs to the task's context.
 */
public final class Operators {

    private final OperatorStates states;
    private final TaskRecordContext context;
    private final LateEvents late;
    private final StepOutputs outputs;
    private final PartitionDescription partition;
    private final Topology topology;
    private final PassedEvents passed;
    private final OperatorTimes times;
    private final OperatorChain chain;
    private final OperatorInput first;
    private final List<TimedOperator> timed;
    private final @Nullable ToLongFunction<Object> time;
    private final long disorderMillis;
    private final long maxAheadMillis;
    private final long waitMillis;
    private final boolean readsShuffle;
    /** The hashes of the keys whose events it takes. The others move event time. */
    private final KeyRange taken;

    private final boolean takesAll;
    /** Null for a stage that neither reads a shuffle nor feeds one. */
    private final @Nullable ShuffleStore shuffles;
    /** The internal streams that take events and marks. */
    private final List<Operator.Target> feeds;

    /** Number of late events when the step began. */
    private long lateBefore;

    private long offsetBefore;

    /** As the other constructor, for outputs without traces. */
    public Operators(
            Topology topology,
            PartitionDescription partition,
            long offset,
            OperatorStates states,
            StepOutputs outputs) {
        this(topology, partition, offset, states, outputs, false);
    }

    /**
     * Puts the operators together.
     *
     * @param partition of the source
     * @param offset of the next event
     * @param states those of the topology
     * @param traces whether outputs carry the trace of the event at hand
     */
    public Operators(
            Topology topology,
            PartitionDescription partition,
            long offset,
            OperatorStates states,
            StepOutputs outputs,
            boolean traces) {
        this(
                topology,
                partition,
                states,
                new TaskRecordContext(partition, states, offset, traces),
                outputs,
                System::nanoTime);
    }

    /**
     * As the constructor before, with a clock for the time that operators take.
     *
     * @param context of the step at hand
     * @param nanoTime for durations
     */
    Operators(
            Topology topology,
            PartitionDescription partition,
            OperatorStates states,
            TaskRecordContext context,
            StepOutputs outputs,
            LongSupplier nanoTime) {
        this.states = states;
        this.outputs = outputs;
        this.context = context;
        this.late = new LateEvents(context, outputs);
        this.partition = partition;
        this.topology = topology;
        this.shuffles = states.shuffles();
        this.waitMillis = topology.waitMillis();
        this.taken = topology.keys();
        this.takesAll = taken.contains(partition.keys().from())
                && taken.contains(partition.keys().to());
        if (topology.source() instanceof Operator.Source source) {
            this.time = source.time();
            this.disorderMillis = source.disorderMillis();
            this.maxAheadMillis = source.maxAheadMillis();
            this.readsShuffle = false;
        } else {
            this.time = null;
            this.disorderMillis = 0;
            this.maxAheadMillis = 0;
            this.readsShuffle = true;
        }
        this.times = new OperatorTimes(topology.operators().size(), nanoTime);
        this.passed = new PassedEvents(topology.operators(), times);
        this.chain = new OperatorChain(topology, states, context, late, passed, outputs);
        this.first = chain.first();
        this.timed = chain.timed();
        this.feeds = chain.feeds();
    }

    private void begin() {
        states.begin();
        if (shuffles != null) {
            shuffles.begin();
        }
        lateBefore = late.count();
        offsetBefore = context.nextOffset();
    }

    /**
     * Takes an event. One of {@link #done} and {@link #undo} is to follow.
     *
     * @throws RuntimeException whatever a function of the application throws, see {@link #causeOf}
     */
    public void event(EventRecord<?> record) {
        begin();
        Object event = Objects.requireNonNull(record.event());
        if (event instanceof Shuffled shuffled) {
            shuffled(record, shuffled);
        } else {
            sourced(record, event);
        }
        if (shuffles != null) {
            shuffles.eventsCameTo(context.watermark());
            boolean isNews = !(event instanceof Shuffled shuffled) || shuffles.isNews(shuffled);
            if (isNews || context.watermark() > shuffles.told()) {
                shuffles.awakes();
            }
            afterStep();
        }
    }

    private void sourced(EventRecord<?> record, Object event) {
        long eventTime = time == null ? record.stamp() : Times.require(time.applyAsLong(event));
        context.at(record, eventTime, record.stamp());
        if (eventTime - record.stamp() <= maxAheadMillis) {
            advance(eventTime - disorderMillis);
        }
        if (isTaken(record)) {
            first.accept(event);
        }
    }

    /** Whether the key of an event is one of the part that this is. */
    private boolean isTaken(EventRecord<?> record) {
        if (takesAll) {
            return true;
        }
        String key = record.key();
        if (key == null) {
            return taken.contains(partition.keys().from());
        }
        byte[] bytes = Utf8.encode("routing key", key);
        return taken.contains(KeyHash.of(bytes, 0, bytes.length));
    }

    /** Event time is that of the task upstream that has come least far. */
    private void shuffled(EventRecord<?> record, Shuffled shuffled) {
        ShuffleStore upstream = Objects.requireNonNull(shuffles);
        upstream.take(shuffled);
        if (shuffled instanceof Shuffled.Event moved && isTaken(record)) {
            chain.from(moved.side());
            context.at(record, moved.time(), moved.stamp());
            advance(upstream.watermark());
            chain.expire(context.key());
            first.accept(moved.event());
        } else {
            context.after(record);
            advance(upstream.watermark());
        }
    }

    /** Tells the tasks downstream how far event time has come, if it is time to, and everything due is done. */
    private void afterStep() {
        ShuffleStore store = shuffles;
        if (store != null && !feeds.isEmpty()) {
            store.stepped();
            if (store.isTimeToTell(context.watermark(), states.clock()) && !isDue()) {
                tellWatermark(store);
            }
        }
    }

    private void tellWatermark(ShuffleStore store) {
        store.told(context.watermark(), states.clock());
        tell(new Shuffled.Mark(task(), context.watermark()));
    }

    /** How the tasks downstream name this one. */
    private long task() {
        return topology.task(partition.id());
    }

    private void tell(Shuffled mark) {
        for (Operator.Target target : feeds) {
            for (String key : MarkKeys.all()) {
                outputs.emit(target, key, Headers.NONE, mark);
            }
        }
    }

    /** Whether the tasks downstream are still to be told that the partition has ended. */
    public boolean isEndToBeTold() {
        return !feeds.isEmpty() && !Objects.requireNonNull(shuffles).isEndTold();
    }

    /**
     * The partition has ended. A step of its own, the last. One of {@link #done} and {@link #undo} is to follow.
     *
     * @param successors the partitions that took over
     */
    public void end(List<Long> successors) {
        begin();
        long next = chain.nextTime();
        long watermark = next <= context.watermark() ? next - 1 : context.watermark();
        Objects.requireNonNull(shuffles).endTold();
        tell(new Shuffled.End(
                task(), watermark, successors.stream().map(topology::task).toList()));
    }

    private void advance(long to) {
        if (to > context.watermark()) {
            context.raise(to);
        }
    }

    /** The step has succeeded, its outputs included. */
    public void done() {
        if (states.hasRisen()) {
            for (TimedOperator operator : timed) {
                operator.forget(states.watermark());
            }
        }
    }

    /** The step has failed: takes all its changes back, so that it may be tried again or passed over. */
    public void undo() {
        states.undo();
        if (shuffles != null) {
            shuffles.undo();
        }
        timed.forEach(TimedOperator::undone);
        late.reset(lateBefore);
        context.passed(offsetBefore);
    }

    /**
     * Passes over an event, which has no effect.
     *
     * @param next offset of the next event
     */
    public void pass(long next) {
        context.passed(next);
    }

    /**
     * The clock has come to a time. The event time of a silent source goes on with it, as far as a result waits. {@link #done} is to
     * follow.
     *
     * @param time in milliseconds since the epoch
     * @param isSilent whether the source has had no event for long, and no event waits
     * @param tells whether the tasks downstream are told at once how far event time has come, because somebody waits for it
     */
    public void tick(long time, boolean isSilent, boolean tells) {
        begin();
        boolean idles = mayIdle(isSilent);
        long silentTo = isSilent ? silentTo(time) : EventTime.NO_WATERMARK;
        states.advanceClock(time);
        advance(silentTo);
        if (idles) {
            idle();
        }
        if (tells && hasToTell() && !isDue()) {
            tellWatermark(Objects.requireNonNull(shuffles));
        }
        afterStep();
    }

    /** Whether the tasks downstream do not know yet how far event time has come. */
    public boolean hasToTell() {
        return !isTold(context.watermark());
    }

    /** Whether the tasks downstream know that event time has come to a time. */
    public boolean isTold(long watermark) {
        return feeds.isEmpty() || !Objects.requireNonNull(shuffles).hasToTell(watermark);
    }

    /** Nothing here waits for the tasks after this one to go on without it, and they are to know. */
    private void idle() {
        ShuffleStore store = Objects.requireNonNull(shuffles);
        if (store.told() < context.watermark()) {
            tellWatermark(store);
        }
        store.idleTold();
        tell(new Shuffled.Mark(task(), Shuffled.IDLE));
    }

    /** Whether a silent task has come as far as it goes, and those after it still wait for it. */
    private boolean mayIdle(boolean isSilent) {
        ShuffleStore store = shuffles;
        long watermark = context.watermark();
        return store != null
                && (isSilent || (readsShuffle && store.isWithoutTime()))
                && store.isAwaited()
                && (watermark == EventTime.NO_WATERMARK || readsShuffle || watermark >= silentLimit());
    }

    /** Whether a tick would have something done. */
    public boolean wantsTick(long time, boolean isSilent) {
        if (shuffles != null && shuffles.isEndTold()) {
            return false; // what is due goes on with the successors
        }
        long silentTo = isSilent ? silentTo(time) : EventTime.NO_WATERMARK;
        for (TimedOperator operator : timed) {
            if (operator.nextClockTime() <= time || operator.nextTime() <= silentTo) {
                return true;
            }
        }
        if (mayIdle(isSilent)) {
            return true;
        }
        long reached = Math.max(silentTo, context.watermark());
        return !feeds.isEmpty() && Objects.requireNonNull(shuffles).isTimeToTell(reached, time);
    }

    /** How far event time goes by a tick in a silent source. After a shuffle it is the tasks before it that say how far they go. */
    private long silentTo(long time) {
        long watermark = context.watermark();
        return watermark == EventTime.NO_WATERMARK || time <= states.clock() || readsShuffle
                ? EventTime.NO_WATERMARK
                : Math.min(silentLimit(), Times.plus(watermark, time - states.clock()));
    }

    /** A silent source goes no farther than results wait, here and in the stages after, so that later events are not late. */
    private long silentLimit() {
        long last = feeds.isEmpty()
                ? EventTime.NO_WATERMARK
                : Times.plus(Objects.requireNonNull(shuffles).watermarkOfEvents(), disorderMillis + waitMillis);
        for (TimedOperator operator : timed) {
            last = Math.max(last, operator.lastTime());
        }
        return last;
    }

    /** Whether something is to be done before the next event. */
    public boolean isDue() {
        long watermark = context.watermark();
        long clock = states.clock();
        for (TimedOperator operator : timed) {
            if (operator.nextTime() <= watermark || operator.nextClockTime() <= clock) {
                return true;
            }
        }
        return false;
    }

    /**
     * Does what is due first, for one key: by time, then by the order of the operators, then by key. What waits for the clock
     * comes after everything that is due in event time. One of {@link #done} and {@link #undo} is to follow.
     *
     * @param passesOn false passes over it: it is done without its effect
     */
    public void fire(boolean passesOn) {
        begin();
        TimedOperator next = firstInTime();
        if (isDueInTime(next)) {
            int before = times.fires(next);
            next.fire(passesOn);
            times.fired(before);
        } else {
            TimedOperator ofClock = firstOfClock();
            int before = times.fires(ofClock);
            ofClock.fireOfClock(passesOn);
            times.fired(before);
        }
        afterStep();
    }

    private boolean isDueInTime(TimedOperator next) {
        return next.nextTime() <= context.watermark();
    }

    private TimedOperator firstInTime() {
        TimedOperator next = timed.get(0);
        for (TimedOperator operator : timed) {
            if (operator.nextTime() < next.nextTime()) {
                next = operator;
            }
        }
        return next;
    }

    private TimedOperator firstOfClock() {
        TimedOperator next = timed.get(0);
        for (TimedOperator operator : timed) {
            if (operator.nextClockTime() < next.nextClockTime()) {
                next = operator;
            }
        }
        return next;
    }

    public long watermark() {
        return context.watermark();
    }

    /** Highest stamp of an event or time of a tick, in milliseconds since the epoch, 0 before the first. */
    public long clock() {
        return states.clock();
    }

    /** What the operators have passed on since the task began. */
    public PassedEvents passed() {
        return passed;
    }

    /** How long the operators take. */
    public OperatorTimes times() {
        return times;
    }

    /** Number of events that came too late since the task began. */
    public long lateEvents() {
        return late.count();
    }

    /** What a function of the application threw. */
    public static Throwable causeOf(Throwable thrown) {
        return thrown instanceof StepFailed failed ? Objects.requireNonNull(failed.getCause()) : thrown;
    }
}
