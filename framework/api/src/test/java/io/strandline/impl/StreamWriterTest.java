package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.PayloadOutput;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.strandline.impl.writer.Draft;
import io.strandline.impl.writer.PartitionTable;
import io.strandline.internal.KeyHash;
import io.strandline.spi.Batch;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamWriterTest extends OnFakePort {

    private static final Buffer EVENT = Buffer.buffer("event");

    StreamWriterTest() {
        super(1, 1);
    }

    // ---- A1: no timer ----

    @Test
    void a1_an_event_leaves_in_the_same_call_when_nothing_is_in_flight() {
        port.fate = parcel -> Fate.HELD;
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        on.run(() -> {
            writer.append("key", EVENT);
            assertThat(port.arrived).hasSize(1);
            return true;
        });
    }

    @Test
    void a1_what_arrives_meanwhile_goes_together_with_the_answer() {
        port.fate = parcel -> Fate.HELD;
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        List<Future<Appended>> futures = on.run(() -> {
            List<Future<Appended>> all = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                all.add(writer.append("key", EVENT));
            }
            return all;
        });
        assertThat(port.arrived).hasSize(1);
        port.fate = parcel -> Fate.TAKEN;
        OnContext.get(port.answerHeld());
        get(writer::flush);
        assertThat(port.arrived).hasSize(2);
        for (int i = 0; i < 1_000; i++) {
            assertThat(futures.get(i).result()).isEqualTo(new Appended(100, i, false));
        }
    }

    @Test
    void a5_the_window_and_the_size_of_parcels_are_kept() {
        port.fate = parcel -> Fate.HELD;
        EventWriter<Buffer> writer =
                on.writer(new WriterOptions().setParcelBytes(4 << 10).setParcelsInFlight(3));
        on.run(() -> {
            for (int i = 0; i < 1_000; i++) {
                writer.append("key", Buffer.buffer(new byte[100]));
            }
            return true;
        });
        assertThat(port.arrived).hasSize(3);
        port.fate = parcel -> Fate.TAKEN;
        OnContext.get(port.answerHeld());
        get(writer::flush);
        assertThat(port.arrived)
                .allMatch(parcel ->
                        parcel.batches().stream().mapToInt(b -> b.length).sum() < (4 << 10) + 200);
    }

    // ---- records ----

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 100, 4_096})
    void a6_events_go_to_the_partition_of_their_keys_hash(int partitions) {
        List<KeyRange> ranges = KeyRange.equalRanges(partitions);
        port = new FakePort(vertx, 3, ranges);
        on = new OnContext(vertx, port);
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            keys.add(List.of("ключ" + i, "key" + i, "customer-" + i, i + "-customer-ü", "customer-" + i + "-ключ")
                    .get(i % 5));
        }
        List<Future<Appended>> futures = on.run(() ->
                keys.stream().map(key -> writer.append(key, Buffer.buffer(key))).toList());
        get(writer::flush);
        for (int i = 0; i < keys.size(); i++) {
            byte[] key = keys.get(i).getBytes(StandardCharsets.UTF_8);
            int index = (int) futures.get(i).result().partition() - 100;
            assertThat(ranges.get(index).contains(KeyHash.of(key, 0, key.length)))
                    .isTrue();
        }
    }

    @Test
    void a6_ranges_need_not_be_equal() {
        List<KeyRange> ranges = List.of(
                new KeyRange(0, 9),
                new KeyRange(10, Long.MAX_VALUE),
                new KeyRange(Long.MIN_VALUE, -3),
                new KeyRange(-2, -1));
        PartitionTable table = new PartitionTable(new FakePort(vertx, 1, ranges).grant(1, 1));
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            long hash = i < 20 ? i - 10 : random.nextLong();
            assertThat(ranges.get(table.find(hash)).contains(hash)).isTrue();
        }
    }

    @Test
    void events_without_key_are_spread() {
        port = new FakePort(vertx, 2, 8);
        on = new OnContext(vertx, port);
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        on.run(() -> {
            for (int i = 0; i < 800; i++) {
                writer.append(null, EVENT);
            }
            return true;
        });
        get(writer::flush);
        assertThat(port.parts()).allMatch(part -> part.end > 50);
    }

    @Test
    void batches_stay_below_their_size() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        on.run(() -> {
            for (int i = 0; i < 3_000; i++) {
                writer.append("key", Buffer.buffer(new byte[100]));
            }
            return true;
        });
        get(writer::flush);
        assertThat(port.arrived).allMatch(parcel -> parcel.batches().stream()
                .allMatch(batch -> batch.length <= Draft.BATCH_BYTES + Batch.HEADER_BYTES));
    }

    // ---- Invalid touches nobody else ----

    @Test
    void what_is_above_a_limit_is_invalid_with_the_numbers_and_disturbs_nothing() {
        port.maxEventBytes = 1_000;
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        List<Future<Appended>> futures = on.run(() -> List.of(
                writer.append("key", EVENT),
                writer.append("key", Buffer.buffer(new byte[998])),
                writer.append("k".repeat(4_097), EVENT),
                writer.append("é".repeat(2_049), EVENT),
                writer.appendBatch("key", List.of(Buffer.buffer(new byte[600]), Buffer.buffer(new byte[600]))),
                writer.appendBatch("key", List.of()),
                writer.appendIf("key", List.of(EVENT), -1),
                writer.append("key", Buffer.buffer(new byte[997]))));
        get(writer::flush);
        assertThat(futures.get(0).result().offset()).isZero();
        assertThat(futures.get(7).result().offset()).isEqualTo(1);
        assertThat(futures.get(1).cause()).hasMessageContaining("1001").hasMessageContaining("1000");
        assertThat(futures.get(2).cause()).hasMessageContaining("4097").hasMessageContaining("4096");
        assertThat(futures.get(3).cause()).hasMessageContaining("4098").hasMessageContaining("4096");
        assertThat(futures.get(4).cause()).hasMessageContaining("1000");
        assertThat(futures.subList(1, 7)).allMatch(future -> future.cause() instanceof StrandlineException.Invalid);
        assertThat(port.parts().get(0).end).isEqualTo(2);
    }

    @Test
    void a_codec_that_throws_fails_its_event_only() {
        EventCodec<String> codec = new EventCodec<>() {
            @Override
            public EventType typeOf(String event) {
                if (event.equals("no type")) {
                    throw new IllegalStateException(event);
                }
                return new EventType("text", 1);
            }

            @Override
            public void encode(String event, PayloadOutput out) {
                byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
                out.write(bytes, 0, bytes.length);
                if (event.startsWith("bad")) {
                    throw new IllegalStateException(event);
                }
            }

            @Override
            public String decode(EventType type, byte[] bytes, int from, int length) {
                return new String(bytes, from, length, StandardCharsets.UTF_8);
            }
        };
        EventWriter<String> writer = get(() -> on.log.createWriter("scope/stream", codec, new WriterOptions()));
        List<Future<Appended>> futures = on.run(() -> List.of(
                writer.append("key", "one"),
                writer.append("key", "bad"),
                writer.appendBatch("key", List.of("half", "bad batch")),
                writer.append("key", "no type"),
                writer.append("key", "x".repeat(300)),
                writer.append("key", "two")));
        get(writer::flush);
        assertThat(OnContext.get(port.texts(0))).containsExactly("one", "x".repeat(300), "two");
        assertThat(futures.get(1).cause())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasRootCauseMessage("bad");
        assertThat(futures.get(2).failed()).isTrue();
        assertThat(futures.get(3).failed()).isTrue();
    }

    // ---- atomic and conditional ----

    @Test
    void an_atomic_batch_is_one_batch() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        Future<Appended> batch = on.run(() -> {
            writer.append("key", EVENT);
            writer.append("key", EVENT);
            Future<Appended> future = writer.appendBatch("key", List.of(EVENT, EVENT, EVENT));
            writer.append("key", EVENT);
            return future;
        });
        get(writer::flush);
        assertThat(batch.result()).isEqualTo(new Appended(100, 2, false));
        assertThat(port.parts().get(0).batches)
                .extracting(bytes -> Batch.count(bytes, 0))
                .containsExactly(1, 1, 3, 1);
    }

    @Test
    void d6_a_conflict_fails_the_one_append_and_later_ones_go_on() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        List<Future<Appended>> futures = on.run(() -> List.of(
                writer.append("key", EVENT),
                writer.appendIf("key", List.of(EVENT, EVENT), 1),
                writer.appendIf("key", List.of(EVENT), 1),
                writer.append("key", EVENT),
                writer.appendIf("key", List.of(EVENT), 4)));
        get(writer::flush);
        assertThat(futures.get(1).result().offset()).isEqualTo(1);
        assertThat(futures.get(2).cause())
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("3");
        assertThat(futures.get(3).result().offset()).isEqualTo(3);
        assertThat(futures.get(4).result().offset()).isEqualTo(4);
    }

    @Test
    void d6_a_conditional_append_travels_alone_for_its_partition() {
        port.fate = parcel -> Fate.HELD;
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setParcelBytes(4 << 10));
        on.run(() -> {
            writer.appendIf("key", List.of(EVENT), 0);
            for (int i = 0; i < 100; i++) {
                writer.append("key", Buffer.buffer(new byte[100]));
            }
            return true;
        });
        assertThat(port.arrived).hasSize(1);
        port.fate = parcel -> Fate.TAKEN;
        OnContext.get(port.answerHeld());
        get(writer::flush);
        assertThat(port.parts().get(0).end).isEqualTo(101);
    }

    // ---- D2: sequences ----

    @Test
    void d2_an_importer_that_starts_again_leaves_out_what_is_there() {
        port = new FakePort(vertx, 2, 4);
        on = new OnContext(vertx, port);
        WriterOptions options = new WriterOptions().setId("importer");
        EventWriter<Buffer> first = on.writer(options);
        on.run(() -> {
            for (int line = 0; line < 500; line++) {
                first.append(line % 2 == 0 ? null : "key" + line % 7, Buffer.buffer("" + line), Sequence.of(line));
            }
            return true;
        });
        get(first::end);

        EventWriter<Buffer> second = on.writer(options);
        List<Future<Appended>> futures = on.run(() -> {
            List<Future<Appended>> all = new ArrayList<>();
            for (int line = 0; line < 1_000; line++) {
                all.add(second.append(
                        line % 2 == 0 ? null : "key" + line % 7, Buffer.buffer("" + line), Sequence.of(line)));
            }
            return all;
        });
        get(second::end);
        assertThat(futures.subList(0, 500)).allMatch(future -> future.result().duplicate());
        assertThat(futures.subList(500, 1_000))
                .noneMatch(future -> future.result().duplicate());
        assertThat(port.parts().stream().mapToLong(part -> part.end).sum()).isEqualTo(1_000);
    }

    @Test
    void d2_numbers_must_rise_and_are_not_mixed() {
        EventWriter<Buffer> own = on.writer(new WriterOptions().setId("own"));
        List<Future<Appended>> futures = on.run(() -> List.of(
                own.append("key", EVENT, new Sequence(0, 0)),
                own.append("key", EVENT, new Sequence(5, 1)),
                own.append("key", EVENT, new Sequence(5, 1)),
                own.append("key", EVENT, new Sequence(-1, 0)),
                own.append("key", EVENT)));
        get(own::end);
        assertThat(futures.get(1).succeeded()).isTrue();
        assertThat(futures.get(2).cause())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("(5, 1)");
        assertThat(futures.get(3).cause()).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(futures.get(4).cause()).isInstanceOf(StrandlineException.Invalid.class);

        EventWriter<Buffer> counting = on.writer(new WriterOptions().setId("own"));
        assertThat(failure(() -> counting.append("key", EVENT)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("(5, 1)");
        EventWriter<Buffer> anonymous = on.writer(new WriterOptions());
        assertThat(failure(() -> anonymous.append("key", EVENT, Sequence.of(1))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("writer id");
    }
}
