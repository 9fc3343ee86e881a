package io.strandline.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** Events as the text that a codec writes, and back. */
final class JsonTexts {

    private JsonTexts() {}

    /** Collects what a codec writes. */
    static <E> String json(EventCodec<E> codec, E event) throws IOException {
        return new String(BytesOutput.of(codec, event), StandardCharsets.UTF_8);
    }

    static <E> E read(EventCodec<E> codec, int version, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return codec.decode(new EventType("e", version), bytes, 0, bytes.length);
    }

    static <E> E roundTrip(Class<E> type, E event) throws IOException {
        JsonCodec<E> codec = JsonCodec.of("e", 1, type);
        String json = json(codec, event);
        E back = read(codec, 1, json);
        assertThat(json(codec, back)).as("bytes of what was read").isEqualTo(json);
        return back;
    }

    static void comesBack(Class<?> type, Object event) throws IOException {
        @SuppressWarnings("unchecked")
        Class<Object> typed = (Class<Object>) type;
        assertThat(roundTrip(typed, event)).isEqualTo(event);
    }

    static void refused(Class<?> type, String... texts) {
        assertThatThrownBy(() -> JsonCodec.of("e", 1, type))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll(texts);
    }

    static <E> void notWritten(Class<E> type, E event, String... texts) {
        JsonCodec<E> codec = JsonCodec.of("e", 1, type);
        assertThatThrownBy(() -> json(codec, event)).hasMessageContainingAll(texts);
    }

    static BigInteger digits(int count) {
        return new BigInteger("7".repeat(count));
    }
}
