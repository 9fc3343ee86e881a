package io.strandline.log;

import io.strandline.Strandline;
import io.strandline.log.impl.file.LogHome;
import io.strandline.log.spi.Disk;
import io.strandline.spi.LogPort;
import io.strandline.testkit.HookedDisk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;

/** Logs of files whose disk a test lets fail, or that a test brings along, for tests in other packages. */
public final class HookedLogs {

    private HookedLogs() {}

    /** Takes what {@code around} gives for the disk. */
    public static FileEngine engine(UnaryOperator<Disk> around) {
        return new FileEngine(around);
    }

    public static Future<Strandline> open(Vertx vertx, String address, LogOptions options, HookedDisk.Hook hook) {
        return engine(disk -> new HookedDisk(disk, hook)).open(vertx, address, options);
    }

    /** A log on a disk of its own. */
    public static Future<Strandline> open(
            Vertx vertx, String address, Callable<? extends LogHome> home, LogOptions options) {
        return HomeOpening.open(vertx, address, home, around -> around, options)
                .map(port -> LogPort.strandline(vertx, port));
    }
}
