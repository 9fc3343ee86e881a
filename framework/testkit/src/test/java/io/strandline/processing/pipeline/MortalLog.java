package io.strandline.processing.pipeline;

import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The way of one process to a log that others use too. The process may be stopped, so that its calls come when it goes on, and it may be
 * killed: what is under way then may have arrived, and is not answered.
 */
final class MortalLog {

    private final LogPort port;
    private final boolean isFenced;
    private final String alias = UUID.randomUUID().toString();
    private final AtomicLong calls = new AtomicLong();
    private final Map<Long, Promise<Void>> awaited = new ConcurrentHashMap<>();
    private volatile boolean killed;
    private volatile boolean released;
    /** While it stalls, until when. Completed otherwise. */
    private volatile Promise<Void> passage = passable();

    /** @param isFenced false if its writers have names of their own, so that nobody fences them, and they fence nobody */
    MortalLog(LogPort port, boolean isFenced) {
        this.port = port;
        this.isFenced = isFenced;
    }

    /** An entry point of its own. */
    Strandline strandline(Vertx vertx) {
        return LogPort.strandline(vertx, mortal());
    }

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
        if (isAsked) {
            Promise<Void> reached = awaited.remove(calls.incrementAndGet());
            if (reached != null) {
                reached.complete();
            }
        }
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

    /** Its calls come when it goes on, as those of a process that is stopped. */
    void stall() {
        if (passage.future().isComplete()) {
            passage = Promise.promise();
        }
        if (released) {
            goOn();
        }
    }

    /** Completes within a call, before the log has it. The first one of all is number 1. */
    Future<Void> atCall(long call) {
        return awaited.computeIfAbsent(call, first -> Promise.promise()).future();
    }

    long calls() {
        return calls.get();
    }

    void goOn() {
        passage.tryComplete();
    }

    /** It goes on, and stalls no more. */
    void release() {
        released = true;
        goOn();
    }

    /** It does nothing more. */
    void kill() {
        killed = true;
        release();
    }
}
