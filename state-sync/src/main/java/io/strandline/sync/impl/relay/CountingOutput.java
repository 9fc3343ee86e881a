package io.strandline.sync.impl.relay;

import io.strandline.PayloadOutput;
import io.vertx.core.buffer.Buffer;

/** Counts bytes and keeps none. */
final class CountingOutput extends PayloadOutput {

    private long bytes;

    long bytes() {
        return bytes;
    }

    @Override
    public void write(int oneByte) {
        bytes++;
    }

    @Override
    public void write(byte[] source, int from, int length) {
        bytes += length;
    }

    @Override
    public void write(Buffer buffer) {
        bytes += buffer.length();
    }
}
