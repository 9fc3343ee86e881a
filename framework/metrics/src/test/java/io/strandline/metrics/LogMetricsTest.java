package io.strandline.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.spi.LogPort;
import io.strandline.spi.watch.DoorStatistics;
import io.strandline.spi.watch.ShardStatistics;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the meters of a log show. */
@ExtendWith(VertxExtension.class)
class LogMetricsTest {

    private static final Pattern NAME = Pattern.compile("strandline_[a-z_]+");

    @TempDir
    Path directory;

    private Future<Strandline> open(Vertx vertx) {
        return Strandline.open(vertx, "file:" + directory.resolve("data"), new LogOptions().setShards(2))
                .compose(log -> log.catalog()
                        .createStream(
                                "shop/orders",
                                new StreamOptions().setPartitions(4).setCreateScope(true))
                        .compose(created -> log.createWriter("shop/orders", EventCodec.raw()))
                        .compose(LogMetricsTest::appendTen)
                        .map(log));
    }

    private static Future<Void> appendTen(EventWriter<Buffer> writer) {
        for (int i = 0; i < 10; i++) {
            writer.append("key-" + i, Buffer.buffer("event " + i));
        }
        return writer.flush();
    }

    @Test
    void figures_of_the_shards_are_there(Vertx vertx, VertxTestContext test) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        open(vertx)
                .compose(log -> LogMetrics.watch(vertx, log, registry).compose(metrics -> StateSyncs.group(vertx, log)
                        .compose(metrics::watch)
                        .compose(watched -> metrics.look())
                        .map(metrics)))
                .onComplete(test.succeeding(metrics -> test.verify(() -> {
                    assertThat(sum(registry, "strandline.events.appended")).isGreaterThanOrEqualTo(10);
                    assertThat(sum(registry, "strandline.events.stored")).isGreaterThanOrEqualTo(10);
                    assertThat(sum(registry, "strandline.partition.count")).isGreaterThanOrEqualTo(4);
                    assertThat(sum(registry, "strandline.shard.up")).isEqualTo(2);
                    assertThat(sum(registry, "strandline.shard.full")).isZero();
                    assertThat(sum(registry, "strandline.shard.recoveries")).isEqualTo(2);
                    assertThat(sum(registry, "strandline.shard.recovery")).isPositive();
                    assertThat(sum(registry, "strandline.journal.forced")).isPositive();
                    assertThat(sum(registry, "strandline.journal.force.recent.max"))
                            .isPositive();
                    assertThat(sum(registry, "strandline.journal.files")).isGreaterThanOrEqualTo(2);
                    assertThat(registry.get("strandline.journal.force").functionTimers())
                            .hasSize(2)
                            .allMatch(timer -> timer.count() > 0);
                    assertThat(registry.get("strandline.group.lag").gauge().value())
                            .isEqualTo(10);
                    assertThat(sum(registry, "strandline.group.lag.age")).isNotNegative();
                    metrics.close();
                    assertThat(registry.getMeters()).isEmpty();
                    test.completeNow();
                })));
    }

    @Test
    void a_group_that_is_opened_again_takes_the_place_of_the_one_that_was_closed(Vertx vertx, VertxTestContext test) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        open(vertx)
                .compose(log -> LogMetrics.watch(vertx, log, registry).compose(metrics -> StateSyncs.group(vertx, log)
                        .compose(first -> metrics.watch(first).compose(watched -> first.close()))
                        .compose(closed -> metrics.look())
                        .compose(looked -> StateSyncs.group(vertx, log))
                        .compose(metrics::watch)
                        .compose(watched -> metrics.look())))
                .onComplete(test.succeeding(looked -> test.verify(() -> {
                    assertThat(registry.get("strandline.group.lag").gauge().value())
                            .isEqualTo(10);
                    test.completeNow();
                })));
    }

    @Test
    void streams_have_meters_and_partitions_if_it_is_said(Vertx vertx, VertxTestContext test) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        MetricsOptions options = new MetricsOptions().setPartitions(true).setMaxStreams(1);
        open(vertx)
                .compose(log -> log.catalog()
                        .createStream("shop/zebras", new StreamOptions())
                        .compose(second -> LogMetrics.watch(vertx, log, registry, options))
                        .compose(metrics -> split(log)
                                .compose(split -> log.catalog().sealStream("shop/orders"))
                                .compose(done -> metrics.look())
                                .map(looked -> {
                                    assertThat(sum(registry, "strandline.stream.appended"))
                                            .isEqualTo(10);
                                    assertThat(sum(registry, "strandline.stream.stored"))
                                            .isEqualTo(10);
                                    assertThat(sum(registry, "strandline.stream.open"))
                                            .isZero();
                                    assertThat(registry.get("strandline.partition.appended")
                                                    .meters())
                                            .hasSize(5);
                                    assertThat(registry.get("strandline.stream.appended")
                                                    .meters())
                                            .hasSize(1);
                                    return metrics;
                                })
                                .compose(shown -> log.catalog().deleteStream("shop/orders"))
                                .compose(deleted -> metrics.look())
                                .map(looked -> metrics)))
                .onComplete(test.succeeding(metrics -> test.verify(() -> {
                    assertThat(registry.get("strandline.stream.appended").meters())
                            .allMatch(
                                    meter -> "shop/zebras".equals(meter.getId().getTag("stream")));
                    assertThat(registry.get("strandline.partition.stored").meters())
                            .hasSize(1);
                    metrics.close();
                    assertThat(registry.getMeters()).isEmpty();
                    test.completeNow();
                })));
    }

    private static Future<StreamDescription> split(Strandline log) {
        return log.catalog().describe("shop/orders").compose(stream -> {
            PartitionDescription first = stream.partitions().get(0);
            return log.catalog()
                    .scale("shop/orders", Set.of(first.id()), first.keys().halves());
        });
    }

    @Test
    void a_pipeline_has_meters_that_go_on_with_its_next_run(Vertx vertx, VertxTestContext test) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        open(vertx)
                .compose(log -> LogMetrics.watch(vertx, log, registry).compose(metrics -> pipeline(vertx, log)
                        .compose(first -> first.awaitEnd()
                                .compose(end -> metrics.watch("copies", first))
                                .map(watched -> {
                                    assertThat(value(registry, "strandline.pipeline.events"))
                                            .isEqualTo(10);
                                    assertThat(value(registry, "strandline.pipeline.outputs"))
                                            .isEqualTo(10);
                                    assertThat(value(registry, "strandline.pipeline.lag"))
                                            .isZero();
                                    assertThat(value(registry, "strandline.pipeline.lag.age"))
                                            .isZero();
                                    assertThat(value(registry, "strandline.pipeline.checkpoint.age"))
                                            .isNotNegative();
                                    CheckpointStatistics.Pauses pauses =
                                            first.statistics().pauses();
                                    assertThat(value(registry, "strandline.pipeline.checkpoint.pause"))
                                            .isEqualTo(pauses.p99Nanos() / 1e9);
                                    assertThat(value(registry, "strandline.pipeline.checkpoint.pause.longest"))
                                            .isEqualTo(pauses.longestNanos() / 1e9);
                                    assertThat(value(registry, "strandline.pipeline.paused"))
                                            .isZero();
                                    return first;
                                })
                                .compose(RunningPipeline::pause)
                                .map(paused -> {
                                    assertThat(value(registry, "strandline.pipeline.paused"))
                                            .isOne();
                                    return first;
                                })
                                .compose(RunningPipeline::close)
                                .compose(closed -> metrics.look())
                                .map(looked -> {
                                    assertThat(value(registry, "strandline.pipeline.lag"))
                                            .isNaN();
                                    assertThat(value(registry, "strandline.pipeline.events"))
                                            .isEqualTo(10);
                                    return first;
                                }))
                        .compose(closed -> pipeline(vertx, log))
                        .compose(second -> metrics.watch("copies", second))
                        .map(watched -> metrics)))
                .onComplete(test.succeeding(metrics -> test.verify(() -> {
                    assertThat(value(registry, "strandline.pipeline.paused")).isZero();
                    assertThat(value(registry, "strandline.pipeline.events")).isEqualTo(10);
                    metrics.close();
                    assertThat(registry.getMeters()).isEmpty();
                    test.completeNow();
                })));
    }

    private static double value(SimpleMeterRegistry registry, String name) {
        return registry.get(name)
                .tag("pipeline", "copies")
                .meter()
                .measure()
                .iterator()
                .next()
                .getValue();
    }

    private Future<RunningPipeline> pipeline(Vertx vertx, Strandline log) {
        return log.catalog().createStream("shop/copies", new StreamOptions()).compose(sink -> Pipeline.named(
                        "copies", 1)
                .from("shop/orders", EventCodec.raw())
                .to("shop/copies", EventCodec.raw())
                .build()
                .deploy(
                        vertx,
                        log,
                        new PipelineOptions()
                                .setCheckpointDirectory(
                                        directory.resolve("checkpoints").toString())));
    }

    private static double sum(SimpleMeterRegistry registry, String name) {
        return registry.get(name).meters().stream()
                .mapToDouble(meter -> meter.measure().iterator().next().getValue())
                .sum();
    }

    @Test
    void a_shard_that_does_not_answer_is_down_and_the_rest_stays(Vertx vertx, VertxTestContext test) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        open(vertx)
                .compose(log -> LogMetrics.watch(vertx, log, registry, new MetricsOptions().setIntervalMillis(100))
                        .compose(metrics -> log.close().compose(closed -> metrics.look())))
                .onComplete(test.succeeding(looked -> test.verify(() -> {
                    assertThat(sum(registry, "strandline.shard.up")).isZero();
                    assertThat(sum(registry, "strandline.events.appended")).isGreaterThanOrEqualTo(10);
                    test.completeNow();
                })));
    }

    /** The same log, of which the caller says what the shards tell. */
    private static Strandline told(Vertx vertx, Strandline log, UnaryOperator<List<ShardStatistics>> told) {
        LogPort port = Objects.requireNonNull(LogPort.of(log));
        return LogPort.strandline(vertx, (LogPort) Proxy.newProxyInstance(
                LogMetricsTest.class.getClassLoader(),
                new Class<?>[] {LogPort.class},
                (proxy, method, arguments) -> method.getName().equals("statistics")
                        ? port.statistics().map(told)
                        : method.invoke(port, arguments)));
    }

    private static ShardStatistics full(ShardStatistics of) {
        return new ShardStatistics(
                of.shard(),
                of.recoveries(),
                of.recoveryNanos(),
                of.recoveredFrames(),
                of.forces(),
                of.forcedBytes(),
                of.forceNanos(),
                of.recentMaxForceNanos(),
                of.unforcedBytes(),
                of.journalFiles(),
                of.checkpointAgeMillis(),
                of.partitions(),
                of.appendedEvents(),
                of.storedEvents(),
                of.tailBytes(),
                of.chunks(),
                of.chunkBytes(),
                of.deadChunkBytes(),
                true);
    }

    @Test
    void a_shard_alone_is_down_or_full(Vertx vertx, VertxTestContext test) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        AtomicReference<UnaryOperator<List<ShardStatistics>>> told = new AtomicReference<>(all -> all);
        open(vertx)
                .map(log -> told(
                        vertx, log, all -> Objects.requireNonNull(told.get()).apply(all)))
                .compose(log -> LogMetrics.watch(vertx, log, registry, new MetricsOptions().setIntervalMillis(60_000)))
                .compose(metrics -> {
                    told.set(all -> List.of(full(all.get(1))));
                    return metrics.look();
                })
                .onComplete(test.succeeding(looked -> test.verify(() -> {
                    assertThat(ofShard(registry, "strandline.shard.up", 0)).isZero();
                    assertThat(ofShard(registry, "strandline.shard.up", 1)).isOne();
                    assertThat(ofShard(registry, "strandline.shard.full", 0)).isZero();
                    assertThat(ofShard(registry, "strandline.shard.full", 1)).isOne();
                    test.completeNow();
                })));
    }

    private static double ofShard(SimpleMeterRegistry registry, String name, int shard) {
        return registry.get(name).tag("shard", String.valueOf(shard)).gauge().value();
    }

    @Test
    void a_log_of_which_not_all_shards_answer_is_watched_later(Vertx vertx, VertxTestContext test) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        open(vertx)
                .compose(log -> LogMetrics.watch(vertx, told(vertx, log, all -> all.subList(1, 2)), registry))
                .onComplete(test.failing(cause -> test.verify(() -> {
                    assertThat(cause)
                            .isInstanceOf(StrandlineException.Unavailable.class)
                            .hasMessageContaining("1 of the 2 shards");
                    assertThat(registry.getMeters()).isEmpty();
                    test.completeNow();
                })));
    }

    @Test
    void the_room_of_the_disk_is_shown(Vertx vertx, VertxTestContext test) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        open(vertx)
                .compose(log -> {
                    DiskMeters disk = new DiskMeters(registry, Objects.requireNonNull(LogPort.of(log)));
                    assertThat(sum(registry, "strandline.disk.free")).isNaN();
                    return disk.look().map(looked -> disk);
                })
                .onComplete(test.succeeding(disk -> test.verify(() -> {
                    assertThat(sum(registry, "strandline.disk.free")).isPositive();
                    assertThat(sum(registry, "strandline.disk.size"))
                            .isGreaterThanOrEqualTo(sum(registry, "strandline.disk.free"));
                    disk.remove();
                    assertThat(registry.getMeters()).isEmpty();
                    test.completeNow();
                })));
    }

    @Test
    void doors_have_meters_when_they_are_opened(Vertx vertx, VertxTestContext test) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        List<DoorStatistics> opened = new CopyOnWriteArrayList<>();
        open(vertx)
                .compose(log -> LogMetrics.watch(vertx, log, registry, new MetricsOptions().setIntervalMillis(60_000)))
                .compose(metrics -> {
                    metrics.watchDoors(() -> opened);
                    assertThat(registry.find("strandline.door.connections").meters())
                            .isEmpty();
                    opened.add(new DoorStatistics("rest", 1, 2, 3, 4, 5));
                    return metrics.look().map(metrics);
                })
                .onComplete(test.succeeding(metrics -> test.verify(() -> {
                    assertThat(ofRest(registry, "connections")).isEqualTo(1);
                    assertThat(ofRest(registry, "streams")).isEqualTo(2);
                    assertThat(ofRest(registry, "overloaded")).isEqualTo(3);
                    assertThat(ofRest(registry, "refused")).isEqualTo(4);
                    assertThat(ofRest(registry, "audit.dropped")).isEqualTo(5);
                    metrics.close();
                    assertThat(registry.getMeters()).isEmpty();
                    test.completeNow();
                })));
    }

    private static double ofRest(SimpleMeterRegistry registry, String name) {
        return registry.get("strandline.door." + name)
                .tag("door", "rest")
                .meter()
                .measure()
                .iterator()
                .next()
                .getValue();
    }

    @Test
    void the_dashboard_shows_what_there_is(Vertx vertx, VertxTestContext test) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        open(vertx)
                .compose(log -> LogMetrics.watch(vertx, log, registry, new MetricsOptions().setIntervalMillis(60_000))
                        .onSuccess(
                                metrics -> metrics.watchDoors(() -> List.of(new DoorStatistics("tcp", 0, 0, 0, 0, 0))))
                        .compose(metrics -> StateSyncs.group(vertx, log)
                                .compose(metrics::watch)
                                .compose(watched -> pipeline(vertx, log))
                                .compose(running -> metrics.watch("copies", running))))
                .onComplete(test.succeeding(watched -> test.verify(() -> {
                    assertThat(namesIn(registry.scrape())).containsAll(shown());
                    test.completeNow();
                })));
    }

    private static Set<String> shown() throws IOException {
        Set<String> names = new TreeSet<>();
        new JsonObject(Files.readString(Path.of("grafana-dashboard.json")))
                .getJsonArray("panels")
                .forEach(panel -> ((JsonObject) panel)
                        .getJsonArray("targets")
                        .forEach(target -> names.addAll(namesIn(((JsonObject) target).getString("expr")))));
        return names;
    }

    private static Set<String> namesIn(String text) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = NAME.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }

    @Test
    void a_wrong_interval_is_invalid(Vertx vertx, VertxTestContext test) {
        open(vertx)
                .compose(log -> LogMetrics.watch(
                        vertx, log, new SimpleMeterRegistry(), new MetricsOptions().setIntervalMillis(1)))
                .onComplete(test.failing(cause -> test.verify(() -> {
                    assertThat(cause)
                            .isInstanceOf(StrandlineException.Invalid.class)
                            .hasMessageContaining("intervalMillis");
                    test.completeNow();
                })));
    }

    /** A group that has read nothing. */
    private static final class StateSyncs {

        static Future<ReaderGroup> group(Vertx vertx, Strandline log) {
            return ReaderGroup.open(
                    vertx,
                    log,
                    StateSync.create(vertx, LogRevisionStore.open(vertx, log)),
                    "shop/billing",
                    new GroupOptions().setStreams("shop/orders"));
        }

        private StateSyncs() {}
    }
}
