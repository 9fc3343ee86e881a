package io.strandline.impl.writer;

import io.strandline.Limits;
import io.strandline.Utf8;
import io.strandline.internal.LittleEndian;
import org.jspecify.annotations.Nullable;

/** The routing key of the event that is appended, in UTF-8. For one thread. */
final class RoutingKey {

    /** Holds the key from its beginning. The next key takes its place. */
    byte[] bytes = new byte[256];

    /**
     * Puts a key into {@link #bytes}.
     *
     * @return its length in bytes, -1 for none
     * @throws io.strandline.StrandlineException.Invalid if it has more than {@link Limits#MAX_KEY_BYTES}, or half a surrogate pair
     */
    int encode(@Nullable String text) {
        if (text == null) {
            return -1;
        }
        int length = text.length();
        if (length <= bytes.length && encodeAscii(text, length)) {
            return length;
        }
        byte[] encoded = Utf8.encode("routing key", text, Limits.MAX_KEY_BYTES);
        if (encoded.length > bytes.length) {
            bytes = new byte[Limits.MAX_KEY_BYTES];
        }
        System.arraycopy(encoded, 0, bytes, 0, encoded.length);
        return encoded.length;
    }

    /**
     * Stores eight characters at a time. A hash reads as many, and a processor has none ready that were stored one by one a
     * moment ago. False if there are others than those of ASCII.
     */
    private boolean encodeAscii(String text, int length) {
        byte[] to = bytes;
        int all = 0;
        int i = 0;
        for (; i <= length - Long.BYTES; i += Long.BYTES) {
            long word = 0;
            for (int next = Long.BYTES - 1; next >= 0; next--) {
                char c = text.charAt(i + next);
                all |= c;
                word = word << Byte.SIZE | c;
            }
            LittleEndian.putLong(to, i, word);
        }
        for (; i < length; i++) {
            char c = text.charAt(i);
            all |= c;
            to[i] = (byte) c;
        }
        return all < 0x80;
    }
}
