package io.strandline.log.spi;

/** The bytes of a frame, in one or several arrays that do not change until it is forced. */
public final class FrameBody {

    public static final FrameBody EMPTY = new FrameBody();

    private byte[][] arrays = new byte[1][];
    private int[] froms = new int[1];
    private int[] lengths = new int[1];
    private int parts;
    private int length;

    /** Adds a part after the others. */
    public FrameBody add(byte[] bytes, int from, int partLength) {
        if (parts > 0 && arrays[parts - 1] == bytes && froms[parts - 1] + lengths[parts - 1] == from) {
            lengths[parts - 1] += partLength;
        } else {
            if (parts == arrays.length) {
                arrays = java.util.Arrays.copyOf(arrays, parts * 2);
                froms = java.util.Arrays.copyOf(froms, parts * 2);
                lengths = java.util.Arrays.copyOf(lengths, parts * 2);
            }
            arrays[parts] = bytes;
            froms[parts] = from;
            lengths[parts] = partLength;
            parts++;
        }
        length += partLength;
        return this;
    }

    /** A body of one whole array. */
    public static FrameBody of(byte[] bytes) {
        return new FrameBody().add(bytes, 0, bytes.length);
    }

    /** Number of parts. */
    public int parts() {
        return parts;
    }

    public byte[] array(int part) {
        return arrays[part];
    }

    public int from(int part) {
        return froms[part];
    }

    public int length(int part) {
        return lengths[part];
    }

    /** Bytes of all parts. */
    public int length() {
        return length;
    }
}
