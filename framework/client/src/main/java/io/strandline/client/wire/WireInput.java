package io.strandline.client.wire;

import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link WireOutput} wrote, out of a frame that may be anybody's. Every failure is {@link StrandlineException.Invalid}
 * and names the field. Nothing is allocated for a count or a length before so many bytes are known to be there.
 */
public final class WireInput {

    private static final byte[] NONE = new byte[0];

    private final byte[] head;
    private final int to;
    private final byte[] bulk;
    private final int bulkBytes;
    private final boolean bulkIsLent;
    private int at;
    private String field = "its beginning";

    public WireInput(byte[] head) {
        this(head, NONE, 0, false);
    }

    /** Reads the message of a frame. */
    public WireInput(Frame frame) {
        this(frame.head(), frame.bulk(), frame.bulkBytes(), frame.isLent());
    }

    private WireInput(byte[] head, byte[] bulk, int bulkBytes, boolean bulkIsLent) {
        this.head = head;
        this.to = head.length;
        this.bulk = bulk;
        this.bulkBytes = bulkBytes;
        this.bulkIsLent = bulkIsLent;
    }

    /** Names what is read next, for messages. */
    public void field(String name) {
        field = name;
    }

    private StrandlineException.Invalid malformed(String what) {
        return new StrandlineException.Invalid(
                "malformed message: " + what + " in field " + field + ", at byte " + at + " of " + to);
    }

    /** The failure of a value that is well-formed, and none that the field may have. */
    public StrandlineException.Invalid invalid(String what) {
        return malformed(what);
    }

    public int one() {
        if (at >= to) {
            throw malformed("no byte");
        }
        return head[at++] & 0xff;
    }

    public boolean flag() {
        int value = one();
        if (value > 1) {
            throw malformed("flag " + value);
        }
        return value == 1;
    }

    public long number() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = one();
            if (shift == 63 && next > 1) {
                break;
            }
            value |= (next & 0x7fL) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw malformed("number of more than 64 bits");
    }

    /** A number within bounds. */
    public int integer(int least, int most) {
        long value = number();
        if (value < least || value > most) {
            throw malformed("number " + value + ", which must be " + least + " to " + most);
        }
        return (int) value;
    }

    /** How many elements follow, each of at least one byte, and not more than a limit. */
    public int count(int most) {
        int count = count();
        if (count > most) {
            throw malformed("a count of " + count + ", the limit is " + most);
        }
        return count;
    }

    /** How many elements follow, each of at least one byte. */
    public int count() {
        long value = number();
        if (value < 0 || value > to - at) {
            throw malformed("a count of " + value + ", and only " + (to - at) + " bytes are left");
        }
        return (int) value;
    }

    public long fixed() {
        if (to - at < 8) {
            throw malformed("no 8 bytes");
        }
        long value = LittleEndian.getLong(head, at);
        at += 8;
        return value;
    }

    public byte[] bytes() {
        int length = count();
        at += length;
        return Arrays.copyOfRange(head, at - length, at);
    }

    public String text() {
        int length = count();
        at += length;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(head, at - length, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed("text that is no UTF-8");
        }
    }

    /** Passes over what a later version added, see {@link Tags}. */
    public void skip(int bytes) {
        if (bytes > to - at) {
            throw malformed("no " + bytes + " bytes");
        }
        at += bytes;
    }

    /** The bulk, from the beginning of the array. The array belongs to the caller, see {@link #bulkIsLent()}. */
    public byte[] bulk() {
        return bulk;
    }

    public int bulkBytes() {
        return bulkBytes;
    }

    /** True if the array of the bulk was lent by the receiver's {@link FrameReader.Receiver}. */
    public boolean bulkIsLent() {
        return bulkIsLent;
    }

    /** Bytes of the head that are left. */
    public int left() {
        return to - at;
    }
}
