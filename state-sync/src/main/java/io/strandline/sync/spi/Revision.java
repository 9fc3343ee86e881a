package io.strandline.sync.spi;

/** What one append did to a state, or the whole state at a position. Nobody changes its bytes any more. */
public final class Revision {

    /** What the bytes hold. */
    public enum Form {
        /** A change of the state after the previous revision. */
        CHANGE,
        /** The whole state: nothing before it is needed. */
        WHOLE
    }

    private final Position position;
    private final Form form;
    private final byte[] bytes;

    /**
     * Creates a revision.
     *
     * @param position its position
     * @param form whether it can be read without the revisions before it
     * @param bytes opaque to a store. They belong to the revision from now on
     */
    public Revision(Position position, Form form, byte[] bytes) {
        this.position = position;
        this.form = form;
        this.bytes = bytes;
    }

    public Position position() {
        return position;
    }

    /** The number of this revision, from 1. */
    public long number() {
        return position.revision();
    }

    public boolean isWhole() {
        return form == Form.WHOLE;
    }

    /** The bytes themselves, not a copy. */
    public byte[] bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return position + " (" + form + ", " + bytes.length + " bytes)";
    }
}
