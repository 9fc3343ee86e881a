package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.RecordContext;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.KeyGroups;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import io.strandline.processing.pipeline.impl.state.StateRecords;
import io.strandline.processing.pipeline.impl.state.StateStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The operators of one task, without a task. Texts are {@code key time payload}. */
final class Harness {

    static final TextCodec<Long> NUMBERS = new TextCodec<>(new EventType("number", 1), String::valueOf, Long::valueOf);

    private final OperatorStates states;
    private final Operators operators;
    private long offset;
    private long step;
    /** Step → the tick that it is. */
    private Map<Long, Tick> ticks = Map.of();

    /** The clock comes to a time. */
    record Tick(long time, boolean isSilent) {}
    /** Outputs until one is refused, or negative. */
    private int emitsLeft = -1;

    /** Every output: the number of its step, its sink, key and event. */
    final List<String> outputs = new ArrayList<>();

    Harness(Topology topology) {
        this(topology, new OperatorStates(topology, EventTime.START), 0, 0);
    }

    /** A task that has some of the keys. */
    static Harness of(Topology topology, KeyRange keys) {
        return new Harness(topology, new OperatorStates(topology, EventTime.START), 0, 0, keys);
    }

    Harness(Topology topology, OperatorStates states, long offset, long step) {
        this(topology, states, offset, step, KeyRange.ALL);
    }

    private Harness(Topology topology, OperatorStates states, long offset, long step, KeyRange keys) {
        this.states = states;
        this.offset = offset;
        this.step = step;
        this.operators = new Operators(topology, new PartitionDescription(0, 0, keys), offset, states, new Emitting());
    }

    private final class Emitting implements StepOutputs {

        @Override
        public void emit(Operator.Target target, @Nullable String key, Headers headers, Object event) {
            Harness.this.emit(step + " " + target.stream().stream() + " " + key + " " + event
                    + (headers.isEmpty() ? "" : " " + headers.text(LateEvents.HEADER)));
        }

        @Override
        public void handle(Operator.Handle sink, @Nullable String key, RecordContext place, Object event) {
            Harness.this.emit(step + " " + sink.id() + " " + key + " " + event + " at " + place.offset());
        }
    }

    private void emit(String output) {
        if (emitsLeft-- == 0) {
            throw new IllegalStateException("refused " + output);
        }
        outputs.add(output);
    }

    /**
     * Begins the next step, which fails at some output or after the last, and takes it back. A failing step leaves no trace.
     *
     * @param event taken if nothing is due
     */
    void fail(String event, int emits) {
        int before = outputs.size();
        emitsLeft = emits;
        try {
            if (operators.isDue()) {
                operators.fire(true);
            } else {
                operators.event(record(event));
            }
        } catch (IllegalStateException refused) {
            assertThat(refused).hasMessageStartingWith("refused");
        }
        emitsLeft = -1;
        operators.undo();
        outputs.subList(before, outputs.size()).clear();
    }

    static String key(String event) {
        return event.substring(0, event.indexOf(' '));
    }

    static long time(String event) {
        int from = event.indexOf(' ') + 1;
        int to = event.indexOf(' ', from);
        return Long.parseLong(event.substring(from, to < 0 ? event.length() : to));
    }

    long offset() {
        return offset;
    }

    long step() {
        return step;
    }

    Operators operators() {
        return operators;
    }

    /** Steps that are ticks. */
    Harness ticks(Map<Long, Tick> steps) {
        ticks = steps;
        return this;
    }

    /** The outputs of a fresh task that takes events. */
    static List<String> run(Topology topology, String... events) {
        return new Harness(topology).events(List.of(events)).outputs;
    }

    Harness events(List<String> events) {
        events.forEach(this::event);
        return this;
    }

    /** Takes an event, and does everything that is due before and after it. */
    Harness event(String event) {
        while (fire()) {}
        take(event);
        while (fire()) {}
        return this;
    }

    /** The clock comes to a time after the last event, and everything is done that is due by it. */
    Harness tick(long time, boolean isSilent) {
        operators.tick(time, isSilent, false);
        operators.done();
        step++;
        while (fire()) {}
        return this;
    }

    boolean isDue() {
        return ticks.containsKey(step) || operators.isDue();
    }

    void take(String event) {
        operators.event(record(event));
        operators.done();
        offset++;
        step++;
    }

    private EventRecord<String> record(String event) {
        return new EventRecord<>(0, offset, 1_000_000 + offset, key(event), TextCodec.STRING.typeOf(event), event);
    }

    /** Takes a tick, or does the next thing that is due. False if there is none. */
    boolean fire() {
        Tick tick = ticks.get(step);
        if (tick != null) {
            operators.tick(tick.time(), tick.isSilent(), false);
        } else if (operators.isDue()) {
            operators.fire(true);
        } else {
            return false;
        }
        operators.done();
        step++;
        return true;
    }

    /** A task that goes on from a cut here. */
    Cut cut() {
        return new Cut(offset, step, states.capture());
    }

    void release(int settle) {
        states.release();
        states.settle(settle);
    }

    boolean settle() {
        return states.settle(1_000);
    }

    /** Number of pieces of state. */
    int pieces() {
        List<StateEntry> pieces = new ArrayList<>();
        states.stores().forEach(store -> store.forEach(pieces::add));
        return pieces.size();
    }

    OperatorStates states() {
        return states;
    }

    /** What a checkpoint keeps. */
    record Cut(long offset, long step, OperatorStates.Captured captured) {

        /** A task that goes on from here. Of a cut that has everything. */
        Harness restore(Topology topology) throws Exception {
            return new Files().with(this, group -> true).restore(topology);
        }
    }

    /** Snapshots that belong together, oldest first. */
    static final class Files {

        private final List<File> files;

        Files() {
            this(List.of());
        }

        private Files(List<File> files) {
            this.files = files;
        }

        /**
         * These and one more.
         *
         * @param isWhole group → whether the new one has all its keys
         */
        Files with(Cut cut, IntPredicate isWhole) throws Exception {
            long[] bytes = new long[KeyGroups.COUNT];
            List<Stored> stores = new ArrayList<>();
            for (StateStore.Captured store : cut.captured().stores()) {
                store.encode(KeyGroups.ALL, bytes);
                List<Kept> records = new ArrayList<>();
                for (int i = 0; i < KeyGroups.COUNT; i++) {
                    int group = i;
                    store.write(
                            group,
                            isWhole.test(group),
                            (start, source, from, length) -> records.add(
                                    new Kept(group, start, Arrays.copyOfRange(source, from, from + length))));
                }
                stores.add(new Stored(store.id(), store.types(), List.copyOf(store.gone()), records, store.pieces()));
            }
            List<File> all = new ArrayList<>(files);
            all.add(new File(cut.offset(), cut.step(), cut.captured().time(), isWhole, stores));
            return new Files(all);
        }

        Harness restore(Topology topology) {
            File newest = files.get(files.size() - 1);
            OperatorStates states = new OperatorStates(topology, newest.time());
            for (int i = 0; i < files.size(); i++) {
                List<File> later = files.subList(i + 1, files.size());
                for (Stored store : files.get(i).stores()) {
                    StateStore.Restoring into = states.store(store.id()).restoring(store.types());
                    store.gone().forEach(into::forget);
                    store.records().stream()
                            .filter(record -> later.stream()
                                    .noneMatch(file -> file.isWhole().test(record.group())))
                            .forEach(record -> record.apply(into));
                }
            }
            for (Stored store : newest.stores()) {
                states.store(store.id()).restored();
                assertThat(states.store(store.id()).restoredPieces()).isEqualTo(store.pieces());
            }
            return new Harness(topology, states, newest.offset(), newest.step());
        }
    }

    private record File(long offset, long step, EventTime time, IntPredicate isWhole, List<Stored> stores) {}

    private record Stored(String id, List<EventType> types, List<Long> gone, List<Kept> records, long pieces) {}

    /** A record of a map. */
    private static final class Kept {

        private final int group;
        private final long start;
        private final byte[] bytes;

        Kept(int group, long start, byte[] bytes) {
            this.group = group;
            this.start = start;
            this.bytes = bytes;
        }

        int group() {
            return group;
        }

        void apply(StateStore.Restoring into) {
            int key = StateRecords.number(bytes, 0);
            into.apply(start, KeyHash.of(bytes, StateRecords.size(key), key - 1), bytes, 0);
        }
    }
}
