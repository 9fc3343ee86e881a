package io.strandline.log.impl.catalog;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.Limits;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.SubscriberNote;
import io.strandline.log.impl.control.CatalogRecord;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.control.ScalingRecord.StreamScalingSet;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.ScalingSettings;
import io.strandline.log.impl.transaction.TransactionParts;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.Timers;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The catalog of a log, as applications call it. Its state is part of shard 0, its changes run one after the other ({@link
 * CatalogChanges}), and what touches several shards is a saga ({@link StreamSagas}).
 */
public final class LogCatalog implements Catalog {

    private static final Logger LOG = Logger.of(LogCatalog.class);

    /** Time until changes that a crash interrupted are tried again, after they failed, in milliseconds. */
    private static final long RESUME_AGAIN_MILLIS = 5_000;

    private final RetentionWatch watch;
    private final RetentionCatalog retention;
    private final CatalogChanges changes;
    private final StreamShards shards;
    private final StreamSagas sagas;
    private final WriterAdmissions writers;
    private final ScalingWatch scalingWatch;
    private final Clock clock;
    private final Timers timers;
    private volatile boolean isStopped;
    /** True from the first failure to finish a change until all are finished. It is told once. */
    private final AtomicBoolean isUnfinished = new AtomicBoolean();

    private final AtomicBoolean isResumptionDue = new AtomicBoolean();

    /** @param shardHosts all shards of the log. They need not be open yet */
    public LogCatalog(ShardHost[] shardHosts, RetentionWatch watch, Environment environment) {
        this.watch = watch;
        this.clock = environment.clock();
        this.timers = environment.timers();
        this.changes = new CatalogChanges(shardHosts);
        this.shards = new StreamShards(shardHosts);
        this.retention = new RetentionCatalog(changes, shards, watch, clock);
        ScalingSaga scaling = new ScalingSaga(shards, clock, environment.rules());
        this.sagas = new StreamSagas(changes, shards, shardHosts.length, scaling, watch, clock);
        this.writers = new WriterAdmissions(changes, sagas, shards);
        this.scalingWatch = new ScalingWatch(changes, sagas, shards, shardHosts[0], environment);
    }

    /** How writers are admitted. */
    public WriterAdmissions writers() {
        return writers;
    }

    /**
     * Begins to forget idle subscribers. To be called once at most.
     *
     * @param maxIdleMillis above 0
     */
    public void forgetIdle(long maxIdleMillis) {
        retention.forgetIdle(maxIdleMillis, timers);
    }

    /** No change is begun by the catalog itself any more. */
    public void stop() {
        isStopped = true;
        scalingWatch.stop();
        retention.stop();
    }

    private void wakeWatch(ScalingPolicy policy) {
        if (policy.kind() != ScalingPolicy.Kind.FIXED) {
            scalingWatch.wake();
        }
    }

    /**
     * Finishes changes that were begun before a crash, and begins to watch retention. To be called when the shards serve.
     *
     * <p>What cannot be finished now, as on a full disk, is tried again after a while, and before each change of its stream.
     * The future then completes all the same: the log serves.
     */
    public Future<Void> resume() {
        return changes.change(() -> sagas.resume()
                        .compose(finished -> scalingWatch.governed())
                        .onSuccess(governed -> {
                            governed.forEach(stream -> wakeWatch(stream.policy()));
                            resumeSealing();
                        })
                        .<Void>mapEmpty())
                .recover(cause -> resumesLater(cause) ? Future.succeededFuture() : Future.failedFuture(cause))
                // After it, so that the log is open before the first pass.
                .onComplete(resumed -> watch.request());
    }

    private boolean resumesLater(Throwable cause) {
        if (isStopped || !StrandlineException.isTransient(cause)) {
            LOG.warn("changes of the catalog that were begun wait for the next start of shard 0", cause);
            return false;
        }
        if (isUnfinished.compareAndSet(false, true)) {
            LOG.warn(
                    "changes of the catalog that were begun are not finished, and tried again every {} ms",
                    RESUME_AGAIN_MILLIS,
                    cause);
        }
        // Every stream that could not be sealed comes here, and a resumption tries all of them.
        if (isResumptionDue.compareAndSet(false, true)) {
            timers.after(0, RESUME_AGAIN_MILLIS, () -> {
                isResumptionDue.set(false);
                if (!isStopped) {
                    resume();
                }
            });
        }
        return true;
    }

    // ---- scopes

    @Override
    public Future<Boolean> createScope(String scope) {
        return checked(() -> StreamName.requireValid("scope", scope))
                .compose(name -> changes.change(
                        () -> changes.query(catalog -> catalog.scopes().contains(name))
                                .compose(exists -> exists
                                        ? Future.succeededFuture(false)
                                        : changes.log(new CatalogRecord.ScopeCreated(name))
                                                .map(true))));
    }

    @Override
    public Future<Void> deleteScope(String scope) {
        return changes.change(
                () -> sagas.resumeIn(scope).compose(resumed -> streams(scope)).compose(streams -> {
                    if (!streams.isEmpty()) {
                        return Future.failedFuture(new StrandlineException.Conflict(
                                "scope " + scope + " holds " + streams.size() + " streams, such as " + streams.get(0)));
                    }
                    return changes.log(new CatalogRecord.ScopeDeleted(scope));
                }));
    }

    @Override
    public Future<List<String>> scopes() {
        return changes.query(catalog -> List.copyOf(catalog.scopes()));
    }

    @Override
    public Future<List<StreamName>> streams(String scope) {
        return checked(() -> StreamName.requireValid("scope", scope))
                .compose(name -> changes.query(catalog -> {
                    catalog.requireScope(name);
                    return catalog.streams().keySet().stream()
                            .filter(stream -> stream.scope().equals(name))
                            .toList();
                }));
    }

    // ---- streams

    @Override
    public Future<StreamDescription> createStream(String stream, StreamOptions options) {
        int count = options.getPartitions();
        return checked(() -> {
                    Limits.require("partitions of " + stream, count, 1, StreamOptions.MAX_PARTITIONS);
                    return StreamName.parse(stream);
                })
                .compose(name -> sagas.create(name, options))
                .onSuccess(created -> {
                    wakeWatch(options.getScaling());
                    watch.request();
                });
    }

    @Override
    public Future<StreamDescription> describe(String stream) {
        return checked(() -> StreamName.parse(stream)).compose(changes::describe);
    }

    /** As {@link io.strandline.spi.LogPort#streamOf}. */
    public Future<StreamName> streamOf(long partition) {
        return changes.query(catalog -> {
            StreamName stream = catalog.streamOf(partition);
            if (stream == null) {
                throw new StrandlineException.NotFound("no stream has partition " + partition);
            }
            return stream;
        });
    }

    @Override
    public Future<Void> deleteStream(String stream) {
        return checked(() -> StreamName.parse(stream)).compose(sagas::delete);
    }

    @Override
    public Future<StreamCut> startCut(String stream) {
        // The open ones last: if a deletion came between the questions, that is what they say.
        return describe(stream).compose(described -> shards.askThoseLeft(
                        CatalogState.allPartitions(described), partition -> partition.startOffset())
                .compose(left -> shards.ask(described.partitions(), partition -> partition.startOffset())
                        .map(open -> {
                            Map<Long, Long> starts = new HashMap<>(left);
                            starts.putAll(open);
                            return StreamCuts.start(described, starts);
                        })));
    }

    @Override
    public Future<StreamCut> endCut(String stream) {
        return describe(stream).compose(shards::endCut);
    }

    @Override
    public Future<Long> stampsAheadMillis(String stream) {
        return describe(stream)
                .compose(described -> shards.ask(described.partitions(), partition -> partition.lastStamp()))
                .map(stamps -> Math.max(0, Collections.max(stamps.values()) - clock.wallMillis()));
    }

    @Override
    public Future<Void> truncate(String stream, StreamCut before) {
        return describe(stream).compose(described -> shards.endCut(described)
                .compose(end -> checked(() -> {
                    StreamCuts.require(described, before, end);
                    return StreamCuts.before(described, before);
                }))
                .compose(offsets -> shards.each(
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
        return checked(() -> StreamName.parse(stream)).compose(name -> sagas.scale(name, seal, open));
    }

    @Override
    public Future<StreamDescription> sealStream(String stream) {
        return checked(() -> sealable(stream)).compose(sagas::seal).onFailure(this::sealsLater);
    }

    private static StreamName sealable(String stream) {
        StreamName name = StreamName.parse(stream);
        if (name.scope().equals(StreamName.RESERVED_SCOPE)) {
            throw new StrandlineException.Invalid("stream " + stream + " belongs to Strandline, and is never sealed");
        }
        return name;
    }

    /** Goes on with streams that were to be sealed. */
    private void resumeSealing() {
        changes.query(catalog -> catalog.sealing().stream()
                        .filter(name -> !Objects.requireNonNull(
                                        catalog.streams().get(name))
                                .isSealed())
                        .toList())
                .compose(begun -> Future.join(begun.stream()
                        .map(name -> sagas.seal(name).onFailure(this::sealsLater))
                        .toList()))
                .onSuccess(done -> isUnfinished.set(false));
    }

    /** What was begun is finished without another call. */
    private void sealsLater(Throwable cause) {
        if (StrandlineException.isTransient(cause)) {
            resumesLater(cause);
        }
    }

    @Override
    public Future<Void> setScaling(String stream, ScalingPolicy policy) {
        return checked(() -> StreamName.parse(stream))
                .compose(name -> sagas.change(name, described -> changes.query(
                                catalog -> catalog.scalingSet(described).partitions())
                        .compose(partitions ->
                                changes.log(new StreamScalingSet(new ScalingSettings(name, partitions, policy))))))
                .onSuccess(set -> wakeWatch(policy));
    }

    // ---- retention

    @Override
    public Future<Void> setRetention(String stream, Retention kept) {
        return checked(() -> StreamName.parse(stream)).compose(name -> retention.setRetention(name, kept));
    }

    @Override
    public Future<StreamPolicies> policies(String stream) {
        return checked(() -> StreamName.parse(stream))
                .compose(name -> changes.query(catalog -> {
                    StreamDescription described = CatalogChanges.described(catalog, name);
                    return new StreamPolicies(
                            catalog.scalingSet(described).policy(),
                            catalog.retentions().getOrDefault(name, Retention.everything()));
                }));
    }

    @Override
    public Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed) {
        return checked(() -> RetentionCatalog.requireSubscriber(subscriber))
                .compose(known -> checked(() -> StreamName.parse(stream)))
                .compose(name -> retention.commitConsumed(name, subscriber, consumed));
    }

    @Override
    public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
        return checked(() -> StreamName.parse(stream)).compose(name -> retention.forgetSubscriber(name, subscriber));
    }

    @Override
    public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
        return checked(() -> StreamName.parse(stream)).compose(retention::subscribers);
    }

    @Override
    public Future<List<SubscriberNote>> subscriberNotes(String stream) {
        return checked(() -> StreamName.parse(stream)).compose(retention::notes);
    }

    // ---- writers

    /** Describes a stream after all changes that were begun before. */
    public Future<StreamDescription> layout(StreamName name) {
        return sagas.change(name, Future::succeededFuture);
    }

    @Override
    public Future<Void> retireWriter(String stream, String writerId) {
        return checked(() -> retirable(stream, writerId)).compose(name -> writers.retire(name, writerId));
    }

    private static StreamName retirable(String stream, String writerId) {
        if (writerId.startsWith(TransactionParts.WRITER_PREFIX)) {
            throw new StrandlineException.Invalid("writer " + writerId + " of " + stream + " belongs to transactions");
        }
        return StreamName.parse(stream);
    }

    private static <T> Future<T> checked(Supplier<T> check) {
        try {
            return Future.succeededFuture(check.get());
        } catch (StrandlineException e) {
            return Future.failedFuture(e);
        }
    }
}
