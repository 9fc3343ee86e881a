package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Direction;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.HistoryOptions;
import io.strandline.NewEvent;
import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.spi.Batch;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Headers on their way from a writer to readers. */
class WriterHeadersTest extends OnFakePort {

    private static final Buffer EVENT = Buffer.buffer("event");
    private static final Headers HEADERS =
            Headers.of(Headers.CORRELATION_ID, "order-17").with("raw", new byte[] {0, -1, 1});

    WriterHeadersTest() {
        super(1, 1);
    }

    @Test
    void every_way_to_append_carries_them() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> writer.append(NewEvent.of("key", EVENT).with(HEADERS)));
        get(() -> writer.append("key", EVENT));
        get(() -> writer.write(NewEvent.of("key", EVENT).with(Headers.of("w", "rite"))));
        get(() -> writer.appendBatch("key", List.of(EVENT, EVENT), HEADERS));
        get(() -> writer.appendIf("key", List.of(EVENT), 5, HEADERS));
        get(() -> writer.append(new NewEvent<>(null, Buffer.buffer(), HEADERS, null)));
        assertThat(OnContext.get(collecting(read(new ReaderOptions()))))
                .extracting(EventRecord::headers)
                .containsExactly(HEADERS, Headers.NONE, Headers.of("w", "rite"), HEADERS, HEADERS, HEADERS, HEADERS);
    }

    @Test
    void a_history_has_them() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> writer.append(NewEvent.of("key", EVENT).with(HEADERS)));
        get(() -> writer.append("key", EVENT));
        for (Direction direction : Direction.values()) {
            List<EventRecord<Buffer>> history = OnContext.get(collecting(get(() -> on.log.history(
                    "scope/stream", "key", EventCodec.raw(), new HistoryOptions().setDirection(direction)))));
            assertThat(history).extracting(EventRecord::headers).containsExactlyInAnyOrder(HEADERS, Headers.NONE);
            assertThat(history.get(0).headers().isEmpty()).isEqualTo(direction == Direction.BACKWARD);
        }
    }

    @Test
    void an_event_with_its_own_number_has_them_and_the_digest_tells_them_apart() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("importer"));
        get(() -> writer.append(new NewEvent<>("key", EVENT, HEADERS, Sequence.of(1))));
        EventWriter<Buffer> same =
                on.writer(new WriterOptions().setId("importer").setReplay(new TreeMap<>()));
        assertThat(get(() -> same.append(new NewEvent<>("key", EVENT, HEADERS, Sequence.of(1))))
                        .duplicate())
                .isTrue();
        EventWriter<Buffer> other =
                on.writer(new WriterOptions().setId("importer").setReplay(new TreeMap<>()));
        assertThat(failure(() -> other.append("key", EVENT, Sequence.of(1))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("does not repeat what it wrote");
    }

    @Test
    void an_event_without_headers_has_the_bytes_that_it_had_before() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> writer.append("key", EVENT));
        byte[] batch = port.arrived.get(0).batches().get(0);
        assertThat(batch)
                .hasSize(Batch.HEADER_BYTES + 11)
                .endsWith(10, Batch.RECORD_HAS_KEY, 3, 'k', 'e', 'y', 'e', 'v', 'e', 'n', 't');
    }

    @Test
    void their_bytes_count_against_the_limit_of_an_event() {
        int limit = port.maxEventBytes();
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        Headers half = Headers.of("half", new byte[limit / 2]);
        int left = limit - half.encodedBytes() - 3;
        get(() ->
                writer.append(NewEvent.of("key", Buffer.buffer(new byte[left])).with(half)));
        assertThat(failure(() -> writer.append(
                        NewEvent.of("key", Buffer.buffer(new byte[left + 1])).with(half))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("event of " + (limit + 1) + " bytes, key, type and headers included")
                .hasMessageContaining("the limit is " + limit);
        Headers whole = Headers.of("whole", new byte[limit]);
        assertThat(failure(
                        () -> writer.append(NewEvent.of("key", Buffer.buffer()).with(whole))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the limit is " + limit);
        get(() -> writer.append("key", EVENT));
        assertThat(OnContext.get(collecting(read(new ReaderOptions())))).hasSize(2);
    }
}
