package io.strandline.server;

import io.strandline.Strandline;
import io.strandline.StrandlineOptions;
import io.strandline.client.ClientOptions;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Opens the log of a test at the distance that the run asks for: as the address says, or, with {@code
 * -Dstrandline.tests.door=tcp}, through a server of that log. So suites that were written against the interfaces run over TCP
 * unchanged. The server has a Vert.x instance of its own, as in another process. It ends when the log or the Vert.x of the test
 * does, after everything else.
 */
public final class Doors {

    private static final boolean IS_TCP = "tcp".equals(System.getProperty("strandline.tests.door"));

    private Doors() {}

    public static Future<Strandline> open(Vertx vertx, String address) {
        return open(vertx, address, new StrandlineOptions());
    }

    public static Future<Strandline> open(Vertx vertx, String address, StrandlineOptions options) {
        return log(vertx, at -> Strandline.open(at, address, options));
    }

    /** The log that is opened on the given instance, or a client of a server of it. */
    public static Future<Strandline> log(Vertx vertx, Function<Vertx, Future<Strandline>> open) {
        return IS_TCP
                ? overTcp(vertx, open).map(remote -> LogPort.strandline(vertx, remote.closingPort()))
                : open.apply(vertx);
    }

    /** The port that is opened on the given instance, or that of a client of a server of it. */
    public static Future<LogPort> through(Vertx vertx, Function<Vertx, Future<LogPort>> open) {
        return IS_TCP
                ? overTcp(vertx, at -> open.apply(at).map(port -> LogPort.strandline(at, port)))
                        .map(Remote::closingPort)
                : open.apply(vertx);
    }

    /** A client of a log through a server of its own, and what ends that. */
    private record Remote(Strandline log, CloseOnce server) {

        LogPort closingPort() {
            LogPort port = Objects.requireNonNull(LogPort.of(log));
            return ending(port, () -> port.close().eventually(server::close));
        }
    }

    private static Future<Remote> overTcp(Vertx vertx, Function<Vertx, Future<Strandline>> open) {
        Vertx other = Vertx.vertx();
        CloseOnce end = CloseOnce.with(vertx, CloseOnce.Stage.ENGINES, "server of a test", other::close);
        return open.apply(other)
                .compose(log -> StrandlineServer.listen(other, log, new ServerOptions().setPort(0)))
                .compose(server -> Strandline.open(vertx, "tcp://127.0.0.1:" + server.port(), new ClientOptions()))
                .map(log -> new Remote(log, end))
                .recover(cause -> end.close().transform(closed -> Future.failedFuture(cause)));
    }

    /** The same port with another end. */
    private static LogPort ending(LogPort port, Supplier<Future<Void>> close) {
        return (LogPort) Proxy.newProxyInstance(
                LogPort.class.getClassLoader(), new Class<?>[] {LogPort.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        return close.get();
                    }
                    try {
                        return method.invoke(port, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
