package io.strandline.json;

/** What a {@link JsonCodec} lets pass only if it is told to, because something of the stored JSON is lost or changed. */
public enum JsonLeniency {

    /** A name that an object has twice: the last one counts. */
    REPEATED_NAMES,

    /** A fraction where a whole number is declared: it is cut off, {@code 1.9} becomes {@code 1}. */
    FRACTION_AS_WHOLE_NUMBER,

    /** A number that is too large for a {@code double} or {@code float}: it becomes infinite. */
    NUMBER_AS_INFINITY,

    /** Text after the end of the event: it is ignored. */
    TRAILING_TEXT,

    /** A scalar of another kind: {@code "5"} where a number is declared, {@code 1} where a truth value is. */
    OTHER_SCALARS
}
