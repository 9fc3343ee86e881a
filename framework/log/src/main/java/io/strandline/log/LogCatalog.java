package io.strandline.log;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.Limits;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.log.CatalogState.Admission;
import io.strandline.log.ControlRecord.PartitionDropped;
import io.strandline.log.ControlRecord.PartitionOpened;
import io.strandline.log.ControlRecord.RetentionSet;
import io.strandline.log.ControlRecord.StreamCreated;
import io.strandline.log.ControlRecord.StreamCreating;
import io.strandline.log.ControlRecord.StreamDeleted;
import io.strandline.log.ControlRecord.StreamDeleting;
import io.strandline.log.ScalingRecord.StreamScaling;
import io.strandline.log.ScalingRecord.StreamScalingSet;
import io.strandline.log.ScalingWatch.Governed;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.Safeguards;
import io.strandline.log.spi.Timers;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.LastWritten;
import io.strandline.spi.WriterGrant.Slot;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog of a log. Its state is part of shard 0; what touches several shards is a saga there: log the intent, do
 * the idempotent steps in the shards, log that it is done. Only what is done is visible. Changes run one after the
 * other; an intent that a crash interrupted is finished before the first of them.
 */
final class LogCatalog implements Catalog {

    /** Changes that may wait for the one before them. */
    static final int MAX_WAITING_CHANGES = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(LogCatalog.class);

    private final ShardHost[] shards;
    private final RetentionWatch watch;
    private final RetentionCatalog retention;

    /** Changes that wait for the one before; touched on shard 0's executor only. */
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    /**
     * Writer → the newest attempt to admit it again, of which it may not have heard; no more than there are writers, and
     * touched on shard 0's executor only.
     */
    private final Map<String, Readmission> readmissions = new HashMap<>();

    private final StreamShards streamShards;
    private final ScalingSaga scalingSaga;
    private final Clock clock;
    private @Nullable ScalingWatch scalingWatch;
    private boolean busy;

    LogCatalog(ShardHost[] shards, RetentionWatch watch, Clock clock, Safeguards safeguards) {
        this.shards = shards;
        this.watch = watch;
        this.retention = new RetentionCatalog(this, watch);
        this.clock = clock;
        this.streamShards = new StreamShards(shards);
        this.scalingSaga = new ScalingSaga(streamShards, safeguards.inheritance());
    }

    /** Begins to scale streams by their policies; to be called once, before any other call. */
    void watchBy(Timers timers) {
        scalingWatch = new ScalingWatch(this, streamShards, shards[0], timers, clock);
    }

    /** No change is begun by the catalog itself any more. */
    void stop() {
        if (scalingWatch != null) {
            scalingWatch.stop();
        }
    }

    private void wakeWatch(ScalingPolicy policy) {
        if (scalingWatch != null && policy.kind() != ScalingPolicy.Kind.FIXED) {
            scalingWatch.wake();
        }
    }

    private record Readmission(int heldEpoch, int newestEpoch) {}

    // ---- one change after the other

    /** Runs a change when all before it are done. */
    <T> Future<T> change(Supplier<Future<T>> action) {
        Promise<T> promise = Promise.promise();
        shards[0].execute(() -> {
            if (waiting.size() >= MAX_WAITING_CHANGES) {
                promise.fail(new StrandlineException.Overloaded(
                        waiting.size() + " changes of the catalog wait, the limit is " + MAX_WAITING_CHANGES));
                return;
            }
            waiting.add(() -> action.get()
                    .onComplete(result -> shards[0].execute(() -> {
                        promise.handle(result);
                        busy = false;
                        runNext();
                    })));
            runNext();
        });
        return promise.future();
    }

    private void runNext() {
        if (!busy && !waiting.isEmpty()) {
            busy = true;
            waiting.remove().run();
        }
    }

    <T> Future<T> query(Function<CatalogState, T> question) {
        return shards[0].call(shard -> {
            try {
                return Future.succeededFuture(question.apply(shard.state().catalog));
            } catch (StrandlineException e) {
                return Future.failedFuture(e);
            }
        });
    }

    Future<Void> log(ControlRecord... entries) {
        return shards[0].call(shard -> shard.change(List.of(entries)));
    }

    /** Finishes what was begun before a crash, and begins to watch retention; to be called when the shards serve. */
    Future<Void> resume() {
        watch.request();
        return change(() -> query(catalog -> new Unfinished(
                                List.copyOf(catalog.deleting.values()),
                                List.copyOf(catalog.creating.values()),
                                List.copyOf(catalog.scaling.values())))
                        .compose(this::finish)
                        .compose(finished -> governed())
                        .onSuccess(governed -> governed.forEach(stream -> wakeWatch(stream.policy())))
                        .<Void>mapEmpty())
                .onFailure(cause -> LOG.warn(
                        "changes of the catalog that a crash interrupted wait for the next start of" + " shard 0",
                        cause));
    }

    /** Finishes what was begun with one stream and failed on its way, before something else is begun with it. */
    private Future<Void> resume(StreamName name) {
        return query(catalog -> new Unfinished(
                        named(catalog.deleting.values(), name),
                        named(catalog.creating.values(), name),
                        catalog.scaling.values().stream()
                                .filter(intent -> intent.stream().equals(name))
                                .toList()))
                .compose(this::finish);
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
        for (StreamScaling intent : unfinished.scaling()) {
            done = done.compose(before -> finishScaling(intent));
        }
        return done;
    }

    private record Unfinished(
            List<StreamDescription> deleting, List<StreamDescription> creating, List<StreamScaling> scaling) {}

    // ---- scopes

    @Override
    public Future<Boolean> createScope(String scope) {
        return checked(() -> StreamName.requireValid("scope", scope))
                .compose(name -> change(() -> query(catalog -> catalog.scopes.contains(name))
                        .compose(exists -> exists
                                ? Future.succeededFuture(false)
                                : log(new ControlRecord.ScopeCreated(name)).map(true))));
    }

    @Override
    public Future<Void> deleteScope(String scope) {
        return change(() -> streams(scope).compose(streams -> {
            if (!streams.isEmpty()) {
                return Future.failedFuture(new StrandlineException.Conflict(
                        "scope " + scope + " holds " + streams.size() + " streams, such as " + streams.get(0)));
            }
            return log(new ControlRecord.ScopeDeleted(scope));
        }));
    }

    @Override
    public Future<List<String>> scopes() {
        return query(catalog -> List.copyOf(catalog.scopes));
    }

    @Override
    public Future<List<StreamName>> streams(String scope) {
        return checked(() -> StreamName.requireValid("scope", scope))
                .compose(name -> query(catalog -> {
                    requireScope(catalog, name);
                    return catalog.streams.keySet().stream()
                            .filter(stream -> stream.scope().equals(name))
                            .toList();
                }));
    }

    private static void requireScope(CatalogState catalog, String scope) {
        if (!catalog.scopes.contains(scope)) {
            throw new StrandlineException.NotFound("scope " + scope + " does not exist");
        }
    }

    // ---- streams

    @Override
    public Future<StreamDescription> createStream(String stream, StreamOptions options) {
        int count = options.getPartitions();
        return checked(() -> {
                    Limits.require("partitions of " + stream, count, 1, StreamOptions.MAX_PARTITIONS);
                    return StreamName.parse(stream);
                })
                .compose(name -> change(() -> resume(name)
                        .compose(resumed -> query(catalog -> planned(catalog, name, options)))
                        .compose(planned -> planned.exists()
                                ? Future.succeededFuture(planned.stream())
                                : log(
                                                new StreamCreating(planned.stream()),
                                                new StreamScalingSet(name, count, options.getScaling()),
                                                new RetentionSet(name, options.getRetention()))
                                        .compose(logged -> finishCreating(planned.stream()))
                                        .map(done -> planned.stream()))))
                .onSuccess(created -> {
                    wakeWatch(options.getScaling());
                    watch.request();
                });
    }

    private record Planned(StreamDescription stream, boolean exists) {}

    private Planned planned(CatalogState catalog, StreamName name, StreamOptions options) {
        int count = options.getPartitions();
        requireScope(catalog, name.scope());
        StreamDescription existing = catalog.streams.get(name);
        if (existing != null) {
            requireSameScaling(catalog.scalingSet(existing), options);
            if (!catalog.retention(name).equals(options.getRetention())) {
                throw new StrandlineException.Conflict("stream " + name + " exists with retention "
                        + catalog.retention(name).toJson() + ", not "
                        + options.getRetention().toJson());
            }
            return new Planned(existing, true);
        }
        List<PartitionDescription> partitions = new ArrayList<>(count);
        List<KeyRange> ranges = KeyRange.equalRanges(count);
        for (int i = 0; i < count; i++) {
            long id = catalog.nextPartition + i;
            partitions.add(new PartitionDescription(id, (int) (id % shards.length), ranges.get(i)));
        }
        return new Planned(new StreamDescription(name, partitions), false);
    }

    private static void requireSameScaling(StreamScalingSet known, StreamOptions options) {
        if (known.partitions() != options.getPartitions()) {
            throw new StrandlineException.Conflict("stream " + known.stream() + " was created with "
                    + known.partitions() + " partitions, not " + options.getPartitions());
        }
        if (!known.policy().equals(options.getScaling())) {
            throw new StrandlineException.Conflict("stream " + known.stream() + " exists with scaling policy "
                    + known.policy() + ", not " + options.getScaling());
        }
    }

    private Future<Void> finishCreating(StreamDescription stream) {
        return inShards(
                        stream,
                        (shard, partitions) -> shard.change(partitions.stream()
                                .map(partition -> new PartitionOpened(partition.id(), partition.keys()))
                                .toList()))
                .compose(opened -> log(new StreamCreated(stream.name())));
    }

    @Override
    public Future<StreamDescription> describe(String stream) {
        return checked(() -> StreamName.parse(stream)).compose(this::describe);
    }

    Future<StreamDescription> describe(StreamName name) {
        return query(catalog -> {
            StreamDescription stream = catalog.streams.get(name);
            if (stream == null) {
                throw new StrandlineException.NotFound("stream " + name + " does not exist");
            }
            return stream;
        });
    }

    @Override
    public Future<Void> deleteStream(String stream) {
        return checked(() -> StreamName.parse(stream))
                .compose(name -> change(() -> resume(name)
                        .compose(resumed -> describe(name))
                        .compose(described ->
                                log(new StreamDeleting(name)).compose(logged -> finishDeleting(described)))));
    }

    private Future<Void> finishDeleting(StreamDescription stream) {
        return streamShards
                .each(
                        CatalogState.allPartitions(stream),
                        (shard, partitions) -> shard.change(partitions.stream()
                                .map(partition -> new PartitionDropped(partition.id()))
                                .toList()))
                .compose(dropped -> log(new StreamDeleted(CatalogState.firstPartition(stream))));
    }

    @Override
    public Future<StreamCut> startCut(String stream) {
        return describe(stream).compose(described -> streamShards
                .ask(described.partitions(), partition -> partition.startOffset)
                .compose(open -> streamShards
                        .askThoseLeft(CatalogState.allPartitions(described), partition -> partition.startOffset)
                        .map(all -> StreamCuts.start(described, all))));
    }

    @Override
    public Future<StreamCut> endCut(String stream) {
        return describe(stream).compose(this::endCut);
    }

    private Future<StreamCut> endCut(StreamDescription stream) {
        return streamShards
                .ask(stream.partitions(), partition -> partition.endOffset)
                .map(ends -> new StreamCut(stream.name(), new TreeMap<>(ends)));
    }

    @Override
    public Future<Void> truncate(String stream, StreamCut before) {
        return describe(stream).compose(described -> endCut(described)
                .compose(end -> checked(() -> {
                    StreamCuts.require(described, before, end);
                    return StreamCuts.before(described, before);
                }))
                .compose(offsets -> streamShards.each(
                        CatalogState.allPartitions(described).stream()
                                .filter(partition -> offsets.containsKey(partition.id()))
                                .toList(),
                        (shard, partitions) -> shard.change(partitions.stream()
                                .map(partition ->
                                        new ControlRecord.Truncated(partition.id(), offset(offsets, partition.id())))
                                .toList()))));
    }

    private static long offset(Map<Long, Long> offsets, long partition) {
        return Objects.requireNonNull(offsets.get(partition));
    }

    // ---- scaling

    @Override
    public Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open) {
        return checked(() -> StreamName.parse(stream))
                .compose(name -> change(() -> resume(name)
                        .compose(resumed -> describe(name))
                        .compose(described -> query(
                                        catalog -> ScalingSaga.plan(catalog, described, seal, open, shards.length))
                                .compose(plan -> scalingSaga.checked(described, plan)))
                        .compose(intent -> log(intent).compose(logged -> finishScaling(intent)))
                        .compose(scaled -> describe(name))));
    }

    private Future<Void> finishScaling(StreamScaling intent) {
        return describe(intent.stream())
                .compose(stream -> query(catalog -> catalog.writersOf(intent.stream()))
                        .compose(writers -> scalingSaga.run(stream, intent, writers, scalingStamp(stream))))
                .compose(done -> log(done));
    }

    /** The clock may step back; the stamps of a stream's scalings do not. */
    private long scalingStamp(StreamDescription stream) {
        int count = stream.scalings().size();
        return Math.max(
                clock.wallMillis(),
                count == 0 ? 0 : stream.scalings().get(count - 1).stamp());
    }

    /** Streams that scale by themselves. */
    Future<List<Governed>> governed() {
        return query(catalog -> catalog.streams.values().stream()
                .map(stream -> new Governed(stream, catalog.scalingSet(stream).policy()))
                .filter(governed -> governed.policy().kind() != ScalingPolicy.Kind.FIXED)
                .toList());
    }

    @Override
    public Future<Void> setScaling(String stream, ScalingPolicy policy) {
        return checked(() -> StreamName.parse(stream))
                .compose(name -> change(() -> resume(name)
                        .compose(resumed -> describe(name))
                        .compose(described ->
                                query(catalog -> catalog.scalingSet(described).partitions()))
                        .compose(partitions -> log(new StreamScalingSet(name, partitions, policy)))))
                .onSuccess(set -> wakeWatch(policy));
    }

    // ---- retention

    @Override
    public Future<Void> setRetention(String stream, Retention kept) {
        return checked(() -> StreamName.parse(stream)).compose(name -> retention.setRetention(name, kept));
    }

    @Override
    public Future<Void> noteConsumed(String stream, String subscriber, StreamCut consumed) {
        return checked(() -> RetentionCatalog.requireSubscriber(subscriber))
                .compose(known -> checked(() -> StreamName.parse(stream)))
                .compose(name -> retention.noteConsumed(name, subscriber, consumed));
    }

    @Override
    public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
        return checked(() -> StreamName.parse(stream)).compose(name -> retention.forgetSubscriber(name, subscriber));
    }

    @Override
    public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
        return checked(() -> StreamName.parse(stream)).compose(retention::subscribers);
    }

    // ---- writers

    /** Counts the epoch of a named writer up, and fences the earlier ones in every shard of the stream. */
    Future<WriterGrant> admit(StreamName name, String id) {
        return admit(name, id, (catalog, key) -> {
            readmissions.remove(key);
            return next(catalog, key);
        });
    }

    /** Number of a named writer, {@link PartTarget#NO_WRITER} if it was never admitted to the stream. */
    Future<Long> writerNumber(StreamName name, String id) {
        return query(catalog -> {
            if (!catalog.streams.containsKey(name)) {
                throw new StrandlineException.NotFound("stream " + name + " does not exist");
            }
            Admission known = catalog.writers.get(CatalogState.writerKey(name, id));
            return known == null ? PartTarget.NO_WRITER : known.writer();
        });
    }

    /** As {@link #admit}, if nobody else was admitted under the id since the writer was. Safe to repeat. */
    Future<WriterGrant> readmit(WriterGrant held, String id) {
        return admit(held.stream().name(), id, (catalog, key) -> {
            Admission known = catalog.writers.get(key);
            if (known == null || known.writer() != held.writer() || !isOwn(readmissions.get(key), held, known)) {
                throw new StrandlineException.Fenced("writer " + key + " held epoch " + held.epoch() + ", "
                        + (known == null ? "and was retired" : "and the log is at " + known.epoch()));
            }
            Admission next = next(catalog, key);
            readmissions.put(key, new Readmission(held.epoch(), next.epoch()));
            if (readmissions.size() > catalog.writers.size()) {
                readmissions.keySet().retainAll(catalog.writers.keySet());
            }
            return next;
        });
    }

    /** Whether the newest epoch is the writer's own: the one it holds, or one that an earlier try left behind. */
    private static boolean isOwn(@Nullable Readmission begun, WriterGrant held, Admission known) {
        return known.epoch() == held.epoch()
                || (begun != null && begun.heldEpoch() == held.epoch() && known.epoch() <= begun.newestEpoch());
    }

    private Future<WriterGrant> admit(
            StreamName name, String id, BiFunction<CatalogState, String, Admission> nextAdmission) {
        String key = CatalogState.writerKey(name, id);
        return change(() -> resume(name).compose(resumed -> describe(name)).compose(stream -> query(
                        catalog -> nextAdmission.apply(catalog, key))
                .compose(next -> log(new ControlRecord.WriterAdmitted(key, next.writer(), next.epoch()))
                        .compose(logged -> raise(stream, next)))));
    }

    private static Admission next(CatalogState catalog, String key) {
        Admission known = catalog.writers.get(key);
        return known == null ? new Admission(catalog.nextWriter, 1) : new Admission(known.writer(), known.epoch() + 1);
    }

    private Future<WriterGrant> raise(StreamDescription stream, Admission admission) {
        return inShards(
                        stream,
                        (shard, partitions) -> shard.change(
                                List.of(new ControlRecord.WriterRaised(admission.writer(), admission.epoch()))))
                .compose(raised -> grant(stream, admission.writer(), admission.epoch()));
    }

    /** Admits an anonymous writer, of which the log has nothing. */
    Future<WriterGrant> admitAnonymous(StreamName name, long writer) {
        return describe(name)
                .compose(stream -> stream.scalings().isEmpty()
                        ? Future.succeededFuture(new WriterGrant(stream, writer, 1, wholePartitions(stream)))
                        : grant(stream, writer, 1));
    }

    /** The slots of a stream that was never scaled. */
    private static List<Slot> wholePartitions(StreamDescription stream) {
        return stream.partitions().stream()
                .map(partition -> new Slot(partition, 0, partition.keys(), null))
                .toList();
    }

    private Future<WriterGrant> grant(StreamDescription stream, long writer, int epoch) {
        return streamShards
                .ask(stream.partitions(), partition -> slots(partition, writer))
                .map(ranges -> {
                    List<Slot> slots = new ArrayList<>();
                    for (PartitionDescription partition : stream.partitions()) {
                        Objects.requireNonNull(ranges.get(partition.id()))
                                .forEach(range ->
                                        slots.add(new Slot(partition, range.index(), range.keys(), range.last())));
                    }
                    return new WriterGrant(stream, writer, epoch, slots);
                });
    }

    /** A range of a partition, with what a writer wrote there last. */
    private record Written(
            int index, KeyRange keys, @Nullable LastWritten last) {}

    private static List<Written> slots(Partition partition, long writer) {
        List<Written> slots = new ArrayList<>();
        for (WriterTable table : partition.tables) {
            slots.add(new Written(slots.size(), table.keys, lastWritten(table, writer)));
        }
        return slots;
    }

    private static @Nullable LastWritten lastWritten(WriterTable table, long writer) {
        WriterEntry entry = table.entry(writer);
        return entry == null || entry.appliedOffset < 0
                ? null
                : new LastWritten(
                        new Sequence(entry.appliedMajor, entry.appliedMinor),
                        entry.appliedPartition,
                        entry.appliedOffset,
                        entry.appliedDigest);
    }

    /** Describes anew where a writer may write; see {@link io.strandline.spi.LogPort#refreshWriter}. */
    Future<WriterGrant> refresh(WriterGrant held, @Nullable String id) {
        StreamName name = held.stream().name();
        return change(() -> resume(name).compose(resumed -> describe(name)).compose(stream -> query(
                        catalog -> requireNewest(catalog, requireSame(stream, held), id))
                // What was acknowledged before it was forced is not in the applied state yet.
                .compose(newest -> streamShards.each(stream.partitions(), (shard, partitions) -> shard.settled()))
                .compose(settled -> grant(stream, held.writer(), held.epoch()))));
    }

    /** A stream that was deleted and created anew has none of its partitions. */
    private static WriterGrant requireSame(StreamDescription stream, WriterGrant held) {
        Set<Long> known = CatalogState.allPartitions(stream).stream()
                .map(PartitionDescription::id)
                .collect(Collectors.toSet());
        if (held.stream().partitions().stream().noneMatch(partition -> known.contains(partition.id()))) {
            throw new StrandlineException.NotFound(
                    "stream " + stream.name() + " was deleted under its writer, and created anew");
        }
        return held;
    }

    private static WriterGrant requireNewest(CatalogState catalog, WriterGrant held, @Nullable String id) {
        if (id != null) {
            String key = CatalogState.writerKey(held.stream().name(), id);
            Admission known = catalog.writers.get(key);
            if (known == null || known.writer() != held.writer() || known.epoch() != held.epoch()) {
                throw new StrandlineException.Fenced("writer " + key + " held epoch " + held.epoch() + ", "
                        + (known == null ? "and was retired" : "and the log is at " + known.epoch()));
            }
        }
        return held;
    }

    /** Describes a stream behind all changes that were begun before. */
    Future<StreamDescription> layout(StreamName name) {
        return change(() -> resume(name).compose(resumed -> describe(name)));
    }

    @Override
    public Future<Void> retireWriter(String stream, String writerId) {
        return checked(() -> retirable(stream, writerId)).compose(name -> {
            String key = CatalogState.writerKey(name, writerId);
            // The catalog forgets it last, so that a failure on the way can be repeated; every shard may know the
            // writer,
            // because partitions were sealed or forgotten there.
            return change(() -> resume(name)
                    .compose(resumed -> describe(name))
                    .compose(described -> query(catalog -> known(catalog, key)))
                    .compose(known -> streamShards.everywhere(
                            (shard, none) -> shard.change(List.of(new ControlRecord.WriterForgotten(known.writer())))))
                    .compose(forgotten -> log(new ControlRecord.WriterRetired(key))));
        });
    }

    private static StreamName retirable(String stream, String writerId) {
        if (writerId.startsWith(TransactionParts.WRITER_PREFIX)) {
            throw new StrandlineException.Invalid("writer " + writerId + " of " + stream + " belongs to transactions");
        }
        return StreamName.parse(stream);
    }

    private static Admission known(CatalogState catalog, String key) {
        Admission known = catalog.writers.get(key);
        if (known == null) {
            throw new StrandlineException.NotFound("writer " + key + " is not known");
        }
        return known;
    }

    // ---- all shards of a stream

    /** Does a step in every shard that holds open partitions of a stream, beside each other. */
    private Future<Void> inShards(StreamDescription stream, StreamShards.Step step) {
        return streamShards.each(stream.partitions(), step);
    }

    private static <T> Future<T> checked(Supplier<T> check) {
        try {
            return Future.succeededFuture(check.get());
        } catch (StrandlineException e) {
            return Future.failedFuture(e);
        }
    }
}
