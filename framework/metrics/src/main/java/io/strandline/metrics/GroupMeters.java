package io.strandline.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.strandline.processing.group.ReaderGroup;
import io.vertx.core.Future;
import java.util.concurrent.TimeUnit;

/** The meters of a reader group: its lag as of the last look, or no number if that was not found out. */
final class GroupMeters {

    private final MeterSet<GroupMeters> meters;
    private volatile ReaderGroup group;
    private volatile double events = Double.NaN;
    private volatile double millis = Double.NaN;

    GroupMeters(MeterRegistry registry, ReaderGroup group) {
        this.group = group;
        this.meters = new MeterSet<>(registry, Tags.of("group", group.name()), this);
    }

    void register() {
        meters.gauge("group.lag", "events", "events that the group has not committed", of -> of.events);
        meters.seconds(
                "group.lag.age",
                "time since the first event was appended that the group has not committed",
                of -> of.millis,
                TimeUnit.MILLISECONDS);
    }

    /** Another opening of the group takes the place of the one before it. */
    void follow(ReaderGroup next) {
        group = next;
    }

    Future<Void> look() {
        ReaderGroup looked = group;
        return looked.timedLag()
                .onComplete(lag -> {
                    if (looked != group) {
                        return;
                    }
                    events = lag.succeeded() ? lag.result().events().total() : Double.NaN;
                    millis = lag.succeeded() ? lag.result().longestMillis() : Double.NaN;
                })
                .mapEmpty();
    }

    void remove() {
        meters.remove();
    }
}
