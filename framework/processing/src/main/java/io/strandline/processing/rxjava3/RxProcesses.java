package io.strandline.processing.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.processing.process.ProcessState;
import io.strandline.processing.process.ProcessStatistics;
import io.strandline.processing.process.ProcessTargets;
import io.strandline.processing.process.Processes;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Supplier;

/**
 * {@link Processes} for RxJava: each call is made when it is subscribed to.
 *
 * @param <S> state of one instance
 */
public final class RxProcesses<S> {

    private final Processes<S> processes;

    private RxProcesses(Processes<S> processes) {
        this.processes = processes;
    }

    /**
     * Opens a process.
     *
     * @see Processes#open
     */
    public static <S> Single<RxProcesses<S>> open(
            Vertx vertx,
            RxStrandline log,
            StateSync sync,
            Process<S> process,
            ProcessTargets targets,
            ProcessOptions options) {
        ProcessOptions own = new ProcessOptions(options);
        return single(() -> Processes.open(vertx, log.delegate(), sync, process, targets, own))
                .map(RxProcesses::new);
    }

    /** The processes themselves. */
    public Processes<S> delegate() {
        return processes;
    }

    /**
     * One instance as it is now.
     *
     * @see Processes#state
     */
    public Single<ProcessState<S>> state(String key) {
        return single(() -> processes.state(key));
    }

    /**
     * The group that reads the sources.
     *
     * @see Processes#group
     */
    public ReaderGroup group() {
        return processes.group();
    }

    /**
     * Reacts to events that were parked.
     *
     * @see Processes#replayParked
     */
    public Single<Integer> replayParked(List<Long> ids) {
        return single(() -> processes.replayParked(ids));
    }

    /** What was done until now. */
    public ProcessStatistics statistics() {
        return processes.statistics();
    }

    /**
     * Completes when the process was closed, and fails with the cause when it stopped by itself.
     *
     * @see Processes#ended
     */
    public Completable ended() {
        return completable(processes::ended);
    }

    /**
     * Reacts to no more events, and completes when everything is released.
     *
     * @see Processes#close
     */
    public Completable close() {
        return completable(processes::close);
    }

    private static <T> Single<T> single(Supplier<Future<T>> call) {
        return Single.create(emitter -> call.get().onComplete(emitter::onSuccess, emitter::tryOnError));
    }

    private static Completable completable(Supplier<Future<Void>> call) {
        return Completable.create(emitter -> call.get().onComplete(done -> emitter.onComplete(), emitter::tryOnError));
    }
}
