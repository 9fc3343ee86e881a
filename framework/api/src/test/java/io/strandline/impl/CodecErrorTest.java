package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

/** A codec that throws an Error fails its event, and no other. */
class CodecErrorTest extends OnFakePort {

    CodecErrorTest() {
        super(1, 1);
    }

    /** Throws an error where the event says so. */
    private static final EventCodec<Buffer> FAILING = new EventCodec<>() {
        @Override
        public EventType typeOf(Buffer event) {
            if (event.toString().equals("type")) {
                throw new StackOverflowError("no type");
            }
            return EventType.RAW;
        }

        @Override
        public void encode(Buffer event, PayloadOutput out) {
            if (event.toString().equals("bytes")) {
                throw new NoClassDefFoundError("no bytes");
            }
            out.write(event);
        }

        @Override
        public Buffer decode(EventType type, byte[] bytes, int from, int length) {
            return Buffer.buffer().appendBytes(bytes, from, length);
        }
    };

    @Test
    void an_append_fails_invalid_and_the_writer_goes_on() {
        EventWriter<Buffer> writer =
                OnContext.get(on.start(() -> on.log.createWriter("scope/stream", FAILING, new WriterOptions())));
        assertThat(get(() -> writer.append("key", Buffer.buffer("good"))).offset())
                .isZero();
        assertThat(failure(() -> writer.append("key", Buffer.buffer("type"))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("no type");
        assertThat(failure(() -> writer.append("key", Buffer.buffer("bytes"))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("no bytes");
        assertThat(get(() -> writer.append("key", Buffer.buffer("good"))).offset())
                .isEqualTo(1);
    }
}
