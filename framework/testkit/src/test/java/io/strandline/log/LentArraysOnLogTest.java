package io.strandline.log;

import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.spi.LogPort;
import io.strandline.spi.ParcelArrays;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A load that goes through the memory of a shard many times, while readers keep what they were given. */
class LentArraysOnLogTest {

    private static final String STREAM = "shop/orders";
    private static final int ROUNDS = 12;
    private static final int EVENTS_PER_ROUND = 5_000;
    private static final int TAIL_BYTES = 2 << 20;

    private final Vertx vertx = Vertx.vertx();
    private EmbeddedLog port;
    private Strandline log;
    private List<PartitionDescription> partitions;

    @BeforeEach
    void open(@TempDir Path directory) {
        LogOptions options = new LogOptions().setShards(1).setTailBytes(TAIL_BYTES);
        port = (EmbeddedLog) get(new FileEngine().openPort(vertx, "file:" + directory.resolve("data"), options));
        log = LogPort.strandline(vertx, port);
        get(log.catalog().createScope("shop"));
        partitions = get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(3)))
                .partitions();
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
    }

    private record Kept(ReadSlice.Segment segment, Buffer asItWas) {}

    private static String text(int event) {
        return "event " + event + " ".repeat(90);
    }

    private Future<?> round(EventWriter<Buffer> writer, int round) {
        List<Future<Appended>> appends = new ArrayList<>();
        for (int i = 0; i < EVENTS_PER_ROUND; i++) {
            appends.add(writer.append("key-" + i % 50, Buffer.buffer(text(round * EVENTS_PER_ROUND + i))));
        }
        return Future.all(appends);
    }

    /** What a reader near the end of each partition is given. */
    private List<Kept> readNearEnd() {
        List<Kept> kept = new ArrayList<>();
        for (PartitionDescription partition : partitions) {
            long end = get(log.catalog().endCut(STREAM)).offset(partition.id());
            for (ReadSlice.Segment segment :
                    get(port.read(partition, Math.max(0, end - 10), 1_000)).segments()) {
                kept.add(new Kept(segment, Buffer.buffer(segment.bytes())));
            }
        }
        return kept;
    }

    @Test
    void what_a_reader_was_given_stays_as_it_was_and_every_event_is_read_as_it_was_written() {
        Context context = Applications.newContext(vertx);
        EventWriter<Buffer> writer = get(Applications.start(
                context,
                () -> log.createWriter(STREAM, EventCodec.raw(), new WriterOptions().setWriteQueueBytes(16 << 20))));
        List<Kept> kept = new ArrayList<>();
        boolean usesAgain = false;
        for (int round = 0; round < ROUNDS; round++) {
            int number = round;
            get(Applications.start(context, () -> round(writer, number).<Object>mapEmpty()));
            usesAgain |= port.parcelArrays(0).kept() > 0;
            kept.addAll(readNearEnd());
        }
        assertThat(usesAgain).isTrue();
        assertThat(kept)
                .allMatch(slice ->
                        Arrays.equals(slice.segment().bytes(), slice.asItWas().getBytes()));
        List<EventRecord<Buffer>> read =
                get(Applications.start(context, () -> log.read(STREAM, EventCodec.raw(), new ReaderOptions())
                        .compose(Applications::toEnd)));
        assertThat(read.stream().map(event -> event.event().toString()).sorted().toList())
                .isEqualTo(IntStream.range(0, ROUNDS * EVENTS_PER_ROUND)
                        .mapToObj(LentArraysOnLogTest::text)
                        .sorted()
                        .toList());
    }

    @Test
    void a_shard_that_rests_keeps_no_array() {
        port.parcelArrays(0).giveBack(new byte[ParcelArrays.ARRAY_BYTES]);
        Context context = Applications.newContext(vertx);
        get(Applications.start(context, () -> log.createWriter(STREAM, EventCodec.raw(), new WriterOptions())
                .compose(writer -> writer.append("key", Buffer.buffer("tea")))));
        Applications.until(vertx, "nothing is kept", () -> port.parcelArrays(0).kept() == 0);
    }
}
