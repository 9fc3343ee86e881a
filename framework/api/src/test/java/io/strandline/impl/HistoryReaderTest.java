package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Direction;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.Limits;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HistoryReaderTest extends OnFakePort {

    private static final int EVENTS = 40;

    HistoryReaderTest() {
        super(2, 4);
    }

    @BeforeEach
    void fill() {
        append(EVENTS);
    }

    /** Each of seven keys gets so many events, one of each in turn. */
    private void append(int eventsPerKey) {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        OnContext.get(on.start(() -> {
            for (int i = 1; i <= eventsPerKey; i++) {
                for (int key = 0; key < 7; key++) {
                    writer.append("key-" + key, Buffer.buffer("key-" + key + "/" + i));
                }
            }
            return writer.end();
        }));
    }

    private Future<EventReader<Buffer>> history(String key, HistoryOptions options) {
        return on.start(() -> on.log.history("scope/stream", key, EventCodec.raw(), options));
    }

    private List<EventRecord<Buffer>> collect(String key, HistoryOptions options) {
        return OnContext.get(collecting(OnContext.get(history(key, options))));
    }

    private List<String> texts(HistoryOptions options) {
        return collect("key-3", options).stream()
                .map(record -> record.event().toString())
                .toList();
    }

    private static List<String> versions(int first, int last) {
        IntStream versions = first <= last
                ? IntStream.rangeClosed(first, last)
                : IntStream.rangeClosed(-first, -last).map(negative -> -negative);
        return versions.mapToObj(version -> "key-3/" + version).toList();
    }

    private static HistoryOptions small() {
        return new HistoryOptions().setReadAheadBytes(100);
    }

    private static HistoryOptions backward() {
        return small().setDirection(Direction.BACKWARD);
    }

    @Test
    void a_history_has_the_events_of_its_key_in_order() {
        List<EventRecord<Buffer>> records = collect("key-3", small());
        assertThat(records).extracting(record -> record.event().toString()).isEqualTo(versions(1, EVENTS));
        assertThat(records).extracting(EventRecord::key).containsOnly("key-3");
        assertThat(records).extracting(EventRecord::offset).isSorted();
        assertThat(records).extracting(EventRecord::stamp).containsOnly(1_000L);
        assertThat(collect("nobody", small())).isEmpty();
        assertThat(collect("", small())).isEmpty();
    }

    @Test
    void it_goes_backward_and_from_a_version_and_up_to_a_limit() {
        assertThat(texts(backward())).isEqualTo(versions(EVENTS, 1));
        assertThat(texts(small().setFromVersion(17))).isEqualTo(versions(17, EVENTS));
        assertThat(texts(small().setFromVersion(EVENTS + 1))).isEmpty();
        assertThat(texts(backward().setFromVersion(17))).isEqualTo(versions(17, 1));
        assertThat(texts(backward().setFromVersion(EVENTS + 1))).isEqualTo(versions(EVENTS, 1));
        assertThat(texts(small().setFromVersion(17).setLimit(5))).isEqualTo(versions(17, 21));
        assertThat(texts(backward().setFromVersion(17).setLimit(5))).isEqualTo(versions(17, 13));
        assertThat(texts(backward().setLimit(EVENTS))).isEqualTo(versions(EVENTS, 1));
        assertThat(texts(small().setLimit(0))).isEmpty();
    }

    @Test
    void demand_is_followed_and_little_is_read_ahead() {
        int before = port.reads.get();
        EventReader<Buffer> reader = OnContext.get(history("key-3", small()));
        List<Long> positions = new ArrayList<>();
        on.run(() -> reader.pause().handler(record -> {
            positions.add(record.offset());
            assertThat(reader.position().offset(record.partition())).isEqualTo(record.offset() + 1);
        }));
        on.run(() -> reader.fetch(3));
        on.run(() -> null);
        on.run(() -> assertThat(positions).hasSize(3));
        // A slice of at least 50 bytes holds four events. One is delivered, one is ahead.
        assertThat(port.reads.get() - before).isLessThanOrEqualTo(3);
        Promise<Void> end = Promise.promise();
        on.run(() -> reader.endHandler(end::complete).resume());
        OnContext.get(end.future());
        on.run(() -> assertThat(positions).hasSize(EVENTS).isSorted());
    }

    @Test
    void backward_the_position_is_that_of_the_last_event() {
        EventReader<Buffer> reader = OnContext.get(history("key-3", backward()));
        Promise<Void> end = Promise.promise();
        on.run(() -> reader.endHandler(end::complete)
                .handler(record ->
                        assertThat(reader.position().offset(record.partition())).isEqualTo(record.offset())));
        OnContext.get(end.future());
    }

    @Test
    void a_closed_reader_hands_over_nothing_more() {
        EventReader<Buffer> reader = OnContext.get(history("key-3", small()));
        List<Long> offsets = new ArrayList<>();
        on.run(() -> reader.handler(record -> {
            offsets.add(record.offset());
            reader.close();
        }));
        on.run(() -> null);
        // Time for what was under way to come and do nothing.
        assertThat(collect("key-3", small())).hasSize(EVENTS);
        on.run(() -> assertThat(offsets).hasSize(1));
        assertThatThrownBy(() -> reader.pause()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void what_cannot_be_is_invalid_and_names_its_value() {
        requireInvalid("k".repeat(Limits.MAX_KEY_BYTES + 1), small(), "4097");
        requireInvalid(nothing(), small(), "null");
        requireInvalid("k", small().setFromVersion(0), "fromVersion is 0");
        requireInvalid("k", small().setLimit(-1), "limit is -1");
        requireInvalid("k", small().setReadAheadBytes(0), "readAheadBytes is 0");
        assertThat(OnContext.failure(on.start(() -> on.log.history("nonsense", "k", EventCodec.raw(), small()))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("nonsense");
    }

    @SuppressWarnings("NullAway") // what an application that does not check may do
    private static String nothing() {
        return null;
    }

    private void requireInvalid(String key, HistoryOptions options, String named) {
        assertThat(OnContext.failure(history(key, options)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(named);
    }

    @Test
    void a_failure_that_passes_is_waited_for_and_another_stops_the_reader() {
        EventReader<Buffer> reader = OnContext.get(history("key-3", small()));
        List<String> texts = new ArrayList<>();
        Promise<Void> end = Promise.promise();
        port.readFailure = new StrandlineException.Unavailable("shard 0 recovers");
        on.run(() -> reader.endHandler(end::complete)
                .exceptionHandler(end::fail)
                .handler(record -> texts.add(record.event().toString())));
        vertx.setTimer(20, passed -> port.readFailure = null);
        OnContext.get(end.future());
        assertThat(texts).isEqualTo(versions(1, EVENTS));

        EventReader<Buffer> other = OnContext.get(history("key-3", small()));
        Promise<Void> failed = Promise.promise();
        port.readFailure = new StrandlineException.Truncated("offset 7 is gone");
        on.run(() -> other.endHandler(failed::complete)
                .exceptionHandler(failed::fail)
                .handler(record -> {}));
        assertThat(OnContext.failure(failed.future())).isInstanceOf(StrandlineException.Truncated.class);
    }

    @Test
    void an_event_that_cannot_be_decoded_stops_the_reader_there() {
        EventReader<Buffer> reader = OnContext.get(on.start(
                () -> on.log.history("scope/stream", "key-3", new FailingCodec("key-3/5"), new HistoryOptions())));
        List<String> texts = new ArrayList<>();
        Promise<Void> end = Promise.promise();
        on.run(() -> reader.exceptionHandler(end::fail)
                .handler(record -> texts.add(record.event().toString())));
        assertThat(OnContext.failure(end.future()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("cannot be decoded");
        assertThat(texts).isEqualTo(versions(1, 4));
    }

    /** Refuses one text. */
    private record FailingCodec(String poison) implements EventCodec<Buffer> {

        @Override
        public EventType typeOf(Buffer event) {
            return EventType.RAW;
        }

        @Override
        public void encode(Buffer event, PayloadOutput out) {
            out.write(event.getBytes(), 0, event.length());
        }

        @Override
        public Buffer decode(EventType type, byte[] bytes, int from, int length) {
            Buffer event = Buffer.buffer(Arrays.copyOfRange(bytes, from, from + length));
            if (event.toString().equals(poison)) {
                throw new IllegalArgumentException("poison");
            }
            return event;
        }
    }

    @Test
    void options_survive_json() {
        HistoryOptions options = backward().setFromVersion(7).setLimit(9);
        assertThat(new HistoryOptions(options.toJson()).toJson()).isEqualTo(options.toJson());
        assertThat(new HistoryOptions(new JsonObject()).toJson()).isEqualTo(new HistoryOptions().toJson());
        assertThat(new HistoryOptions(options).toJson()).isEqualTo(options.toJson());
        assertThatThrownBy(() -> new HistoryOptions(new JsonObject().put("direction", "sideways")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("sideways");
    }
}
