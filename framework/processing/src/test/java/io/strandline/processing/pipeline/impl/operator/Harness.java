package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
        this.operators = new Operators(
                topology,
                new PartitionDescription(0, 0, keys),
                offset,
                states,
                (target, key, headers, event) -> emit(this.step + " " + target.stream().stream() + " " + key + " "
                        + event + (headers.isEmpty() ? "" : " " + headers.text(LateEvents.HEADER))));
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
                operators.fire();
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

    /** Takes an event, and does everything that is due before and after it. */
    Harness event(String event) {
        while (fire()) {}
        take(event);
        while (fire()) {}
        return this;
    }

    /** The clock comes to a time after the last event, and everything is done that is due by it. */
    Harness tick(long time, boolean isSilent) {
        operators.tick(time, isSilent);
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
            operators.tick(tick.time(), tick.isSilent());
        } else if (operators.isDue()) {
            operators.fire();
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

    /** What a checkpoint keeps. */
    record Cut(long offset, long step, OperatorStates.Captured captured) {

        Harness restore(Topology topology) throws Exception {
            OperatorStates states = new OperatorStates(topology, captured.time());
            for (OperatorStates.CapturedStore store : captured.stores()) {
                store.frozen()
                        .forEach(entry -> Objects.requireNonNull(
                                states.store(store.store().id()).restore(entry) ? entry : null));
            }
            return new Harness(topology, states, offset, step);
        }
    }
}
