package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An {@code Error} at any step of a writer, as when the heap is exhausted, leaves no append without an answer. */
class WriterErrorTest extends OnFakePort {

    private static final Buffer EVENT = Buffer.buffer("event");

    WriterErrorTest() {
        super(2, 4);
    }

    private List<Future<Appended>> append(EventWriter<Buffer> writer, int events) {
        List<Future<Appended>> appends = new ArrayList<>();
        OnContext.get(on.start(() -> {
            for (int i = 0; i < events; i++) {
                appends.add(writer.append("key" + i, EVENT));
            }
            return Future.succeededFuture();
        }));
        return appends;
    }

    private void assertAllEnd(EventWriter<Buffer> writer, List<Future<Appended>> appends) {
        for (Future<Appended> append : appends) {
            OnContext.get(append.transform(any -> Future.succeededFuture()));
        }
        get(writer::flush);
        assertThat(failure(() -> writer.append("key", EVENT)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("has ended, by");
        get(writer::end);
        assertThat(((PortStrandline) on.log).openCount()).isZero();
    }

    @Test
    void an_error_of_a_codec_fails_that_event_alone() {
        EventCodec<Buffer> broken = new EventCodec<>() {
            @Override
            public EventType typeOf(Buffer event) {
                return EventType.RAW;
            }

            @Override
            public void encode(Buffer event, PayloadOutput out) {
                throw new OutOfMemoryError("Java heap space");
            }

            @Override
            public Buffer decode(EventType type, byte[] bytes, int from, int length) {
                return EVENT;
            }
        };
        EventWriter<Buffer> writer = get(() -> on.log.createWriter("scope/stream", broken, new WriterOptions()));
        assertThat(failure(() -> writer.append("key", EVENT))).isInstanceOf(StrandlineException.Invalid.class);
        get(writer::flush);
    }

    @Test
    void an_error_while_a_parcel_is_handed_over_fails_everything_and_ends_the_writer() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        port.fate = parcel -> Fate.HELD;
        List<Future<Appended>> appends = append(writer, 10);
        port.fate = parcel -> {
            throw new OutOfMemoryError("Java heap space");
        };
        appends.addAll(append(writer, 10));
        OnContext.get(port.answerHeld());
        assertAllEnd(writer, appends);
        assertThat(appends.get(0).cause()).isInstanceOf(StrandlineException.Unknown.class);
    }

    @Test
    void an_error_while_an_answer_is_taken_fails_everything_and_ends_the_writer() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        port.fate = parcel -> Fate.MALFORMED;
        List<Future<Appended>> appends = append(writer, 32);
        assertAllEnd(writer, appends);
        assertThat(appends).allSatisfy(append -> assertThat(append.failed()).isTrue());
        assertThat(appends)
                .anySatisfy(append -> assertThat(append.cause()).isInstanceOf(StrandlineException.Unknown.class));
    }

    @Test
    void a_writer_that_can_do_nothing_more_leaves_the_log_at_once() {
        WriterOptions options = new WriterOptions().setId("w");
        List<EventWriter<Buffer>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            EventWriter<Buffer> writer = on.writer(options);
            if (i > 0) {
                failure(() -> all.get(all.size() - 1).append("key", EVENT));
            }
            all.add(writer);
        }
        assertThat(((PortStrandline) on.log).openCount()).isEqualTo(1);
    }
}
