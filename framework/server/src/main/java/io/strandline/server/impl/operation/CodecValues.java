package io.strandline.server.impl.operation;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Payload;
import io.strandline.spi.BytesOutput;
import io.strandline.spi.UserCode;

/** Values of an application as the bytes of its codecs, which doors show as JSON if they are JSON. */
final class CodecValues {

    private CodecValues() {}

    /** @throws StrandlineException.Unknown if the codec cannot write the value: what the caller asked for is done */
    static <T> Payload written(String what, EventCodec<T> codec, T value) {
        try {
            return new Payload(codec.typeOf(value), BytesOutput.of(codec, value));
        } catch (Throwable thrown) { // a codec may throw anything
            throw new StrandlineException.Unknown(what + " cannot be answered: " + UserCode.shown(thrown), thrown);
        }
    }

    /** @throws StrandlineException.Invalid if the codec cannot read the bytes */
    static <T> T read(String field, EventCodec<T> codec, Payload payload) {
        T value;
        try {
            value = codec.decode(payload.type(), payload.bytes(), 0, payload.bytes().length);
        } catch (Throwable thrown) { // a codec may throw anything
            throw UserCode.refused("field " + field, thrown);
        }
        if (value == null) {
            throw new StrandlineException.Invalid("field " + field + " is null");
        }
        return value;
    }
}
