package io.strandline.log.impl.file;

/**
 * Numbers in the names of files, in hexadecimal with zeros in front. Written by hand, because {@code java.util.Formatter}
 * takes a JVM that has just started milliseconds.
 */
public final class HexNames {

    private static final String ZEROS = "0000000000000000";

    private HexNames() {}

    /** A number of 0 or more with at least so many digits, at most 16. */
    public static String of(long number, int digits) {
        String hex = Long.toHexString(number);
        return hex.length() < digits ? ZEROS.substring(0, digits - hex.length()) + hex : hex;
    }
}
