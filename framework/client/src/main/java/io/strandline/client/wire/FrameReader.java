package io.strandline.client.wire;

import io.strandline.internal.LittleEndian;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of a connection into frames. Belongs to the connection's context.
 *
 * <p>A frame costs the bytes that have come of it, and a little more: what a peer announces is not allocated before it
 * comes. A peer that breaks the rules of {@link Frame} is told by {@link BadFrame}, after which the connection cannot go on.
 */
public final class FrameReader {

    /** Takes the frames of a connection, one after the other. */
    public interface Receiver {

        /**
         * An array for the bulk of a request, whose head has come.
         *
         * @return an array of {@code bytes} or more, or null if the reader makes one
         */
        default byte @Nullable [] lend(int operation, byte[] head, int bytes) {
            return null;
        }

        /** A whole frame. May throw what ends the connection. */
        void take(Frame frame);
    }

    /** Bytes that are no frame. The message says why. */
    public static final class BadFrame extends RuntimeException {

        private static final long serialVersionUID = 1L;

        BadFrame(String message) {
            super(message, null, false, false);
        }
    }

    private static final byte[] NONE = new byte[0];
    private static final int FIRST_BYTES = 256 << 10;

    private final Receiver receiver;
    private int maxFrameBytes = Frame.HELLO_BYTES;
    private int maxHeadBytes = Integer.MAX_VALUE;

    private final byte[] header = new byte[Frame.HEADER_BYTES];
    private int headerBytes;
    private byte[] head = NONE;
    private int headLength;
    private int headBytes;
    private byte[] bulk = NONE;
    private int bulkLength;
    private int bulkBytes;
    private boolean lent;

    /** A reader that takes frames of up to {@link Frame#HELLO_BYTES}. */
    public FrameReader(Receiver receiver) {
        this.receiver = receiver;
    }

    /** Sets the length of a frame, from its next header on. */
    public void setMaxFrameBytes(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    /** Sets the length of a head, from the next header on. Without it a head may be as long as its frame. */
    public void setMaxHeadBytes(int maxHeadBytes) {
        this.maxHeadBytes = maxHeadBytes;
    }

    /** True if a part of a frame has come, and not all of it. */
    public boolean isMidFrame() {
        return headerBytes > 0;
    }

    /** Cuts the next bytes of the connection. */
    public void read(Buffer chunk) {
        int at = 0;
        int to = chunk.length();
        while (at < to) {
            if (headerBytes < Frame.HEADER_BYTES) {
                int part = Math.min(to - at, Frame.HEADER_BYTES - headerBytes);
                chunk.getBytes(at, at + part, header, headerBytes);
                headerBytes += part;
                at += part;
                if (headerBytes < Frame.HEADER_BYTES) {
                    return;
                }
                begin();
            }
            at = readHead(chunk, at, to);
            at = readBulk(chunk, at, to);
            if (headBytes == headLength && bulkBytes == bulkLength) {
                end();
            }
        }
    }

    private void begin() {
        int length = LittleEndian.getInt(header, Frame.LENGTH);
        if (length < Frame.HEADER_REST || length > maxFrameBytes) {
            throw new BadFrame("frame of " + Integer.toUnsignedString(length) + " bytes, it must have "
                    + Frame.HEADER_REST + " to " + maxFrameBytes);
        }
        headLength = LittleEndian.getInt(header, Frame.HEAD_BYTES);
        if (headLength < 0 || headLength > length - Frame.HEADER_REST) {
            throw new BadFrame("head of " + Integer.toUnsignedString(headLength) + " bytes in a frame of " + length);
        }
        if (headLength > maxHeadBytes) {
            throw new BadFrame("head of " + headLength + " bytes, the limit is " + maxHeadBytes);
        }
        bulkLength = length - Frame.HEADER_REST - headLength;
        headBytes = 0;
        bulkBytes = 0;
        head = headLength == 0 ? NONE : new byte[Math.min(headLength, FIRST_BYTES)];
        bulk = NONE;
        lent = false;
    }

    private int readHead(Buffer chunk, int at, int to) {
        int part = Math.min(to - at, headLength - headBytes);
        if (part > 0) {
            head = roomFor(head, headBytes + part, headLength);
            chunk.getBytes(at, at + part, head, headBytes);
            headBytes += part;
        }
        return at + part;
    }

    private int readBulk(Buffer chunk, int at, int to) {
        if (headBytes < headLength || bulkLength == 0) {
            return at;
        }
        if (bulk == NONE) {
            byte[] array = receiver.lend(operation(), head, bulkLength);
            lent = array != null;
            bulk = array != null ? array : new byte[Math.min(bulkLength, FIRST_BYTES)];
        }
        int part = Math.min(to - at, bulkLength - bulkBytes);
        if (part > 0) {
            bulk = roomFor(bulk, bulkBytes + part, bulkLength);
            chunk.getBytes(at, at + part, bulk, bulkBytes);
            bulkBytes += part;
        }
        return at + part;
    }

    private static byte[] roomFor(byte[] array, int bytes, int most) {
        return bytes <= array.length
                ? array
                : Arrays.copyOf(array, (int) Math.min(most, Math.max(2L * array.length, bytes)));
    }

    private int operation() {
        return (header[Frame.OPERATION] & 0xff) | (header[Frame.OPERATION + 1] & 0xff) << 8;
    }

    private void end() {
        FrameType type = FrameType.of(header[Frame.TYPE] & 0xff);
        if (type == null) {
            throw new BadFrame("frame of type " + (header[Frame.TYPE] & 0xff));
        }
        Frame frame =
                new Frame(type, operation(), LittleEndian.getLong(header, Frame.ID), head, bulk, bulkLength, lent);
        headerBytes = 0;
        head = NONE;
        bulk = NONE;
        receiver.take(frame);
    }
}
