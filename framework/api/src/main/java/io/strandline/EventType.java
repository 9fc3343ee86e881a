package io.strandline;

/**
 * Name and version of an event's type, chosen by the application. Never a Java class name.
 *
 * @param name at most {@value #MAX_NAME_LENGTH} characters, empty for {@link #RAW}
 * @param version 0 to 65,535
 */
public record EventType(String name, int version) {

    /** Longest name, in characters. */
    public static final int MAX_NAME_LENGTH = 200;

    /** An event of plain bytes, about which nothing is said. */
    public static final EventType RAW = new EventType("", 0);

    /**
     * Checks the parts.
     *
     * @throws StrandlineException.Invalid if the name is too long or no text that UTF-8 can hold, or the version out of bounds
     */
    public EventType {
        Utf8.requireWhole("event type name", name);
        if (name.length() > MAX_NAME_LENGTH) {
            throw new StrandlineException.Invalid("event type name of " + name.length() + " characters, the limit is "
                    + MAX_NAME_LENGTH + ": " + name.substring(0, 64) + "…");
        }
        if (version < 0 || version > 0xffff) {
            throw new StrandlineException.Invalid(
                    "version " + version + " of event type " + name + " is outside 0 to 65535");
        }
    }

    @Override
    public String toString() {
        return name + " v" + version;
    }
}
