package io.strandline.processing.pipeline.impl.operator;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.PartitionDescription;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline.Provider.Outputs;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.SessionStore;
import io.strandline.processing.pipeline.impl.state.ShuffleStore;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.strandline.processing.pipeline.impl.state.TimedStore;
import io.strandline.processing.pipeline.impl.state.Times;
import io.strandline.processing.pipeline.impl.state.WindowStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
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

    /** An event time this far after the event's stamp does not move the watermark. */
    private static final long MAX_AHEAD_MILLIS = 86_400_000;

    private final OperatorStates states;
    private final Moment moment;
    private final LateEvents late;
    private final Outputs outputs;
    private final Tables tables;
    private final PartitionDescription partition;
    private final PassedEvents passed;
    private final Stage first;
    private final List<Stage.Timed> timed = new ArrayList<>();
    private final List<Expiry> expiries = new ArrayList<>();
    private final @Nullable ToLongFunction<Object> time;
    private final long disorderMillis;
    private final long waitMillis;
    private final boolean readsShuffle;
    /** Null for a stage that neither reads a shuffle nor feeds one. */
    private final @Nullable ShuffleStore shuffles;
    /** The internal streams that take events and marks. */
    private final List<Operator.Target> feeds = new ArrayList<>();
    /** Side of the shuffle from which the event at hand comes. */
    private int side;

    /** Number of late events when the step began. */
    private long lateBefore;

    private long offsetBefore;

    /**
     * Puts the stages together.
     *
     * @param partition of the source
     * @param offset of the next event
     * @param states those of the topology
     */
    public Operators(
            Topology topology, PartitionDescription partition, long offset, OperatorStates states, Outputs outputs) {
        this.states = states;
        this.outputs = outputs;
        this.moment = new Moment(partition, states, offset);
        this.late = new LateEvents(moment, outputs);
        this.tables = new Tables(states, moment);
        this.partition = partition;
        this.shuffles = states.shuffles();
        this.waitMillis = topology.waitMillis();
        if (topology.source() instanceof Operator.Source source) {
            this.time = source.time();
            this.disorderMillis = source.disorderMillis();
            this.readsShuffle = false;
        } else {
            this.time = null;
            this.disorderMillis = 0;
            this.readsShuffle = true;
        }
        this.passed = new PassedEvents(topology.operators());
        this.first = stages(topology);
    }

    /** Builds the stages from the last operator to the first, because each knows those after it. */
    private Stage stages(Topology topology) {
        IdentityHashMap<Operator, List<Stage>> after = new IdentityHashMap<>();
        List<Operator> operators = topology.operators();
        for (int i = operators.size() - 1; i > 0; i--) {
            Operator operator = operators.get(i);
            List<Stage> taking = after.getOrDefault(operator, new ArrayList<>());
            Collections.reverse(taking);
            Stage next = taking.isEmpty() ? Stage.NOBODY : passed.counting(i, Stage.all(taking));
            List<Stage> ofInputs = ofInputs(operator, next);
            for (int j = ofInputs.size() - 1; j >= 0; j--) { // all lists are from the last to the first
                after.computeIfAbsent(operator.inputs().get(j), none -> new ArrayList<>())
                        .add(ofInputs.get(j));
            }
        }
        Collections.reverse(timed);
        Collections.reverse(expiries);
        Collections.reverse(feeds);
        List<Stage> taking = after.getOrDefault(topology.source(), new ArrayList<>());
        Collections.reverse(taking);
        return passed.counting(0, Stage.all(taking));
    }

    /** Takes the events of each input of an operator, in their order. */
    private List<Stage> ofInputs(Operator operator, Stage next) {
        if (operator instanceof Operator.Join join) {
            JoinStage stage = timed(new JoinStage(join, (TimedStore) states.store(join.id()), moment, late, next));
            return List.of(stage.left(), stage.right());
        }
        if (operator instanceof Operator.TableJoin join) {
            return List.of(tables.left(join, next), tables.right(join, next));
        }
        if (operator instanceof Operator.Lookup lookup) {
            return List.of(tables.lookup(lookup, next)); // the table is asked, and passes on nothing
        }
        if (operator instanceof Operator.Shuffle shuffle) {
            return into(shuffle);
        }
        return Collections.nCopies(operator.inputs().size(), stage(operator, next));
    }

    private Stage stage(Operator operator, Stage next) {
        if (operator instanceof Operator.Transform transform) {
            Consumer<Object> out = next::accept;
            return event -> transform.function().apply(event, moment, out);
        }
        if (operator instanceof Operator.KeyBy keyBy) {
            return event -> group(keyBy, event, next);
        }
        if (operator instanceof Operator.Keyed keyed) {
            KeyedStore store = (KeyedStore) states.store(keyed.id());
            if (keyed.timeToLiveMillis() > 0) {
                expiries.add(timed(new Expiry(store, keyed.timeToLiveMillis(), moment, (key, before) -> {})));
            }
            return timed(new KeyedStage(keyed, store, moment, next));
        }
        if (operator instanceof Operator.Window window) {
            return window.windows().kind() == Windows.Kind.SESSION
                    ? timed(new SessionStage(window, (SessionStore) states.store(window.id()), moment, late, next))
                    : timed(new WindowStage(window, (WindowStore) states.store(window.id()), moment, late, next));
        }
        if (operator instanceof Operator.Table table) {
            if (table.timeToLiveMillis() > 0) {
                expiries.add(timed(tables.expiry(table, next)));
            }
            return tables.filling(table, next);
        }
        if (operator instanceof Operator.Deduplicate deduplicate) {
            TimedStore store = (TimedStore) states.store(deduplicate.id());
            return timed(new DeduplicateStage(deduplicate, store, moment, late, next));
        }
        if (operator instanceof Operator.FromSide from) {
            return event -> {
                if (side == from.side()) {
                    next.accept(event);
                }
            };
        }
        if (operator instanceof Operator.Sink sink) {
            return event -> outputs.emit(
                    sink.target(),
                    sink.key() == null ? moment.key() : sink.key().apply(event),
                    Headers.NONE,
                    event);
        }
        return next; // a merge
    }

    /** What goes into a shuffle, from each of its sides. */
    private List<Stage> into(Operator.Shuffle shuffle) {
        Operator.Target target = new Operator.Target(shuffle.stream(), Shuffled.codec(shuffle));
        feeds.add(target);
        List<Stage> sides = new ArrayList<>();
        for (Operator.Side from : shuffle.sides()) {
            sides.add(into(target, from, sides.size()));
        }
        return sides;
    }

    private Stage into(Operator.Target target, Operator.Side from, int index) {
        return event -> outputs.emit(
                target,
                from.key() == null ? moment.key() : from.key().apply(event),
                moment.headers(),
                new Shuffled.Event(index, partition.id(), promise(), moment.time(), moment.stamp(), event));
    }

    /**
     * The watermark that may be told after the shuffle while a step runs: nothing earlier comes after it that is not late. It
     * is lower than that of the task while windows and timers are due, because what they pass on is earlier.
     */
    private long promise() {
        long next = nextTime();
        long watermark = moment.watermark();
        return Math.min(moment.cleared(), next <= watermark ? next - 1 : watermark);
    }

    private <S extends Stage.Timed> S timed(S stage) {
        timed.add(stage);
        return stage;
    }

    private void group(Operator.KeyBy keyBy, Object event, Stage next) {
        String before = moment.key();
        if (keyBy.key() != null) {
            moment.group(keyBy.key().apply(event));
        }
        expire(moment.key());
        next.accept(event);
        moment.group(before);
    }

    private void begin() {
        states.begin();
        if (shuffles != null) {
            shuffles.begin();
        }
        lateBefore = late.count();
        offsetBefore = moment.nextOffset();
    }

    /** The event has moved the watermark, and comes before what is due. */
    private void expire(@Nullable String key) {
        if (key != null) {
            for (Expiry expiry : expiries) {
                expiry.expire(key);
            }
        }
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
            shuffles.eventsCameTo(moment.watermark());
            if (!(event instanceof Shuffled.Mark) || moment.watermark() > shuffles.told()) {
                shuffles.awakes();
            }
            afterStep();
        }
    }

    private void sourced(EventRecord<?> record, Object event) {
        long eventTime = time == null ? record.stamp() : Times.require(time.applyAsLong(event));
        moment.at(record, eventTime, record.stamp());
        if (eventTime - record.stamp() <= MAX_AHEAD_MILLIS) {
            advance(eventTime - disorderMillis);
        }
        first.accept(event);
    }

    /** Event time is that of the task upstream that has come least far. */
    private void shuffled(EventRecord<?> record, Shuffled shuffled) {
        ShuffleStore upstream = Objects.requireNonNull(shuffles);
        upstream.take(shuffled);
        if (shuffled instanceof Shuffled.Event moved) {
            side = moved.side();
            moment.at(record, moved.time(), moved.stamp());
            advance(upstream.watermark());
            expire(moment.key());
            first.accept(moved.event());
        } else {
            moment.after(record);
            advance(upstream.watermark());
        }
    }

    /** Tells the tasks downstream how far event time has come, if it is time to, and everything due is done. */
    private void afterStep() {
        ShuffleStore store = shuffles;
        if (store != null && !feeds.isEmpty()) {
            store.stepped();
            if (store.isTimeToTell(moment.watermark(), states.clock()) && !isDue()) {
                tellWatermark(store);
            }
        }
    }

    private void tellWatermark(ShuffleStore store) {
        store.told(moment.watermark(), states.clock());
        tell(new Shuffled.Mark(partition.id(), moment.watermark()));
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
        long next = nextTime();
        long watermark = next <= moment.watermark() ? next - 1 : moment.watermark();
        Objects.requireNonNull(shuffles).endTold();
        tell(new Shuffled.End(partition.id(), watermark, successors));
    }

    private void advance(long to) {
        if (to > moment.watermark()) {
            moment.raise(to);
        }
    }

    /** The step has succeeded, its outputs included. */
    public void done() {
        if (states.hasRisen()) {
            for (Stage.Timed stage : timed) {
                stage.forget(states.watermark());
            }
        }
    }

    /** The step has failed: takes all its changes back, so that it may be tried again or passed over. */
    public void undo() {
        states.undo();
        if (shuffles != null) {
            shuffles.undo();
        }
        timed.forEach(Stage.Timed::undone);
        late.reset(lateBefore);
        moment.passed(offsetBefore);
    }

    /**
     * Passes over an event, which has no effect.
     *
     * @param next offset of the next event
     */
    public void pass(long next) {
        moment.passed(next);
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
        boolean idles = isSilent && mayIdle();
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
        return !isTold(moment.watermark());
    }

    /** Whether the tasks downstream know that event time has come to a time. */
    public boolean isTold(long watermark) {
        return feeds.isEmpty() || !Objects.requireNonNull(shuffles).hasToTell(watermark);
    }

    /** Nothing here waits for the tasks after this one to go on without it, and they are to know. */
    private void idle() {
        ShuffleStore store = Objects.requireNonNull(shuffles);
        if (store.told() < moment.watermark()) {
            tellWatermark(store);
        }
        store.idleTold();
        tell(new Shuffled.Mark(partition.id(), Shuffled.IDLE));
    }

    /** Whether a silent task has come as far as it goes, and those after it still wait for it. */
    private boolean mayIdle() {
        ShuffleStore store = shuffles;
        long watermark = moment.watermark();
        return store != null
                && store.isAwaited()
                && (watermark == EventTime.NO_WATERMARK || readsShuffle || watermark >= silentLimit());
    }

    /** Whether a tick would have something done. */
    public boolean wantsTick(long time, boolean isSilent) {
        if (shuffles != null && shuffles.isEndTold()) {
            return false; // what is due goes on with the successors
        }
        long silentTo = isSilent ? silentTo(time) : EventTime.NO_WATERMARK;
        for (Stage.Timed stage : timed) {
            if (stage.nextClockTime() <= time || stage.nextTime() <= silentTo) {
                return true;
            }
        }
        if (isSilent && mayIdle()) {
            return true;
        }
        long reached = Math.max(silentTo, moment.watermark());
        return !feeds.isEmpty() && Objects.requireNonNull(shuffles).isTimeToTell(reached, time);
    }

    /** How far event time goes by a tick in a silent source. After a shuffle it is the tasks before it that say how far they go. */
    private long silentTo(long time) {
        long watermark = moment.watermark();
        return watermark == EventTime.NO_WATERMARK || time <= states.clock() || readsShuffle
                ? EventTime.NO_WATERMARK
                : Math.min(silentLimit(), Times.plus(watermark, time - states.clock()));
    }

    /** A silent source goes no farther than results wait, here and in the stages after, so that later events are not late. */
    private long silentLimit() {
        long last = feeds.isEmpty()
                ? EventTime.NO_WATERMARK
                : Times.plus(Objects.requireNonNull(shuffles).watermarkOfEvents(), disorderMillis + waitMillis);
        for (Stage.Timed stage : timed) {
            last = Math.max(last, stage.lastTime());
        }
        return last;
    }

    /** Whether something is to be done before the next event. */
    public boolean isDue() {
        long watermark = moment.watermark();
        long clock = states.clock();
        for (Stage.Timed stage : timed) {
            if (stage.nextTime() <= watermark || stage.nextClockTime() <= clock) {
                return true;
            }
        }
        return false;
    }

    /** When the next thing is to be done, {@link Long#MAX_VALUE} if nothing is. */
    private long nextTime() {
        long next = Long.MAX_VALUE;
        for (Stage.Timed stage : timed) {
            next = Math.min(next, stage.nextTime());
        }
        return next;
    }

    /**
     * Does what is due first, for one key: by time, then by the order of the operators, then by key. What waits for the clock
     * comes after everything that is due in event time. One of {@link #done} and {@link #undo} is to follow.
     *
     * @param passesOn false passes over it: it is done without its effect
     */
    public void fire(boolean passesOn) {
        begin();
        Stage.Timed next = firstInTime();
        if (isDueInTime(next)) {
            next.fire(passesOn);
        } else {
            firstOfClock().fireOfClock(passesOn);
        }
        afterStep();
    }

    private boolean isDueInTime(Stage.Timed next) {
        return next.nextTime() <= moment.watermark();
    }

    private Stage.Timed firstInTime() {
        Stage.Timed next = timed.get(0);
        for (Stage.Timed stage : timed) {
            if (stage.nextTime() < next.nextTime()) {
                next = stage;
            }
        }
        return next;
    }

    private Stage.Timed firstOfClock() {
        Stage.Timed next = timed.get(0);
        for (Stage.Timed stage : timed) {
            if (stage.nextClockTime() < next.nextClockTime()) {
                next = stage;
            }
        }
        return next;
    }

    public long watermark() {
        return moment.watermark();
    }

    /** Highest stamp of an event or time of a tick, in milliseconds since the epoch, 0 before the first. */
    public long clock() {
        return states.clock();
    }

    /** What the operators have passed on since the task began. */
    public PassedEvents passed() {
        return passed;
    }

    /** Number of events that came too late since the task began. */
    public long lateEvents() {
        return late.count();
    }

    /** What a function of the application threw. */
    public static Throwable causeOf(Throwable thrown) {
        return thrown instanceof Stage.StepFailed failed ? Objects.requireNonNull(failed.getCause()) : thrown;
    }
}
