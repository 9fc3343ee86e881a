package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Events of two sides that are paired by key and event time. A left event of time {@code t} is the partner of each right
 * event of its key whose time is within {@code t - before} and {@code t + after}, both included.
 *
 * <p>A pair is passed on at once, when the second of the two comes. Pairs of one event come in the order of the times of
 * its partners, then in the order in which those came. A pair has the higher one of their times.
 *
 * <p>An event without a partner is passed on alone, if the join says so, when the watermark has passed its bound: then none
 * can come any more that is not late. It has the last millisecond of its bound, as the result of a window has. Events are
 * forgotten at that moment, in the order of their bounds, then of their keys.
 *
 * <p>The sides may come of several sources or shuffles. Then a shuffle of the pipeline, under the id of the join, brings them
 * together, as {@link Events#keyBy(String, EventCodec, java.util.function.Function)} does.
 *
 * <p>An event is late if no event that is still held, or may still come in time, can be its partner. It is counted, and
 * appended to a stream of late events if there is one. One that comes after its own bound, and not as late as that, is
 * paired with the events that are held, or passed on alone at once, and is not held itself.
 *
 * <p>Events are immutable, because a checkpoint may be writing one while it waits.
 *
 * <p>Immutable.
 *
 * @param <L> event of the left side
 * @param <R> event of the right side
 */
public final class JoinedEvents<L, R> {

    /** Most events of both sides that one key of a join may hold at a time. One more stops the task as Overloaded. */
    public static final int MAX_HELD = 10_000;

    private final KeyedEvents<L> left;
    private final KeyedEvents<R> right;
    private final long beforeMillis;
    private final long afterMillis;
    private final Operator.@Nullable Target leftLate;
    private final Operator.@Nullable Target rightLate;

    JoinedEvents(
            KeyedEvents<L> left,
            KeyedEvents<R> right,
            long beforeMillis,
            long afterMillis,
            Operator.@Nullable Target leftLate,
            Operator.@Nullable Target rightLate) {
        this.left = left;
        this.right = right;
        this.beforeMillis = beforeMillis;
        this.afterMillis = afterMillis;
        this.leftLate = leftLate;
        this.rightLate = rightLate;
    }

    /**
     * Appends the left events that come too late to a stream, under their key. A header {@code strandline-late} names the
     * operator, the event time, up to when partners were held, and the watermark.
     *
     * @param stream full name of an existing stream
     */
    public JoinedEvents<L, R> leftLateTo(String stream, EventCodec<L> codec) {
        Operator.Target late = left.builder.target(stream, codec);
        return new JoinedEvents<>(left, right, beforeMillis, afterMillis, late, rightLate);
    }

    /** As {@link #leftLateTo}, for right events. */
    public JoinedEvents<L, R> rightLateTo(String stream, EventCodec<R> codec) {
        Operator.Target late = left.builder.target(stream, codec);
        return new JoinedEvents<>(left, right, beforeMillis, afterMillis, leftLate, late);
    }

    /**
     * Passes on pairs.
     *
     * @param id as {@link KeyedEvents} says. It names the shuffle, too, if there is one
     * @param leftCodec writes and reads events for checkpoints, on a worker thread, at the same time as others. Equal
     *     events must give equal bytes
     * @param rightCodec the same for the right side
     * @param joiner left and right event → what is passed on, or null for nothing
     * @throws StrandlineException.Invalid if the id is not valid or not the only one
     */
    public <J> KeyedEvents<J> inner(
            String id,
            EventCodec<L> leftCodec,
            EventCodec<R> rightCodec,
            BiFunction<? super L, ? super R, ? extends @Nullable J> joiner) {
        return join(id, Operator.JoinKind.INNER, leftCodec, rightCodec, joiner);
    }

    /**
     * Passes on pairs, and left events without a partner.
     *
     * @param joiner as for {@link #inner}. The right event is null if there is none
     */
    public <J> KeyedEvents<J> left(
            String id,
            EventCodec<L> leftCodec,
            EventCodec<R> rightCodec,
            BiFunction<? super L, ? super @Nullable R, ? extends @Nullable J> joiner) {
        return join(id, Operator.JoinKind.LEFT, leftCodec, rightCodec, joiner);
    }

    /**
     * Passes on pairs, and events of both sides without a partner.
     *
     * @param joiner as for {@link #inner}. One of the two is null if there is none
     */
    public <J> KeyedEvents<J> outer(
            String id,
            EventCodec<L> leftCodec,
            EventCodec<R> rightCodec,
            BiFunction<? super @Nullable L, ? super @Nullable R, ? extends @Nullable J> joiner) {
        return join(id, Operator.JoinKind.OUTER, leftCodec, rightCodec, joiner);
    }

    private <J> KeyedEvents<J> join(
            String id,
            Operator.JoinKind kind,
            EventCodec<L> leftCodec,
            EventCodec<R> rightCodec,
            BiFunction<?, ?, ?> joiner) {
        Pipeline.Builder builder = left.builder;
        List<Operator> sides = builder.together(
                id,
                List.of(
                        new Operator.Side(left.operator, leftCodec, null),
                        new Operator.Side(right.operator, rightCodec, null)));
        Operator.Join join = new Operator.Join(
                sides.get(0),
                sides.get(1),
                id,
                new HeldCodec(leftCodec, rightCodec),
                kind,
                beforeMillis,
                afterMillis,
                Untyped.joiner(joiner),
                leftLate,
                rightLate);
        return new KeyedEvents<>(builder, builder.add(join));
    }
}
