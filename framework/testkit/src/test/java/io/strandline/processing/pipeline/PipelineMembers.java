package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;

import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.PausedStore;
import io.strandline.processing.pipeline.share.PipelineMember;
import io.strandline.spi.LogPort;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A member of those that share a pipeline, as a process has it: its own entry to the log, and its own way to what the members agree on. It
 * may be paused, so that the others believe it dead while it works on, and it may be killed.
 */
final class PipelineMembers {

    private final PausedStore store;
    private final LogPort port;
    private final boolean isFenced;
    private final String alias = UUID.randomUUID().toString();
    private volatile boolean killed;
    /** While it stalls, until when. Completed otherwise. */
    private volatile Promise<Void> passage = passable();

    private final PipelineMember member;
    private final Future<Void> ended;

    private PipelineMembers(Vertx vertx, LogPort port, Pipeline pipeline, PipelineOptions options, boolean isFenced) {
        this.port = port;
        this.isFenced = isFenced;
        Strandline log = LogPort.strandline(vertx, mortal());
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

    /** The log, until the member is killed. What is under way then may have arrived, and is not answered. */
    private LogPort mortal() {
        Catalog catalog = mortal(Catalog.class, port.catalog());
        return (LogPort) Proxy.newProxyInstance(
                LogPort.class.getClassLoader(),
                new Class<?>[] {LogPort.class},
                (proxy, method, arguments) ->
                        method.getName().equals("catalog") ? catalog : call(port, method, arguments));
    }

    private <T> T mortal(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> call(target, method, arguments)));
    }

    private Object call(Object target, Method method, Object[] arguments) throws Throwable {
        boolean isAsked =
                Future.class.equals(method.getReturnType()) && !method.getName().equals("close");
        if (killed && isAsked) {
            return Future.failedFuture(new StrandlineException.Unavailable("killed"));
        }
        boolean isAdmission = method.getName().endsWith("mitWriter");
        if (isAdmission && !isFenced && arguments[1] instanceof String id && !id.endsWith("/checkpoints")) {
            arguments[1] = id + "/" + alias;
        }
        Promise<Void> now = passage;
        if (isAsked && !now.future().isComplete()) {
            return now.future().compose(late -> {
                if (killed) {
                    return Future.failedFuture(new StrandlineException.Unavailable("killed"));
                }
                try {
                    return answered((Future<?>) method.invoke(target, arguments));
                } catch (ReflectiveOperationException refused) {
                    return Future.failedFuture(refused.getCause());
                }
            });
        }
        Object answer;
        try {
            answer = method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        return isAsked ? answered((Future<?>) answer) : answer;
    }

    private static Promise<Void> passable() {
        Promise<Void> open = Promise.promise();
        open.complete();
        return open;
    }

    private Future<?> answered(Future<?> answer) {
        return answer.compose(done ->
                killed ? Future.failedFuture(new StrandlineException.Unknown("killed")) : Future.succeededFuture(done));
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
        if (passage.future().isComplete()) {
            passage = Promise.promise();
        }
    }

    void goOn() {
        passage.tryComplete();
    }

    /** Has what runs here tell how far event time has come, as somebody who waits for results does. */
    void tell() {
        member.running().values().forEach(RunningPipeline::awaitEnd);
    }

    /** It does nothing more. */
    void kill() {
        killed = true;
        goOn();
        store.fail(new StrandlineException.Invalid("killed"));
    }

    void leave() {
        get(member.leave());
    }
}
