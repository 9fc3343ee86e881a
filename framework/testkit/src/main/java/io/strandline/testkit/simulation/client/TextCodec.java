package io.strandline.testkit.simulation.client;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Texts, padded to a size that the text alone decides: most are short, some compress well, and few are long. */
final class TextCodec implements EventCodec<String> {

    private static final byte[] PADDING = new byte[6_000];

    static {
        Arrays.fill(PADDING, (byte) ' ');
    }

    @Override
    public EventType typeOf(String text) {
        return EventType.RAW;
    }

    @Override
    public void encode(String text, PayloadOutput out) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
        int chosen = Math.floorMod(text.hashCode(), 40);
        out.write(PADDING, 0, chosen == 0 ? PADDING.length : chosen < 6 ? 100 * chosen : chosen);
    }

    @Override
    public String decode(EventType type, byte[] bytes, int from, int length) {
        return new String(bytes, from, length, StandardCharsets.UTF_8).trim();
    }
}
