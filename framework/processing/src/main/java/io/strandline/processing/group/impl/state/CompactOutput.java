package io.strandline.processing.group.impl.state;

import io.strandline.PayloadOutput;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes numbers and texts in the format of {@link GroupStateCodec}. */
final class CompactOutput {

    private final PayloadOutput out;

    CompactOutput(PayloadOutput out) {
        this.out = out;
    }

    /** @param value 0 or more. A negative value takes ten bytes and is read back unchanged */
    void number(long value) {
        long left = value;
        while ((left & ~0x7FL) != 0) {
            out.write((int) ((left & 0x7F) | 0x80));
            left >>>= 7;
        }
        out.write((int) left);
    }

    void flag(boolean value) {
        out.write(value ? 1 : 0);
    }

    void text(@Nullable String value) {
        if (value == null) {
            number(0);
            return;
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        number(bytes.length + 1L);
        out.write(bytes, 0, bytes.length);
    }
}
