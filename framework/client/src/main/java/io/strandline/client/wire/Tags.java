package io.strandline.client.wire;

/**
 * The end of each head: fields that a version added and that an earlier one passes over.
 *
 * <pre>
 * number of tags, then for each: tag (number), length in bytes (number), bytes
 * </pre>
 *
 * <p>Tags are numbered in each message of its own, see {@link Welcome}. A field without which a message means something else is no tag: it needs a new operation, or a
 * new version of the protocol.
 */
public final class Tags {

    private Tags() {}

    /** Ends a head that has none. */
    public static void writeNone(WireOutput out) {
        out.number(0);
    }

    /** Ends a head that has one tag, or none if its text is empty. */
    static void writeText(WireOutput out, int tag, String text) {
        if (text.isEmpty()) {
            writeNone(out);
        } else {
            out.number(1).number(tag).text(text);
        }
    }

    /**
     * Reads the end of a head and passes over all tags.
     *
     * @throws io.strandline.StrandlineException.Invalid if the head does not end there
     */
    public static void readEnd(WireInput in) {
        readText(in, 0);
    }

    /**
     * Reads the end of a head and passes over all tags but one.
     *
     * @return its text, empty if it is not there
     * @throws io.strandline.StrandlineException.Invalid if the head does not end there
     */
    static String readText(WireInput in, int tag) {
        String text = "";
        in.field("tags");
        int tags = in.count();
        for (int i = 0; i < tags; i++) {
            if (in.number() == tag) {
                text = in.text();
            } else {
                in.skip(in.count());
            }
        }
        if (in.left() > 0) {
            throw in.invalid(in.left() + " bytes after the end");
        }
        return text;
    }
}
