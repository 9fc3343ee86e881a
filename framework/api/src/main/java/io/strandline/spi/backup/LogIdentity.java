package io.strandline.spi.backup;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which log this is. A log gets its id when it is created, or at the first opening by a release that knows of ids, and keeps it.
 *
 * @param id random, {@value #ID_CHARACTERS} hexadecimal digits. Empty if it is unknown
 * @param origin what a restored log was made of
 */
public record LogIdentity(String id, Optional<Origin> origin) {

    public static final int ID_CHARACTERS = 32;

    private static final Pattern ID = Pattern.compile("[0-9a-f]{" + ID_CHARACTERS + "}");

    /** True if a text has the form of an id. */
    public static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** That of a log of which nothing is known. */
    public static final LogIdentity UNKNOWN = new LogIdentity("", Optional.empty());

    /**
     * A point of a backup.
     *
     * @param log id of the log that was backed up. Empty if the backup does not tell
     * @param point name of the point
     */
    public record Origin(String log, String point) {}
}
