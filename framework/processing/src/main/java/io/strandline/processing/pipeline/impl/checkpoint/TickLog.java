package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.Appended;
import io.strandline.EventRecord;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.RunStarted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The ticks of a run in its checkpoint stream: those that an earlier run has left, which tasks take again, and new ones. A tick is
 * kept for as long as a task of a retained checkpoint may come to it.
 *
 * <p>Belongs to the context of the run.
 */
public final class TickLog {

    private final Function<Tick, Future<Appended>> stream;
    private final Deque<StoredTick> stored = new ArrayDeque<>();
    /** Partition → step → what the task takes there, as it was when the run began. */
    private final Map<Long, NavigableMap<Long, TickAt>> past = new HashMap<>();

    /**
     * A tick that is durable.
     *
     * @param offset of its entry
     */
    private record StoredTick(long offset, Tick tick) {}

    /**
     * A tick in one task.
     *
     * @param time in milliseconds since the epoch
     * @param isSilent see {@link Tick.TaskTick}
     * @param tells see {@link Tick.TaskTick}
     */
    public record TickAt(long time, boolean isSilent, boolean tells) {}

    /**
     * The ticks that an earlier run has left.
     *
     * @param found entries of the checkpoint stream
     * @param stream appends to it
     * @param repeats whether the run repeats the steps of an earlier one. A run of another version takes none of its ticks
     */
    public TickLog(List<EventRecord<CheckpointEntry>> found, Function<Tick, Future<Appended>> stream, boolean repeats) {
        this.stream = stream;
        for (int i = 0; i < found.size(); i++) {
            CheckpointEntry entry = found.get(i).event();
            if (entry instanceof Tick tick) {
                store(found.get(i).offset(), tick);
                tick.tasks().forEach((partition, of) -> past.computeIfAbsent(partition, none -> new TreeMap<>())
                        .put(of.step(), new TickAt(tick.time(), of.isSilent(), of.tells())));
            } else if (entry instanceof RunStarted run && !repeats(found.subList(0, i), run)) {
                past.clear(); // it did not take them, so its steps are others
            }
        }
        if (!repeats) {
            past.clear();
        }
    }

    /** Whether nothing since the checkpoint from which a run began is of another version. */
    private static boolean repeats(List<EventRecord<CheckpointEntry>> before, RunStarted run) {
        Long reentry = run.reentry();
        for (int i = before.size() - 1; i >= 0; i--) {
            CheckpointEntry entry = before.get(i).event();
            if (!CheckpointHistory.isOfVersion(entry, run.version())) {
                return false;
            }
            if (entry instanceof Manifest manifest && (reentry == null || reentry == manifest.number())) {
                return true;
            }
        }
        return true;
    }

    private void store(long offset, Tick tick) {
        stored.addLast(new StoredTick(offset, tick));
    }

    /** Step → tick, for what a task that begins at a step has to take again. */
    public NavigableMap<Long, TickAt> of(long partition, long fromStep) {
        NavigableMap<Long, TickAt> ofPartition = past.get(partition);
        return ofPartition == null ? new TreeMap<>() : new TreeMap<>(ofPartition.tailMap(fromStep, true));
    }

    /** Completes when the tick is durable. From then on it is what it says, in every run. */
    public Future<Void> append(Tick tick) {
        return stream.apply(tick).map(place -> {
            store(place.offset(), tick);
            return null;
        });
    }

    /**
     * Forgets the ticks that no checkpoint needs, and completes with the offset of the first entry that a run needs which goes back to
     * one. A checkpoint of this run may be earlier than where an earlier run had come to: that one may have taken ticks in a partition
     * that this run has not begun yet.
     *
     * @param kept the checkpoints that are kept, at least one
     * @param source asked for its partitions if there is any tick before the first of them
     */
    public Future<Long> neededFrom(List<StoredManifest> kept, Supplier<Future<StreamDescription>> source) {
        long first = kept.stream().mapToLong(StoredManifest::offset).min().orElseThrow();
        return !isBefore(first)
                ? Future.succeededFuture(first)
                : source.get().map(described -> {
                    List<KnownDecisions.Replay> replays = kept.stream()
                            .map(each ->
                                    KnownDecisions.Replay.of(each.manifest().steps(), described))
                            .toList();
                    while (isBefore(first)) {
                        StoredTick oldest = stored.getFirst();
                        if (replays.stream().anyMatch(each -> meets(each, oldest.tick()))) {
                            return oldest.offset();
                        }
                        stored.removeFirst();
                    }
                    return first;
                });
    }

    private boolean isBefore(long offset) {
        return !stored.isEmpty() && stored.getFirst().offset() < offset;
    }

    private static boolean meets(KnownDecisions.Replay replay, Tick tick) {
        return tick.tasks().entrySet().stream()
                .anyMatch(of -> replay.meets(of.getKey(), of.getValue().step()));
    }
}
