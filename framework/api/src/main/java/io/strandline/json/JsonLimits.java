package io.strandline.json;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import io.strandline.StrandlineException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/**
 * What one JSON document may hold. The limits of writing are computed from those of reading, so that what was written can
 * be read.
 *
 * @param depth most objects and arrays inside each other
 * @param numberDigits most digits of a number
 * @param nameBytes most bytes of a property name or map key in UTF-8
 * @param textLength most characters of a text
 */
record JsonLimits(int depth, int numberDigits, int nameBytes, int textLength) {

    private static final int MAX_DEPTH = 1_000;
    private static final int MAX_NUMBER_DIGITS = 1_000;
    private static final int MAX_NAME_BYTES = 50_000;
    private static final int MAX_TEXT_LENGTH = 20_000_000;

    /** The reader keeps a name in a buffer that doubles, and compares the buffer with its limit. */
    private static final int NAME_BUFFER_FACTOR = 2;

    private static final int NAME_BUFFER_START = 64;

    /** A number of so many bits or fewer has at most as many digits. */
    private static final int DIGITS_IN_BITS = 3;

    /** Zeros and digits of the exponent, which a decimal may have besides its unscaled value. */
    private static final int MAX_SCALE_DIGITS = 18;

    static StreamReadConstraints reading() {
        return StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxNumberLength(MAX_NUMBER_DIGITS)
                .maxNameLength(NAME_BUFFER_FACTOR * MAX_NAME_BYTES + NAME_BUFFER_START)
                .maxStringLength(MAX_TEXT_LENGTH)
                .build();
    }

    static StreamWriteConstraints writing() {
        return StreamWriteConstraints.builder().maxNestingDepth(MAX_DEPTH).build();
    }

    /** The limits of writing for a reader with these limits. */
    static JsonLimits of(StreamReadConstraints reading) {
        return new JsonLimits(
                reading.getMaxNestingDepth(),
                reading.getMaxNumberLength(),
                (reading.getMaxNameLength() - NAME_BUFFER_START) / NAME_BUFFER_FACTOR,
                reading.getMaxStringLength());
    }

    void requireName(String name) {
        // A char takes at most three bytes.
        if (3L * name.length() > nameBytes) {
            int bytes = name.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > nameBytes) {
                throw new StrandlineException.Invalid("name of " + bytes + " bytes in UTF-8, the limit is " + nameBytes
                        + ": " + name.substring(0, 64) + "…");
            }
        }
    }

    void requireText(int length) {
        if (length > textLength) {
            throw new StrandlineException.Invalid("text of " + length + " characters, the limit is " + textLength);
        }
    }

    void requireNumber(BigInteger number) {
        if (number.bitLength() / DIGITS_IN_BITS >= numberDigits) {
            requireDigits(number.toString());
        }
    }

    void requireNumber(BigDecimal number, String text) {
        if (number.unscaledValue().bitLength() / DIGITS_IN_BITS + MAX_SCALE_DIGITS >= numberDigits
                || text.length() >= numberDigits) {
            requireDigits(text);
        }
    }

    void requireDigits(String text) {
        long digits = text.chars().filter(c -> c >= '0' && c <= '9').count();
        if (digits > numberDigits) {
            throw new StrandlineException.Invalid("number of " + digits + " digits, the limit is " + numberDigits + ": "
                    + text.substring(0, 64) + "…");
        }
    }
}
