package io.strandline;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks of values against their bounds, and a bound that all parts of the framework have. */
public final class Limits {

    /** Longest routing key, in bytes of UTF-8. */
    public static final int MAX_KEY_BYTES = 4096;

    private Limits() {}

    /**
     * Checks the parts.
     *
     * @throws StrandlineException.Invalid if the value is outside {@code least} to {@code most}
     */
    public static long require(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new StrandlineException.Invalid(name + " is " + value + ", it must be " + least + " to " + most);
        }
        return value;
    }

    /**
     * Checks that an object is there. Setters of objects do so at once, because copies and JSON are made from them.
     *
     * @throws StrandlineException.Invalid if the value is null
     */
    public static <T> T requireGiven(String name, @Nullable T value) {
        if (value == null) {
            throw new StrandlineException.Invalid(name + " is null, it must be given");
        }
        return value;
    }

    /**
     * Checks that a constant is there.
     *
     * @param among all of its kind, for the message
     * @throws StrandlineException.Invalid if the value is null
     */
    public static <E extends Enum<E>> void requireConstant(String name, @Nullable E value, Class<E> among) {
        if (value == null) {
            throw new StrandlineException.Invalid(name + " is null, it must be one of "
                    + Stream.of(among.getEnumConstants())
                            .map(OptionsJson::nameOf)
                            .toList());
        }
    }
}
