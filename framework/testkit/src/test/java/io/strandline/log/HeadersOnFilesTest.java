package io.strandline.log;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.HistoryOptions;
import io.strandline.NewEvent;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.TransactionOptions;
import io.strandline.WriterOptions;
import io.strandline.server.Doors;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Headers come back from journal, memory and chunks, after scalings and from transactions. */
class HeadersOnFilesTest {

    private static final String STREAM = "shop/orders";
    private static final int EVENTS = 1_500;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = Applications.newContext(vertx);
    private Strandline log;

    @BeforeEach
    void create() {
        log = open();
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(2)));
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
    }

    private Strandline open() {
        return get(Doors.open(vertx, "file:" + directory.resolve("data"), CrashChild.options()));
    }

    /** Every third event has none. */
    private static Headers headers(int event) {
        Headers headers = Headers.NONE;
        if (event % 3 > 0) {
            headers = headers.with(Headers.CORRELATION_ID, "order-" + event);
        }
        return event % 3 == 2 ? headers.with("raw", new byte[event % 500]) : headers;
    }

    private static Buffer event(int number) {
        return Buffer.buffer().appendInt(number).appendBytes(new byte[300]);
    }

    @Test
    void what_a_writer_appends_is_read_with_its_headers_before_and_after_reopening() {
        EventWriter<Buffer> writer = Applications.writer(context, log, STREAM, new WriterOptions());
        get(start(context, () -> {
            List<Future<?>> appended = new ArrayList<>();
            for (int i = 0; i < EVENTS; i++) {
                appended.add(writer.append(NewEvent.of("key" + i % 10, event(i)).with(headers(i))));
            }
            return Future.all(appended).compose(all -> writer.end());
        }));
        requireHeaders();
        get(log.close());
        log = open();
        requireHeaders();
    }

    @Test
    void what_a_transaction_appends_is_read_with_its_headers() {
        get(start(
                context,
                () -> log.transactions().begin(new TransactionOptions()).compose(transaction -> {
                    for (int i = 0; i < EVENTS; i++) {
                        transaction.append(STREAM, EventCodec.raw(), "key" + i % 10, event(i), headers(i));
                    }
                    return transaction.commit();
                })));
        requireHeaders();
        get(log.close());
        log = open();
        requireHeaders();
    }

    private void requireHeaders() {
        List<EventRecord<Buffer>> all = get(Applications.readAll(vertx, log, STREAM));
        assertThat(all).hasSize(EVENTS).allSatisfy(HeadersOnFilesTest::requireOwn);
        for (int key = 0; key < 10; key++) {
            String ofKey = "key" + key;
            List<EventRecord<Buffer>> history =
                    get(start(context, () -> log.history(STREAM, ofKey, EventCodec.raw(), new HistoryOptions())
                            .compose(Applications::toEnd)));
            assertThat(history).hasSize(EVENTS / 10).allSatisfy(HeadersOnFilesTest::requireOwn);
            assertThat(history)
                    .isEqualTo(all.stream()
                            .filter(event -> Objects.equals(event.key(), ofKey))
                            .toList());
        }
    }

    private static void requireOwn(EventRecord<Buffer> record) {
        assertThat(record.headers()).isEqualTo(headers(record.event().getInt(0)));
    }
}
