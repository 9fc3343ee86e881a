package io.strandline.processing.process.impl;

import io.strandline.StrandlineException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads what {@link StoredOutput} wrote. What is cut off or longer than it says is Invalid. */
final class StoredInput {

    private final String what;
    private final byte[] bytes;
    private final int end;
    private int at;

    /** @param what names it in messages */
    StoredInput(String what, byte[] bytes, int from, int length) {
        this.what = what;
        this.bytes = bytes;
        this.at = from;
        this.end = from + length;
    }

    int octet() {
        require(1);
        return bytes[at++] & 0xff;
    }

    void format(int known) {
        int format = octet();
        if (format != known) {
            throw new StrandlineException.Invalid(what + " of format " + format + ", known is " + known);
        }
    }

    long number() {
        long number = 0;
        for (int shift = 0; shift < 64 && at < end; shift += 7) {
            byte next = bytes[at++];
            number |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return number;
            }
        }
        throw new StrandlineException.Invalid(what + " has a number that is not whole");
    }

    int integer() {
        long number = number();
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw new StrandlineException.Invalid(what + " has the number " + number + " where a length or version is");
        }
        return (int) number;
    }

    String text() {
        int length = integer();
        require(length);
        at += length;
        return new String(bytes, at - length, length, StandardCharsets.UTF_8);
    }

    byte[] bytes(int length) {
        require(length);
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }

    private void require(int length) {
        if (length > end - at) {
            throw new StrandlineException.Invalid(
                    what + " has " + (end - at) + " bytes left where " + length + " are wanted");
        }
    }

    void end() {
        if (at != end) {
            throw new StrandlineException.Invalid(what + " has " + (end - at) + " bytes after its end");
        }
    }
}
