package io.strandline.processing.aggregate;

import io.strandline.StrandlineException;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** A port of which appends get lost, or are taken and not answered. */
final class FaultyPort {

    enum Fate {
        TAKEN,
        /** The log never sees it, and the answer is Unknown. */
        LOST,
        /** The log takes it, and the answer is Unknown. */
        UNANSWERED
    }

    private final LogPort port;
    private volatile Fate fate = Fate.TAKEN;

    /** Parcels that met another fate. */
    final AtomicInteger met = new AtomicInteger();

    FaultyPort(LogPort port) {
        this.port = port;
    }

    void fate(Fate next) {
        fate = next;
    }

    LogPort asPort() {
        return (LogPort) Proxy.newProxyInstance(
                LogPort.class.getClassLoader(), new Class<?>[] {LogPort.class}, (proxy, method, arguments) -> {
                    Fate now = fate;
                    if (!method.getName().equals("append") || now == Fate.TAKEN) {
                        return forward(method, arguments);
                    }
                    met.incrementAndGet();
                    Future<?> taken =
                            now == Fate.LOST ? Future.succeededFuture() : (Future<?>) forward(method, arguments);
                    return taken.transform(
                            done -> Future.failedFuture(new StrandlineException.Unknown("the answer is lost")));
                });
    }

    private Object forward(Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(port, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
