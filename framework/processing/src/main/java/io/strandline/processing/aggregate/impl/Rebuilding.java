package io.strandline.processing.aggregate.impl;

import io.strandline.Direction;
import io.strandline.EventRecord;
import io.strandline.HistoryOptions;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.impl.PartialReading;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Reads aggregates from the log, for one owner's context and a bounded number at a time. Begins with the newest snapshot that can be
 * read, and takes the events after it by reading backward to the event of which it is: so the events before it cost nothing. A snapshot
 * whose event is not there belongs to another life of the stream, and is ignored.
 */
final class Rebuilding<C, E, S> {

    /** Events after a snapshot that are held at once. With more, the snapshot is of no use. */
    static final int MAX_EVENTS_AFTER_SNAPSHOT = 10_000;

    /** What a backward reader holds ahead: usually all that comes after a snapshot. */
    private static final int BACKWARD_BYTES = 64 << 10;

    private final Setting<C, E, S> setting;
    private final Aggregate<C, E, S> aggregate;
    private final SnapshotStore<S> snapshots;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int running;

    Rebuilding(Setting<C, E, S> setting, SnapshotStore<S> snapshots) {
        this.setting = setting;
        this.aggregate = setting.aggregate();
        this.snapshots = snapshots;
    }

    /**
     * Rebuilds an aggregate as the log has it now.
     *
     * @return fails with Invalid, which names the aggregate, if an event cannot be read or evolved by
     */
    Future<Folded<S>> of(String id) {
        Promise<Folded<S>> rebuilt = Promise.promise();
        waiting.add(() -> {
            running++;
            long begun = setting.nanoTime().getAsLong();
            read(id).onComplete((folded, cause) -> {
                running--;
                next();
                if (folded != null) {
                    folded.rebuildNanos = setting.nanoTime().getAsLong() - begun;
                    setting.counters().rebuilt.increment();
                    rebuilt.complete(folded);
                } else {
                    rebuilt.fail(named(id, cause));
                }
            });
        });
        next();
        return rebuilt.future();
    }

    private void next() {
        while (running < setting.options().getMaxRebuilds() && !waiting.isEmpty()) {
            waiting.remove().run();
        }
    }

    private Throwable named(String id, @Nullable Throwable cause) {
        return cause instanceof StrandlineException.Invalid
                ? new StrandlineException.Invalid(
                        aggregate + " " + id + " cannot be rebuilt from " + setting.stream() + ": "
                                + cause.getMessage(),
                        cause)
                : cause == null ? new IllegalStateException("no answer to a read") : cause;
    }

    private Future<Folded<S>> read(String id) {
        return snapshots.find(id).compose(snapshot -> snapshot == null ? fromTheBeginning(id) : from(id, snapshot));
    }

    private Future<Folded<S>> fromTheBeginning(String id) {
        Folded<S> folded = setting.initial();
        MeasuredCodec<E> codec = new MeasuredCodec<>(aggregate.eventCodec());
        return setting.log()
                .history(setting.stream().toString(), id, codec, new HistoryOptions())
                .compose(reader -> PartialReading.each(reader, read -> {
                    folded.add(aggregate, read);
                    return true;
                }))
                .map(read -> {
                    folded.bytesSinceSnapshot = codec.take();
                    return folded;
                });
    }

    private Future<Folded<S>> from(String id, StateSnapshot<S> snapshot) {
        Tail<E> tail = new Tail<>(snapshot.partition(), snapshot.offset());
        MeasuredCodec<E> codec = new MeasuredCodec<>(aggregate.eventCodec());
        HistoryOptions backward =
                new HistoryOptions().setDirection(Direction.BACKWARD).setReadAheadBytes(BACKWARD_BYTES);
        return setting.log()
                .history(setting.stream().toString(), id, codec, backward)
                .compose(reader -> PartialReading.each(reader, tail::add))
                .compose(read -> {
                    if (!tail.found) {
                        snapshots.unreadable(
                                id,
                                "of version " + snapshot.version(),
                                new StrandlineException.Conflict("event " + snapshot.offset() + " of partition "
                                        + snapshot.partition() + " of " + setting.stream() + " was not found within "
                                        + tail.events.size() + " events"));
                        return fromTheBeginning(id);
                    }
                    setting.counters().rebuiltFromSnapshots.increment();
                    Folded<S> folded = Folded.from(snapshot, setting.options().getCommandIds());
                    tail.events.forEach(event -> folded.add(aggregate, event));
                    folded.bytesSinceSnapshot = codec.take();
                    return Future.succeededFuture(folded);
                });
    }

    /** The events after a snapshot, in their order, as far as they were read backward. */
    private static final class Tail<E> {

        private final long partition;
        private final long offset;
        private final ArrayDeque<EventRecord<E>> events = new ArrayDeque<>();
        private boolean found;

        Tail(long partition, long offset) {
            this.partition = partition;
            this.offset = offset;
        }

        /** Takes the next older event. False if that ends the reading. */
        boolean add(EventRecord<E> read) {
            if (read.partition() == partition && read.offset() <= offset) {
                found = read.offset() == offset;
                return false;
            }
            events.addFirst(read);
            return events.size() < MAX_EVENTS_AFTER_SNAPSHOT;
        }
    }
}
