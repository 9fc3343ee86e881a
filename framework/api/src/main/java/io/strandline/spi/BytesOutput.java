package io.strandline.spi;

import io.strandline.EventCodec;
import io.strandline.PayloadOutput;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Collects the bytes of one value, for what keeps them apart from a batch. */
public final class BytesOutput extends PayloadOutput {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** The bytes of a value. Whatever the codec throws is thrown. */
    public static <T> byte[] of(EventCodec<T> codec, T value) throws IOException {
        BytesOutput out = new BytesOutput();
        codec.encode(value, out);
        return out.toByteArray();
    }

    @Override
    public void write(int oneByte) {
        bytes.write(oneByte);
    }

    @Override
    public void write(byte[] source, int from, int length) {
        bytes.write(source, from, length);
    }

    @Override
    public void write(Buffer buffer) {
        bytes.writeBytes(buffer.getBytes());
    }

    public byte[] toByteArray() {
        return bytes.toByteArray();
    }
}
