package io.strandline.processing.projection;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A database of a test: survives its members, and keeps for each key all events in the order in which they were applied. It can
 * be slow, away, or break off before or after a commit.
 */
final class ModelStore implements ProjectionStore<String> {

    /** What becomes of a call of {@link #apply}. */
    enum Fault {
        NONE,
        /** Nothing is applied, and no answer comes. */
        HANGS_BEFORE,
        /** It is applied, and no answer comes. */
        HANGS_AFTER,
        /** Nothing is applied, and the call fails as transient. */
        AWAY,
        /** It is applied, and the call fails as transient. */
        LOST_ANSWER
    }

    /** The rows of one version of a projection. */
    private record Rows(TreeMap<Long, Long> positions, TreeMap<String, List<String>> model) {
        Rows copy() {
            TreeMap<String, List<String>> copied = new TreeMap<>();
            model.forEach((key, events) -> copied.put(key, new ArrayList<>(events)));
            return new Rows(new TreeMap<>(positions), copied);
        }
    }

    private final Map<ProjectionId, Rows> rows =
            new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
    private final List<ProjectionBatch<String>> applied = new ArrayList<>();
    private Function<ProjectionBatch<String>, Fault> faults = batch -> Fault.NONE;
    private Function<EventRecord<String>, Boolean> poison = record -> false;
    private UnaryOperator<Future<SortedMap<Long, Long>>> readings = read -> read;

    synchronized void faults(Function<ProjectionBatch<String>, Fault> next) {
        faults = next;
    }

    /** What becomes of positions between the moment when they are read and the answer. */
    synchronized void readings(UnaryOperator<Future<SortedMap<Long, Long>>> answers) {
        readings = answers;
    }

    synchronized void poison(Function<EventRecord<String>, Boolean> events) {
        poison = events;
    }

    /** Key → events, in the order in which they were applied. */
    synchronized SortedMap<String, List<String>> model(ProjectionId projection) {
        return of(projection).copy().model();
    }

    synchronized int events(ProjectionId projection) {
        return of(projection).model().values().stream().mapToInt(List::size).sum();
    }

    synchronized List<ProjectionBatch<String>> applied() {
        return List.copyOf(applied);
    }

    /** What a backup of the database would hold now. */
    synchronized Map<ProjectionId, ?> backup() {
        Map<ProjectionId, Rows> copy = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
        rows.forEach((id, one) -> copy.put(id, one.copy()));
        return copy;
    }

    synchronized void restore(Map<ProjectionId, ?> backup) {
        rows.clear();
        backup.forEach((id, one) -> rows.put(id, ((Rows) one).copy()));
    }

    private Rows of(ProjectionId projection) {
        return rows.computeIfAbsent(projection, none -> new Rows(new TreeMap<>(), new TreeMap<>()));
    }

    @Override
    public Future<Void> open(ProjectionId projection) {
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<SortedMap<Long, Long>> positions(ProjectionId projection) {
        return readings.apply(
                Future.succeededFuture(new TreeMap<>(of(projection).positions())));
    }

    @Override
    public synchronized Future<Void> begin(ProjectionId projection, SortedMap<Long, Long> positions) {
        if (of(projection).positions().isEmpty()) {
            of(projection).positions().putAll(positions);
        }
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> apply(ProjectionBatch<String> batch) {
        Function<ProjectionBatch<String>, Fault> next;
        synchronized (this) {
            next = faults;
        }
        return switch (next.apply(batch)) {
            case NONE -> commit(batch);
            case HANGS_BEFORE -> Promise.<Void>promise().future();
            case HANGS_AFTER ->
                commit(batch).compose(done -> Promise.<Void>promise().future());
            case AWAY -> Future.failedFuture(new StrandlineException.Unavailable("the database is away"));
            case LOST_ANSWER ->
                commit(batch)
                        .compose(done ->
                                Future.failedFuture(new StrandlineException.Unknown("the database gave no answer")));
        };
    }

    private synchronized Future<Void> commit(ProjectionBatch<String> batch) {
        Rows own = of(batch.projection());
        long position = own.positions().getOrDefault(batch.partition(), 0L);
        if (position != batch.from()) {
            return Future.failedFuture(
                    new StrandlineException.Fenced("position is " + position + ", not " + batch.from()));
        }
        for (EventRecord<String> record : batch.records()) {
            if (poison.apply(record)) {
                return Future.failedFuture("cannot apply " + record.event());
            }
        }
        own.positions().put(batch.partition(), batch.to());
        for (EventRecord<String> record : batch.records()) {
            own.model()
                    .computeIfAbsent(String.valueOf(record.key()), none -> new ArrayList<>())
                    .add(record.event());
        }
        applied.add(batch);
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<Void> delete(ProjectionId projection) {
        of(projection).positions().clear();
        return Future.succeededFuture();
    }
}
