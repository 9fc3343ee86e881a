package io.strandline.processing.rxjava3;

import io.reactivex.rxjava3.core.BackpressureStrategy;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.StreamCut;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineAudit;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineSwitch;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.ParkedEvent;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.RunningPipeline.WindowsAnswer;
import io.strandline.processing.pipeline.StateChange;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.rxjava3.RxStrandline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@link RunningPipeline} for RxJava: each call is made when it is subscribed to. */
public final class RxRunningPipeline {

    private final RunningPipeline running;
    /** Who subscribed last to {@link #statuses}. */
    private final AtomicReference<@Nullable Object> hears = new AtomicReference<>();

    RxRunningPipeline(RunningPipeline running) {
        this.running = running;
    }

    /**
     * Starts a pipeline.
     *
     * @see Pipeline#deploy
     */
    public static Single<RxRunningPipeline> deploy(
            Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options) {
        PipelineOptions own = new PipelineOptions(options);
        return single(() -> pipeline.deploy(vertx, log.delegate(), own)).map(RxRunningPipeline::new);
    }

    /**
     * Starts a pipeline with its snapshots in a store.
     *
     * @see Pipeline#deploy(Vertx, io.strandline.Strandline, PipelineOptions, CheckpointStore)
     */
    public static Single<RxRunningPipeline> deploy(
            Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options, CheckpointStore store) {
        PipelineOptions own = new PipelineOptions(options);
        return single(() -> pipeline.deploy(vertx, log.delegate(), own, store)).map(RxRunningPipeline::new);
    }

    /**
     * Starts a pipeline from an earlier checkpoint.
     *
     * @see Pipeline#restore
     */
    public static Single<RxRunningPipeline> restore(
            Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options, String checkpoint) {
        PipelineOptions own = new PipelineOptions(options);
        return single(() -> pipeline.restore(vertx, log.delegate(), own, checkpoint))
                .map(RxRunningPipeline::new);
    }

    /**
     * Starts a pipeline without state.
     *
     * @see Pipeline#reset
     */
    public static Single<RxRunningPipeline> reset(
            Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options) {
        PipelineOptions own = new PipelineOptions(options);
        return single(() -> pipeline.reset(vertx, log.delegate(), own)).map(RxRunningPipeline::new);
    }

    /**
     * Starts a version of a pipeline beside the one that runs.
     *
     * @see Pipeline#runBeside
     */
    public static Single<RxRunningPipeline> runBeside(
            Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options, @Nullable String checkpoint) {
        PipelineOptions own = new PipelineOptions(options);
        return single(() -> pipeline.runBeside(vertx, log.delegate(), own, checkpoint))
                .map(RxRunningPipeline::new);
    }

    /**
     * As {@link #runBeside(Pipeline, Vertx, RxStrandline, PipelineOptions, String)}, with a store.
     *
     * @see Pipeline#runBeside(Vertx, io.strandline.Strandline, PipelineOptions, CheckpointStore, String)
     */
    public static Single<RxRunningPipeline> runBeside(
            Pipeline pipeline,
            Vertx vertx,
            RxStrandline log,
            PipelineOptions options,
            CheckpointStore store,
            @Nullable String checkpoint) {
        PipelineOptions own = new PipelineOptions(options);
        return single(() -> pipeline.runBeside(vertx, log.delegate(), own, store, checkpoint))
                .map(RxRunningPipeline::new);
    }

    /**
     * Deletes what a version of a pipeline keeps that is not the pipeline.
     *
     * @see Pipeline#drop
     */
    public static Completable drop(Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options) {
        PipelineOptions own = new PipelineOptions(options);
        return completable(() -> pipeline.drop(vertx, log.delegate(), own));
    }

    /**
     * As {@link #drop(Pipeline, Vertx, RxStrandline, PipelineOptions)}, with a store.
     *
     * @see Pipeline#drop(Vertx, io.strandline.Strandline, PipelineOptions, CheckpointStore)
     */
    public static Completable drop(
            Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options, CheckpointStore store) {
        PipelineOptions own = new PipelineOptions(options);
        return completable(() -> pipeline.drop(vertx, log.delegate(), own, store));
    }

    /**
     * Deletes what a pipeline keeps.
     *
     * @see Pipeline#delete
     */
    public static Completable delete(Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options) {
        PipelineOptions own = new PipelineOptions(options);
        return completable(() -> pipeline.delete(vertx, log.delegate(), own));
    }

    /**
     * Deletes what a pipeline with a store keeps.
     *
     * @see Pipeline#delete(Vertx, io.strandline.Strandline, PipelineOptions, CheckpointStore)
     */
    public static Completable delete(
            Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options, CheckpointStore store) {
        PipelineOptions own = new PipelineOptions(options);
        return completable(() -> pipeline.delete(vertx, log.delegate(), own, store));
    }

    /**
     * Compares a pipeline with the newest checkpoint: what a start would do with the state.
     *
     * @see Pipeline#compare
     */
    public static Single<List<StateChange>> compare(
            Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options) {
        PipelineOptions own = new PipelineOptions(options);
        return single(() -> pipeline.compare(vertx, log.delegate(), own));
    }

    /**
     * As {@link #compare(Pipeline, Vertx, RxStrandline, PipelineOptions)}, with a store.
     *
     * @see Pipeline#compare(Vertx, io.strandline.Strandline, PipelineOptions, CheckpointStore)
     */
    public static Single<List<StateChange>> compare(
            Pipeline pipeline, Vertx vertx, RxStrandline log, PipelineOptions options, CheckpointStore store) {
        PipelineOptions own = new PipelineOptions(options);
        return single(() -> pipeline.compare(vertx, log.delegate(), own, store));
    }

    /** The pipeline itself. */
    public RunningPipeline delegate() {
        return running;
    }

    /**
     * How far the source is processed.
     *
     * @see RunningPipeline#position
     */
    public Single<StreamCut> position() {
        return single(running::position);
    }

    /**
     * How far one of several sources is processed.
     *
     * @see RunningPipeline#position(String)
     */
    public Single<StreamCut> position(String source) {
        return single(() -> running.position(source));
    }

    /** Number of events in the sources and internal streams that are not yet processed. */
    public Single<Long> lag() {
        return single(running::lag);
    }

    /**
     * Takes a checkpoint.
     *
     * @see RunningPipeline#checkpoint
     */
    public Single<Checkpoint> checkpoint() {
        return single(running::checkpoint);
    }

    /**
     * Takes a checkpoint that has a name and is kept.
     *
     * @see RunningPipeline#checkpoint(String)
     */
    public Single<Checkpoint> checkpoint(String name) {
        return single(() -> running.checkpoint(name));
    }

    /**
     * Takes the name of a checkpoint back.
     *
     * @see RunningPipeline#unpin
     */
    public Completable unpin(String name) {
        return completable(() -> running.unpin(name));
    }

    /** The checkpoints that are kept. */
    public Single<List<Checkpoint>> checkpoints() {
        return single(running::checkpoints);
    }

    /**
     * Checks that the pipeline is deterministic.
     *
     * @see RunningPipeline#audit
     */
    public Single<PipelineAudit> audit(String from, String to) {
        return single(() -> running.audit(from, to));
    }

    /**
     * The newest audit in the background.
     *
     * @see RunningPipeline#lastAudit
     */
    public @Nullable PipelineAudit lastAudit() {
        return running.lastAudit();
    }

    /** What the pipeline is and how its tasks do. */
    public Single<PipelineDescription> describe() {
        return single(running::describe);
    }

    /**
     * The state of a key.
     *
     * @see RunningPipeline#state
     */
    public Single<StateAnswer> state(String operator, String key) {
        return single(() -> running.state(operator, key));
    }

    /**
     * The windows of a key that an event may still change.
     *
     * @see RunningPipeline#windows
     */
    public Single<WindowsAnswer> windows(String operator, String key) {
        return single(() -> running.windows(operator, key));
    }

    /**
     * A page of the keys of a range that have a state.
     *
     * @see RunningPipeline#states
     */
    public Single<StatePage> states(String operator, StateRange range) {
        return single(() -> running.states(operator, range));
    }

    /**
     * Switches the pipeline to a version that runs beside this one.
     *
     * @see RunningPipeline#switchTo(RunningPipeline)
     */
    public Single<PipelineSwitch> switchTo(RxRunningPipeline beside) {
        return single(() -> running.switchTo(beside.running));
    }

    /**
     * Switches the pipeline to a version that runs beside this one, if that catches up in time.
     *
     * @see RunningPipeline#switchTo(RunningPipeline, long)
     */
    public Single<PipelineSwitch> switchTo(RxRunningPipeline beside, long maxCatchUpMillis) {
        return single(() -> running.switchTo(beside.running, maxCatchUpMillis));
    }

    /** The checkpoints that have names. */
    public Single<SortedMap<String, Checkpoint>> pinnedCheckpoints() {
        return single(running::pinnedCheckpoints);
    }

    /**
     * Waits until a checkpoint holds all events before a cut.
     *
     * @see RunningPipeline#awaitPosition
     */
    public Single<Checkpoint> awaitPosition(StreamCut cut) {
        return single(() -> running.awaitPosition(cut));
    }

    /**
     * Waits until a checkpoint holds all events that the source has now.
     *
     * @see RunningPipeline#awaitEnd
     */
    public Single<Checkpoint> awaitEnd() {
        return single(running::awaitEnd);
    }

    /**
     * Number of events that came too late for their windows.
     *
     * @see RunningPipeline#lateEvents
     */
    public long lateEvents() {
        return running.lateEvents();
    }

    /**
     * Processes no event until it is resumed.
     *
     * @see RunningPipeline#pause
     */
    public Completable pause() {
        return completable(running::pause);
    }

    /**
     * Goes on after a pause or a failure.
     *
     * @see RunningPipeline#resume
     */
    public Completable resume() {
        return completable(running::resume);
    }

    /**
     * A page of the parked events.
     *
     * @see RunningPipeline#parked(long, int)
     */
    public Single<List<ParkedEvent>> parked(long after, int limit) {
        return single(() -> running.parked(after, limit));
    }

    /**
     * Hands parked events to a handler.
     *
     * @see RunningPipeline#replay
     */
    public <E> Single<Integer> replay(
            List<Long> ids, EventCodec<E> codec, Function<EventRecord<E>, Completable> handler) {
        return single(() -> running.replay(ids, codec, event -> RxGroupReader.future(handler.apply(event))));
    }

    /**
     * Forgets parked events.
     *
     * @see RunningPipeline#dropParked
     */
    public Single<Integer> dropParked(List<Long> ids) {
        return single(() -> running.dropParked(ids));
    }

    /**
     * How the pipeline is: at once, and whenever it has changed. A subscriber that does not keep up gets the newest. One is told at a
     * time, as {@link RunningPipeline#statusHandler} says. Completes after the status that it has stopped.
     */
    public Flowable<PipelineStatus> statuses() {
        return Flowable.<PipelineStatus>create(
                        emitter -> {
                            emitter.setCancellable(() -> {
                                if (hears.compareAndSet(emitter, null)) {
                                    running.statusHandler(null);
                                }
                            });
                            hears.set(emitter);
                            running.statusHandler(emitter::onNext);
                        },
                        BackpressureStrategy.LATEST)
                .takeUntil(status -> status.state() == PipelineStatus.State.STOPPED);
    }

    /** How the pipeline is now. */
    public PipelineStatus status() {
        return running.status();
    }

    /** The pipeline's checkpoints until now. */
    public CheckpointStatistics statistics() {
        return running.statistics();
    }

    /**
     * Completes when the pipeline was closed, and fails with the cause when it stopped by itself.
     *
     * @see RunningPipeline#ended
     */
    public Completable ended() {
        return completable(running::ended);
    }

    /**
     * Stops cleanly.
     *
     * @see RunningPipeline#close
     */
    public Completable close() {
        return completable(running::close);
    }

    private static <T> Single<T> single(Supplier<Future<T>> call) {
        return Single.create(emitter -> call.get().onComplete(emitter::onSuccess, emitter::tryOnError));
    }

    private static Completable completable(Supplier<Future<Void>> call) {
        return Completable.create(emitter -> call.get().onComplete(done -> emitter.onComplete(), emitter::tryOnError));
    }
}
