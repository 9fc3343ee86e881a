package io.strandline.processing.projection;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A read model in memory: a state that is a fold over the events of a stream. It is empty when the process begins, and is built
 * again from the stream.
 *
 * <pre>{@code
 * FoldedState<OrderPlaced, Map<String, Long>> totals = FoldedState.of(Map.of(), (state, record) -> plus(state, record.event()));
 * Projection.open(vertx, log, codec, totals, options)
 *         .compose(projection -> projection.caughtUp())
 *         .onSuccess(done -> System.out.println(totals.state()));
 * }</pre>
 *
 * <p>The fold must not change the state that it is given, and must not fail for a valid event: a failure is a failed delivery of
 * that event. Events of one routing key come in order. Those of different partitions come in any order, so the fold of two such
 * events must not depend on it.
 *
 * <p>One object belongs to one projection. Any thread may ask for the state.
 *
 * @param <E> event
 * @param <S> state, immutable
 */
public final class FoldedState<E, S> implements ProjectionStore<E> {

    private final S initial;
    private final BiFunction<S, EventRecord<E>, S> fold;
    private final AtomicReference<Held<S>> held;
    private final AtomicReference<@Nullable ProjectionId> owner = new AtomicReference<>();

    /** A state, and the positions that belong to it. */
    private record Held<S>(S state, SortedMap<Long, Long> positions) {}

    private FoldedState(S initial, BiFunction<S, EventRecord<E>, S> fold) {
        this.initial = initial;
        this.fold = fold;
        this.held = new AtomicReference<>(new Held<>(initial, Collections.emptySortedMap()));
    }

    /** A state that begins with an initial one. */
    public static <E, S> FoldedState<E, S> of(S initial, BiFunction<S, EventRecord<E>, S> fold) {
        return new FoldedState<>(initial, fold);
    }

    /** The state after all batches that were applied so far. */
    public S state() {
        return now().state();
    }

    private Held<S> now() {
        Held<S> now = held.get();
        if (now == null) {
            throw new IllegalStateException("nothing is held");
        }
        return now;
    }

    @Override
    public Future<Void> open(ProjectionId projection) {
        ProjectionId before = owner.compareAndExchange(null, projection);
        return before == null || before.equals(projection)
                ? Future.succeededFuture()
                : Future.failedFuture(new StrandlineException.Conflict(
                        "the folded state belongs to projection " + before + ", it cannot be that of " + projection));
    }

    @Override
    public Future<SortedMap<Long, Long>> positions(ProjectionId projection) {
        return Future.succeededFuture(now().positions());
    }

    @Override
    public Future<Void> begin(ProjectionId projection, SortedMap<Long, Long> positions) {
        held.updateAndGet(now -> now.positions().isEmpty() ? new Held<>(now.state(), new TreeMap<>(positions)) : now);
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> apply(ProjectionBatch<E> batch) {
        Held<S> before = now();
        long position = before.positions().getOrDefault(batch.partition(), 0L);
        if (position != batch.from()) {
            return Future.failedFuture(fenced(batch, position));
        }
        S state = before.state();
        for (EventRecord<E> record : batch.records()) {
            try {
                state = fold.apply(state, record);
            } catch (Throwable e) { // an Error must not pass for an applied event either
                return Future.failedFuture(UserCode.refused("the fold of projection " + batch.projection(), e));
            }
        }
        TreeMap<Long, Long> positions = new TreeMap<>(before.positions());
        positions.put(batch.partition(), batch.to());
        return held.compareAndSet(before, new Held<>(state, positions))
                ? Future.succeededFuture()
                : Future.failedFuture(new StrandlineException.Unavailable(
                        "the folded state of projection " + batch.projection() + " was changed meanwhile"));
    }

    private static StrandlineException fenced(ProjectionBatch<?> batch, long position) {
        return new StrandlineException.Fenced("projection " + batch.projection() + " is at offset " + position
                + " of partition " + batch.partition() + ", a batch from " + batch.from() + " to " + batch.to()
                + " does not continue there");
    }

    @Override
    public Future<Void> delete(ProjectionId projection) {
        held.set(new Held<>(initial, Collections.emptySortedMap()));
        owner.set(null);
        return Future.succeededFuture();
    }
}
