package io.strandline.log;

import io.strandline.Strandline;
import io.strandline.testkit.HookedDisk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Logs of files whose disk a test lets fail, for tests in other packages. */
public final class HookedLogs {

    private HookedLogs() {}

    public static Future<Strandline> open(Vertx vertx, String address, LogOptions options, HookedDisk.Hook hook) {
        return new FileEngine(disk -> new HookedDisk(disk, hook)).open(vertx, address, options);
    }
}
