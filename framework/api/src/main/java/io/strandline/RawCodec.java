package io.strandline;

import io.vertx.core.buffer.Buffer;

final class RawCodec implements EventCodec<Buffer> {

    static final RawCodec INSTANCE = new RawCodec();

    private RawCodec() {}

    @Override
    public EventType typeOf(Buffer event) {
        return EventType.RAW;
    }

    @Override
    public void encode(Buffer event, PayloadOutput out) {
        out.write(event);
    }

    @Override
    public Buffer decode(EventType type, byte[] bytes, int from, int length) {
        return Buffer.buffer(length).appendBytes(bytes, from, length);
    }
}
