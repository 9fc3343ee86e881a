package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.checkpoint.SnapshotReader.Stored;
import io.strandline.processing.pipeline.impl.checkpoint.SnapshotWriter.Written;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.processing.pipeline.spi.CheckpointStore.Input;
import io.strandline.processing.pipeline.spi.CheckpointStore.NewSnapshot;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;

/**
 * The snapshots of one pipeline in its store, for one run or deletion of it. Belongs to a context, on which its futures
 * complete.
 */
public final class PipelineSnapshots {

    /** Lanes in which snapshots are written: forces of one moment cost a file system little more than one of them. */
    private static final int WRITTEN_AT_ONCE = 4;

    /** States that are read at once. */
    private static final int READ_AT_ONCE = 4;

    private final ContextInternal context;
    private final CheckpointStore store;
    private final String pipeline;

    private final Promise<Void> idle = Promise.promise();
    private int working;
    private boolean ending;

    public PipelineSnapshots(Context context, CheckpointStore store, String pipeline) {
        this.context = (ContextInternal) context;
        this.store = store;
        this.pipeline = pipeline;
    }

    private <T> Future<T> call(Supplier<Future<T>> call) {
        working++;
        Promise<T> answer = context.promise();
        try {
            call.get().onComplete(answer);
        } catch (RuntimeException e) {
            answer.tryFail(e);
        }
        return answer.future().onComplete(done -> {
            working--;
            completeIfIdle();
        });
    }

    /** Completes when the store does no more work for this. To be called at the end of the run. */
    public Future<Void> end() {
        ending = true;
        completeIfIdle();
        return idle.future();
    }

    private void completeIfIdle() {
        if (ending && working == 0) {
            idle.tryComplete();
        }
    }

    /** Prepares the place. Fails with Unavailable if it cannot be written to. */
    public Future<Void> open() {
        return call(() -> store.open(pipeline));
    }

    /**
     * Writes a snapshot of each cut, some of them at once. Completes when all of them are durable. Fails when none is being written any
     * more, and leaves none then, as far as they can be deleted.
     */
    public Future<List<Snapshot>> write(Taken taken, List<TaskCut> cuts) {
        List<List<NewSnapshot<Written>>> lanes = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < cuts.size(); i++) {
            TaskCut cut = cuts.get(i);
            String name = SnapshotFormat.name(taken.epoch(), taken.number(), cut.partition());
            names.add(name);
            if (i < WRITTEN_AT_ONCE) {
                lanes.add(new ArrayList<>());
            }
            lanes.get(i % WRITTEN_AT_ONCE)
                    .add(new NewSnapshot<>(name, output -> SnapshotWriter.write(output, name, taken, cut)));
        }
        List<Future<List<Written>>> written = lanes.stream()
                .map(lane -> call(() -> store.write(pipeline, lane)))
                .toList();
        return Future.join(written)
                .transform((all, cause) -> cause == null
                        ? Future.succeededFuture(follow(cuts, written))
                        : call(() -> store.delete(pipeline, names)).transform(deleted -> Future.failedFuture(cause)));
    }

    private static List<Snapshot> follow(List<TaskCut> cuts, List<Future<List<Written>>> lanes) {
        List<Snapshot> snapshots = new ArrayList<>();
        for (int i = 0; i < cuts.size(); i++) {
            Written written = lanes.get(i % WRITTEN_AT_ONCE).result().get(i / WRITTEN_AT_ONCE);
            written.follow(cuts.get(i).chain());
            cuts.get(i).states().written();
            snapshots.add(written.snapshot());
        }
        return snapshots;
    }

    /**
     * Partition → state of its task, from snapshots that match their manifest exactly, and the files before them.
     *
     * <p>Fails with Corrupt if one is missing or does not match, with Invalid if the codec cannot read a state, with Overloaded
     * if the states exceed the budget, and with Unavailable if the store cannot be reached. No state is used then.
     */
    public Future<Map<Long, TaskState>> read(Collection<Snapshot> snapshots, Topology topology, RestoreTerms terms) {
        Map<Long, TaskState> states = new TreeMap<>();
        List<Future<TaskState>> lanes = new ArrayList<>();
        int next = 0;
        for (Snapshot snapshot : snapshots) {
            int lane = next++ % READ_AT_ONCE;
            Future<TaskState> read = lane < lanes.size()
                    ? lanes.get(lane).compose(before -> read(snapshot, topology, terms))
                    : read(snapshot, topology, terms);
            Future<TaskState> added = read.onSuccess(state -> states.put(snapshot.partition(), state));
            if (lane < lanes.size()) {
                lanes.set(lane, added);
            } else {
                lanes.add(added);
            }
        }
        return Future.join(lanes).map(states).onFailure(cause -> states.values()
                .forEach(state -> state.states().close()));
    }

    private Future<TaskState> read(Snapshot snapshot, Topology topology, RestoreTerms terms) {
        SnapshotReader reader = new SnapshotReader(snapshot, topology, terms);
        return read(snapshot.file(), reader::begin)
                .compose(complete -> complete ? Future.succeededFuture() : readChain(reader, snapshot, 0))
                .compose(complete -> run(reader::end))
                .onFailure(cause -> reader.discard());
    }

    /** Has the files read one after the other, from the oldest on. */
    private Future<Boolean> readChain(SnapshotReader reader, Snapshot snapshot, int index) {
        return read(snapshot.files().get(index), (input, path) -> reader.apply(input, path, index))
                .compose(complete -> complete ? Future.succeededFuture(true) : readChain(reader, snapshot, index + 1));
    }

    /** What snapshots say of their operators, one list for each. */
    Future<List<List<Stored>>> operators(Collection<Snapshot> snapshots, Topology topology) {
        return Future.all(snapshots.stream()
                        .map(snapshot -> read(
                                snapshot.file(),
                                new SnapshotReader(snapshot, topology, RestoreTerms.unlimited())::operators))
                        .toList())
                .map(all -> all.<List<Stored>>list());
    }

    /** The sinks of the run that took the last one of some checkpoints, none if there is no checkpoint. */
    Future<Set<StreamName>> sinks(List<StoredManifest> checkpoints, Topology topology) {
        if (checkpoints.isEmpty()) {
            return Future.succeededFuture(Set.of());
        }
        Snapshot snapshot =
                checkpoints.get(checkpoints.size() - 1).manifest().snapshots().get(0);
        return read(snapshot.file(), new SnapshotReader(snapshot, topology, RestoreTerms.unlimited())::sinks);
    }

    /** Reads a file whose place is known, for messages. */
    private interface FileReader<T> {

        T read(Input input, String path) throws IOException;
    }

    private <T> Future<T> read(String file, FileReader<T> reader) {
        String path = store.place(pipeline) + "/" + file;
        return call(() -> store.read(pipeline, file, input -> reader.read(input, path)))
                .recover(cause -> Future.failedFuture(
                        cause instanceof StrandlineException.NotFound
                                ? new StrandlineException.Corrupt("snapshot " + path + " is missing", cause)
                                : cause));
    }

    /** Has a worker thread do something with states. */
    <T> Future<T> run(Callable<T> blocking) {
        return call(() -> context.owner().executeBlocking(blocking, false));
    }

    /** Whether the place has a snapshot of any of these checkpoints, whole or not. */
    Future<Boolean> hasAny(Collection<StoredManifest> checkpoints) {
        Set<String> named = namesOf(checkpoints);
        return call(() -> store.list(pipeline)).map(names -> names.stream().anyMatch(named::contains));
    }

    private static Set<String> namesOf(Collection<StoredManifest> checkpoints) {
        Set<String> names = new HashSet<>();
        for (StoredManifest stored : checkpoints) {
            stored.manifest().snapshots().forEach(snapshot -> names.addAll(snapshot.files()));
        }
        return names;
    }

    /**
     * Deletes the snapshots of this and earlier epochs that no retained checkpoint names. Snapshots of later epochs belong
     * to a run that has replaced this one.
     */
    public Future<Void> sweep(Collection<StoredManifest> retained, long epoch) {
        Set<String> kept = namesOf(retained);
        return delete(name -> {
            Matcher matcher = SnapshotFormat.NAME.matcher(name);
            return matcher.matches() && Long.parseLong(matcher.group(1)) <= epoch && !kept.contains(name);
        });
    }

    private Future<Void> delete(Predicate<String> unwanted) {
        return call(() -> store.list(pipeline)).compose(names -> {
            List<String> found = names.stream().filter(unwanted).toList();
            return found.isEmpty() ? Future.succeededFuture() : call(() -> store.delete(pipeline, found));
        });
    }

    /** Deletes all snapshots, and what else the store keeps for the pipeline. */
    public Future<Void> delete() {
        return delete(name -> SnapshotFormat.NAME.matcher(name).matches())
                .compose(deleted -> call(() -> store.forget(pipeline)));
    }

    /** Where the snapshots are. */
    @Override
    public String toString() {
        return store.place(pipeline);
    }
}
