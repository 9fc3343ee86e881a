package io.strandline.log;

import io.strandline.server.Doors;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/** The port of a log of files, for tests in other packages that come between it and an application. */
public final class OpenPorts {

    private OpenPorts() {}

    public static Future<LogPort> files(Vertx vertx, Path directory) {
        return Doors.through(vertx, at -> new FileEngine().openPort(at, "file:" + directory, CrashChild.options()));
    }
}
