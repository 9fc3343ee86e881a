package io.strandline.server.impl.http;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The forms of bodies, as clients name them in {@code Content-Type} and {@code Accept}. */
public final class MediaTypes {

    private MediaTypes() {}

    /** A media type without its parameters, in small letters. */
    public static String plain(String header) {
        int end = header.indexOf(';');
        return (end < 0 ? header : header.substring(0, end)).trim().toLowerCase(Locale.ROOT);
    }

    /** True if a type says nothing of a character set, or UTF-8. */
    public static boolean isUtf8(String header) {
        int at = header.toLowerCase(Locale.ROOT).indexOf("charset=");
        if (at < 0) {
            return true;
        }
        String set = header.substring(at + "charset=".length())
                .replace("\"", "")
                .trim()
                .toLowerCase(Locale.ROOT);
        return set.startsWith("utf-8") || set.startsWith("us-ascii");
    }

    /**
     * The type that a client likes best, the first of several that it likes alike. Null if it likes none.
     *
     * @param accept the header, null for any type
     */
    public static @Nullable String best(@Nullable String accept, List<String> offered) {
        if (accept == null || accept.isBlank()) {
            return offered.get(0);
        }
        String best = null;
        double bestQuality = 0;
        for (String type : offered) {
            double quality = quality(accept, type);
            if (quality > bestQuality) {
                best = type;
                bestQuality = quality;
            }
        }
        return best;
    }

    /** How a client likes a type, by the range that fits it closest. */
    private static double quality(String accept, String type) {
        double quality = 0;
        int closest = -1;
        for (String range : accept.split(",", -1)) {
            int fit = fit(plain(range), type);
            if (fit > closest) {
                closest = fit;
                quality = qualityOf(range);
            }
        }
        return quality;
    }

    private static int fit(String range, String type) {
        if (range.equals(type)) {
            return 2;
        }
        if (range.endsWith("/*") && type.startsWith(range.substring(0, range.length() - 1))) {
            return 1;
        }
        return range.equals("*/*") ? 0 : -1;
    }

    private static double qualityOf(String range) {
        int at = range.toLowerCase(Locale.ROOT).indexOf("q=");
        if (at < 0) {
            return 1;
        }
        int end = range.indexOf(';', at);
        try {
            return Double.parseDouble(
                    range.substring(at + 2, end < 0 ? range.length() : end).trim());
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
