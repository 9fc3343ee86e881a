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
import io.strandline.log.ControlRecord.StreamCreated;
import io.strandline.log.ControlRecord.StreamCreating;
import io.strandline.log.ControlRecord.StreamDeleted;
import io.strandline.log.ControlRecord.StreamDeleting;
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
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
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

    /** Changes that wait for the one before; touched on shard 0's executor only. */
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    /**
     * Writer → the newest attempt to admit it again, of which it may not have heard; no more than there are writers, and
     * touched on shard 0's executor only.
     */
    private final Map<String, Readmission> readmissions = new HashMap<>();

    private boolean busy;

    LogCatalog(ShardHost[] shards) {
        this.shards = shards;
    }

    private record Readmission(int heldEpoch, int newestEpoch) {}

    // ---- one change after the other

    /** Runs a change when all before it are done. */
    private <T> Future<T> change(Supplier<Future<T>> action) {
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

    private <T> Future<T> query(Function<CatalogState, T> question) {
        return shards[0].call(shard -> {
            try {
                return Future.succeededFuture(question.apply(shard.state().catalog));
            } catch (StrandlineException e) {
                return Future.failedFuture(e);
            }
        });
    }

    private Future<Void> log(ControlRecord entry) {
        return shards[0].call(shard -> shard.change(List.of(entry)));
    }

    /** Finishes what was begun before a crash; to be called when the shards serve. */
    Future<Void> resume() {
        return change(() -> query(catalog -> new Unfinished(
                                List.copyOf(catalog.deleting.values()), List.copyOf(catalog.creating.values())))
                        .compose(this::finish))
                .onFailure(cause -> LOG.warn(
                        "changes of the catalog that a crash interrupted wait for the next start of" + " shard 0",
                        cause));
    }

    /** Finishes what was begun with one stream and failed on its way, before something else is begun with it. */
    private Future<Void> resume(StreamName name) {
        return query(catalog ->
                        new Unfinished(named(catalog.deleting.values(), name), named(catalog.creating.values(), name)))
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
        return done;
    }

    private record Unfinished(List<StreamDescription> deleting, List<StreamDescription> creating) {}

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
                        .compose(resumed -> query(catalog -> planned(catalog, name, count)))
                        .compose(planned -> planned.exists()
                                ? Future.succeededFuture(planned.stream())
                                : log(new StreamCreating(planned.stream()))
                                        .compose(logged -> finishCreating(planned.stream()))
                                        .map(done -> planned.stream()))));
    }

    private record Planned(StreamDescription stream, boolean exists) {}

    private Planned planned(CatalogState catalog, StreamName name, int count) {
        requireScope(catalog, name.scope());
        StreamDescription existing = catalog.streams.get(name);
        if (existing != null) {
            if (existing.partitions().size() != count) {
                throw new StrandlineException.Conflict("stream " + name + " exists with "
                        + existing.partitions().size() + " partitions, not " + count);
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
        return inShards(
                        stream,
                        (shard, partitions) -> shard.change(partitions.stream()
                                .map(partition -> new PartitionDropped(partition.id()))
                                .toList()))
                .compose(dropped -> log(new StreamDeleted(CatalogState.firstPartition(stream))));
    }

    @Override
    public Future<StreamCut> startCut(String stream) {
        return cut(stream, partition -> partition.startOffset);
    }

    @Override
    public Future<StreamCut> endCut(String stream) {
        return cut(stream, partition -> partition.endOffset);
    }

    private Future<StreamCut> cut(String stream, Function<Partition, Long> offset) {
        return describe(stream).compose(described -> {
            SortedMap<Long, Long> offsets = new TreeMap<>();
            return gather(described, (shard, partition) -> offset.apply(partition), offsets)
                    .map(gathered -> new StreamCut(described.name(), offsets));
        });
    }

    @Override
    public Future<Void> truncate(String stream, StreamCut before) {
        return describe(stream)
                .compose(described -> endCut(stream)
                        .compose(end -> checked(() -> {
                            requireCut(described, before, end);
                            return described;
                        })))
                .compose(described -> inShards(
                        described,
                        (shard, partitions) -> shard.change(partitions.stream()
                                .filter(partition -> before.offsets().containsKey(partition.id()))
                                .map(partition ->
                                        new ControlRecord.Truncated(partition.id(), before.offset(partition.id())))
                                .toList())));
    }

    private static void requireCut(StreamDescription stream, StreamCut cut, StreamCut end) {
        if (!cut.stream().equals(stream.name())) {
            throw new StrandlineException.Invalid("cut of " + cut.stream() + " is not one of " + stream.name());
        }
        cut.offsets().forEach((partition, offset) -> {
            if (!end.offsets().containsKey(partition)) {
                throw new StrandlineException.Invalid(
                        "cut names partition " + partition + ", which is none of " + stream.name());
            }
            if (offset > end.offset(partition)) {
                throw new StrandlineException.Invalid("cut names offset " + offset + " of partition " + partition
                        + ", which ends at " + end.offset(partition));
            }
        });
    }

    @Override
    public Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open) {
        return Future.failedFuture(new StrandlineException.Unavailable("scaling is not served"));
    }

    @Override
    public Future<Void> setScaling(String stream, ScalingPolicy policy) {
        return Future.failedFuture(new StrandlineException.Unavailable("scaling is not served"));
    }

    @Override
    public Future<Void> setRetention(String stream, Retention retention) {
        return Future.failedFuture(new StrandlineException.Unavailable("retention is not served"));
    }

    @Override
    public Future<Void> noteConsumed(String stream, String subscriber, StreamCut consumed) {
        return Future.failedFuture(new StrandlineException.Unavailable("retention is not served"));
    }

    @Override
    public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
        return Future.failedFuture(new StrandlineException.Unavailable("retention is not served"));
    }

    @Override
    public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
        return Future.failedFuture(new StrandlineException.Unavailable("retention is not served"));
    }

    // ---- writers

    /** Counts the epoch of a named writer up, and fences the earlier ones in every shard of the stream. */
    Future<WriterGrant> admit(StreamName name, String id) {
        return admit(name, id, (catalog, key) -> {
            readmissions.remove(key);
            return next(catalog, key);
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
        return change(() -> describe(name).compose(stream -> query(catalog -> nextAdmission.apply(catalog, key))
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

    private Future<WriterGrant> grant(StreamDescription stream, long writer, int epoch) {
        Map<Long, LastWritten> last = new HashMap<>();
        return gather(stream, (shard, partition) -> lastWritten(partition, writer), last)
                .map(gathered -> new WriterGrant(stream, writer, epoch, slots(stream, last)));
    }

    /** Where a writer may write, with what it wrote there last. */
    static List<Slot> slots(StreamDescription stream, Map<Long, LastWritten> last) {
        return stream.partitions().stream()
                .map(partition -> new Slot(partition, 0, partition.keys(), last.get(partition.id())))
                .toList();
    }

    private static @Nullable LastWritten lastWritten(Partition partition, long writer) {
        WriterEntry entry = partition.entry(writer);
        return entry == null || entry.appliedOffset < 0
                ? null
                : new LastWritten(
                        new Sequence(entry.appliedMajor, entry.appliedMinor),
                        partition.id,
                        entry.appliedOffset,
                        entry.appliedDigest);
    }

    /** Describes anew where a writer may write; see {@link io.strandline.spi.LogPort#refreshWriter}. */
    Future<WriterGrant> refresh(WriterGrant held, @Nullable String id) {
        return layout(held.stream().name()).compose(stream -> grant(stream, held.writer(), held.epoch()));
    }

    /** Describes a stream behind all changes that were begun before. */
    Future<StreamDescription> layout(StreamName name) {
        return change(() -> describe(name));
    }

    @Override
    public Future<Void> retireWriter(String stream, String writerId) {
        return checked(() -> StreamName.parse(stream)).compose(name -> {
            String key = CatalogState.writerKey(name, writerId);
            // The catalog forgets it last, so that a failure on the way can be repeated.
            return change(() -> describe(name).compose(described -> query(catalog -> known(catalog, key))
                    .compose(known -> inShards(
                            described,
                            (shard, partitions) ->
                                    shard.change(List.of(new ControlRecord.WriterForgotten(known.writer())))))
                    .compose(forgotten -> log(new ControlRecord.WriterRetired(key)))));
        });
    }

    private static Admission known(CatalogState catalog, String key) {
        Admission known = catalog.writers.get(key);
        if (known == null) {
            throw new StrandlineException.NotFound("writer " + key + " is not known");
        }
        return known;
    }

    // ---- all shards of a stream

    private interface ShardStep {
        Future<Void> run(Shard shard, List<PartitionDescription> partitions);
    }

    private interface PartitionQuestion<T> {
        @Nullable
        T answer(Shard shard, Partition partition);
    }

    /** Does a step in every shard that holds partitions of a stream, beside each other. */
    private Future<Void> inShards(StreamDescription stream, ShardStep step) {
        SortedMap<Integer, List<PartitionDescription>> byShard = new TreeMap<>();
        for (PartitionDescription partition : stream.partitions()) {
            byShard.computeIfAbsent(partition.shard(), shard -> new ArrayList<>())
                    .add(partition);
        }
        List<Future<Void>> steps = new ArrayList<>();
        byShard.forEach((shard, partitions) -> steps.add(shards[shard].call(life -> step.run(life, partitions))));
        return Future.all(steps).mapEmpty();
    }

    /** Asks every partition of a stream; answers of null are left out. */
    private <T> Future<Void> gather(StreamDescription stream, PartitionQuestion<T> question, Map<Long, T> answers) {
        List<Map<Long, T>> gathered = new ArrayList<>();
        for (int i = 0; i < shards.length; i++) {
            gathered.add(new HashMap<>());
        }
        return inShards(stream, (shard, partitions) -> {
                    for (PartitionDescription description : partitions) {
                        Partition partition = shard.state().partition(description.id());
                        if (partition == null) {
                            return Future.failedFuture(shard.state().gone(description.id()));
                        }
                        T answer = question.answer(shard, partition);
                        if (answer != null) {
                            gathered.get(description.shard()).put(description.id(), answer);
                        }
                    }
                    return Future.succeededFuture();
                })
                .map(asked -> {
                    gathered.forEach(answers::putAll);
                    return null;
                });
    }

    private static <T> Future<T> checked(Supplier<T> check) {
        try {
            return Future.succeededFuture(check.get());
        } catch (StrandlineException e) {
            return Future.failedFuture(e);
        }
    }
}
