package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.PayloadOutput;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.WriterOptions;
import io.strandline.spi.Batch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StreamReaderTest extends OnFakePort {

    /** Text with a type. Refuses the text in {@link #poison}. */
    private static final class TextCodec implements EventCodec<String> {
        private final String poison;

        TextCodec(String poison) {
            this.poison = poison;
        }

        @Override
        public EventType typeOf(String event) {
            return new EventType(event.startsWith("a") ? "text.a" : "text.b", event.length() % 3);
        }

        @Override
        public void encode(String event, PayloadOutput out) {
            byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
            out.write(bytes, 0, bytes.length);
        }

        @Override
        public String decode(EventType type, byte[] bytes, int from, int length) {
            String text = new String(bytes, from, length, StandardCharsets.UTF_8);
            if (text.equals(poison)) {
                throw new IllegalArgumentException("poison");
            }
            return text;
        }
    }

    StreamReaderTest() {
        super(2, 4);
    }

    private void append(int from, int to) {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        OnContext.get(on.start(() -> {
            for (int i = from; i < to; i++) {
                writer.append("key-" + i % 50, Buffer.buffer("key-" + i % 50 + "/" + i));
            }
            return writer.end();
        }));
    }

    @Test
    void delivers_each_event_once_in_order_with_all_its_fields() {
        append(0, 10_000);

        List<EventRecord<Buffer>> records = OnContext.get(collecting(read(new ReaderOptions().setReadAheadBytes(1))));

        assertThat(records).hasSize(10_000);
        Map<String, Integer> last = new HashMap<>();
        Map<Long, Long> next = new HashMap<>();
        for (EventRecord<Buffer> record : records) {
            String text = record.event().toString();
            assertThat(record.key()).isEqualTo(text.substring(0, text.indexOf('/')));
            int number = Integer.parseInt(text.substring(text.indexOf('/') + 1));
            assertThat(number).isGreaterThan(last.getOrDefault(record.key(), -1));
            last.put(record.key(), number);
            assertThat(record.offset()).isEqualTo(next.getOrDefault(record.partition(), 0L));
            next.put(record.partition(), record.offset() + 1);
            assertThat(record.stamp()).isEqualTo(1_000);
            assertThat(record.type()).isEqualTo(EventType.RAW);
        }
    }

    @Test
    void a_gap_in_what_the_log_answers_fails_the_reader_and_no_event_after_it_is_delivered() {
        for (int i = 0; i < 10; i++) {
            append(i * 100, (i + 1) * 100);
        }
        FakePartition holed = port.parts().get(0);
        byte[] lost = OnContext.get(port.call(() -> holed.batches.remove(5)));
        EventReader<Buffer> reader = read(new ReaderOptions());

        List<EventRecord<Buffer>> records = new ArrayList<>();
        Promise<Void> end = Promise.promise();
        Throwable failure = OnContext.failure(on.start(() -> {
            reader.exceptionHandler(end::tryFail);
            reader.endHandler(ignored -> end.tryComplete());
            reader.handler(records::add);
            return end.future();
        }));
        assertThat(failure)
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("partition " + holed.description.id())
                .hasMessageContaining("" + Batch.offset(lost, 0));
        assertThat(records)
                .filteredOn(record -> record.partition() == holed.description.id())
                .allMatch(record -> record.offset() < Batch.offset(lost, 0));
    }

    @Test
    void an_empty_stream_ends_at_once() {
        assertThat(OnContext.get(collecting(read(new ReaderOptions())))).isEmpty();
    }

    @Test
    void a_read_ends_where_the_stream_ended_when_it_was_opened() {
        append(0, 100);
        EventReader<Buffer> reader = read(new ReaderOptions());
        append(100, 200);

        assertThat(OnContext.get(collecting(reader))).hasSize(100);
    }

    @Test
    void keys_and_types_of_every_shape_come_back() {
        EventCodec<String> codec = new TextCodec("");
        EventWriter<String> writer =
                OnContext.get(on.start(() -> on.log.createWriter("scope/stream", codec, new WriterOptions())));
        List<String> keys = new ArrayList<>(List.of(
                "", "1234567", "12345678", "1234567é", "é2345678", "日本語日本語", "1234567890123456", "x".repeat(4096)));
        for (int i = 0; i < 200; i++) {
            keys.add("k" + i * 7919);
        }
        Set<String> sent = new HashSet<>();
        OnContext.get(on.start(() -> {
            for (int round = 0; round < 3; round++) {
                for (String key : keys) {
                    String text = (round == 1 ? "a" : "b") + "-" + key + round;
                    writer.append(key, text);
                    sent.add(key + "|" + codec.typeOf(text) + "|" + text);
                }
            }
            return writer.end();
        }));

        EventReader<String> reader =
                OnContext.get(on.start(() -> on.log.read("scope/stream", codec, new ReaderOptions())));
        Set<String> got = new HashSet<>();
        OnContext.get(collecting(reader)).forEach(r -> got.add(r.key() + "|" + r.type() + "|" + r.event()));
        assertThat(got).isEqualTo(sent);
    }

    @Test
    void demand_is_followed_to_the_event() {
        append(0, 1_000);
        EventReader<Buffer> reader = read(new ReaderOptions());
        List<Integer> seen = new ArrayList<>();
        Promise<Void> seven = Promise.promise();
        OnContext.get(on.start(() -> {
            reader.pause();
            reader.handler(record -> {
                seen.add(seen.size());
                if (seen.size() == 7) {
                    seven.complete();
                }
            });
            reader.fetch(3);
            reader.fetch(4);
            return seven.future();
        }));
        settle();
        assertThat(on.run(() -> seen.size())).isEqualTo(7);

        Promise<Void> end = Promise.promise();
        OnContext.get(on.start(() -> {
            reader.endHandler(ignored -> end.complete());
            reader.resume();
            return end.future();
        }));
        assertThat(seen).hasSize(1_000);
    }

    @Test
    void a_handler_may_pause_and_fetch() {
        append(0, 500);
        EventReader<Buffer> reader = read(new ReaderOptions());
        List<Long> seen = new ArrayList<>();
        int[] nested = new int[1];
        Promise<Void> end = Promise.promise();
        OnContext.get(on.start(() -> {
            reader.endHandler(ignored -> end.complete());
            reader.handler(record -> {
                assertThat(nested[0]++).isZero();
                seen.add(record.offset());
                reader.pause();
                if (seen.size() % 2 == 0) {
                    reader.fetch(1);
                } else {
                    on.context.runOnContext(ignored -> reader.fetch(1));
                }
                nested[0]--;
            });
            return end.future();
        }));
        assertThat(seen).hasSize(500);
    }

    @Test
    void nothing_comes_while_paused_or_without_handler() {
        append(0, 100);
        EventReader<Buffer> reader = read(new ReaderOptions());
        List<Long> seen = new ArrayList<>();
        on.run(() -> reader.pause().handler(record -> seen.add(record.offset())));
        settle();
        assertThat(on.run(() -> seen.size())).isZero();
        on.run(() -> reader.handler(null).resume());
        settle();
        assertThat(on.run(() -> seen.size())).isZero();
    }

    @Test
    void position_is_behind_what_was_handed_over_and_can_be_gone_on_from() {
        append(0, 1_000);
        EventReader<Buffer> first = read(new ReaderOptions());
        Promise<StreamCut> at = Promise.promise();
        Set<String> texts = new HashSet<>();
        StreamCut cut = OnContext.get(on.start(() -> {
            first.handler(record -> {
                texts.add(record.event().toString());
                if (texts.size() == 333) {
                    first.pause();
                    at.complete(first.position());
                }
            });
            return at.future();
        }));
        on.run(first::close);

        collectTexts(read(new ReaderOptions().setFrom(StartPosition.at(cut))), texts);
        assertThat(texts).hasSize(1_000);
    }

    private void collectTexts(EventReader<Buffer> reader, Set<String> texts) {
        for (EventRecord<Buffer> record : OnContext.get(collecting(reader))) {
            assertThat(texts.add(record.event().toString())).isTrue();
        }
    }

    @Test
    void a_subscription_sees_what_comes_later_without_polling() {
        append(0, 100);
        EventReader<Buffer> reader =
                OnContext.get(on.start(() -> on.log.subscribe("scope/stream", EventCodec.raw(), new ReaderOptions())));
        Promise<Void> hundred = Promise.promise();
        Promise<Void> all = Promise.promise();
        List<String> seen = new ArrayList<>();
        on.run(() -> reader.handler(record -> {
            seen.add(record.event().toString());
            if (seen.size() == 100) {
                hundred.complete();
            } else if (seen.size() == 200) {
                all.complete();
            }
        }));
        OnContext.get(hundred.future());
        settle();
        int reads = port.reads.get();
        settle();
        assertThat(port.reads.get()).isEqualTo(reads);

        OnContext.get(port.tireWaiters());
        append(100, 200);
        OnContext.get(all.future());
        assertThat(new HashSet<>(seen)).hasSize(200);
    }

    /** A wait holds no bytes, so the next partition is read, however few bytes the reader may hold. */
    @Test
    void a_subscription_with_little_room_reads_beside_partitions_without_events() {
        for (int i = 0; i < 4; i++) {
            String key = "key-" + i;
            EventReader<Buffer> reader = OnContext.get(on.start(() ->
                    on.log.subscribe("scope/stream", EventCodec.raw(), new ReaderOptions().setReadAheadBytes(1))));
            Set<String> seen = new HashSet<>();
            Promise<Void> all = Promise.promise();
            int events = i + 1;
            on.run(() -> reader.handler(record -> {
                seen.add(record.event().toString());
                if (seen.size() == events) {
                    all.tryComplete();
                }
            }));
            settle();
            EventWriter<Buffer> writer = on.writer(new WriterOptions());
            OnContext.get(on.start(() -> {
                writer.append(key, Buffer.buffer(key));
                return writer.end();
            }));
            OnContext.get(all.future());
            on.run(reader::close);
        }
    }

    @Test
    void a_subscription_from_the_end_sees_only_what_comes_later() {
        append(0, 100);
        EventReader<Buffer> reader = OnContext.get(on.start(() ->
                on.log.subscribe("scope/stream", EventCodec.raw(), new ReaderOptions().setFrom(StartPosition.end()))));
        Promise<String> first = Promise.promise();
        on.run(() -> reader.handler(record -> first.tryComplete(record.event().toString())));
        append(100, 101);
        assertThat(OnContext.get(first.future())).isEqualTo("key-0/100");
    }

    @Test
    void a_cut_and_a_choice_of_partitions_bound_what_is_read() {
        append(0, 1_000);
        TreeMap<Long, Long> two = new TreeMap<>(Map.of(101L, 5L, 102L, 0L));
        StreamCut cut = new StreamCut(FakePort.STREAM, two);
        assertThat(OnContext.get(collecting(read(new ReaderOptions().setFrom(StartPosition.at(cut))))))
                .extracting(EventRecord::partition)
                .containsOnly(101L, 102L);
        assertThat(OnContext.get(collecting(read(new ReaderOptions().setPartitions(Set.of(103L))))))
                .extracting(EventRecord::partition)
                .containsOnly(103L);
        assertThatThrownBy(() -> read(new ReaderOptions().setPartitions(Set.of(7L))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("7");
        assertThatThrownBy(() -> read(
                        new ReaderOptions().setFrom(StartPosition.at(StreamCut.of(FakePort.STREAM, 101, 1_000_000)))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("1000000");
        OnContext.get(port.truncate(1, 6));
        assertThatThrownBy(() -> read(new ReaderOptions().setFrom(StartPosition.at(cut))))
                .isInstanceOf(StrandlineException.Truncated.class)
                .hasMessageContaining("6");
    }

    @Test
    void truncation_under_a_reader_stops_it() {
        append(0, 100);
        EventReader<Buffer> reader = read(new ReaderOptions());
        for (int i = 0; i < 4; i++) {
            OnContext.get(port.truncate(i, 1));
        }
        assertThat(OnContext.failure(collecting(reader))).isInstanceOf(StrandlineException.Truncated.class);
    }

    @Test
    void a_passing_failure_is_repeated() {
        append(0, 100);
        EventReader<Buffer> reader = read(new ReaderOptions());
        port.readFailure = new StrandlineException.Unavailable("shard recovers");
        Future<List<EventRecord<Buffer>>> all = collecting(reader);
        settle();
        assertThat(all.isComplete()).isFalse();
        port.readFailure = null;
        assertThat(OnContext.get(all)).hasSize(100);
    }

    @Test
    void a_malformed_record_is_corrupt_and_stops_the_reader_before_it() {
        port = new FakePort(vertx, 1, 1);
        on = new OnContext(vertx, port);
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        OnContext.get(on.start(() -> writer.appendBatch(
                "key", List.of(Buffer.buffer("one"), Buffer.buffer("two"), Buffer.buffer("three")))));
        byte[] batch = port.parts().get(0).batches.get(0);
        batch[Batch.HEADER_BYTES + 9] = (byte) 0x7f; // length of the second record
        EventReader<Buffer> reader = read(new ReaderOptions());
        assertThat(OnContext.failure(collecting(reader)))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("malformed");
        assertThat(on.run(() -> reader.position().offset(100))).isEqualTo(1);
    }

    @Test
    void an_event_that_cannot_be_decoded_stops_the_reader_before_it() {
        EventCodec<String> codec = new TextCodec("a-poison");
        port = new FakePort(vertx, 1, 1);
        on = new OnContext(vertx, port);
        EventWriter<String> writer =
                OnContext.get(on.start(() -> on.log.createWriter("scope/stream", codec, new WriterOptions())));
        OnContext.get(on.start(() -> writer.appendBatch("key", List.of("a-1", "a-2", "a-poison", "a-3"))));
        EventReader<String> reader =
                OnContext.get(on.start(() -> on.log.read("scope/stream", codec, new ReaderOptions())));
        assertThat(OnContext.failure(collecting(reader)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("text.a v2")
                .hasMessageContaining("offset 2")
                .hasMessageContaining("partition 100")
                .hasRootCauseMessage("poison");
        assertThat(on.run(() -> reader.position().offset(100))).isEqualTo(2);
    }

    @Test
    void a_handler_that_throws_stops_the_reader_at_that_event() {
        append(0, 10);
        for (Throwable thrown : List.of(new IllegalStateException("boom"), new AssertionError("boom"))) {
            EventReader<Buffer> reader = read(new ReaderOptions());
            List<Long> seen = new ArrayList<>();
            Promise<Throwable> told = Promise.promise();
            Throwable cause = OnContext.get(on.start(() -> {
                reader.exceptionHandler(told::complete);
                reader.handler(record -> {
                    seen.add(record.offset());
                    if (seen.size() == 4) {
                        Thrower.sneak(thrown);
                    }
                });
                return told.future();
            }));
            assertThat(cause)
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("offset ")
                    .hasMessageContaining("scope/stream")
                    .hasMessageContaining("key ")
                    .hasCause(thrown);
            settle();
            assertThat(seen).hasSize(4);
            assertThat(on.run(() -> reader.position().offsets().values().stream()
                            .mapToLong(Long::longValue)
                            .sum()))
                    .as("three events were processed")
                    .isEqualTo(3);
        }
    }

    /** Throws what a handler may throw though it does not say so. */
    private static final class Thrower {

        static void sneak(Throwable thrown) {
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        }
    }

    @Test
    void a_codec_that_throws_an_error_or_returns_null_stops_the_reader() {
        append(0, 10);
        for (boolean isNull : new boolean[] {true, false}) {
            EventReader<Buffer> reader = OnContext.get(on.start(() -> on.log.read(
                    "scope/stream",
                    new EventCodec<Buffer>() {
                        @Override
                        public io.strandline.EventType typeOf(Buffer event) {
                            return io.strandline.EventType.RAW;
                        }

                        @Override
                        public void encode(Buffer event, io.strandline.PayloadOutput out) {}

                        @Override
                        @SuppressWarnings("NullAway") // what a codec must not do
                        public Buffer decode(io.strandline.EventType type, byte[] bytes, int from, int length) {
                            if (isNull) {
                                return null;
                            }
                            throw new StackOverflowError("deep");
                        }
                    },
                    new ReaderOptions())));
            assertThat(OnContext.failure(collecting(reader)))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(isNull ? "null" : "deep");
        }
    }

    @Test
    void a_paused_reader_tells_its_end_only_when_something_is_asked_for() {
        EventReader<Buffer> reader = read(new ReaderOptions());
        List<String> ends = new ArrayList<>();
        on.run(() -> {
            reader.pause();
            reader.handler(record -> {});
            return reader;
        });
        settle();
        on.run(() -> reader.endHandler(end -> ends.add("end")));
        settle();
        assertThat(ends).isEmpty();
        on.run(() -> reader.fetch(1));
        settle();
        assertThat(ends).containsExactly("end");
    }

    @Test
    void a_closed_reader_is_silent_and_a_closed_log_fails_its_readers() {
        append(0, 10);
        EventReader<Buffer> silent = read(new ReaderOptions());
        Future<List<EventRecord<Buffer>>> never = collecting(silent);
        on.run(silent::close);
        EventReader<Buffer> open =
                OnContext.get(on.start(() -> on.log.subscribe("scope/stream", EventCodec.raw(), new ReaderOptions())));
        Future<List<EventRecord<Buffer>>> failed = collecting(open);
        settle();
        OnContext.get(on.log.close());
        assertThat(OnContext.failure(failed)).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(port.closed).isTrue();
        assertThat(never.isComplete() && never.failed()).isFalse();
        assertThatThrownBy(() -> read(new ReaderOptions())).isInstanceOf(StrandlineException.Unavailable.class);
        assertThatThrownBy(() -> OnContext.get(on.log.catalog().scopes()))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void a_reader_belongs_to_its_context() {
        EventReader<Buffer> reader = read(new ReaderOptions());
        assertThatThrownBy(reader::pause).isInstanceOf(IllegalStateException.class);
    }

    /** Lets both contexts work off what they have, a few times over. */
    private void settle() {
        for (int i = 0; i < 20; i++) {
            OnContext.get(port.texts(0));
            on.run(() -> true);
        }
    }
}
