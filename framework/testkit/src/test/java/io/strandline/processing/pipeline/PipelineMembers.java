package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.PausedStore;
import io.strandline.processing.pipeline.share.PipelineMember;
import io.strandline.spi.LogPort;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * A member of those that share a pipeline, as a process has it: its own entry to the log, and its own way to what the members agree on. It
 * may be paused, so that the others believe it dead while it works on, and it may be killed.
 */
final class PipelineMembers {

    private final PausedStore store;
    private final MortalLog way;
    private final PipelineMember member;
    private final Future<Void> ended;

    private PipelineMembers(Vertx vertx, LogPort port, Pipeline pipeline, PipelineOptions options, boolean isFenced) {
        this.way = new MortalLog(port, isFenced);
        Strandline log = way.strandline(vertx);
        this.store = new PausedStore(LogRevisionStore.open(vertx, log));
        this.member = get(PipelineMember.join(vertx, log, StateSync.create(vertx, store.asStore()), pipeline, options));
        this.ended = member.ended();
    }

    static PipelineMembers join(Vertx vertx, LogPort port, Pipeline pipeline, PipelineOptions options) {
        return new PipelineMembers(vertx, port, pipeline, options, true);
    }

    /** One whose outputs have writers with names of their own, so that nobody fences them, and they fence nobody. */
    static PipelineMembers unfenced(Vertx vertx, LogPort port, Pipeline pipeline, PipelineOptions options) {
        return new PipelineMembers(vertx, port, pipeline, options, false);
    }

    PipelineMember member() {
        return member;
    }

    /** Its calls to what the members share that wait since it was paused. */
    int held() {
        return store.held();
    }

    /** Why it could not go on, or null. */
    @Nullable
    Throwable failure() {
        return ended.cause();
    }

    int parts() {
        return member.running().size();
    }

    /** Its heartbeats are heard no more, and it hears of nothing. What it runs goes on. */
    void pause() {
        store.pause();
    }

    void resume() {
        store.resume();
    }

    /** Its calls to the log, and its heartbeats, come when it goes on, as those of a process that is stopped. */
    void stall() {
        way.stall();
    }

    void goOn() {
        way.goOn();
    }

    /** Has what runs here tell how far event time has come, as somebody who waits for results does. */
    void tell() {
        member.running().values().forEach(RunningPipeline::awaitEnd);
    }

    /** It does nothing more. */
    void kill() {
        way.kill();
        store.fail(new StrandlineException.Invalid("killed"));
    }

    void leave() {
        get(member.leave());
    }
}
