package io.strandline.log.impl.catalog;

import io.strandline.IfExists;
import io.strandline.KeyRange;
import io.strandline.OptionsJson;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.log.impl.control.CatalogRecord.RetentionSet;
import io.strandline.log.impl.control.CatalogRecord.StreamCreated;
import io.strandline.log.impl.control.CatalogRecord.StreamCreating;
import io.strandline.log.impl.control.CatalogRecord.StreamDeleted;
import io.strandline.log.impl.control.CatalogRecord.StreamDeleting;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.control.ControlRecord.PartitionClaimed;
import io.strandline.log.impl.control.ControlRecord.PartitionDropped;
import io.strandline.log.impl.control.ControlRecord.PartitionOpened;
import io.strandline.log.impl.control.ControlRecord.WriterForgotten;
import io.strandline.log.impl.control.ScalingRecord.StreamScaling;
import io.strandline.log.impl.control.ScalingRecord.StreamScalingSet;
import io.strandline.log.impl.control.ScalingRecord.StreamSealing;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.CatalogState.Admission;
import io.strandline.log.impl.state.Claim;
import io.strandline.log.impl.state.ScalingIntent;
import io.strandline.log.impl.state.ScalingSettings;
import io.strandline.log.spi.Clock;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What touches several shards: a stream is created, deleted, scaled. Each is a saga at shard 0: log the intent, do the
 * idempotent steps in the shards, log that it is done. Only what is done is visible. An intent that a crash or a failure
 * interrupted is finished before anything else is begun with its stream.
 */
final class StreamSagas {

    /** Writers that are forgotten in one frame: one task of a shard looks for each of them in all its partitions. */
    static final int MAX_FORGOTTEN_AT_ONCE = 64;

    private final CatalogChanges changes;
    private final StreamShards shards;
    private final int shardCount;
    private final ScalingSaga scaling;
    private final RetentionWatch watch;
    private final Clock clock;

    StreamSagas(
            CatalogChanges changes,
            StreamShards shards,
            int shardCount,
            ScalingSaga scaling,
            RetentionWatch watch,
            Clock clock) {
        this.changes = changes;
        this.shards = shards;
        this.shardCount = shardCount;
        this.scaling = scaling;
        this.watch = watch;
        this.clock = clock;
    }

    /** Runs a change of a stream when all before it are done, and what was begun with the stream is finished. */
    <T> Future<T> change(StreamName name, Function<StreamDescription, Future<T>> action) {
        return changes.change(() -> finished(name, action));
    }

    /**
     * Runs a change of a stream that concerns one key, beside those of other keys. If something was begun with the stream and
     * is not finished, it runs alone, as {@link #change} does.
     */
    <T> Future<T> changeBeside(StreamName name, String key, Function<StreamDescription, Future<T>> action) {
        return changes.changeBeside(key, () -> unfinished(name).map(Unfinished::isEmpty), () -> finished(name, action));
    }

    private <T> Future<T> finished(StreamName name, Function<StreamDescription, Future<T>> action) {
        return resume(name).compose(resumed -> changes.describe(name)).compose(action);
    }

    // ---- what was interrupted

    /** Finishes everything that was begun and is not done. Part of a change. */
    Future<Void> resume() {
        return changes.query(catalog -> new Unfinished(
                        List.copyOf(catalog.deleting().values()),
                        List.copyOf(catalog.creating().values()),
                        List.copyOf(catalog.scaling().values())))
                .compose(this::finish);
    }

    private Future<Void> resume(StreamName name) {
        return unfinished(name).compose(this::finish);
    }

    /** Finishes the creation of streams in a scope, so that all streams of it are visible. Part of a change. */
    Future<Void> resumeIn(String scope) {
        return changes.query(catalog -> new Unfinished(
                        List.of(),
                        catalog.creating().values().stream()
                                .filter(stream -> stream.name().scope().equals(scope))
                                .toList(),
                        List.of()))
                .compose(this::finish);
    }

    private Future<Unfinished> unfinished(StreamName name) {
        return changes.query(catalog -> new Unfinished(
                named(catalog.deleting().values(), name),
                named(catalog.creating().values(), name),
                catalog.scaling().values().stream()
                        .filter(intent -> intent.stream().equals(name))
                        .toList()));
    }

    private static List<StreamDescription> named(Collection<StreamDescription> streams, StreamName name) {
        return streams.stream().filter(stream -> stream.name().equals(name)).toList();
    }

    private Future<Void> finish(Unfinished unfinished) {
        Future<Void> done = Future.succeededFuture();
        for (StreamDescription stream : unfinished.deleting()) {
            done = done.compose(before -> finishDeleting(stream));
        }
        for (StreamDescription stream : unfinished.creating()) {
            done = done.compose(before -> finishCreating(stream));
        }
        for (ScalingIntent intent : unfinished.scaling()) {
            done = done.compose(before -> finishScaling(intent));
        }
        return done;
    }

    private record Unfinished(
            List<StreamDescription> deleting, List<StreamDescription> creating, List<ScalingIntent> scaling) {

        boolean isEmpty() {
            return deleting.isEmpty() && creating.isEmpty() && scaling.isEmpty();
        }
    }

    // ---- creating

    /** Creates a stream, unless it exists. An existing stream is compared, changed or left alone, as the options say. */
    Future<StreamDescription> create(StreamName name, StreamOptions options) {
        return changes.change(() -> resume(name)
                .compose(resumed -> changes.query(catalog -> planned(catalog, name, options)))
                .compose(planned -> planned.exists()
                        ? update(planned.updates()).map(logged -> planned.stream())
                        : changes.log(
                                        new StreamCreating(planned.stream()),
                                        new StreamScalingSet(new ScalingSettings(
                                                name, options.getPartitions(), options.getScaling())),
                                        new RetentionSet(name, options.getRetention()))
                                .compose(logged -> finishCreating(planned.stream()))
                                .map(done -> planned.stream())));
    }

    /** Events that a new rule keeps are kept from then on: a pass that knows the one before is over. */
    private Future<Void> update(List<ControlRecord> updates) {
        return changes.log(updates.toArray(ControlRecord[]::new))
                .compose(logged -> updates.isEmpty() ? Future.succeededFuture() : watch.settled());
    }

    private record Planned(StreamDescription stream, boolean exists, List<ControlRecord> updates) {}

    private Planned planned(CatalogState catalog, StreamName name, StreamOptions options) {
        int count = options.getPartitions();
        catalog.requireScope(name.scope());
        StreamDescription existing = catalog.streams().get(name);
        if (existing != null) {
            requireLike(catalog, existing, options);
            return new Planned(existing, true, updates(catalog, existing, options));
        }
        List<PartitionDescription> partitions = new ArrayList<>(count);
        List<KeyRange> ranges = KeyRange.equalRanges(count);
        for (int i = 0; i < count; i++) {
            long id = catalog.nextPartition() + i;
            partitions.add(new PartitionDescription(id, (int) (id % shardCount), ranges.get(i)));
        }
        return new Planned(new StreamDescription(name, partitions, List.of(), options.isExclusive()), false, List.of());
    }

    /** Refuses a stream whose options differ, as far as the caller does not want them changed or left alone. */
    private static void requireLike(CatalogState catalog, StreamDescription existing, StreamOptions wanted) {
        if (wanted.getIfExists() == IfExists.KEEP) {
            return;
        }
        boolean updates = wanted.getIfExists() == IfExists.UPDATE;
        ScalingSettings known = catalog.scalingSet(existing);
        StreamOptions present = new StreamOptions()
                .setPartitions(known.partitions())
                .setExclusive(existing.exclusive())
                .setScaling(updates ? wanted.getScaling() : known.policy())
                .setRetention(updates ? wanted.getRetention() : catalog.retention(existing.name()))
                .setIfExists(wanted.getIfExists());
        String differences = OptionsJson.differences(present.toJson(), wanted.toJson());
        if (!differences.isEmpty()) {
            throw new StrandlineException.Conflict("stream " + existing.name() + " exists with other options: "
                    + differences
                    + (updates
                            ? "; scale changes partitions, and nothing makes a stream exclusive later"
                            : "; setIfExists(UPDATE) changes scaling and retention"));
        }
    }

    /** What has to be logged so that an existing stream has the options, if the caller wants that. */
    private static List<ControlRecord> updates(CatalogState catalog, StreamDescription existing, StreamOptions wanted) {
        List<ControlRecord> updates = new ArrayList<>();
        if (wanted.getIfExists() == IfExists.UPDATE) {
            ScalingSettings known = catalog.scalingSet(existing);
            if (!known.policy().equals(wanted.getScaling())) {
                updates.add(new StreamScalingSet(
                        new ScalingSettings(existing.name(), known.partitions(), wanted.getScaling())));
            }
            if (!catalog.retention(existing.name()).equals(wanted.getRetention())) {
                updates.add(new RetentionSet(existing.name(), wanted.getRetention()));
            }
        }
        return updates;
    }

    private Future<Void> finishCreating(StreamDescription stream) {
        return shards.each(
                        stream.partitions(),
                        (shard, partitions) -> shard.change(partitions.stream()
                                .flatMap(partition -> opening(stream, partition))
                                .toList()))
                .compose(opened -> changes.log(new StreamCreated(stream.name())));
    }

    private static Stream<ControlRecord> opening(StreamDescription stream, PartitionDescription partition) {
        ControlRecord opened = new PartitionOpened(partition.id(), partition.keys());
        return stream.exclusive()
                ? Stream.of(new PartitionClaimed(partition.id(), Claim.NOBODY), opened)
                : Stream.of(opened);
    }

    // ---- deleting

    Future<Void> delete(StreamName name) {
        return change(name, stream -> changes.log(new StreamDeleting(name)).compose(logged -> finishDeleting(stream)));
    }

    private Future<Void> finishDeleting(StreamDescription stream) {
        return shards.each(
                        CatalogState.allPartitions(stream),
                        (shard, partitions) -> shard.change(partitions.stream()
                                .map(partition -> new PartitionDropped(partition.id()))
                                .toList()))
                .compose(dropped -> changes.query(catalog -> catalog.writersOfDeleted(stream)))
                .compose(this::forget)
                .compose(forgotten -> changes.log(new StreamDeleted(CatalogState.firstPartition(stream))));
    }

    /** Every shard may know the writers, because partitions were sealed there. */
    private Future<Void> forget(List<Admission> writers) {
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < writers.size(); from += MAX_FORGOTTEN_AT_ONCE) {
            List<WriterForgotten> some =
                    writers.subList(from, Math.min(writers.size(), from + MAX_FORGOTTEN_AT_ONCE)).stream()
                            .map(writer -> new WriterForgotten(writer.writer()))
                            .toList();
            done = done.compose(before -> shards.everywhere((shard, none) -> shard.change(some)));
        }
        return done;
    }

    // ---- scaling

    /** Seals partitions, and opens those that take over their keys. */
    Future<StreamDescription> scale(StreamName name, Set<Long> seal, List<KeyRange> open) {
        return change(name, stream -> changes.query(catalog -> {
                    catalog.requireTakesEvents(name);
                    return ScalingSaga.plan(catalog, stream, seal, open, shardCount);
                })
                .compose(plan -> scaling.checked(stream, plan))
                .compose(intent -> changes.log(new StreamScaling(intent)).compose(logged -> finishScaling(intent)))
                .compose(scaled -> changes.describe(name)));
    }

    /**
     * Seals all partitions of a stream, and opens none. First no transaction is decided any more that has events for it, and what was
     * decided before is appended. The way of that needs the catalog, so that it is awaited between two changes.
     */
    Future<StreamDescription> seal(StreamName name) {
        return change(name, stream -> changes.query(catalog -> catalog.sealing().contains(name))
                        .compose(begun -> begun ? Future.succeededFuture() : changes.log(new StreamSealing(name)))
                        .map(begun -> stream))
                .compose(stream -> stream.isSealed() ? Future.succeededFuture(stream) : finishSealing(stream));
    }

    private Future<StreamDescription> finishSealing(StreamDescription begun) {
        StreamName name = begun.name();
        return shards.everywhere((shard, none) -> shard.transactions().drain(name))
                .compose(drained -> change(
                        name,
                        stream -> stream.isSealed()
                                ? Future.succeededFuture(stream)
                                : changes.query(catalog -> sealingIntent(catalog, stream, begun))
                                        .compose(intent -> changes.log(new StreamScaling(intent))
                                                .compose(logged -> finishScaling(intent)))
                                        .compose(done -> changes.describe(name))));
    }

    /** Neither its partitions nor its name change while a stream is being sealed, unless it is deleted. */
    private static ScalingIntent sealingIntent(
            CatalogState catalog, StreamDescription stream, StreamDescription begun) {
        if (!catalog.sealing().contains(stream.name()) || !stream.partitions().equals(begun.partitions())) {
            throw new StrandlineException.NotFound(
                    "stream " + stream.name() + " was deleted while it was sealed, and created again");
        }
        List<Long> all =
                stream.partitions().stream().map(PartitionDescription::id).toList();
        return new ScalingIntent(stream.name(), all, List.of(), List.of());
    }

    private Future<Void> finishScaling(ScalingIntent intent) {
        return changes.describe(intent.stream())
                .compose(stream -> changes.query(catalog -> catalog.writersOf(intent.stream()))
                        .compose(writers -> scaling.run(stream, intent, writers, scalingStamp(stream))))
                .compose(done -> changes.log(done));
    }

    /** The clock may step back. The stamps of a stream's scalings do not. */
    private long scalingStamp(StreamDescription stream) {
        int count = stream.scalings().size();
        return Math.max(
                clock.wallMillis(),
                count == 0 ? 0 : stream.scalings().get(count - 1).stamp());
    }
}
