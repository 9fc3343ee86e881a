package io.strandline.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.strandline.spi.LogPort;
import io.strandline.spi.watch.DiskRoom;
import io.vertx.core.Future;
import java.util.function.ToLongFunction;

/**
 * The meters of the disk of a log: its room as of the last answer. No answer is waited for: a disk that hangs must not keep the other meters
 * from what is true.
 */
final class DiskMeters {

    private final LogPort port;
    private final MeterSet<DiskMeters> meters;
    private volatile DiskRoom latest = DiskRoom.UNKNOWN;
    private volatile Future<Void> asked = Future.succeededFuture();

    DiskMeters(MeterRegistry registry, LogPort port) {
        this.port = port;
        this.meters = new MeterSet<>(registry, Tags.empty(), this);
        meters.gauge("disk.free", "bytes", "room on the disk of the log", disk -> disk.bytes(DiskRoom::freeBytes));
        meters.gauge("disk.size", "bytes", "size of the disk of the log", disk -> disk.bytes(DiskRoom::totalBytes));
    }

    private double bytes(ToLongFunction<DiskRoom> of) {
        long bytes = of.applyAsLong(latest);
        return bytes == DiskRoom.NOT_KNOWN ? Double.NaN : bytes;
    }

    /** Asks, unless the answer before is still awaited. Completes with that. */
    Future<Void> look() {
        if (asked.isComplete()) {
            asked = port.diskRoom()
                    .otherwise(DiskRoom.UNKNOWN)
                    .onSuccess(room -> latest = room)
                    .mapEmpty();
        }
        return asked;
    }

    void remove() {
        meters.remove();
    }
}
