package io.strandline.benchmarks.pravega;

import io.pravega.client.ClientConfig;
import io.pravega.client.EventStreamClientFactory;
import io.pravega.client.admin.StreamManager;
import io.pravega.client.stream.EventStreamWriter;
import io.pravega.client.stream.EventWriterConfig;
import io.pravega.client.stream.ScalingPolicy;
import io.pravega.client.stream.StreamConfiguration;
import io.pravega.client.stream.impl.ByteArraySerializer;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Load;
import io.strandline.benchmarks.ParentWatch;
import io.strandline.benchmarks.Window;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Entry point of the client's JVM: one writer that keeps 16 MiB unacknowledged, as much as Strandline's, with the defaults otherwise.
 * Its answer is one line on standard output, {@link PravegaFigures}. It uses nothing of the benchmarks
 * that needs Vert.x.
 */
final class PravegaLoad implements Load {

    private static final String SCOPE = "benchmark";
    private static final String STREAM = "events";
    private static final long IN_FLIGHT = (16 << 20) / (EventSource.EVENT_BYTES + EventSource.KEY_BYTES);
    /** One event out of so many is timed, and as often the sender looks how many are in flight. */
    private static final int SAMPLED = 64;

    private static final long LOOK_NANOS = 50_000;

    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final long START_LOOK_NANOS = 500_000_000;

    private final EventStreamWriter<byte[]> writer;
    private final EventSource source = new EventSource();
    private final String[] keys = source.keys();
    private final byte[][] payloads = source.payloads();
    private final LongAdder completed = new LongAdder();
    private final Latencies latencies = new Latencies();
    /** Latencies from the several threads of Pravega's client. The sender records them. */
    private final Queue<Long> timings = new ConcurrentLinkedQueue<>();

    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private final BiConsumer<@Nullable Void, @Nullable Throwable> acknowledge = this::acknowledge;

    private PravegaLoad(EventStreamWriter<byte[]> writer) {
        this.writer = writer;
    }

    public static void main(String[] arguments) {
        ParentWatch.exitWithParent();
        int exitCode = 1;
        try {
            ClientConfig client = ClientConfig.builder()
                    .controllerURI(URI.create(arguments[0]))
                    .build();
            int segments = Integer.parseInt(arguments[1]);
            Job job = new Job(
                    PravegaLoad.class.getName(),
                    Path.of(""),
                    segments,
                    0,
                    Duration.ofMillis(Long.parseLong(arguments[2])),
                    Duration.ofMillis(Long.parseLong(arguments[3])));
            createStream(client, segments);
            PravegaLoad load = start(client);
            System.out.println(
                    PravegaFigures.encode(Window.measure(job, load, CpuTime.withServer(Long.parseLong(arguments[4])))));
            exitCode = 0;
        } catch (Throwable broken) {
            broken.printStackTrace(System.err); // the parent quotes standard error
        } finally {
            System.exit(exitCode); // the sender still runs
        }
    }

    private static void createStream(ClientConfig client, int segments) {
        try (StreamManager streams = StreamManager.create(client)) {
            awaitScope(streams);
            streams.createStream(
                    SCOPE,
                    STREAM,
                    StreamConfiguration.builder()
                            .scalingPolicy(ScalingPolicy.fixed(segments))
                            .build());
        }
    }

    /** The controller answers before its segment store does, with failures. */
    private static void awaitScope(StreamManager streams) {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            try {
                streams.createScope(SCOPE);
                return;
            } catch (RuntimeException notYet) {
                if (System.nanoTime() > deadline) {
                    throw notYet;
                }
                LockSupport.parkNanos(START_LOOK_NANOS);
            }
        }
    }

    private static PravegaLoad start(ClientConfig client) {
        EventStreamClientFactory factory = EventStreamClientFactory.withScope(SCOPE, client);
        PravegaLoad load = new PravegaLoad(factory.createEventWriter(
                STREAM, new ByteArraySerializer(), EventWriterConfig.builder().build()));
        Thread sender = new Thread(load::send, "sender");
        sender.setDaemon(true);
        sender.start();
        return load;
    }

    @Override
    public long completed() {
        return completed.sum();
    }

    @Override
    public Latencies latencies() {
        return latencies;
    }

    @Override
    public CompletableFuture<Void> failure() {
        return failure;
    }

    private void send() {
        try {
            for (long sent = 0; ; sent++) {
                boolean sampled = sent % SAMPLED == 0;
                if (sampled) {
                    awaitRoom(sent);
                }
                BiConsumer<@Nullable Void, @Nullable Throwable> acknowledged =
                        sampled ? timed(System.nanoTime()) : acknowledge;
                // The callback says all that the future would.
                CompletableFuture<Void> unused = writer.writeEvent(
                                keys[source.nextKey()], payloads[EventSource.payload(sent)])
                        .whenComplete(acknowledged);
            }
        } catch (RuntimeException broken) {
            failure.completeExceptionally(broken);
        }
    }

    private void awaitRoom(long sent) {
        recordTimings();
        while (sent - completed.sum() > IN_FLIGHT - SAMPLED) {
            LockSupport.parkNanos(LOOK_NANOS);
            recordTimings();
        }
    }

    private void recordTimings() {
        for (Long nanos = timings.poll(); nanos != null; nanos = timings.poll()) {
            latencies.record(nanos);
        }
    }

    private BiConsumer<@Nullable Void, @Nullable Throwable> timed(long start) {
        return (nothing, error) -> {
            timings.add(System.nanoTime() - start);
            acknowledge(null, error);
        };
    }

    private void acknowledge(@Nullable Void nothing, @Nullable Throwable error) {
        if (error == null) {
            completed.increment();
        } else {
            failure.completeExceptionally(error);
        }
    }
}
