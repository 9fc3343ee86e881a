package io.strandline.processing.group.impl.feed;

import io.strandline.PayloadOutput;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;

/** Collects the bytes of one event. */
public final class BytesOutput extends PayloadOutput {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

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
