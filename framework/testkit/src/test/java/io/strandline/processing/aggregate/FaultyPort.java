package io.strandline.processing.aggregate;

import io.strandline.StrandlineException;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** A port of which appends get lost, are taken and not answered, or are answered late, and claims are not answered. */
final class FaultyPort {

    enum Fate {
        TAKEN,
        /** The log never sees it, and the answer is Unknown. */
        LOST,
        /** The log takes it, and the answer is Unknown. */
        UNANSWERED,
        /** The log takes it, and the answer comes after {@link #release()}. */
        HELD,
        /** The log takes it, and the answer is Unknown after {@link #release()}. */
        HELD_UNANSWERED
    }

    private final Forward port;
    private final Promise<Void> released = Promise.promise();
    private final AtomicInteger unansweredClaims = new AtomicInteger();
    private volatile Fate fate = Fate.TAKEN;

    FaultyPort(LogPort port) {
        this.port = new Forward(port);
    }

    void fate(Fate next) {
        fate = next;
    }

    /** The log takes the next claims, and their answers are Unknown. */
    void loseAnswersOfClaims(int claims) {
        unansweredClaims.set(claims);
    }

    /** Claims whose answers are still to be lost. */
    int unansweredClaims() {
        return unansweredClaims.get();
    }

    /** Gives the answers that are held. */
    void release() {
        released.complete();
    }

    LogPort asPort() {
        return (LogPort) Proxy.newProxyInstance(
                LogPort.class.getClassLoader(), new Class<?>[] {LogPort.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("claim")
                            && unansweredClaims.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                        return lost((Future<?>) port.call(method, arguments));
                    }
                    Fate now = fate;
                    if (!method.getName().equals("append") || now == Fate.TAKEN) {
                        return port.call(method, arguments);
                    }
                    if (now == Fate.HELD) {
                        Future<?> held = (Future<?>) port.call(method, arguments);
                        return held.compose(done -> released.future().map(done));
                    }
                    if (now == Fate.HELD_UNANSWERED) {
                        Future<?> held = (Future<?>) port.call(method, arguments);
                        return lost(held.compose(done -> released.future()));
                    }
                    Future<?> taken =
                            now == Fate.LOST ? Future.succeededFuture() : (Future<?>) port.call(method, arguments);
                    return lost(taken);
                });
    }

    private static Future<?> lost(Future<?> taken) {
        return taken.transform(done -> Future.failedFuture(new StrandlineException.Unknown("the answer is lost")));
    }
}
