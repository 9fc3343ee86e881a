package io.strandline.processing.pipeline.impl.operator;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.PartitionDescription;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.PipelineProvider.Outputs;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Runs the operators of one task. Each call is one step: an event, or one key of a timer or a window that is due. Everything
 * due is done before the next event. So the steps follow from the events and the state alone, and so do their outputs.
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
    private final Stage first;
    private final List<Stage.Timed> timed = new ArrayList<>();
    private final @Nullable ToLongFunction<Object> time;
    private final long disorderMillis;

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
        Operator.Source source = topology.source();
        this.time = source.time();
        this.disorderMillis = source.disorderMillis();
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
            Stage stage = stage(operator, Stage.all(taking));
            operator.inputs().forEach(input -> after.computeIfAbsent(input, none -> new ArrayList<>())
                    .add(stage));
        }
        Collections.reverse(timed);
        List<Stage> taking = after.getOrDefault(topology.source(), new ArrayList<>());
        Collections.reverse(taking);
        return Stage.all(taking);
    }

    private Stage stage(Operator operator, Stage next) {
        if (operator instanceof Operator.Transform transform) {
            Consumer<Object> out = next::accept;
            return event -> transform.function().apply(event, moment, out);
        }
        if (operator instanceof Operator.KeyBy keyBy) {
            return keyBy.key() == null ? next : event -> group(keyBy, event, next);
        }
        if (operator instanceof Operator.Keyed keyed) {
            return timed(new KeyedStage(keyed, (KeyedStore) states.store(keyed.id()), moment, next));
        }
        if (operator instanceof Operator.Window window) {
            return window.windows().kind() == Windows.Kind.SESSION
                    ? timed(new SessionStage(window, (SessionStore) states.store(window.id()), moment, late, next))
                    : timed(new WindowStage(window, (WindowStore) states.store(window.id()), moment, late, next));
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

    private <S extends Stage & Stage.Timed> Stage timed(S stage) {
        timed.add(stage);
        return stage;
    }

    private void group(Operator.KeyBy keyBy, Object event, Stage next) {
        String before = moment.key();
        moment.group(Objects.requireNonNull(keyBy.key()).apply(event));
        next.accept(event);
        moment.group(before);
    }

    /**
     * Takes an event.
     *
     * @throws RuntimeException whatever a function of the application throws, see {@link #causeOf}
     */
    public void event(EventRecord<?> record) {
        Object event = Objects.requireNonNull(record.event());
        long eventTime = time == null ? record.stamp() : Times.require(time.applyAsLong(event));
        moment.at(record, eventTime);
        if (eventTime - record.stamp() <= MAX_AHEAD_MILLIS) {
            advance(eventTime - disorderMillis);
        }
        first.accept(event);
    }

    private void advance(long to) {
        if (to > moment.watermark()) {
            moment.raise(to);
            for (Stage.Timed stage : timed) {
                stage.forget(to);
            }
        }
    }

    /** Whether something is to be done before the next event. */
    public boolean isDue() {
        long watermark = moment.watermark();
        for (Stage.Timed stage : timed) {
            if (stage.nextTime() <= watermark) {
                return true;
            }
        }
        return false;
    }

    /** Does what is due first, for one key: by time, then by the order of the operators, then by key. */
    public void fire() {
        Stage.Timed next = timed.get(0);
        for (Stage.Timed stage : timed) {
            if (stage.nextTime() < next.nextTime()) {
                next = stage;
            }
        }
        next.fire();
    }

    public long watermark() {
        return moment.watermark();
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
