package io.strandline.processing.pipeline.impl.task;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.RunningPipeline.TaskPosition;
import io.strandline.processing.pipeline.RunningPipeline.WindowsAnswer;
import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateScan;
import io.strandline.processing.pipeline.impl.state.StateStore;
import io.strandline.processing.pipeline.impl.state.WindowsOfKeys;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Answers what is asked of the state of one task, between two steps. Belongs to the task's context. */
public final class TaskQueries {

    private final TaskPlace place;
    private final OperatorStates states;
    private final LongSupplier watermark;
    private final BooleanSupplier isOver;
    private final Consumer<Runnable> later;

    /**
     * Creates it with its task.
     *
     * @param isOver whether the task does no step any more
     * @param later has something done in a later turn of the task's context
     */
    TaskQueries(
            TaskPlace place,
            OperatorStates states,
            LongSupplier watermark,
            BooleanSupplier isOver,
            Consumer<Runnable> later) {
        this.place = place;
        this.states = states;
        this.watermark = watermark;
        this.isOver = isOver;
        this.later = later;
    }

    /** The state of a key. */
    public Future<StateAnswer> state(String operator, String key) {
        return Future.succeededFuture(answer(key, keyed(operator).value(key), position()));
    }

    private static StateAnswer answer(String key, @Nullable Object value, TaskPosition at) {
        return new StateAnswer(key, value, at.partition(), at.offset(), at.watermark());
    }

    private TaskPosition position() {
        return new TaskPosition(place.partition(), place.offset(), watermark.getAsLong());
    }

    private KeyedStore keyed(String operator) {
        StateStore store = states.store(operator);
        if (store instanceof KeyedStore keyed) {
            return keyed;
        }
        throw new StrandlineException.Invalid("operator " + operator + " of " + place.pipeline() + " keeps "
                + store.layout() + ", and no single state for each key");
    }

    /** The windows of a key that an event may still change. */
    public Future<WindowsAnswer> windows(String operator, String key) {
        StateStore store = states.store(operator);
        if (!(store instanceof WindowsOfKeys windows)) {
            throw new StrandlineException.Invalid(
                    "operator " + operator + " of " + place.pipeline() + " is no window, it keeps " + store.layout());
        }
        TaskPosition at = position();
        return Future.succeededFuture(
                new WindowsAnswer(key, windows.windowsOf(key), at.partition(), at.offset(), at.watermark()));
    }

    /**
     * The first keys of a range with their states, all of one moment. Looks for them in slices, and events are processed between them.
     * {@link StatePage#next} is the last key of which the state is known, and not the first of the rest.
     */
    public Future<StatePage> states(String operator, StateRange range) {
        Promise<StatePage> answer = Promise.promise();
        lookOn(keyed(operator).scan(range.from(), range.to(), range.limit()), answer);
        return answer.future();
    }

    private void lookOn(StateScan<Object> scan, Promise<StatePage> answer) {
        try {
            if (isOver.getAsBoolean()) {
                throw new StrandlineException.Unavailable(
                        "partition " + place.partition() + " of " + place.pipeline() + " is at its end, or closed");
            }
            if (scan.lookOn()) {
                later.accept(() -> lookOn(scan, answer));
                return;
            }
            answer.complete(read(scan));
        } catch (RejectedExecutionException e) {
            answer.fail(new StrandlineException.Unavailable("the Vert.x instance is closed"));
        } catch (Throwable e) { // the codec of an application may throw an Error
            answer.fail(e);
        }
        scan.end();
    }

    private StatePage read(StateScan<Object> scan) {
        TaskPosition at = position();
        List<StateAnswer> answers = new ArrayList<>();
        String through = scan.read((key, stored) -> {
            Object value = KeyedStore.state(stored);
            if (value != null) {
                answers.add(answer(key, value, at));
            }
        });
        return new StatePage(answers, List.of(at), through);
    }
}
