package io.strandline.command;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.strandline.command.setting.Waiting;
import io.strandline.metrics.LogMetrics;
import io.strandline.metrics.MetricsOptions;
import io.strandline.server.ServedLog;
import io.vertx.core.Vertx;

/** The meters of a server and of its JVM, as Prometheus reads them. */
final class ServerMetrics {

    private final PrometheusMeterRegistry registry;
    private final JvmGcMetrics collections = new JvmGcMetrics();

    private ServerMetrics(PrometheusMeterRegistry registry) {
        this.registry = registry;
    }

    /** Begins to watch. Blocks. */
    static ServerMetrics of(Vertx vertx, ServedLog served, MetricsOptions options) {
        ServerMetrics metrics = new ServerMetrics(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        new JvmMemoryMetrics().bindTo(metrics.registry);
        new JvmThreadMetrics().bindTo(metrics.registry);
        new ProcessorMetrics().bindTo(metrics.registry);
        metrics.collections.bindTo(metrics.registry);
        Waiting.of(LogMetrics.watch(vertx, served.log(), metrics.registry, options))
                .watchDoors(served::doors);
        return metrics;
    }

    /** All meters as text. */
    String text() {
        return registry.scrape();
    }

    /** Ends what listens to the JVM. */
    void close() {
        collections.close();
    }
}
