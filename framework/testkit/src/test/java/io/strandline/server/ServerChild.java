package io.strandline.server;

import io.strandline.Strandline;
import io.strandline.log.CrashChild;
import io.vertx.core.Vertx;

/** The process that {@link ServerKillTest} kills: a server of a log of files. It says where it listens, and then that it lives. */
public final class ServerChild {

    private static final long SIGN_OF_LIFE_MILLIS = 10;

    private ServerChild() {}

    /** Arguments: directory, port or 0. */
    public static void main(String[] arguments) {
        CrashChild.dieWithParent();
        Vertx vertx = Vertx.vertx();
        Strandline.open(vertx, "file:" + arguments[0], CrashChild.options())
                .compose(
                        log -> SamePort.listen(vertx, log, new ServerOptions().setPort(Integer.parseInt(arguments[1]))))
                .onSuccess(server -> {
                    CrashChild.say("O " + server.port());
                    vertx.setPeriodic(SIGN_OF_LIFE_MILLIS, alive -> CrashChild.say("T"));
                })
                .onFailure(cause -> CrashChild.failed("listen", cause));
    }
}
