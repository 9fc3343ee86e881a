package io.strandline.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.strandline.spi.watch.DoorStatistics;

/** The meters of the doors of one kind, as of the last look. */
final class DoorMeters {

    private final MeterSet<DoorMeters> meters;
    private volatile DoorStatistics latest;

    DoorMeters(MeterRegistry registry, DoorStatistics first) {
        this.latest = first;
        this.meters = new MeterSet<>(registry, Tags.of("door", first.door()), this);
        meters.gauge("door.connections", "connections", "connections of clients", door -> door.latest.connections());
        meters.gauge("door.streams", "streams", "streams and reads that stay open", door -> door.latest.streams());
        meters.counter(
                "door.overloaded",
                "answers",
                "requests and connections refused as Overloaded",
                door -> door.latest.overloaded());
        meters.counter(
                "door.refused",
                "callers",
                "callers whose credentials were missing or not valid",
                door -> door.latest.refused());
        meters.counter(
                "door.audit.dropped",
                "entries",
                "entries of the audit trail that the log did not take",
                door -> door.latest.auditsDropped());
    }

    void take(DoorStatistics now) {
        latest = now;
    }

    void remove() {
        meters.remove();
    }
}
