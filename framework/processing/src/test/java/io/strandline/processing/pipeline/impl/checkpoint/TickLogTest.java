package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventRecord;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.RunStarted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick.TaskTick;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TickLogTest {

    private long next;

    private static Tick tick(long time, Map<Long, Long> steps) {
        TreeMap<Long, TaskTick> tasks = new TreeMap<>();
        steps.forEach((partition, step) -> tasks.put(partition, new TaskTick(step, time % 2 == 1, false)));
        return new Tick(1, time, tasks);
    }

    private EventRecord<CheckpointEntry> stored(CheckpointEntry entry) {
        return new EventRecord<>(1, next++, 0, null, CheckpointEntry.CODEC.typeOf(entry), entry);
    }

    private Future<Appended> append(Tick tick) {
        return Future.succeededFuture(new Appended(1, next++, false));
    }

    /** The next entry. */
    private StoredManifest manifest(long number, Map<Long, Long> steps) {
        List<Snapshot> snapshots = new ArrayList<>();
        Taken taken = new Taken(number, 1, 1);
        new TreeMap<>(steps)
                .forEach((partition, step) -> snapshots.add(new Snapshot(taken, partition, 0, step, 0, "file", 1, 1)));
        return new StoredManifest(next++, 0, new Manifest(taken, new TreeMap<>(), Manifest.NOTHING, snapshots));
    }

    @Test
    void a_task_takes_the_ticks_from_its_step_on_again() {
        TickLog log = new TickLog(
                List.of(stored(tick(10, Map.of(7L, 3L, 8L, 5L))), stored(tick(11, Map.of(7L, 9L)))),
                this::append,
                true);
        assertThat(log.of(7, 0)).isEqualTo(Map.of(3L, new TickAt(10, false, false), 9L, new TickAt(11, true, false)));
        assertThat(log.of(7, 4)).isEqualTo(Map.of(9L, new TickAt(11, true, false)));
        assertThat(log.of(8, 5)).isEqualTo(Map.of(5L, new TickAt(10, false, false)));
        assertThat(log.of(9, 0)).isEmpty();
    }

    @Test
    void a_run_of_another_version_takes_none() {
        TickLog log = new TickLog(List.of(stored(tick(10, Map.of(7L, 3L)))), this::append, false);
        assertThat(log.of(7, 0)).isEmpty();
    }

    /** Partition 6 was split into 7 and 8. */
    private static StreamDescription split() {
        PartitionDescription parent = new PartitionDescription(6, 0, KeyRange.ALL);
        List<PartitionDescription> halves = List.of(
                new PartitionDescription(7, 0, KeyRange.ALL.halves().get(0)),
                new PartitionDescription(8, 0, KeyRange.ALL.halves().get(1)));
        return new StreamDescription(
                StreamName.parse("s/in"),
                halves,
                List.of(new Scaling(0, List.of(new Scaling.SealedPartition(parent, 50)), halves)));
    }

    private static long neededFrom(TickLog log, StoredManifest... kept) {
        return log.neededFrom(List.of(kept), () -> Future.succeededFuture(split()))
                .result();
    }

    @Test
    void ticks_that_a_checkpoint_covers_are_removed_with_the_entries_before_it() {
        TickLog log = new TickLog(List.of(stored(tick(10, Map.of(7L, 3L)))), this::append, true);
        assertThat(log.append(tick(11, Map.of(7L, 9L))).succeeded()).isTrue();
        StoredManifest manifest = manifest(1, Map.of(7L, 10L, 8L, 0L));
        assertThat(neededFrom(log, manifest)).isEqualTo(manifest.offset());
    }

    @Test
    void a_tick_that_was_recorded_and_not_taken_before_the_cut_is_kept() {
        TickLog log = new TickLog(List.of(stored(tick(10, Map.of(7L, 3L)))), this::append, true);
        log.append(tick(11, Map.of(7L, 9L, 8L, 1L)));
        log.append(tick(12, Map.of(8L, 4L)));
        StoredManifest manifest = manifest(1, Map.of(7L, 10L, 8L, 1L));
        assertThat(neededFrom(log, manifest)).isEqualTo(1);
        StoredManifest next = manifest(2, Map.of(7L, 10L, 8L, 4L));
        assertThat(neededFrom(log, next)).isEqualTo(2);
    }

    /** The successor of a partition may begin, and take a tick, while a checkpoint is written that does not name it. */
    @Test
    void a_tick_of_a_task_that_began_during_a_checkpoint_is_kept_and_one_of_a_task_that_ended_before_it_is_not() {
        TickLog log = new TickLog(List.of(stored(tick(10, Map.of(5L, 3L)))), this::append, true);
        log.append(tick(11, Map.of(6L, 9L)));
        log.append(tick(12, Map.of(9L, 0L))); // of a partition that the source does not show yet
        assertThat(neededFrom(log, manifest(1, Map.of(7L, 10L, 8L, 0L)))).isEqualTo(2);
    }

    /**
     * A run repeats what an earlier one did from a checkpoint before the split on. Its own checkpoints may be from before the split
     * too, and the tasks of the successors have to take the ticks again in the run after it.
     */
    @Test
    void a_tick_that_an_earlier_run_took_in_a_partition_that_this_one_has_not_begun_is_kept() {
        TickLog log = new TickLog(
                List.of(stored(tick(10, Map.of(6L, 3L))), stored(tick(11, Map.of(7L, 3L)))), this::append, true);
        StoredManifest before = manifest(1, Map.of(6L, 40L));
        StoredManifest after = manifest(2, Map.of(7L, 4L, 8L, 0L));
        assertThat(neededFrom(log, before, after)).isEqualTo(1);
        assertThat(neededFrom(log, after)).isEqualTo(after.offset());
    }

    @Test
    void all_stay_while_the_source_cannot_be_asked_and_it_is_not_asked_without_ticks() {
        TickLog log = new TickLog(List.of(stored(tick(10, Map.of(7L, 3L)))), this::append, true);
        StrandlineException away = new StrandlineException.Unavailable("away");
        StoredManifest kept = manifest(1, Map.of(7L, 10L, 8L, 0L));
        assertThat(log.neededFrom(List.of(kept), () -> Future.failedFuture(away))
                        .cause())
                .isSameAs(away);
        assertThat(neededFrom(log, kept)).isEqualTo(kept.offset());
        assertThat(log.neededFrom(List.of(kept), () -> Future.failedFuture(away))
                        .result())
                .isEqualTo(kept.offset());
    }

    private static RunStarted run(int version) {
        return new RunStarted(version, new TreeMap<>(Map.of(7L, 0L)), null);
    }

    private EventRecord<CheckpointEntry> checkpoint(int version, long number, long step) {
        Taken taken = new Taken(number, version, version);
        Snapshot snapshot = new Snapshot(taken, 7, 0, step, 0, "file", 1, 1);
        return stored(new Manifest(taken, new TreeMap<>(), Manifest.NOTHING, List.of(snapshot)));
    }

    /** The steps of a run that another one has not repeated are not those of the runs after it. */
    @Test
    void ticks_that_a_run_did_not_take_are_not_taken_by_the_runs_after_it() {
        List<EventRecord<CheckpointEntry>> found = new ArrayList<>(
                List.of(stored(run(1)), checkpoint(1, 1, 100), stored(tick(10, Map.of(7L, 300L))), stored(run(2))));
        assertThat(new TickLog(found, this::append, false).of(7, 0)).isEmpty();
        found.add(checkpoint(2, 2, 200));
        assertThat(new TickLog(found, this::append, true).of(7, 200)).isEmpty();
        found.add(stored(run(1))); // the former version again
        found.add(checkpoint(1, 3, 250));
        assertThat(new TickLog(found, this::append, true).of(7, 250)).isEmpty();
        found.add(stored(tick(12, Map.of(7L, 260L))));
        found.add(stored(run(1)));
        found.add(stored(tick(14, Map.of(7L, 270L))));
        assertThat(new TickLog(found, this::append, true).of(7, 250)).containsOnlyKeys(260L, 270L);
    }

    @Test
    void ticks_of_a_run_that_has_taken_no_checkpoint_of_its_version_are_not_taken() {
        List<EventRecord<CheckpointEntry>> found = new ArrayList<>(
                List.of(stored(run(1)), checkpoint(1, 1, 100), stored(run(2)), stored(tick(10, Map.of(7L, 300L)))));
        assertThat(new TickLog(found, this::append, false).of(7, 0)).isEmpty();
        found.add(stored(run(2)));
        found.add(checkpoint(2, 2, 200));
        assertThat(new TickLog(found, this::append, true).of(7, 200)).isEmpty();
    }
}
