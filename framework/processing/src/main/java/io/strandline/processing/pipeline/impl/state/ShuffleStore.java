package io.strandline.processing.pipeline.impl.state;

import io.strandline.EventCodec;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a task at a shuffle keeps besides the states of operators: how far each task of the stages before it has come, and what
 * it told the tasks of the stages after it. Its pieces belong to no key. A task that succeeds others takes for each task before
 * it the lowest watermark that they knew, because a predecessor that knew a higher one knew it for its own keys alone.
 *
 * <p>The end of a task comes under several keys, and partitions may be merged and split between two of them. Then a partition has a
 * task that has ended for some keys of a predecessor, and the keys under which its end is still to come are another partition's. So it
 * is over, too, when one of those that succeed it speaks: they begin after everything that it said is in the log.
 */
public final class ShuffleStore extends OneMapStore {

    /** Begins as no id of an application's operator does. */
    static final String ID = Topology.RESERVED_PREFIX + "upstream";

    private static final String LAYOUT = "tasks before and after shuffles";

    /**
     * Key of what was told. Those of tasks are the name of their stage, a slash and their number. A stage whose tasks have all ended
     * without successors has its name and a slash: nothing else tells that it had begun.
     */
    private static final String TOLD = "told";

    /** Steps after which the tasks downstream are told how far event time has come. A mark takes a record for each key. */
    static final int STEPS_PER_MARK = 1_000;

    /** The same, in milliseconds of the task's clock. */
    static final long MILLIS_PER_MARK = 1_000;

    /** In place of a time. */
    private static final long NEVER = Long.MIN_VALUE;

    private final List<String> feeders;
    /** Those of them whose events move event time. */
    private final List<String> timekeepers;

    /** Sides of the shuffle that bring a table which moves no event time. */
    private final BitSet isOfTable = new BitSet();

    private final boolean feeds;
    private final Map<Long, Upstream> upstream = new HashMap<>();
    /** Stages that have said with which tasks they began. */
    private final Set<String> begun = new HashSet<>();
    /** Those of them that have a piece, because no task of theirs has one. */
    private final Set<String> allEnded = new HashSet<>();
    /** Whether others may have one by now. */
    private boolean mayHaveEnded;
    /** The lowest watermark of the tasks of the feeders, and how many have it. */
    private long lowest = EventTime.NO_WATERMARK;

    private int atLowest;
    private boolean stale;
    private @Nullable Upstream recent;

    private final KeyedState<long[]> pieces = new KeyedState<>(this, new PieceForm(), 0);
    private final List<Upstream> changed = new ArrayList<>();
    /** What the piece under {@link #TOLD} says, or says by its absence. */
    private long[] stored = {EventTime.NO_WATERMARK, NEVER, EventTime.NO_WATERMARK, 0, 0, 0};

    private long told = EventTime.NO_WATERMARK;
    private long toldClock = NEVER;
    private long ofEvents = EventTime.NO_WATERMARK;
    private long steps;
    private boolean endTold;
    private boolean idle;

    // ---- what was before the step

    private @Nullable Upstream raised;
    private long raisedFrom;
    private boolean raisedIdle;
    private boolean idleBefore;
    private long lowestBefore;
    private int atLowestBefore;
    private boolean staleBefore;
    private long toldBefore;
    private long toldClockBefore;
    private long ofEventsBefore;
    private long stepsBefore;
    private boolean endToldBefore;

    /** A task before the shuffle. */
    private static final class Upstream {

        private final long task;
        private final String stage;
        /** False for a stage that an earlier version of the pipeline had, and for one that only fills tables. */
        private final boolean counts;
        /** Tasks that it succeeds, as far as they are known. */
        private List<Long> predecessors = List.of();

        private long watermark;
        /** Whether nobody waits for it until it has something to say. */
        private boolean idle;
        /** Whether it is not stored as it is. */
        private boolean isChanged;

        Upstream(long task, String stage, boolean counts, long watermark) {
            this.task = task;
            this.stage = stage;
            this.counts = counts;
            this.watermark = watermark;
        }

        String key() {
            return stage + "/" + task;
        }

        void succeeds(List<Long> tasks) {
            if (!predecessors.containsAll(tasks)) {
                Set<Long> all = new TreeSet<>(predecessors);
                all.addAll(tasks);
                predecessors = List.copyOf(all);
            }
        }

        long[] toNumbers() {
            long[] numbers = new long[2 + predecessors.size()];
            numbers[0] = watermark;
            numbers[1] = idle ? 1 : 0;
            for (int i = 0; i < predecessors.size(); i++) {
                numbers[2 + i] = predecessors.get(i);
            }
            return numbers;
        }

        void read(long[] numbers) {
            watermark = numbers[0];
            idle = numbers[1] != 0;
            predecessors = Arrays.stream(numbers, 2, numbers.length).boxed().toList();
        }
    }

    ShuffleStore(Topology stage) {
        super(ID, EventCodec.raw());
        this.feeders = stage.feeders();
        this.timekeepers = stage.timekeepers();
        this.feeds = !stage.feeds().isEmpty();
        if (stage.source() instanceof Operator.Shuffle shuffle) {
            for (int i = 0; i < shuffle.sides().size(); i++) {
                isOfTable.set(i, shuffle.sides().get(i).table() != null);
            }
        }
    }

    /** Whether the tasks of a stage keep one. */
    static boolean isFor(Topology stage) {
        return !stage.feeders().isEmpty() || !stage.feeds().isEmpty();
    }

    // ---- a step

    /** A step begins. */
    public void begin() {
        raised = null;
        idleBefore = idle;
        lowestBefore = lowest;
        atLowestBefore = atLowest;
        staleBefore = stale;
        toldBefore = told;
        toldClockBefore = toldClock;
        ofEventsBefore = ofEvents;
        stepsBefore = steps;
        endToldBefore = endTold;
    }

    /** Takes back what the step has changed. A step that fails is one of an event, and that raises one task at most. */
    public void undo() {
        Upstream task = raised;
        if (task != null) {
            task.watermark = raisedFrom;
            task.idle = raisedIdle;
        }
        idle = idleBefore;
        lowest = lowestBefore;
        atLowest = atLowestBefore;
        stale = staleBefore;
        told = toldBefore;
        toldClock = toldClockBefore;
        ofEvents = ofEventsBefore;
        steps = stepsBefore;
        endTold = endToldBefore;
    }

    // ---- tasks before

    /** The time up to which no task before it passes on anything that is not late. It may fall, when tasks merge. */
    public long watermark() {
        if (stale) {
            findLowest();
            stale = false;
        }
        boolean isKnown = lowest != Long.MAX_VALUE && begun.containsAll(timekeepers);
        return isKnown ? lowest : EventTime.NO_WATERMARK;
    }

    /**
     * Whether nobody moves event time here for now, and tables may change nevertheless: then the task is never silent, and is as idle
     * as those before it.
     */
    public boolean isWithoutTime() {
        watermark(); // finds the lowest
        return timekeepers.size() < feeders.size() && lowest == Long.MAX_VALUE && begun.containsAll(timekeepers);
    }

    /** Whether the tasks after this one may hear of a record, and not only of how far event time has come. */
    public boolean isNews(Shuffled record) {
        return record instanceof Shuffled.Event event
                ? !isOfTable.get(event.side())
                : !(record instanceof Shuffled.Mark);
    }

    /** Takes note of what a record says. */
    public void take(Shuffled record) {
        if (record instanceof Shuffled.Event event) {
            reached(event.task(), event.watermark());
        } else if (record instanceof Shuffled.Mark mark) {
            spoke(mark.task());
            reached(mark.task(), mark.watermark());
        } else if (record instanceof Shuffled.End end) {
            ended(end);
        } else if (record instanceof Shuffled.Origin origin && begun.add(origin.stage())) {
            origin.tasks().forEach(task -> begin(task, origin.stage(), EventTime.NO_WATERMARK));
            stale = true;
        }
    }

    private Upstream begin(long task, String stage, long watermark) {
        Upstream begun = new Upstream(task, stage, timekeepers.contains(stage), watermark);
        upstream.put(task, begun);
        changed(begun);
        return begun;
    }

    private void changed(Upstream task) {
        if (!task.isChanged) {
            task.isChanged = true;
            changed.add(task);
        }
    }

    private void reached(long task, long watermark) {
        Upstream at = recent;
        if (at == null || at.task != task) {
            at = upstream.get(task);
            if (at == null) {
                // The task has ended. After a merge of the internal stream, events under some keys may come after an
                // end
                // under others, because a writer keeps the order of each former partition.
                return;
            }
            recent = at;
        }
        boolean idles = watermark == Shuffled.IDLE;
        if (idles != at.idle) {
            noteRaised(at);
            at.idle = idles;
            stale = true;
        }
        if (watermark > at.watermark && !idles) {
            if (at.counts && at.watermark == lowest) {
                atLowest--;
                stale |= atLowest == 0;
            }
            noteRaised(at);
            at.watermark = watermark;
        }
    }

    private void noteRaised(Upstream at) {
        if (raised == null) {
            raised = at;
            raisedFrom = at.watermark;
            raisedIdle = at.idle;
        }
        changed(at);
    }

    /** An end comes under every key of the marks, so often several times. */
    private void ended(Shuffled.End end) {
        Upstream gone = upstream.get(end.task());
        if (gone == null) {
            return;
        }
        over(end.task());
        long watermark = Math.max(gone.watermark, end.watermark());
        for (long successor : end.successors()) {
            Upstream known = upstream.get(successor);
            if (known == null) {
                known = begin(successor, gone.stage, watermark);
            } else {
                known.watermark = Math.min(known.watermark, watermark); // it succeeds others too
                changed(known);
            }
            known.succeeds(List.of(end.task()));
        }
    }

    /** Those that it succeeds say nothing any more. */
    private void spoke(long task) {
        Upstream speaker = upstream.get(task);
        if (speaker != null) {
            speaker.predecessors.forEach(this::over);
        }
    }

    private void over(long task) {
        Upstream gone = upstream.remove(task);
        if (gone != null) {
            recent = null;
            pieces.put(gone.key(), null);
            stale = true;
            mayHaveEnded = true;
            gone.predecessors.forEach(this::over);
        }
    }

    private void findLowest() {
        lowest = Long.MAX_VALUE;
        atLowest = 0;
        for (Upstream each : upstream.values()) {
            if (each.counts && !each.idle && each.watermark <= lowest) {
                atLowest = each.watermark == lowest ? atLowest + 1 : 1;
                lowest = each.watermark;
            }
        }
    }

    // ---- tasks after

    /** An event has come. Event time may go on without events, in a silent source. */
    public void eventsCameTo(long watermark) {
        ofEvents = watermark;
    }

    /** How far the events alone have brought the watermark of the task. */
    public long watermarkOfEvents() {
        return ofEvents;
    }

    /** A step is done. */
    public void stepped() {
        steps++;
    }

    /**
     * Whether the tasks after this one are to be told how far it has come. In a silent source the pauses double, so a silence
     * costs few marks however long it lasts.
     *
     * @param clock of the task, in milliseconds since the epoch
     */
    public boolean isTimeToTell(long watermark, long clock) {
        if (!hasToTell(watermark)) {
            return false;
        }
        long silent = toldClock == NEVER ? 0 : told - ofEvents;
        return steps >= STEPS_PER_MARK || toldClock == NEVER || clock - toldClock >= Math.max(MILLIS_PER_MARK, silent);
    }

    /** Whether the task has come farther than it has told. Nothing comes after the end, also when a run begins there. */
    public boolean hasToTell(long watermark) {
        return watermark > told && !endTold;
    }

    /** Whether the tasks after this one wait for it. */
    public boolean isAwaited() {
        return feeds && !idle && !endTold;
    }

    /** The tasks after this one do not wait for it until it has something to say. */
    public void idleTold() {
        idle = true;
    }

    /** It has something to say: the next mark comes at once. */
    public void awakes() {
        if (idle) {
            idle = false;
            told = EventTime.NO_WATERMARK;
            toldClock = NEVER;
        }
    }

    /** How far it has told that it has come. */
    public long told() {
        return told;
    }

    public void told(long watermark, long clock) {
        told = watermark;
        toldClock = clock;
        steps = 0;
    }

    /** Whether the tasks after this one know that it has come to its end. */
    public boolean isEndTold() {
        return endTold;
    }

    public void endTold() {
        endTold = true;
    }

    // ---- another version

    /**
     * Another version goes on from here, with internal streams of its own: the tasks before this one have said nothing in them, and
     * those after it have heard nothing. To be called before the first step.
     */
    public void forgetNeighbours() {
        upstream.values().forEach(task -> pieces.put(task.key(), null));
        allEnded.forEach(stage -> pieces.put(stage + "/", null));
        upstream.clear();
        changed.clear();
        begun.clear();
        allEnded.clear();
        mayHaveEnded = false;
        recent = null;
        stale = true;
        told = EventTime.NO_WATERMARK;
        toldClock = NEVER;
        steps = 0;
        endTold = false;
        idle = false;
    }

    // ---- as a store

    @Override
    public String layout() {
        return LAYOUT;
    }

    @Override
    public boolean movesByKey() {
        return false;
    }

    @Override
    public void succeed(List<StateStore> predecessors) {
        Set<String> everywhere = new HashSet<>(feeders);
        for (StateStore each : predecessors) {
            ShuffleStore predecessor = (ShuffleStore) each;
            // The highest, because a result of any of them may wait after this stage while the successor is silent.
            ofEvents = Math.max(ofEvents, predecessor.ofEvents);
            everywhere.retainAll(predecessor.begun);
            begun.addAll(predecessor.begun);
            predecessor.upstream.values().forEach(task -> {
                Upstream known = upstream.get(task.task);
                if (known == null) {
                    known = begin(task.task, task.stage, task.watermark);
                    known.idle = task.idle;
                } else {
                    known.watermark = Math.min(known.watermark, task.watermark);
                    known.idle &= task.idle;
                }
                known.succeeds(task.predecessors);
            });
        }
        upstream.values().forEach(task -> {
            if (!everywhere.contains(task.stage)) {
                task.watermark = EventTime.NO_WATERMARK;
            }
        });
        stale = true;
        mayHaveEnded = true;
    }

    /** What was told last. Kept as numbers until a checkpoint asks for it, because it changes with each step. */
    private void store() {
        for (Upstream task : changed) {
            task.isChanged = false;
            if (upstream.get(task.task) == task) {
                pieces.put(task.key(), task.toNumbers());
            }
        }
        changed.clear();
        if (mayHaveEnded) {
            mayHaveEnded = false;
            storeEnded();
        }
        long[] now = {told, toldClock, ofEvents, steps, endTold ? 1 : 0, idle ? 1 : 0};
        if (feeds && !Arrays.equals(now, stored)) {
            stored = now;
            pieces.put(TOLD, now);
        }
    }

    private void storeEnded() {
        Set<String> now = new HashSet<>(begun);
        upstream.values().forEach(task -> now.remove(task.stage));
        now.removeAll(allEnded);
        allEnded.addAll(now);
        now.forEach(stage -> pieces.put(stage + "/", StateEntry.NO_TIMES));
    }

    /** The keys of its records are anywhere among the hashes. */
    @Override
    KeyGroups groups(KeyGroups ofTask) {
        return KeyGroups.ALL;
    }

    @Override
    KeyedState<long[]> states() {
        return pieces;
    }

    @Override
    Collection<? extends KeyedState<?>> maps() {
        store();
        return super.maps();
    }

    @Override
    void restored(long at, Supplier<String> of, long[] times) {
        String key = of.get();
        if (key.equals(TOLD)) {
            told = times[0];
            toldClock = times[1];
            ofEvents = times[2];
            steps = times[3];
            endTold = times[4] != 0;
            idle = times[5] != 0;
            stored = times;
            return;
        }
        int slash = key.indexOf('/');
        String stage = key.substring(0, slash);
        begun.add(stage);
        stale = true;
        if (slash == key.length() - 1) {
            allEnded.add(stage);
            return;
        }
        long task = Long.parseLong(key.substring(slash + 1));
        Upstream restored = new Upstream(task, stage, timekeepers.contains(stage), EventTime.NO_WATERMARK);
        restored.read(times);
        upstream.put(task, restored);
    }

    @Override
    void putBack(long at, String key, @Nullable Object old) {
        throw new UnsupportedOperationException("no step of an operator changes this");
    }

    /** Numbers as a piece without value. */
    private static final class PieceForm implements KeyedState.Form<long[]> {

        @Override
        public void split(String key, long[] numbers, Consumer<StateEntry> each) {
            each.accept(new StateEntry(0, key, numbers, null));
        }

        @Override
        public long[] join(List<StateEntry> found) {
            return found.get(0).times();
        }
    }
}
