package io.strandline;

/** Checks of options against their bounds. */
public final class Limits {

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
}
