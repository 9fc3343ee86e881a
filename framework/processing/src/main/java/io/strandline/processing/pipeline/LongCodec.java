package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import java.io.IOException;

/** A number as 8 bytes, little-endian. */
final class LongCodec implements EventCodec<Long> {

    static final LongCodec INSTANCE = new LongCodec();

    private static final EventType TYPE = new EventType("strandline.long", 1);

    private LongCodec() {}

    @Override
    public EventType typeOf(Long number) {
        return TYPE;
    }

    @Override
    public void encode(Long number, PayloadOutput out) throws IOException {
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            out.write((int) (number >>> shift));
        }
    }

    @Override
    public Long decode(EventType type, byte[] bytes, int from, int length) {
        if (!type.equals(TYPE) || length != Long.BYTES) {
            throw new StrandlineException.Invalid("a number of type " + type + " and " + length + " bytes");
        }
        long number = 0;
        for (int i = Long.BYTES - 1; i >= 0; i--) {
            number = (number << Byte.SIZE) | (bytes[from + i] & 0xff);
        }
        return number;
    }
}
