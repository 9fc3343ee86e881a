package io.strandline;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Text as UTF-8. Java would write a lone surrogate as a question mark, so that two texts become one. */
public final class Utf8 {

    /** Characters of a refused text that a message shows. */
    private static final int SHOWN_CHARACTERS = 64;

    private Utf8() {}

    /**
     * The bytes of a text.
     *
     * @param what names the text in the failure
     * @throws StrandlineException.Invalid if it is null or has a lone surrogate, which UTF-8 cannot hold. The message
     *     names the position
     */
    public static byte[] encode(String what, @Nullable String text) {
        return requireWhole(what, text).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * As {@link #encode(String, String)}, with a limit.
     *
     * @param maxBytes most bytes that the text may have
     * @throws StrandlineException.Invalid also if it has more
     */
    public static byte[] encode(String what, @Nullable String text, int maxBytes) {
        String whole = requireWhole(what, text);
        byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > maxBytes) {
            throw new StrandlineException.Invalid(
                    what + " of " + bytes.length + " bytes in UTF-8, the limit is " + maxBytes + ": " + shown(whole));
        }
        return bytes;
    }

    /**
     * Checks a text's length and characters.
     *
     * @param most characters that it may have. It must have at least one
     * @throws StrandlineException.Invalid if it is null, has a lone surrogate, or another length
     */
    public static String require(String what, @Nullable String text, int most) {
        String whole = requireWhole(what, text);
        Limits.require("length of " + what, whole.length(), 1, most);
        return whole;
    }

    /**
     * Returns the text.
     *
     * @throws StrandlineException.Invalid if it is null or has a lone surrogate
     */
    public static String requireWhole(String what, @Nullable String text) {
        if (text == null) {
            throw new StrandlineException.Invalid(what + " is null");
        }
        int lone = loneSurrogate(text);
        if (lone >= 0) {
            throw new StrandlineException.Invalid(what + " has the lone surrogate U+"
                    + Integer.toHexString(text.charAt(lone)).toUpperCase(Locale.ROOT) + " at position " + lone
                    + ", which UTF-8 cannot hold: " + shown(text));
        }
        return text;
    }

    /** Position of the first surrogate without its pair, or -1. */
    public static int loneSurrogate(String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c) || i + 1 == length || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }

    /** The beginning of a text, for a message. No surrogate is cut from its pair. */
    public static String shown(String text) {
        if (text.length() <= SHOWN_CHARACTERS) {
            return text;
        }
        int end =
                Character.isHighSurrogate(text.charAt(SHOWN_CHARACTERS - 1)) ? SHOWN_CHARACTERS - 1 : SHOWN_CHARACTERS;
        return text.substring(0, end) + "…";
    }
}
