package io.strandline.processing.aggregate.impl;

import io.strandline.Direction;
import io.strandline.Durability;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.processing.aggregate.impl.SnapshotCodec.Stored;
import io.strandline.processing.impl.PartialReading;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.tracing.TracingPolicy;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Writes and finds snapshots, for one owner's context. Nothing fails because of a snapshot: one that cannot be written or read is
 * counted, and the first of each is a warning.
 */
final class SnapshotStore<S> {

    private static final Logger LOG = Logger.of(SnapshotStore.class);

    /** Snapshots that are looked at until one can be read. */
    private static final int MAX_LOOKED_AT = 4;

    private final Setting<?, ?, S> setting;
    private final @Nullable StreamName stream;
    private final @Nullable MeasuredCodec<S> written;
    private boolean warnedOfReading;
    private boolean warnedOfWriting;
    private @Nullable EventWriter<Stored<S>> writer;

    SnapshotStore(Setting<?, ?, S> setting) {
        EventCodec<S> states = setting.stateCodec();
        this.setting = setting;
        this.stream = setting.snapshotStream();
        this.written = states == null ? null : new MeasuredCodec<>(states);
    }

    /** Makes ready to write. To be called on the owner's context. */
    Future<Void> open() {
        if (stream == null || written == null) {
            return Future.succeededFuture();
        }
        // What a power cut takes is written again, because the events are there.
        WriterOptions lazy =
                new WriterOptions().setDurability(Durability.INTERVAL).setTracingPolicy(TracingPolicy.IGNORE);
        return setting.log()
                .createWriter(stream.toString(), new SnapshotCodec<>(written), lazy)
                .onSuccess(created -> writer = created)
                .mapEmpty();
    }

    /**
     * Writes a snapshot, if the log is not slow. One that cannot be encoded or is too large is tried again later, since to encode it
     * costs as much each time.
     *
     * @param of the fold over the durable events, which hears what became of the snapshot
     * @param state after the newest of them, though others may be under way
     * @param version after it
     */
    void write(String id, Folded<S> of, S state, long version) {
        EventWriter<Stored<S>> to = writer;
        if (to == null || written == null) {
            return;
        }
        if (to.writeQueueFull()) {
            setting.counters().snapshotsSkipped.increment();
            return;
        }
        written.take();
        Future<?> appended = to.append(
                id, Stored.of(new StateSnapshot<>(state, version, of.partition, of.offset, of.commands.durable(), 0)));
        if (appended.failed()) {
            of.refused(written.take());
        } else {
            of.stored(written.take());
        }
        appended.onComplete((done, cause) -> {
            if (cause == null) {
                setting.counters().snapshots.increment();
            } else {
                setting.counters().snapshotsSkipped.increment();
                if (!warnedOfWriting) {
                    warnedOfWriting = true;
                    LOG.warn("no snapshot of {} in {}; others are only counted", id, stream, cause);
                }
            }
        });
    }

    /** The newest snapshot that can be read, or null. */
    Future<@Nullable StateSnapshot<S>> find(String id) {
        EventCodec<S> states = setting.stateCodec();
        if (stream == null || states == null) {
            return Future.succeededFuture();
        }
        AtomicReference<@Nullable StateSnapshot<S>> found = new AtomicReference<>();
        HistoryOptions newest = new HistoryOptions()
                .setDirection(Direction.BACKWARD)
                .setLimit(MAX_LOOKED_AT)
                .setReadAheadBytes(1);
        return setting.log()
                .history(stream.toString(), id, new SnapshotCodec<>(states), newest)
                .compose(reader -> PartialReading.each(reader, read -> {
                    StateSnapshot<S> snapshot = read.event().snapshot();
                    if (snapshot == null) {
                        unreadable(id, "of schema " + read.type(), read.event().defect());
                    }
                    found.set(snapshot);
                    return snapshot == null;
                }))
                .recover(failed -> {
                    unreadable(id, "in " + stream, failed);
                    return Future.succeededFuture();
                })
                .map(read -> found.get());
    }

    /** A snapshot is ignored. */
    void unreadable(String id, String which, @Nullable Throwable cause) {
        setting.counters().snapshotsUnreadable.increment();
        if (!warnedOfReading) {
            warnedOfReading = true;
            LOG.warn("a snapshot of {} {} is ignored: {}; others are only counted", id, which, cause);
        }
    }

    Future<Void> close() {
        EventWriter<Stored<S>> last = writer;
        writer = null;
        return last == null ? Future.succeededFuture() : last.end();
    }
}
