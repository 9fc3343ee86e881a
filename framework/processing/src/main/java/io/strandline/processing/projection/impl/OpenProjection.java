package io.strandline.processing.projection.impl;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupLag;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.projection.Projection;
import io.strandline.processing.projection.ProjectionId;
import io.strandline.processing.projection.ProjectionOptions;
import io.strandline.processing.projection.ProjectionStatistics;
import io.strandline.processing.projection.ProjectionStore;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One member of a projection: a reader of its group, whose batches go to the store. Any thread may call it. */
final class OpenProjection<E> implements Projection {

    private static final Logger LOG = Logger.of(OpenProjection.class);

    private final Vertx vertx;
    private final ContextInternal context;
    private final ProjectionId id;
    private final ProjectionOptions options;
    private final ReaderGroup group;
    private final @Nullable StateSync own;
    private final Counters counters = new Counters();
    private final StoreCalls<E> store;
    private final Alignment<E> alignment;
    private final PositionWaits waits;
    private final Applying<E> applying;
    private final Map<String, Replay> replays = new HashMap<>();
    private final AtomicReference<@Nullable GroupReader<E>> reader = new AtomicReference<>();
    private final AtomicReference<@Nullable Throwable> stopped = new AtomicReference<>();
    private final AtomicBoolean dropping = new AtomicBoolean();
    private final Promise<Void> ended = Promise.promise();
    private final CloseOnce end;

    private OpenProjection(
            Vertx vertx,
            Strandline log,
            ReaderGroup group,
            @Nullable StateSync own,
            ProjectionStore<E> store,
            ProjectionOptions options) {
        this.vertx = vertx;
        this.context = (ContextInternal) vertx.getOrCreateContext();
        this.id = options.id();
        this.options = options;
        this.group = group;
        this.own = own;
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.PROCESSING, "projection " + id, this::closeAll);
        this.store =
                new StoreCalls<>(context, id, store, options.getStoreTimeoutMillis(), counters, () -> end.isClosing());
        this.alignment = new Alignment<>(context, log.catalog(), group, this.store, counters, id);
        this.waits = new PositionWaits(context, group::awaitPosition);
        this.applying = new Applying<>(id, this.store, waits, counters, new Member());
    }

    // ---- open

    static <E> Future<Projection> open(
            Vertx vertx,
            Strandline log,
            @Nullable StateSync sync,
            EventCodec<E> codec,
            ProjectionStore<E> store,
            ProjectionOptions options) {
        try {
            options.validate();
        } catch (StrandlineException.Invalid refused) {
            return Future.failedFuture(refused);
        }
        StateSync used = sync == null ? StateSync.create(vertx, MemoryRevisionStore.create()) : sync;
        StateSync own = sync == null ? used : null;
        GroupOptions read = new GroupOptions(options.getGroup());
        if (sync == null) {
            read.setHoldRetention(false); // nobody would end the hold of a process that has ended
        }
        String name = options.id().group();
        String scope = StreamName.parse(name).scope();
        return ReaderGroup.list(vertx, used, scope)
                .compose(known -> ReaderGroup.open(vertx, log, used, name, read).compose(group -> {
                    OpenProjection<E> open = new OpenProjection<>(vertx, log, group, own, store, options);
                    return open.begin(log, codec, known.contains(name));
                }))
                .recover(failure -> closeOwn(own).transform(closed -> Future.failedFuture(failure)));
    }

    private Future<Projection> begin(Strandline log, EventCodec<E> codec, boolean existed) {
        return alignment
                .begin(existed)
                .compose(aligned -> learnEnds(log))
                .compose(learned -> alignment.positions())
                .compose(positions -> {
                    positions.forEach(waits::reached);
                    String member = options.getMember();
                    return group.join(
                            member == null ? UUID.randomUUID().toString() : member, codec, options.readerOptions());
                })
                .map(joined -> {
                    start(joined);
                    return (Projection) this;
                })
                .recover(failure -> close().transform(closed -> Future.failedFuture(failure)));
    }

    private Future<?> learnEnds(Strandline log) {
        List<Future<?>> all = new ArrayList<>();
        for (String stream : options.getGroup().getStreams()) {
            all.add(log.catalog().endCut(stream).compose(cut -> log.catalog()
                    .describe(stream)
                    .onSuccess(description -> replays.put(stream, new Replay(cut, description)))));
        }
        return Future.all(all);
    }

    private void start(GroupReader<E> joined) {
        reader.set(joined);
        joined.partitionGainedHandler(gained ->
                alignment.positionAt(gained).onSuccess(position -> applying.gained(gained.partition(), position)));
        joined.partitionLostHandler(lost -> applying.lost(lost.partition()));
        joined.ended().onComplete((done, failure) -> {
            if (failure != null) {
                stopped.compareAndSet(null, failure);
            }
            close();
        });
        joined.batchHandler(applying::apply);
    }

    // ---- what batches ask

    /** What applying a batch needs of this member. */
    private final class Member implements Applying.Member {

        @Override
        public long replayBefore(String stream, long partition) {
            return OpenProjection.this.replayBefore(stream, partition);
        }

        @Override
        public Future<Void> stillMember() {
            return OpenProjection.this.stillMember();
        }

        @Override
        public void stop(Throwable cause) {
            OpenProjection.this.stop(cause);
        }
    }

    private long replayBefore(String stream, long partition) {
        Replay replay = replays.get(stream);
        return replay == null ? 0 : replay.before(partition);
    }

    private Future<Void> stillMember() {
        GroupReader<E> joined = reader.get();
        return joined == null
                ? Future.succeededFuture()
                : joined.commit()
                        .recover(failure -> failure instanceof StrandlineException.Fenced
                                ? Future.failedFuture(failure)
                                : Future.succeededFuture());
    }

    private void stop(Throwable cause) {
        boolean byItself = !end.isClosing() && stopped.compareAndSet(null, cause);
        if (byItself) {
            LOG.error("Projection {} stops", id, cause);
        }
        GroupReader<E> joined = reader.get();
        if (joined != null) {
            joined.close(); // at once, before the failed batch is judged as if its events were to blame
        }
        if (byItself) {
            close();
        }
    }

    // ---- what applications ask

    @Override
    public ProjectionId id() {
        return id;
    }

    @Override
    public Future<Void> pause() {
        return onContext(() -> onReader(GroupReader::pause));
    }

    @Override
    public Future<Void> resume() {
        return onContext(() -> onReader(GroupReader::resume));
    }

    private Future<Void> onReader(Consumer<GroupReader<E>> call) {
        GroupReader<E> joined = reader.get();
        if (joined == null || end.isClosing()) {
            return Future.failedFuture(closed());
        }
        call.accept(joined);
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> awaitPosition(StreamCut cut) {
        if (!replays.containsKey(cut.stream().toString())) {
            return failed(new StrandlineException.Invalid(
                    "projection " + id + " reads " + options.getGroup().getStreams() + ", and not " + cut.stream()));
        }
        return onContext(() -> end.isClosing() ? Future.failedFuture(closed()) : waits.await(cut));
    }

    @Override
    public Future<Void> caughtUp() {
        List<Future<Void>> all = new ArrayList<>();
        replays.values().forEach(replay -> all.add(awaitPosition(replay.end())));
        return Future.all(all).mapEmpty();
    }

    @Override
    public Future<GroupLag> lag() {
        return onContext(() -> stillMember().transform(told -> group.lag()));
    }

    @Override
    public ProjectionStatistics statistics() {
        return counters.read();
    }

    @Override
    public Future<Void> ended() {
        if (ended.future().isComplete()) {
            return ended.future(); // its context may have ended with Vert.x
        }
        Promise<Void> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        ended.future().onComplete(promise);
        return promise.future();
    }

    private <T> Future<T> failed(Throwable cause) {
        return ((ContextInternal) vertx.getOrCreateContext()).failedFuture(cause);
    }

    private <T> Future<T> onContext(Supplier<Future<T>> call) {
        Promise<T> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        context.runOnContext(turn ->
                Future.<Void>succeededFuture().compose(none -> call.get()).onComplete(promise));
        return promise.future();
    }

    private StrandlineException.Unavailable closed() {
        return new StrandlineException.Unavailable("projection " + id + " has ended here");
    }

    // ---- end

    @Override
    public Future<Void> close() {
        return end.close().otherwiseEmpty();
    }

    private Future<Void> closeAll() {
        Promise<Void> left = Promise.promise();
        GroupReader<E> joined = reader.get();
        if (joined == null) {
            left.complete();
        } else {
            context.runOnContext(turn -> joined.close().onComplete(gone -> {
                Throwable cause = stopped.get();
                waits.fail(cause == null ? closed() : cause);
                left.complete();
            }));
        }
        return left.future()
                .compose(done -> dropping.get() ? forget() : Future.succeededFuture())
                .transform(forgotten -> group.close()
                        .transform(done -> closeOwn(own))
                        .transform(done -> {
                            hasEnded();
                            return forgotten.succeeded()
                                    ? Future.succeededFuture()
                                    : Future.failedFuture(forgotten.cause());
                        }));
    }

    private Future<Void> forget() {
        return store.delete().compose(gone -> group.delete());
    }

    private void hasEnded() {
        Throwable cause = stopped.get();
        if (cause == null) {
            ended.tryComplete();
        } else {
            ended.tryFail(cause);
        }
    }

    private static Future<Void> closeOwn(@Nullable StateSync own) {
        return own == null ? Future.succeededFuture() : own.close();
    }

    @Override
    public Future<Void> drop() {
        if (end.isClosing()) {
            return failed(closed());
        }
        dropping.set(true);
        return end.close();
    }

    @Override
    public String toString() {
        return "projection " + id;
    }
}
