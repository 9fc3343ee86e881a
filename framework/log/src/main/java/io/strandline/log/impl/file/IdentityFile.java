package io.strandline.log.impl.file;

import io.strandline.StrandlineException;
import io.strandline.spi.Logger;
import io.strandline.spi.backup.LogIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Which log a data directory holds. As text, in UTF-8:
 *
 * <pre>
 * strandline-log 1        format version
 * id ID                   random, 32 hexadecimal digits
 * restored LOG POINT      of a log that was made of a backup: id of the log that was backed up, - if it is unknown, and the point
 * end CRC32C              of all bytes before this line, 8 hexadecimal digits
 * </pre>
 *
 * <p>The file is written once, and is there in full or not at all. Every method blocks.
 */
public final class IdentityFile {

    static final String NAME = "log.identity";
    private static final String MAGIC = "strandline-log ";
    private static final int FORMAT_VERSION = 1;
    private static final String UNKNOWN = "-";
    private static final String ID = "[0-9a-f]{" + LogIdentity.ID_CHARACTERS + "}";
    private static final Pattern TEXT = Pattern.compile(MAGIC + FORMAT_VERSION + "\nid (" + ID + ")\n(?:restored (" + ID
            + "|" + UNKNOWN + ") (\\S+)\n)?end ([0-9a-f]{8})\n");

    private static final Logger LOG = Logger.of(IdentityFile.class);

    private IdentityFile() {}

    /** The identity of a log that did not exist. */
    public static LogIdentity random() {
        return new LogIdentity(randomId(), Optional.empty());
    }

    /**
     * The identity of a log that is made of a backup.
     *
     * @param log id of the log that was backed up, empty if it is unknown
     */
    public static LogIdentity restored(String log, String point) {
        return new LogIdentity(randomId(), Optional.of(new LogIdentity.Origin(log, point)));
    }

    private static String randomId() {
        byte[] bytes = new byte[LogIdentity.ID_CHARACTERS / 2];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** The identity that a directory has, or else one that it gets. Unknown if none can be written, as on a full disk. */
    static LogIdentity complete(Path directory) {
        LogIdentity known = read(directory);
        if (known != null) {
            return known;
        }
        LogIdentity given = random();
        try {
            write(directory, given);
            return given;
        } catch (IOException e) {
            LOG.warn(
                    "{} cannot be written to {}, so this log has no identity before its next opening",
                    NAME,
                    directory,
                    e);
            return LogIdentity.UNKNOWN;
        }
    }

    /** Gives a directory an identity, durably. */
    public static void write(Path directory, LogIdentity identity) throws IOException {
        DurableFile.write(directory, NAME, text(identity).getBytes(StandardCharsets.UTF_8));
    }

    private static String text(LogIdentity identity) {
        String fields = MAGIC + FORMAT_VERSION + "\nid " + identity.id() + "\n"
                + identity.origin()
                        .map(origin -> "restored " + (origin.log().isEmpty() ? UNKNOWN : origin.log()) + " "
                                + origin.point() + "\n")
                        .orElse("");
        return fields + "end " + checksum(fields) + "\n";
    }

    private static String checksum(String fields) {
        CRC32C crc = new CRC32C();
        crc.update(fields.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /**
     * Reads the identity.
     *
     * @return null if the directory has none, as that of an earlier release
     * @throws StrandlineException.Corrupt if it is damaged
     * @throws StrandlineException.Invalid if it is of a newer format version
     */
    public static @Nullable LogIdentity read(Path directory) {
        Path file = directory.resolve(NAME);
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException none) {
            return null;
        } catch (IOException e) {
            throw new StrandlineException.Unavailable(file + " cannot be read", e);
        }
        Matcher matcher = TEXT.matcher(text);
        if (matcher.matches()
                && checksum(text.substring(0, text.indexOf("end "))).equals(matcher.group(4))) {
            String origin = matcher.group(2);
            return new LogIdentity(
                    matcher.group(1),
                    origin == null
                            ? Optional.empty()
                            : Optional.of(
                                    new LogIdentity.Origin(origin.equals(UNKNOWN) ? "" : origin, matcher.group(3))));
        }
        String first = text.lines().findFirst().orElse("");
        if (first.matches(MAGIC + "\\d{1,9}") && !first.equals(MAGIC + FORMAT_VERSION)) {
            throw new StrandlineException.Invalid(
                    file + " says " + first + ", this release reads version " + FORMAT_VERSION);
        }
        throw new StrandlineException.Corrupt(file + " is damaged; nothing was changed: restore it from a copy of the"
                + " directory, or delete it, and the log gets another identity");
    }
}
