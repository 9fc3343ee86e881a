package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.PayloadOutput;
import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.spi.LogPort;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input fails alone, with the offending value in its message. A writer and a reader beside it notice nothing. */
class BadInputTest {

    private static final String STREAM = "shop/orders";
    private static final String HEALTHY = "shop/healthy";
    private static final int MAX_EVENT_BYTES = 4096;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private LogPort port;
    private Strandline log;
    private final Context context = Applications.newContext(vertx);

    // Beside all tests: a writer that appends one event after the other, and a reader of them.
    private final Context healthyContext = Applications.newContext(vertx);
    private final AtomicInteger acked = new AtomicInteger();
    private final AtomicInteger seen = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> harm = new AtomicReference<>();
    private volatile boolean enough;

    private LogPort open() {
        LogOptions options = CrashChild.options().setMaxEventBytes(MAX_EVENT_BYTES);
        return Applications.get(new FileEngine().openPort(vertx, "file:" + directory.resolve("data"), options));
    }

    @BeforeEach
    void create() {
        port = open();
        log = LogPort.strandline(vertx, port);
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(4)));
        Applications.get(log.catalog().createStream(HEALTHY, new StreamOptions()));
        Applications.get(
                Applications.start(healthyContext, () -> log.subscribe(HEALTHY, EventCodec.raw(), new ReaderOptions())
                        .map(reader -> reader.exceptionHandler(harm::set).handler(event -> {
                            if (event.offset() != seen.getAndIncrement()) {
                                harm.set(new AssertionError("offset " + event.offset()));
                            }
                        }))));
        EventWriter<Buffer> writer =
                Applications.writer(healthyContext, log, HEALTHY, new WriterOptions().setRetryTimeoutMillis(5_000));
        healthyContext.runOnContext(nothing -> appendNext(writer));
    }

    private void appendNext(EventWriter<Buffer> writer) {
        if (enough) {
            return;
        }
        writer.append("key", Buffer.buffer("event " + acked)).onComplete((appended, cause) -> {
            if (appended == null) {
                harm.set(cause);
            } else {
                acked.incrementAndGet();
                appendNext(writer);
            }
        });
    }

    @AfterEach
    void close() {
        int before = acked.get();
        Applications.until(vertx, "the healthy writer goes on", () -> acked.get() > before + 3 || harm.get() != null);
        enough = true;
        Applications.until(vertx, "the healthy reader saw all", () -> seen.get() >= acked.get() || harm.get() != null);
        assertThat(harm.get()).as("harm to those beside").isNull();
        Applications.get(log.close());
        // Nothing of what the test did keeps the log from being opened again.
        port = open();
        log = LogPort.strandline(vertx, port);
        assertThat(Applications.get(Applications.readAll(vertx, log, HEALTHY)))
                .hasSizeGreaterThanOrEqualTo(acked.get());
        Applications.get(log.close());
        Applications.get(vertx.close());
    }

    private <T> Throwable failure(Callable<Future<T>> step) {
        return Applications.failure(Applications.start(context, step));
    }

    private EventWriter<Buffer> writer() {
        return Applications.writer(context, log, STREAM, new WriterOptions());
    }

    private static void assertNotFound(Throwable failure, String name) {
        assertThat(failure).isInstanceOf(StrandlineException.NotFound.class).hasMessageContaining(name);
    }

    private static void assertInvalid(Throwable failure, String... parts) {
        assertThat(failure).isInstanceOf(StrandlineException.Invalid.class).hasMessageContainingAll(parts);
    }

    // ---- names

    @Test
    void anUnknownStreamIsNotFound() {
        String name = "shop/nowhere";
        StreamCut cut = StreamCut.of(StreamName.parse(name), 0, 0);
        assertNotFound(failure(() -> log.createWriter(name, EventCodec.raw(), new WriterOptions())), name);
        assertNotFound(failure(() -> log.createWriter(name, EventCodec.raw(), new WriterOptions().setId("w"))), name);
        assertNotFound(failure(() -> log.read(name, EventCodec.raw(), new ReaderOptions())), name);
        assertNotFound(failure(() -> log.subscribe(name, EventCodec.raw(), new ReaderOptions())), name);
        assertNotFound(failure(() -> log.catalog().describe(name)), name);
        assertNotFound(failure(() -> log.catalog().deleteStream(name)), name);
        assertNotFound(failure(() -> log.catalog().endCut(name)), name);
        assertNotFound(failure(() -> log.catalog().truncate(name, cut)), name);
        assertNotFound(failure(() -> log.catalog().retireWriter(name, "w")), name);
        assertNotFound(failure(() -> log.catalog().retireWriter(STREAM, "nobody")), "nobody");
        assertNotFound(failure(() -> log.catalog().createStream("away/orders", new StreamOptions())), "scope away");
        assertNotFound(failure(() -> log.catalog().streams("away")), "scope away");
        assertNotFound(failure(() -> log.catalog().deleteScope("away")), "scope away");
    }

    @Test
    void aBadNameIsInvalid() {
        for (String name : List.of(
                "../etc", "shop/..", "shop/a..b", "shop/", "/orders", "shop", "", "a/b/c", "shop/ä", "shop/.x")) {
            assertInvalid(failure(() -> log.catalog().createStream(name, new StreamOptions())), "name \"");
            assertInvalid(failure(() -> log.read(name, EventCodec.raw(), new ReaderOptions())), "name \"");
            assertInvalid(failure(() -> log.createWriter(name, EventCodec.raw(), new WriterOptions())), "name \"");
        }
        for (String name : List.of("..", "", "a/b", "a b", "\n")) {
            assertInvalid(failure(() -> log.catalog().createScope(name)), "scope name \"" + name);
            assertInvalid(failure(() -> log.catalog().streams(name)), "scope name \"" + name);
            assertInvalid(failure(() -> log.catalog().deleteScope(name)), "scope name \"" + name);
        }
        String longName = "n".repeat(300);
        assertInvalid(
                failure(() -> log.catalog().createStream("shop/" + longName, new StreamOptions())),
                "300",
                "200",
                "nnn");
        assertInvalid(failure(() -> log.catalog().createScope(longName)), "300", "200");
        assertInvalid(
                failure(() -> log.createWriter(STREAM, EventCodec.raw(), new WriterOptions().setId(longName))),
                "300",
                "200");
    }

    @Test
    void aScopeWithStreamsIsNotDeleted() {
        assertThat(failure(() -> log.catalog().deleteScope("shop")))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContainingAll("shop", "2 streams");
    }

    @Test
    void partitionCountsHaveBounds() {
        for (int partitions : List.of(0, -1, 10_001, Integer.MAX_VALUE)) {
            assertInvalid(
                    failure(() ->
                            log.catalog().createStream("shop/other", new StreamOptions().setPartitions(partitions))),
                    "partitions",
                    Integer.toString(partitions),
                    "10000");
        }
        assertThat(failure(() -> log.catalog().createStream(STREAM, new StreamOptions().setPartitions(5))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContainingAll(STREAM, "4", "5");
    }

    // ---- events

    @Test
    void anEventAboveTheLimitFailsAlone() {
        EventWriter<Buffer> writer = writer();
        List<Future<Appended>> appended = new ArrayList<>();
        Applications.get(Applications.start(context, () -> {
            appended.add(writer.append("a", Buffer.buffer("before")));
            appended.add(writer.append("a", Buffer.buffer(new byte[MAX_EVENT_BYTES + 1])));
            appended.add(writer.append("a", Buffer.buffer(new byte[100 * MAX_EVENT_BYTES])));
            appended.add(writer.append("k".repeat(4097), Buffer.buffer("key")));
            appended.add(
                    writer.appendBatch("a", List.of(Buffer.buffer(new byte[3000]), Buffer.buffer(new byte[3000]))));
            appended.add(writer.appendBatch("a", List.of()));
            appended.add(writer.appendIf("a", List.of(Buffer.buffer("x")), -1));
            appended.add(writer.append("a", Buffer.buffer(new byte[MAX_EVENT_BYTES - 1])));
            return writer.flush();
        }));
        assertThat(Applications.get(appended.get(0)).offset()).isZero();
        assertInvalid(Applications.failure(appended.get(1)), "4098", "4096", STREAM);
        assertInvalid(Applications.failure(appended.get(2)), "409601", "4096");
        assertInvalid(Applications.failure(appended.get(3)), "4097", "4096");
        assertInvalid(Applications.failure(appended.get(4)), "3001", "4096");
        assertInvalid(Applications.failure(appended.get(5)), STREAM);
        assertInvalid(Applications.failure(appended.get(6)), "-1");
        assertThat(Applications.get(appended.get(7)).offset()).isEqualTo(1);
    }

    /** Numbers. 13 cannot be written and 7 cannot be read. */
    private static final class Superstitious implements EventCodec<Integer> {

        private static final EventType TYPE = new EventType("number", 1);

        @Override
        public EventType typeOf(Integer event) {
            return event == 99 ? new EventType("x".repeat(300), 1) : TYPE;
        }

        @Override
        public void encode(Integer event, PayloadOutput out) {
            out.write(event);
            if (event == 13) {
                throw new IllegalStateException("unlucky number 13");
            }
        }

        @Override
        public Integer decode(EventType type, byte[] bytes, int from, int length) {
            if (!type.equals(TYPE)) {
                throw new StrandlineException.Invalid("unknown type " + type);
            }
            if (bytes[from] == 7) {
                throw new IllegalStateException("holy number 7");
            }
            return (int) bytes[from];
        }
    }

    @Test
    void aCodecThatThrowsFailsOneAppendAndStopsOneReaderAtItsEvent() {
        EventWriter<Integer> writer = Applications.get(
                Applications.start(context, () -> log.createWriter(STREAM, new Superstitious(), new WriterOptions())));
        List<Future<Appended>> appended = new ArrayList<>();
        Applications.get(Applications.start(context, () -> {
            for (int number : List.of(1, 13, 2, 99, 3)) {
                appended.add(writer.append("key", number));
            }
            return writer.flush();
        }));
        assertThat(Applications.get(appended.get(4)).offset()).isEqualTo(2);
        assertInvalid(Applications.failure(appended.get(1)), STREAM, "unlucky number 13");
        assertInvalid(Applications.failure(appended.get(3)), "300", "200");
        assertThat(numbers(StartPosition.start())).containsExactly(1, 2, 3);
        Appended seven = Applications.get(Applications.start(context, () -> writer.append("key", 7)));
        Applications.get(Applications.start(context, () -> writer.append("key", 8)));
        assertInvalid(
                Applications.failure(
                        Applications.start(context, () -> log.read(STREAM, new Superstitious(), new ReaderOptions())
                                .compose(Applications::toEnd))),
                "number v1",
                "offset 3",
                "partition " + seven.partition(),
                STREAM,
                "holy number 7");
        StreamCut behind = StreamCut.of(StreamName.parse(STREAM), seven.partition(), 4);
        assertThat(numbers(StartPosition.at(behind))).containsExactly(8);
    }

    private List<Integer> numbers(StartPosition from) {
        return Applications.get(Applications.start(
                        context, () -> log.read(STREAM, new Superstitious(), new ReaderOptions().setFrom(from))
                                .compose(Applications::toEnd)))
                .stream()
                .map(EventRecord::event)
                .toList();
    }

    @Test
    void anUnknownEventTypeStopsTheReaderWithItsNameAndPlace() {
        EventWriter<Buffer> writer = writer();
        Applications.get(Applications.start(context, () -> writer.append("key", Buffer.buffer("raw"))));
        assertInvalid(
                Applications.failure(
                        Applications.start(context, () -> log.read(STREAM, new Superstitious(), new ReaderOptions())
                                .compose(Applications::toEnd))),
                "unknown type",
                "offset 0",
                STREAM);
    }

    // ---- places

    private static ReaderOptions from(long partition, long offset) {
        return new ReaderOptions().setFrom(StartPosition.at(StreamCut.of(StreamName.parse(STREAM), partition, offset)));
    }

    private Throwable readFailure(long partition, long offset) {
        return failure(() -> log.read(STREAM, EventCodec.raw(), from(partition, offset)));
    }

    private long partition(String key) {
        EventWriter<Buffer> writer = writer();
        return Applications.get(Applications.start(context, () -> writer.append(key, Buffer.buffer("event"))))
                .partition();
    }

    @Test
    void placesThatAreNotThereAreInvalidOrTruncated() {
        long partition = partition("key");
        partition("key");
        StreamName name = StreamName.parse(STREAM);
        assertInvalid(readFailure(partition, 1_000), "1000", "partition " + partition, STREAM);
        assertInvalid(failure(() -> log.subscribe(STREAM, EventCodec.raw(), from(partition, 1_000))), "1000", STREAM);
        assertInvalid(readFailure(partition, -1), "-1", "partition " + partition, STREAM);
        StreamCut other = StreamCut.of(StreamName.parse(HEALTHY), 0, 0);
        assertInvalid(
                failure(() -> log.read(STREAM, EventCodec.raw(), new ReaderOptions().setFrom(StartPosition.at(other)))),
                HEALTHY,
                STREAM);
        assertInvalid(
                failure(() -> log.read(STREAM, EventCodec.raw(), new ReaderOptions().setPartitions(Set.of(4711L)))),
                "4711",
                STREAM);
        StreamCut two = StreamCut.of(name, partition, 2);
        Applications.get(log.catalog().truncate(STREAM, two));
        assertThat(readFailure(partition, 1))
                .isInstanceOf(StrandlineException.Truncated.class)
                .hasMessageContainingAll("offset 1", "2", "partition " + partition, STREAM);
        assertThat(Applications.get(log.catalog().startCut(STREAM)).offset(partition))
                .isEqualTo(2);
    }

    @Test
    void aCutThatDoesNotFitTruncatesNothing() {
        long partition = partition("key");
        StreamName name = StreamName.parse(STREAM);
        assertInvalid(
                failure(() -> log.catalog().truncate(STREAM, StreamCut.of(StreamName.parse(HEALTHY), 0, 0))),
                HEALTHY,
                STREAM);
        assertInvalid(
                failure(() -> log.catalog().truncate(STREAM, StreamCut.of(name, partition, 99))),
                "99",
                "partition " + partition,
                "ends at 1");
        assertInvalid(
                failure(() -> log.catalog()
                        .truncate(STREAM, new StreamCut(name, new TreeMap<>(Map.of(partition, 1L, 4711L, 0L))))),
                "4711",
                STREAM);
        assertThat(Applications.get(log.catalog().startCut(STREAM)).offset(partition))
                .isZero();
    }

    // ---- the port

    private PartitionDescription target() {
        return Applications.get(log.catalog().describe(STREAM)).partitions().get(0);
    }

    private static byte[] batch(long partition) {
        return new BatchBuilder(partition, -5, 1, Sequence.NONE, Sequence.of(0))
                .add(new byte[5])
                .build();
    }

    private Throwable parcelFailure(int shard, byte[] bytes, int length, int batches) {
        return failure(() -> port.append(new Parcel(shard, bytes, length, batches)));
    }

    @Test
    void aMalformedParcelIsInvalid() {
        PartitionDescription target = target();
        byte[] good = batch(target.id());
        int shard = target.shard();
        assertInvalid(parcelFailure(shard, good, good.length - 1, 1), Integer.toString(good.length));
        assertInvalid(parcelFailure(shard, Arrays.copyOf(good, good.length + 8), good.length + 8, 1), "parcel");
        assertInvalid(parcelFailure(shard, good, good.length + 1, 1), Integer.toString(good.length + 1));
        assertInvalid(parcelFailure(shard, good, good.length, 2), "batch 1");
        assertInvalid(parcelFailure(shard, good, good.length, 0), "0");
        assertInvalid(parcelFailure(shard, good, good.length, -1), "-1");
        assertInvalid(parcelFailure(shard, good, -1, 1), "-1");
        assertInvalid(parcelFailure(shard, new byte[0], 0, 1), "batch 0");
        assertInvalid(parcelFailure(shard, new byte[3], 3, 1), "batch 0");
        assertInvalid(parcelFailure(77, good, good.length, 1), "shard 77");
        assertInvalid(parcelFailure(-1, good, good.length, 1), "shard -1");
        byte[] flipped = good.clone();
        flipped[60] ^= 1;
        assertInvalid(parcelFailure(shard, flipped, good.length, 1), "checksum");
    }

    @Test
    void aBatchThatCannotBeAWritersIsInvalid() {
        PartitionDescription target = target();
        int shard = target.shard();
        byte[] huge = new BatchBuilder(target.id(), -6, 1, Sequence.NONE, Sequence.of(0))
                .add(new byte[MAX_EVENT_BYTES + (256 << 10)])
                .build();
        assertInvalid(parcelFailure(shard, huge, huge.length, 1), Integer.toString(huge.length), "limit");
        byte[] epoch = new BatchBuilder(target.id(), -6, -1, Sequence.NONE, Sequence.of(0))
                .add(new byte[5])
                .build();
        assertInvalid(parcelFailure(shard, epoch, epoch.length, 1), "epoch -1");
        byte[] sequence = new BatchBuilder(target.id(), -6, 1, Sequence.NONE, new Sequence(-5, 0))
                .add(new byte[5])
                .build();
        assertInvalid(parcelFailure(shard, sequence, sequence.length, 1), "(-5, 0)");
    }

    private StrandlineException refusal(long partition, int shard, long writer) {
        byte[] bytes = new BatchBuilder(partition, writer, 1, Sequence.NONE, Sequence.of(0))
                .add(new byte[5])
                .build();
        ParcelReply reply = Applications.get(port.append(new Parcel(shard, bytes, bytes.length, 1)));
        StrandlineException refusal = reply.refusal(0);
        assertThat(refusal).isNotNull();
        return refusal == null ? new StrandlineException.Unknown("accepted") : refusal;
    }

    @Test
    void aBatchForNobodyIsRefused() {
        PartitionDescription target = target();
        assertNotFound(refusal(4711, target.shard(), -7), "partition 4711");
        assertNotFound(refusal(target.id(), 1 - target.shard(), -7), "partition " + target.id());
        assertThat(refusal(target.id(), target.shard(), 4711))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("4711");
    }

    @Test
    void aReadOfThePortHasBounds() {
        PartitionDescription target = target();
        assertInvalid(Applications.failure(port.read(target, -1, 1000)), "-1");
        assertInvalid(Applications.failure(port.read(target, 1, 1000)), "offset 1");
        assertInvalid(Applications.failure(port.awaitEvents(target, 1, 1000)), "offset 1");
        PartitionDescription nowhere = new PartitionDescription(4711, 0, target.keys());
        assertNotFound(Applications.failure(port.read(nowhere, 0, 1000)), "4711");
        PartitionDescription far = new PartitionDescription(target.id(), 9, target.keys());
        assertInvalid(Applications.failure(port.read(far, 0, 1000)), "shard 9");
    }

    @Test
    void aCallFromElsewhereThrows() {
        EventWriter<Buffer> writer = writer();
        assertThat(failure(() -> {
                    Future<Future<Appended>> elsewhere = Applications.start(
                            healthyContext, () -> Future.succeededFuture(writer.append("key", Buffer.buffer("x"))));
                    return elsewhere;
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("context");
        EventReader<Buffer> reader = Applications.get(
                Applications.start(context, () -> log.read(STREAM, EventCodec.raw(), new ReaderOptions())));
        assertThat(Applications.failure(
                        Applications.start(healthyContext, () -> Future.succeededFuture(reader.position()))))
                .isInstanceOf(IllegalStateException.class);
    }
}
