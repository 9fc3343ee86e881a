package io.strandline.client.wire;

import io.strandline.internal.LittleEndian;

/**
 * The unit of the protocol. All numbers are little-endian.
 *
 * <pre>
 *  at  bytes
 *   0  4      bytes of the frame after this number, {@value #HEADER_REST} or more
 *   4  1      type, see {@link FrameType}
 *   5  1      flags, 0. Flags that the receiver does not know are passed over
 *   6  2      number of the operation in a REQUEST, else 0
 *   8  8      id of the request. REPLY and FAILURE have that of their REQUEST
 *  16  4      bytes of the head
 *  20         head: a message, see {@link WireOutput}, which ends with {@link Tags}
 *             bulk: the rest. Batches or records as {@link io.strandline.spi.Batch} draws them
 * </pre>
 *
 * <p>Nothing but a HELLO is taken first. HELLO, WELCOME and FAILURE have the same format in all versions of the protocol.
 *
 * @param operation number of the operation, 0 for none
 * @param head the head, an array of its own
 * @param bulk an array that holds the bulk from its beginning
 * @param bulkBytes bytes of the bulk
 * @param isLent true if the array of the bulk was lent, see {@link FrameReader.Receiver#lend}
 */
@SuppressWarnings("ArrayRecordComponent") // handed over by reference, never compared
public record Frame(FrameType type, int operation, long id, byte[] head, byte[] bulk, int bulkBytes, boolean isLent) {

    public static final int HEADER_BYTES = 20;
    public static final int HEADER_REST = HEADER_BYTES - 4;

    static final int LENGTH = 0;
    static final int TYPE = 4;
    static final int FLAGS = 5;
    static final int OPERATION = 6;
    static final int ID = 8;
    static final int HEAD_BYTES = 16;

    /** Bytes of a frame before its HELLO is answered, at most. Nobody has said yet who it is from. */
    public static final int HELLO_BYTES = 64 << 10;

    /**
     * Bytes of the head of a request, at most. Events are bulk, so this is room for names, layouts and cuts of many thousand
     * partitions, and for the conditions of a parcel.
     */
    public static final int MAX_REQUEST_HEAD_BYTES = 1 << 20;

    /**
     * Bytes that a frame needs beside one event, at most: its own header, the head with the conditions of one event, and the headers
     * of its batch and record with the key.
     */
    public static final int BESIDE_EVENT_BYTES = 128 << 10;

    /** What a byte of a head counts among bytes in flight. Fields that were read take more memory than their bytes. */
    private static final int HEAD_WEIGHT = 16;

    /** What a request counts among bytes in flight, at client and server: its bulk, and each byte of its head as 16. */
    public static long cost(long headBytes, long bulkBytes) {
        return HEAD_WEIGHT * headBytes + bulkBytes;
    }

    /** Writes a header. */
    static void putHeader(byte[] bytes, int at, FrameType type, int operation, long id, WireOutput message) {
        LittleEndian.putInt(bytes, at + LENGTH, (int) (HEADER_REST + message.headBytes() + message.bulkBytes()));
        bytes[at + TYPE] = (byte) type.number();
        bytes[at + FLAGS] = 0;
        bytes[at + OPERATION] = (byte) operation;
        bytes[at + OPERATION + 1] = (byte) (operation >>> 8);
        LittleEndian.putLong(bytes, at + ID, id);
        LittleEndian.putInt(bytes, at + HEAD_BYTES, message.headBytes());
    }
}
