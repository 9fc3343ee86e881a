package io.strandline.processing.process.impl;

import io.strandline.PayloadOutput;
import java.nio.charset.StandardCharsets;

/** Writes numbers of 0 or more in groups of seven bits, the lowest first, and texts as their length and UTF-8. */
final class StoredOutput {

    private final PayloadOutput out;

    StoredOutput(PayloadOutput out) {
        this.out = out;
    }

    void octet(int value) {
        out.write(value);
    }

    void number(long number) {
        long rest = number;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        bytes(bytes);
    }

    void bytes(byte[] bytes) {
        out.write(bytes, 0, bytes.length);
    }
}
