package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Load;
import io.strandline.benchmarks.Progress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** One producer that sends as fast as its buffer lets it, each event acknowledged with acks=all. */
final class ProducerLoad {

    private static final int LINGER_MILLIS = 5;
    private static final int BATCH_BYTES = 64 << 10;
    private static final long BUFFER_BYTES = 64 << 20;
    /** One event out of so many is timed. */
    private static final int SAMPLED = 64;

    private final KafkaProducer<byte[], byte[]> producer;
    private final long limit;
    private final EventSource source = new EventSource();
    private final byte[][] keys = Arrays.stream(source.keys())
            .map(key -> key.getBytes(StandardCharsets.US_ASCII))
            .toArray(byte[][]::new);
    private final byte[][] payloads = source.payloads();
    private final Progress progress = new Progress();
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final Callback acknowledge = (metadata, error) -> acknowledge(error);

    private ProducerLoad(String address, long limit) {
        this.limit = limit;
        producer = new KafkaProducer<>(Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, address,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class,
                ProducerConfig.ACKS_CONFIG, "all",
                ProducerConfig.LINGER_MS_CONFIG, LINGER_MILLIS,
                ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES,
                ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES));
    }

    /** Starts to send, up to a number of events, on a thread of its own. */
    static ProducerLoad start(String address, long limit) {
        ProducerLoad load = new ProducerLoad(address, limit);
        Thread sender = new Thread(load::send, "sender");
        sender.setDaemon(true);
        sender.start();
        return load;
    }

    /** Blocks until as many events as the limit says are acknowledged. */
    void awaitEnd() throws InterruptedException, ExecutionException {
        end.get();
    }

    /** How far it has come. */
    Load progress() {
        return progress;
    }

    private void send() {
        try {
            for (long sent = 0; sent < limit; sent++) {
                ProducerRecord<byte[], byte[]> event = new ProducerRecord<>(
                        KafkaCluster.TOPIC, keys[source.nextKey()], payloads[EventSource.payload(sent)]);
                // The callback says all that the future would.
                Future<?> unused = producer.send(event, sent % SAMPLED == 0 ? timed(System.nanoTime()) : acknowledge);
            }
        } catch (RuntimeException broken) {
            fail(broken);
        }
    }

    private Callback timed(long start) {
        return (metadata, error) -> {
            progress.record(System.nanoTime() - start);
            acknowledge(error);
        };
    }

    private void acknowledge(@Nullable Exception error) {
        if (error != null) {
            fail(error);
            return;
        }
        if (progress.count() == limit) {
            end.complete(null);
        }
    }

    private void fail(Exception cause) {
        progress.fail(cause);
        end.completeExceptionally(cause);
    }
}
