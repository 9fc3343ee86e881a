package io.strandline.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Meters of one object, with the same tags, which are removed together. A registry holds the object weakly, so somebody else must
 * hold it as long as the meters are wanted.
 */
final class MeterSet<T> {

    private static final String PREFIX = "strandline.";

    private final MeterRegistry registry;
    private final Tags tags;
    private final T of;
    private final ConcurrentLinkedQueue<Meter> meters = new ConcurrentLinkedQueue<>();

    MeterSet(MeterRegistry registry, Tags tags, T of) {
        this.registry = registry;
        this.tags = tags;
        this.of = of;
    }

    /** A gauge without unit. */
    void gauge(String name, String description, ToDoubleFunction<T> value) {
        meters.add(Gauge.builder(PREFIX + name, of, value)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    void gauge(String name, String unit, String description, ToDoubleFunction<T> value) {
        meters.add(Gauge.builder(PREFIX + name, of, value)
                .baseUnit(unit)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    void counter(String name, String unit, String description, ToDoubleFunction<T> value) {
        meters.add(FunctionCounter.builder(PREFIX + name, of, value)
                .baseUnit(unit)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    void seconds(String name, String description, ToDoubleFunction<T> value, TimeUnit unit) {
        meters.add(TimeGauge.builder(PREFIX + name, of, unit, value)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    void timer(String name, String description, ToLongFunction<T> count, ToDoubleFunction<T> total, TimeUnit unit) {
        meters.add(FunctionTimer.builder(PREFIX + name, of, count, total, unit)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    void remove() {
        meters.forEach(registry::remove);
        meters.clear();
    }
}
