package io.strandline.client.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Gathers the frames of one turn of an event loop, so that they are written at once. Heads and small pieces are copied, large
 * pieces are referred to. Belongs to the connection's context.
 */
public final class FrameWriter {

    /** Pieces up to this many bytes are copied, so that a small frame is no component of its own. */
    private static final int COPIED_BYTES = 4 << 10;

    private static final int FIRST_BYTES = 512;
    private static final WireOutput EMPTY = emptyHead();

    private final List<ByteBuf> parts = new ArrayList<>();
    private byte[] bytes = new byte[0];
    private int from;
    private int to;
    private long all;

    public FrameWriter() {}

    private static WireOutput emptyHead() {
        WireOutput empty = new WireOutput();
        Tags.writeNone(empty);
        return empty;
    }

    /** Adds a frame without fields. */
    public void add(FrameType type, long id) {
        add(type, 0, id, EMPTY);
    }

    /** Adds a frame. What its pieces refer to must not change before it is written. */
    public void add(FrameType type, int operation, long id, WireOutput message) {
        int headBytes = message.headBytes();
        reserve(Frame.HEADER_BYTES + headBytes);
        Frame.putHeader(bytes, to, type, operation, id, message);
        to += Frame.HEADER_BYTES;
        copy(message.head(), 0, headBytes);
        for (WireOutput.Piece piece : message.bulk()) {
            int length = piece.to() - piece.from();
            if (length <= COPIED_BYTES) {
                reserve(length);
                copy(piece.bytes(), piece.from(), length);
            } else {
                closePart();
                parts.add(Unpooled.wrappedBuffer(piece.bytes(), piece.from(), length));
            }
        }
        all += Frame.HEADER_BYTES + headBytes + message.bulkBytes();
    }

    private void copy(byte[] source, int at, int length) {
        System.arraycopy(source, at, bytes, to, length);
        to += length;
    }

    private void reserve(int length) {
        if (bytes.length - to >= length) {
            return;
        }
        // The part that was begun stays one part.
        int begun = to - from;
        byte[] next = new byte[Math.max(FIRST_BYTES, 2 * (begun + length))];
        System.arraycopy(bytes, from, next, 0, begun);
        bytes = next;
        from = 0;
        to = begun;
    }

    private void closePart() {
        if (to > from) {
            parts.add(Unpooled.wrappedBuffer(bytes, from, to - from));
            from = to;
        }
    }

    public boolean isEmpty() {
        return all == 0;
    }

    /** Bytes of the frames that were added and not taken. */
    public long bytes() {
        return all;
    }

    /** All frames that were added, as one buffer. To be called if there are some. */
    public Buffer take() {
        closePart();
        ByteBuf buffer;
        if (parts.size() == 1) {
            buffer = parts.get(0);
        } else {
            CompositeByteBuf composite = Unpooled.compositeBuffer(Math.max(2, parts.size()));
            composite.addComponents(true, parts);
            buffer = composite;
        }
        parts.clear();
        // What was handed out belongs to the buffer. The rest of the array goes on.
        if (bytes.length - to < FIRST_BYTES) {
            bytes = new byte[0];
            to = 0;
        }
        from = to;
        all = 0;
        return BufferInternal.buffer(buffer);
    }

    /** The bytes of one frame, for tests and for those that send a single one. */
    public static byte[] bytesOf(FrameType type, int operation, long id, WireOutput message) {
        FrameWriter writer = new FrameWriter();
        writer.add(type, operation, id, message);
        byte[] all = writer.take().getBytes();
        return Arrays.copyOf(all, all.length);
    }
}
