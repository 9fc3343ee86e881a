package io.strandline.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.client.ClientOptions;
import io.strandline.processing.group.GroupHandler;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import io.vertx.tracing.opentelemetry.OpenTelemetryOptions;
import io.vertx.tracing.opentelemetry.OpenTelemetryTracingFactory;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tracer of Vert.x for OpenTelemetry, from a request over two reader groups, on a log in this process and over TCP. */
class OpenTelemetrySpansTest {

    private static final String ORDERS = "shop/orders";
    private static final String BILLS = "shop/bills";

    private final List<SpanData> exported = new CopyOnWriteArrayList<>();
    private final Vertx served = Vertx.vertx();
    private @Nullable Vertx traced;

    @AfterEach
    void close() throws Exception {
        Vertx vertx = traced;
        if (vertx != null) {
            get(vertx.close());
        }
        get(served.close());
    }

    private OpenTelemetry telemetry(Sampler sampler) {
        OpenTelemetry telemetry = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .setSampler(sampler)
                        .addSpanProcessor(SimpleSpanProcessor.create(new Exporter(exported)))
                        .build())
                .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
                .build();
        traced = Vertx.builder()
                .with(new VertxOptions().setTracingOptions(new OpenTelemetryOptions()))
                .withTracer(new OpenTelemetryTracingFactory(telemetry))
                .build();
        return telemetry;
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static <T> Future<T> start(Context context, Supplier<Future<T>> step) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(turn -> step.get().onComplete(promise));
        return promise.future();
    }

    private Future<Strandline> open(Vertx vertx, boolean overTcp) {
        return overTcp
                ? Strandline.open(served, "memory:")
                        .compose(log -> StrandlineServer.listen(served, log, new ServerOptions().setPort(0)))
                        .compose(server ->
                                Strandline.open(vertx, "tcp://127.0.0.1:" + server.port(), new ClientOptions()))
                : Strandline.open(vertx, "memory:");
    }

    private static void join(Context context, ReaderGroup group, GroupHandler<Buffer> handler) throws Exception {
        get(start(context, () -> group.join("only", EventCodec.raw()).map(reader -> reader.handler(handler))));
    }

    /** Appends an order within a request. A group bills it, and another group reads the bill. */
    private void order(OpenTelemetry telemetry, Vertx vertx, Strandline log) throws Exception {
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(ORDERS, new StreamOptions().setPartitions(1)));
        get(log.catalog().createStream(BILLS, new StreamOptions().setPartitions(1)));
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        ReaderGroup billing =
                get(ReaderGroup.open(vertx, log, sync, "shop/billing", new GroupOptions().setStreams(ORDERS)));
        ReaderGroup mailing =
                get(ReaderGroup.open(vertx, log, sync, "shop/mailing", new GroupOptions().setStreams(BILLS)));
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        EventWriter<Buffer> orders = get(start(context, () -> log.createWriter(ORDERS, EventCodec.raw())));
        EventWriter<Buffer> bills = get(start(context, () -> log.createWriter(BILLS, EventCodec.raw())));
        join(context, billing, order -> bills.append(order.record().key(), Buffer.buffer("bill")));
        join(((VertxInternal) vertx).createEventLoopContext(), mailing, bill -> vertx.timer(1));
        get(start(context, () -> {
            Span request = telemetry.getTracer("shop").spanBuilder("request").startSpan();
            try (Scope scope = request.makeCurrent()) {
                assertThat(scope).isNotNull();
                return orders.append("k", Buffer.buffer("tea")).onComplete(done -> request.end());
            }
        }));
        get(billing.awaitPosition(get(log.catalog().endCut(ORDERS))));
        get(mailing.awaitPosition(get(log.catalog().endCut(BILLS))));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_request_is_one_trace_over_two_groups(boolean overTcp) throws Exception {
        OpenTelemetry telemetry = telemetry(Sampler.alwaysOn());
        Vertx vertx = Objects.requireNonNull(traced);
        order(telemetry, vertx, get(open(vertx, overTcp)));
        Map<String, SpanData> byName = new ConcurrentHashMap<>();
        exported.forEach(span -> byName.put(span.getName(), span));
        assertThat(exported).hasSize(5);
        List<String> names =
                List.of("request", ORDERS + " append", ORDERS + " process", BILLS + " append", BILLS + " process");
        assertThat(byName).containsOnlyKeys(names);
        for (int i = 1; i < names.size(); i++) {
            SpanData span = Objects.requireNonNull(byName.get(names.get(i)));
            SpanData parent = Objects.requireNonNull(byName.get(names.get(i - 1)));
            assertThat(span.getParentSpanId()).as(names.get(i)).isEqualTo(parent.getSpanId());
            assertThat(span.getTraceId()).isEqualTo(parent.getTraceId());
            assertThat(span.getKind()).isEqualTo(i % 2 == 1 ? SpanKind.PRODUCER : SpanKind.CONSUMER);
            assertThat(span.getAttributes().asMap().toString())
                    .contains("messaging.destination.partition.id=", "strandline.offset=0");
        }
    }

    /** The tracer decides on sampling, and what it leaves out is left out in all groups. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_trace_that_is_not_sampled_is_exported_nowhere(boolean overTcp) throws Exception {
        OpenTelemetry telemetry = telemetry(Sampler.parentBased(Sampler.alwaysOff()));
        Vertx vertx = Objects.requireNonNull(traced);
        order(telemetry, vertx, get(open(vertx, overTcp)));
        assertThat(exported).isEmpty();
    }

    private record Exporter(List<SpanData> exported) implements SpanExporter {

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            exported.addAll(spans);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }
}
