package io.strandline.processing.pipeline.share.impl;

import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.internal.Implementation;
import io.strandline.processing.group.PartitionHolder;
import io.strandline.processing.group.PartitionShare;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.PipelineParts;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.strandline.processing.pipeline.share.PipelineMember;
import io.strandline.processing.pipeline.share.PipelineMemberProvider;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.strandline.sync.StateSync;
import io.vertx.core.Closeable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A member: runs the parts that the members agree it has. That is a proposal. What counts is the run that opened the checkpoint stream of
 * a part last, because it fences the run before.
 *
 * <pre>
 *   gained   ──▶ the part runs here, from its newest checkpoint
 *   released ──▶ last checkpoint ──▶ the others hear of it
 *   lost     ──▶ it stops here. What it still appends is refused when the next one has begun
 *   ended    ──▶ nothing runs here
 * </pre>
 *
 * <p>It has a context of its own, whose timers are the heartbeats.
 */
final class OpenMember implements PipelineMember, PartitionHolder, PartRun.Surroundings {

    private static final Logger LOG = Logger.of(OpenMember.class);

    private final Setting setting;
    private final ContextInternal context;
    private final String name = UUID.randomUUID().toString();
    private final CloseOnce end;
    private final Promise<Void> ended = Promise.promise();

    /** Partition that is shared → what runs it. Changed on the context. */
    private final ConcurrentHashMap<Long, PartRun> runs = new ConcurrentHashMap<>();

    /** Partition → completes when what ran it here is done. */
    private final Map<Long, Future<Void>> ending = new HashMap<>();

    private final PartStatuses statuses = new PartStatuses();

    private @Nullable PartitionShare share;
    private @Nullable Throwable failure;
    private volatile SortedMap<Integer, String> holders = new TreeMap<>();

    /**
     * What a member runs.
     *
     * @param options checked, and changed by nobody
     * @param store see {@link PipelineMemberProvider#join}
     * @param shared a partition for each part
     */
    record Setting(
            Vertx vertx,
            Strandline log,
            Pipeline pipeline,
            PipelineOptions options,
            @Nullable CheckpointStore store,
            StreamDescription shared) {

        Pipeline part(long partition) {
            return PipelineParts.part(pipeline, shared, partition);
        }

        int number(long partition) {
            return shared.partitions().indexOf(shared.partition(partition));
        }

        int number(Pipeline part) {
            return number(shared.partitions().stream()
                    .map(PartitionDescription::id)
                    .filter(partition -> part(partition).name().equals(part.name()))
                    .findFirst()
                    .orElseThrow());
        }
    }

    private OpenMember(Setting setting) {
        this.setting = setting;
        this.context = ((VertxInternal) setting.vertx()).createEventLoopContext();
        this.end = CloseOnce.with(
                setting.vertx(), CloseOnce.Stage.PROCESSING, toString(), () -> Hop.to(context, this::leaveNow));
    }

    /** Joins the others, and begins to run its share. */
    static Future<PipelineMember> join(Setting setting, StateSync sync) {
        ContextInternal opener = (ContextInternal) setting.vertx().getOrCreateContext();
        OpenMember member = new OpenMember(setting);
        return Hop.to(member.context, () -> member.enter(sync)).map(entered -> {
            Closeable hook = completion -> member.leave().onComplete(completion);
            CloseOnce.endWithVerticle(opener, hook);
            return member;
        });
    }

    private Future<Void> enter(StateSync sync) {
        PartitionShare.Member self = new PartitionShare.Member(
                setting.shared().name().toString(), name, setting.options().getLeaseMillis());
        return PartitionShare.join(setting.vertx(), setting.log(), sync, self, this)
                .onFailure(cause -> end.forget())
                .compose(joined -> {
                    if (end.isClosing()) {
                        // It was closed while there was nothing to leave yet.
                        return joined.leave()
                                .transform(left ->
                                        Future.failedFuture(new StrandlineException.Unavailable(this + " is closed")));
                    }
                    share = joined;
                    joined.begin();
                    return Future.succeededFuture();
                });
    }

    // ---- what the members agree on

    @Override
    public void gained(long partition, long claim) {
        PartRun run = new PartRun(setting.part(partition), this);
        runs.put(partition, run);
        run.begin(ending.getOrDefault(partition, Future.succeededFuture()));
    }

    @Override
    public void lost(long partition) {
        stop(partition);
    }

    @Override
    public Future<?> release(long partition) {
        return stop(partition);
    }

    private Future<Void> stop(long partition) {
        Future<Void> before = ending.getOrDefault(partition, Future.succeededFuture());
        PartRun run = runs.remove(partition);
        if (run == null) {
            return before;
        }
        Future<Void> stopped = run.end().compose(done -> before);
        ending.put(partition, stopped);
        stopped.onComplete(done -> ending.remove(partition, stopped));
        return stopped;
    }

    @Override
    public void assigned(PartitionShare.Holders now) {
        SortedMap<Integer, String> known = new TreeMap<>();
        now.holders().forEach((partition, member) -> {
            if (!member.equals(PartitionShare.NOBODY)) {
                known.put(setting.number(partition), member);
            }
        });
        holders = known;
    }

    @Override
    public void ended(Throwable cause) {
        fail(cause);
    }

    // ---- what the runs need

    @Override
    public Future<RunningPipeline> deploy(Pipeline part) {
        return PipelineParts.requireShared(setting.log(), setting.pipeline(), setting.shared())
                .compose(isThere -> Implementation.of(Pipeline.Provider.class)
                        .deploy(
                                part,
                                setting.vertx(),
                                setting.log(),
                                setting.options(),
                                setting.store(),
                                Pipeline.Provider.Start.NEWEST))
                .onSuccess(run -> statuses.watch(setting.number(part), run));
    }

    @Override
    public boolean isLate() {
        return Objects.requireNonNull(share).isLate();
    }

    @Override
    public Future<Void> refresh() {
        return Objects.requireNonNull(share).refresh();
    }

    @Override
    public void later(long millis, Runnable task) {
        context.owner().setTimer(millis, due -> run(task));
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void run(Runnable task) {
        try {
            context.runOnContext(told -> task.run());
        } catch (RejectedExecutionException vertxIsClosed) {
            LOG.debug("{} has ended with Vert.x", this);
        }
    }

    @Override
    public void failed(Pipeline part, Throwable cause) {
        fail(cause);
    }

    private void fail(Throwable cause) {
        if (failure == null && !end.isClosing()) {
            failure = cause;
            LOG.error("{} leaves", this, cause);
            end.close();
        }
    }

    // ---- what applications ask

    @Override
    public String name() {
        return name;
    }

    @Override
    public SortedMap<Integer, RunningPipeline> running() {
        SortedMap<Integer, RunningPipeline> all = new TreeMap<>();
        runs.forEach((partition, run) -> {
            RunningPipeline now = run.running();
            if (now != null) {
                all.put(setting.number(partition), now);
            }
        });
        return all;
    }

    @Override
    public void statusHandler(@Nullable Handler<PartStatus> handler) {
        Context caller = context.owner().getOrCreateContext();
        run(() -> statuses.tell(caller, handler));
    }

    @Override
    public SortedMap<Integer, String> holders() {
        return new TreeMap<>(holders);
    }

    @Override
    public Future<Void> ended() {
        Future<Void> over = ended.future();
        // Its context may have ended with Vert.x.
        return over.isComplete() ? over : Hop.to(context, () -> over);
    }

    @Override
    public Future<Void> leave() {
        return end.close();
    }

    private Future<Void> leaveNow() {
        PartitionShare joined = share;
        Future<Void> left =
                joined == null ? Future.succeededFuture() : joined.leave().otherwiseEmpty();
        return left.compose(gone -> {
                    List.copyOf(runs.keySet()).forEach(this::stop);
                    return Future.join(List.copyOf(ending.values()));
                })
                .transform(stopped -> {
                    Throwable cause = failure;
                    if (cause == null) {
                        ended.tryComplete();
                    } else {
                        ended.tryFail(cause);
                    }
                    return Future.succeededFuture();
                });
    }

    @Override
    public String toString() {
        return "member " + name + " of " + setting.pipeline();
    }
}
