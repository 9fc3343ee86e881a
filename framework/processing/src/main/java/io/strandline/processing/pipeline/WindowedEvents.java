package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Events.Untyped;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Events that are grouped by a key and a window of event time.
 *
 * <p>The result of a window is passed on when the watermark reaches its end. Results come in the order of the ends of
 * their windows, then of their keys. If later events are allowed, each of them changes the result and passes it on again.
 * An event that comes even later is counted, and appended to the stream of late events if there is one. A fold over corrected
 * results counts each of them. A late event may join a session that was passed on: its result has another start or end then.
 *
 * <p>Values are immutable, because a checkpoint may be writing one while the next event is added: a function returns another
 * object.
 *
 * <p>Immutable.
 *
 * @param <E> event
 */
public final class WindowedEvents<E> {

    private final Pipeline.Builder builder;
    private final Operator input;
    private final Windows windows;
    private final Passing passing;
    private final Operator.@Nullable Target late;

    /** When values are passed on, as {@link Operator.Window} says. */
    record Passing(long latenessMillis, long earlyMillis, boolean finalOnly) {}

    WindowedEvents(
            Pipeline.Builder builder,
            Operator input,
            Windows windows,
            Passing passing,
            Operator.@Nullable Target late) {
        this.builder = builder;
        this.input = input;
        this.windows = windows;
        this.passing = passing;
        this.late = late;
    }

    /**
     * Says how long after the end of a window its events are taken, measured by the watermark. The default is 0.
     *
     * @throws StrandlineException.Invalid if it is negative or longer than {@link Windows#MAX_MILLIS}
     */
    public WindowedEvents<E> allowedLateness(Duration lateness) {
        long millis = Windows.requireSpan("allowed lateness", lateness);
        return passing(new Passing(millis, passing.earlyMillis(), passing.finalOnly()));
    }

    /**
     * Passes on results of windows that are still open too: each time that the watermark reaches a multiple of {@code every}
     * since the epoch, or since the offset of the windows, those of the keys whose value has changed since the last time.
     * They come in the order of these times, then of their keys. Such a result is marked as {@link Windowed#isEarly}, and has
     * the last millisecond before its time. The result at the end of the window follows in any case.
     *
     * @param every event time between two results of a window
     * @throws StrandlineException.Invalid if it is less than 1 ms, or longer than {@link Windows#MAX_MILLIS}
     */
    public WindowedEvents<E> early(Duration every) {
        long millis = Windows.requireSpan("time between early results", every);
        if (millis == 0) {
            throw new StrandlineException.Invalid("early results every " + every + ": it must be at least 1 ms");
        }
        return passing(new Passing(passing.latenessMillis(), millis, passing.finalOnly()));
    }

    /**
     * Passes on each result once, when no event can change it any more: when the watermark has passed the end of its window
     * by the allowed lateness. Without allowed lateness this is the default. Early results come nevertheless, if they are
     * asked for.
     */
    public WindowedEvents<E> finalOnly() {
        return passing(new Passing(passing.latenessMillis(), passing.earlyMillis(), true));
    }

    private WindowedEvents<E> passing(Passing other) {
        return new WindowedEvents<>(builder, input, windows, other, late);
    }

    /**
     * Appends the events that come too late to a stream, under their key. A header {@code strandline-late} names the
     * operator, the event time, the end of the window and the watermark.
     *
     * @param stream full name of an existing stream
     */
    public WindowedEvents<E> lateTo(String stream, EventCodec<E> codec) {
        return new WindowedEvents<>(builder, input, windows, passing, builder.target(stream, codec));
    }

    /**
     * Folds the events of a key and window.
     *
     * @param id as {@link KeyedEvents} says
     * @param codec writes and reads values for checkpoints, on a worker thread, at the same time as others. Equal values
     *     must give equal bytes
     * @param initial key → the value before the first event
     * @param add value and event → the next value
     * @throws StrandlineException.Invalid if the id is not valid or not the only one, or if the windows are sessions
     */
    public <A> KeyedEvents<Windowed<A>> aggregate(
            String id,
            EventCodec<A> codec,
            Function<String, ? extends A> initial,
            BiFunction<? super A, ? super E, ? extends A> add) {
        if (windows.kind() == Windows.Kind.SESSION) {
            throw new StrandlineException.Invalid("aggregate " + id
                    + " of sessions needs a function that merges the values of two sessions that become one");
        }
        return window(id, codec, initial, add, null);
    }

    /**
     * As {@link #aggregate(String, EventCodec, Function, BiFunction)}, for sessions too.
     *
     * @param merge values of two sessions that become one → the value of both. The earlier session comes first
     */
    public <A> KeyedEvents<Windowed<A>> aggregate(
            String id,
            EventCodec<A> codec,
            Function<String, ? extends A> initial,
            BiFunction<? super A, ? super E, ? extends A> add,
            BinaryOperator<A> merge) {
        return window(id, codec, initial, add, merge);
    }

    /**
     * Folds the events of a key and window into one event. The first event is the first value.
     *
     * @param add value and event → the next value. Also merges two sessions that become one
     */
    public KeyedEvents<Windowed<E>> reduce(String id, EventCodec<E> codec, BinaryOperator<E> add) {
        return window(id, codec, key -> Fold.NOTHING, Fold.of(add), add);
    }

    /** Counts the events of a key and window. */
    public KeyedEvents<Windowed<Long>> count(String id) {
        return aggregate(id, StateCodecs.OfNumber.INSTANCE, key -> 0L, (count, event) -> count + 1, Long::sum);
    }

    private <A> KeyedEvents<Windowed<A>> window(
            String id,
            EventCodec<?> codec,
            Function<String, ?> initial,
            BiFunction<?, ?, ?> add,
            @Nullable BinaryOperator<?> merge) {
        Operator.Window window = new Operator.Window(
                input,
                builder.requireId(id),
                codec,
                windows,
                passing.latenessMillis(),
                passing.earlyMillis(),
                passing.finalOnly(),
                initial::apply,
                Untyped.both(add),
                merge == null ? null : Untyped.merge(merge),
                late);
        return new KeyedEvents<>(builder, builder.add(window));
    }
}
