package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.Appended;
import io.strandline.EventRecord;
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
    /** Number of a checkpoint of this run → number of ticks that were durable when its tasks began to be cut. */
    private final NavigableMap<Long, Long> marks = new TreeMap<>();

    private long appended;

    /**
     * A tick that is durable.
     *
     * @param number how many were durable before it, counted from those that the run found
     */
    private record StoredTick(long offset, long number, Tick tick) {}

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
        stored.addLast(new StoredTick(offset, appended, tick));
        appended++;
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

    /** The tasks are being cut for a checkpoint. */
    public void cutting(long checkpoint) {
        marks.put(checkpoint, appended);
    }

    /**
     * Offset of the first entry that a run needs which goes back to a checkpoint. Forgets the ticks before it.
     *
     * @param kept the checkpoints that are kept, at least one
     */
    public long neededFrom(List<StoredManifest> kept) {
        marks.keySet()
                .retainAll(kept.stream().map(each -> each.manifest().number()).toList());
        long first = kept.stream().mapToLong(StoredManifest::offset).min().orElseThrow();
        while (!stored.isEmpty() && stored.getFirst().offset() < first) {
            StoredTick tick = stored.getFirst();
            if (kept.stream().anyMatch(each -> isNeeded(tick, each))) {
                return tick.offset();
            }
            stored.removeFirst();
        }
        return first;
    }

    /** A partition that the checkpoint does not name has ended before, or has begun while it was taken. */
    private boolean isNeeded(StoredTick tick, StoredManifest oldest) {
        Map<Long, Long> steps = oldest.manifest().steps();
        long durable = marks.getOrDefault(oldest.manifest().number(), 0L);
        return tick.tick().tasks().entrySet().stream().anyMatch(of -> {
            Long cutAt = steps.get(of.getKey());
            return cutAt == null ? tick.number() >= durable : of.getValue().step() >= cutAt;
        });
    }
}
