package io.strandline.log.impl.journal;

import io.strandline.log.impl.file.HexNames;
import org.jspecify.annotations.Nullable;

/**
 * Names in a journal directory: {@code <sequence>.journal} holds frames, {@code <count>.spare} is zero-filled or was
 * used before and is ready to be used, {@code <count>.reserve} is the same but kept for a recovery and for what frees space,
 * and whatever ends in {@code .tmp} was not finished.
 */
public final class JournalNames {

    public static final String JOURNAL = ".journal";
    public static final String SPARE = ".spare";
    static final String RESERVE = ".reserve";
    public static final String UNFINISHED = ".tmp";

    private JournalNames() {}

    public static String journal(String directory, long sequence) {
        return directory + "/" + HexNames.of(sequence, 16) + JOURNAL;
    }

    static String spare(String directory, long count) {
        return directory + "/" + HexNames.of(count, 16) + SPARE;
    }

    static String reserve(String directory, long count) {
        return directory + "/" + HexNames.of(count, 16) + RESERVE;
    }

    static String unfinished(String directory, long count) {
        return directory + "/" + HexNames.of(count, 16) + UNFINISHED;
    }

    /** The number in a name with this ending, or null if it is no such name. */
    public static @Nullable Long number(String name, String ending) {
        if (name.length() != 16 + ending.length() || !name.endsWith(ending)) {
            return null;
        }
        try {
            return Long.parseUnsignedLong(name.substring(0, 16), 16);
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
