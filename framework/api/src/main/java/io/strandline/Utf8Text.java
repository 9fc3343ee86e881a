package io.strandline;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Text that UTF-8 can hold. A half of a surrogate pair, as {@code substring} leaves it in the middle of an emoji, has no
 * bytes: Java writes a question mark, and different keys become one. Here it is Invalid, with its position.
 */
public final class Utf8Text {

    private Utf8Text() {}

    /**
     * The bytes of a text.
     *
     * @param kind what the text is, for the message
     * @param maxBytes most bytes that it may have
     * @throws StrandlineException.Invalid if it is null, has half of a surrogate pair, or has more bytes
     */
    public static byte[] encode(String kind, @Nullable String text, int maxBytes) {
        byte[] bytes = encode(kind, text);
        if (bytes.length > maxBytes) {
            throw new StrandlineException.Invalid(kind + " of " + bytes.length + " bytes in UTF-8, the limit is "
                    + maxBytes + ": " + String.valueOf(text).substring(0, 64) + "…");
        }
        return bytes;
    }

    /**
     * The bytes of a text.
     *
     * @throws StrandlineException.Invalid if it is null or has half of a surrogate pair
     */
    public static byte[] encode(String kind, @Nullable String text) {
        return requireWhole(kind, text).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Checks a text's length and characters.
     *
     * @param most characters that it may have; it must have at least one
     * @throws StrandlineException.Invalid if it is null, has half of a surrogate pair, or another length
     */
    public static String require(String kind, @Nullable String text, int most) {
        String whole = requireWhole(kind, text);
        Limits.require("length of " + kind, whole.length(), 1, most);
        return whole;
    }

    /**
     * Returns the text.
     *
     * @throws StrandlineException.Invalid if it is null or has half of a surrogate pair
     */
    public static String requireWhole(String kind, @Nullable String text) {
        if (text == null) {
            throw new StrandlineException.Invalid(kind + " is null");
        }
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isLowSurrogate(c) || i + 1 == length || !Character.isLowSurrogate(text.charAt(i + 1))) {
                throw new StrandlineException.Invalid(kind + " has half of a surrogate pair, "
                        + String.format("\\u%04x", (int) c) + ", at position " + i
                        + ", which UTF-8 cannot hold: " + abbreviated(text));
            }
            i++;
        }
        return text;
    }

    private static String abbreviated(String text) {
        return text.length() <= 64 ? text : text.substring(0, 64) + "…";
    }
}
