package io.strandline.processing.aggregate.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventReader;
import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Decision;
import io.vertx.core.Future;
import java.lang.reflect.Proxy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How long a rebuild takes, and when that is worth a snapshot. */
class RebuildingTest {

    record Add(int amount) {}

    record Added(int amount) {}

    private static final Aggregate<Add, Added, Long> COUNTER = Aggregate.named("counter")
            .commands(Add.class)
            .events(Added.class)
            .initial(0L)
            .decide(Add.class, (sum, command) -> Decision.emit(new Added(command.amount())))
            .event("added", 1, Added.class, (sum, event) -> sum + event.amount())
            .snapshots(1, Long.class)
            .build();

    private final AtomicLong nanos = new AtomicLong(-1_000);

    /** A log without events, in which each look takes a second. */
    private Strandline slowLog() {
        return (Strandline) Proxy.newProxyInstance(
                Strandline.class.getClassLoader(), new Class<?>[] {Strandline.class}, (log, method, arguments) -> {
                    nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
                    return Future.succeededFuture(Proxy.newProxyInstance(
                            EventReader.class.getClassLoader(),
                            new Class<?>[] {EventReader.class},
                            (reader, of, by) -> {
                                return Future.succeededFuture();
                            }));
                });
    }

    private Setting<Add, Added, Long> setting(long rebuildMillis) {
        AggregateOptions options = new AggregateOptions().setSnapshotRebuildMillis(rebuildMillis);
        StreamName stream = StreamName.parse("shop/counters");
        return new Setting<>(slowLog(), COUNTER, stream, options, 1, new Counters(), nanos::get);
    }

    private Folded<Long> rebuilt(Setting<Add, Added, Long> setting) {
        return new Rebuilding<>(setting, new SnapshotStore<>(setting)).of("a").result();
    }

    @Test
    void it_takes_as_long_as_the_clock_says() {
        // The newest snapshot is looked for, and then the history is read.
        assertThat(rebuilt(setting(0)).rebuildNanos).isEqualTo(TimeUnit.SECONDS.toNanos(2));
    }

    @Test
    void a_rebuild_that_takes_too_long_is_worth_a_snapshot_if_that_has_something_new() {
        Folded<Long> folded = rebuilt(setting(0));
        assertThat(setting(2_000).isSnapshotDueAfterRebuild(folded)).isFalse();
        folded.eventsSinceSnapshot = 1;
        assertThat(setting(2_000).isSnapshotDueAfterRebuild(folded)).isTrue();
        assertThat(setting(2_001).isSnapshotDueAfterRebuild(folded)).isFalse();
        assertThat(setting(0).isSnapshotDueAfterRebuild(folded)).isFalse();
        assertThat(setting(1).isSnapshotDue(folded)).isFalse();
    }
}
