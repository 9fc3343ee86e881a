package io.strandline.processing.pipeline.impl.operator;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.operator.PassedEvents.Taker;
import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.SessionStore;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.strandline.processing.pipeline.impl.state.TimedStore;
import io.strandline.processing.pipeline.impl.state.WindowStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The operators of one task, put together: each is an {@link OperatorInput}, or one for each of its inputs, and knows those after it.
 *
 * <p>Belongs to the task's context.
 */
final class OperatorChain {

    private final OperatorStates states;
    private final TaskRecordContext context;
    private final LateEvents late;
    private final StepOutputs outputs;
    private final Tables tables;
    private final PassedEvents passed;
    private final OperatorTimes times;
    private final List<TimedOperator> timed = new ArrayList<>();
    private final List<Expiry> expiries = new ArrayList<>();
    private final List<Operator.Target> feeds = new ArrayList<>();
    private final OperatorInput first;
    /** Which operator is put in its place. */
    private int building;
    /** Side of the shuffle from which the event at hand comes. */
    private int side;

    /**
     * Puts them together.
     *
     * @param states those of the topology
     * @param context of the step at hand
     */
    OperatorChain(
            Topology topology,
            OperatorStates states,
            TaskRecordContext context,
            LateEvents late,
            PassedEvents passed,
            StepOutputs outputs) {
        this.states = states;
        this.context = context;
        this.late = late;
        this.outputs = outputs;
        this.tables = new Tables(states, context);
        this.passed = passed;
        this.times = passed.times();
        this.first = build(topology);
    }

    /** Takes the events of the source. */
    OperatorInput first() {
        return first;
    }

    /** Those at which something may wait for event time or the clock, in the order of the operators. */
    List<TimedOperator> timed() {
        return timed;
    }

    /** The internal streams that take events and marks. */
    List<Operator.Target> feeds() {
        return feeds;
    }

    /** The next event comes from a side of the shuffle. */
    void from(int sideOfEvent) {
        side = sideOfEvent;
    }

    /** The event has moved the watermark, and comes before what is due. */
    void expire(@Nullable String key) {
        if (key != null) {
            for (Expiry expiry : expiries) {
                expiry.expire(key);
            }
        }
    }

    /** When the next thing is to be done, {@link Long#MAX_VALUE} if nothing is. */
    long nextTime() {
        long next = Long.MAX_VALUE;
        for (TimedOperator operator : timed) {
            next = Math.min(next, operator.nextTime());
        }
        return next;
    }

    /** From the last operator to the first. */
    private OperatorInput build(Topology topology) {
        IdentityHashMap<Operator, List<Taker>> after = new IdentityHashMap<>();
        List<Operator> operators = topology.operators();
        for (int i = operators.size() - 1; i > 0; i--) {
            Operator operator = operators.get(i);
            List<Taker> taking = after.getOrDefault(operator, new ArrayList<>());
            Collections.reverse(taking);
            OperatorInput next = taking.isEmpty() ? OperatorInput.NOBODY : passed.counting(i, taking);
            building = i;
            List<OperatorInput> ofInputs = ofInputs(topology, operator, next);
            for (int j = ofInputs.size() - 1; j >= 0; j--) { // all lists are from the last to the first
                after.computeIfAbsent(operator.inputs().get(j), none -> new ArrayList<>())
                        .add(new Taker(i, ofInputs.get(j)));
            }
        }
        Collections.reverse(timed);
        Collections.reverse(expiries);
        Collections.reverse(feeds);
        List<Taker> taking = after.getOrDefault(topology.source(), new ArrayList<>());
        Collections.reverse(taking);
        return passed.counting(0, taking);
    }

    /** Takes the events of each input of an operator, in their order. */
    private List<OperatorInput> ofInputs(Topology topology, Operator operator, OperatorInput next) {
        if (operator instanceof Operator.Join join) {
            JoinOperator joining =
                    timed(new JoinOperator(join, (TimedStore) states.store(join.id()), context, late, next));
            return List.of(joining.left(), joining.right());
        }
        if (operator instanceof Operator.TableJoin join) {
            return List.of(tables.left(join, next), tables.right(join, next));
        }
        if (operator instanceof Operator.Lookup lookup) {
            return List.of(tables.lookup(lookup, next)); // the table is asked, and passes on nothing
        }
        if (operator instanceof Operator.Shuffle shuffle) {
            return into(shuffle, topology);
        }
        return Collections.nCopies(operator.inputs().size(), input(operator, next));
    }

    private OperatorInput input(Operator operator, OperatorInput next) {
        if (operator instanceof Operator.Transform transform) {
            Consumer<Object> out = next::accept;
            return event -> transform.function().apply(event, context, out);
        }
        if (operator instanceof Operator.KeyBy keyBy) {
            return event -> group(keyBy, event, next);
        }
        if (operator instanceof Operator.Keyed keyed) {
            KeyedStore store = (KeyedStore) states.store(keyed.id());
            if (keyed.timeToLiveMillis() > 0) {
                expiries.add(timed(new Expiry(store, keyed.timeToLiveMillis(), context, (key, before) -> {})));
            }
            return timed(new KeyedOperator(keyed, store, context, next));
        }
        if (operator instanceof Operator.Window window) {
            return window.windows().kind() == Windows.Kind.SESSION
                    ? timed(new SessionOperator(window, (SessionStore) states.store(window.id()), context, late, next))
                    : timed(new WindowOperator(window, (WindowStore) states.store(window.id()), context, late, next));
        }
        if (operator instanceof Operator.Table table) {
            if (table.timeToLiveMillis() > 0) {
                expiries.add(timed(tables.expiry(table, next)));
            }
            return tables.filling(table, next);
        }
        if (operator instanceof Operator.Deduplicate deduplicate) {
            TimedStore store = (TimedStore) states.store(deduplicate.id());
            return timed(new DeduplicateOperator(deduplicate, store, context, late, next));
        }
        if (operator instanceof Operator.FromSide from) {
            return event -> {
                if (side == from.side()) {
                    next.accept(event);
                }
            };
        }
        if (operator instanceof Operator.Sink sink) {
            times.owned(sink.target(), building);
            return event -> outputs.emit(
                    sink.target(),
                    sink.key() == null ? context.key() : sink.key().apply(event),
                    context.trace(),
                    event);
        }
        if (operator instanceof Operator.Handle handle) {
            return event -> outputs.handle(
                    handle, handle.key() == null ? context.key() : handle.key().apply(event), context, event);
        }
        return next; // a merge
    }

    /** What goes into a shuffle, from each of its sides. */
    private List<OperatorInput> into(Operator.Shuffle shuffle, Topology topology) {
        Operator.Target target = new Operator.Target(shuffle.stream(), Shuffled.codec(shuffle));
        feeds.add(target);
        times.owned(target, building);
        List<OperatorInput> sides = new ArrayList<>();
        boolean loads = shuffle.sides().stream().anyMatch(side -> side.table() != null);
        for (Operator.Side from : shuffle.sides()) {
            OperatorInput side = into(shuffle, target, from, sides.size(), topology.task(context.partition()));
            sides.add(loads && topology.part().count() > 1 ? withinPart(side, topology) : side);
        }
        return sides;
    }

    private OperatorInput into(
            Operator.Shuffle shuffle, Operator.Target target, Operator.Side from, int index, long task) {
        Function<Object, @Nullable String> byKey = from.key();
        return event -> outputs.emit(
                target,
                context.requireKey(shuffle.id(), byKey == null ? context.key() : byKey.apply(event)),
                context.headers(),
                new Shuffled.Event(index, task, promise(), context.time(), context.stamp(), event));
    }

    /** A part loads the values of its own keys before the events of these keys come. */
    private OperatorInput withinPart(OperatorInput side, Topology topology) {
        return event -> {
            String key = context.key();
            if (key != null && !isOf(topology.keys(), key)) {
                throw new StrandlineException.Invalid("key " + key + " does not belong to part "
                        + topology.part().number() + " of " + topology.part().count()
                        + "; keyBy(key) must give the routing key of the events that are read, or the table that is loaded"
                        + " first be taken asItComes()");
            }
            side.accept(event);
        };
    }

    private static boolean isOf(KeyRange keys, String key) {
        byte[] bytes = Utf8.encode("the key of an event", key);
        return keys.contains(KeyHash.of(bytes, 0, bytes.length));
    }

    /**
     * The watermark that may be told after the shuffle while a step runs: nothing earlier comes after it that is not late. It
     * is lower than that of the task while windows and timers are due, because what they pass on is earlier.
     */
    private long promise() {
        long next = nextTime();
        long watermark = context.watermark();
        return Math.min(context.cleared(), next <= watermark ? next - 1 : watermark);
    }

    private <S extends TimedOperator> S timed(S operator) {
        timed.add(operator);
        times.owned(operator, building);
        return operator;
    }

    private void group(Operator.KeyBy keyBy, Object event, OperatorInput next) {
        String before = context.key();
        if (keyBy.key() != null) {
            context.group(keyBy.key().apply(event));
        }
        expire(context.key());
        next.accept(event);
        context.group(before);
    }
}
