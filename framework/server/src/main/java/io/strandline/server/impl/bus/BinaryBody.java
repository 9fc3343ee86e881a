package io.strandline.server.impl.bus;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Operation;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.WireOutput;
import io.vertx.core.buffer.Buffer;

/**
 * A binary request or reply on the event bus: what a {@link Frame} holds after its header.
 *
 * <pre>
 *  at  bytes
 *   0  4      bytes of the head, little-endian
 *   4         head: a message, see {@link WireOutput}
 *             bulk: the rest
 * </pre>
 */
final class BinaryBody {

    private static final int HEAD = 4;

    private BinaryBody() {}

    /** @throws StrandlineException.Invalid if the bytes are no request of the operation */
    static <Q> Q readRequest(Operation<Q, ?> operation, Buffer body) {
        long headBytes = body.length() < HEAD ? -1 : body.getUnsignedIntLE(0);
        if (headBytes < 0 || headBytes > Math.min(body.length() - HEAD, Frame.MAX_REQUEST_HEAD_BYTES)) {
            throw new StrandlineException.Invalid("a binary request of " + body.length() + " bytes with a head of "
                    + headBytes + ", the limit is " + Frame.MAX_REQUEST_HEAD_BYTES);
        }
        int bulkAt = HEAD + (int) headBytes;
        byte[] bulk = body.getBytes(bulkAt, body.length());
        return operation.readRequest(new Frame(
                FrameType.REQUEST, operation.number(), 0, body.getBytes(HEAD, bulkAt), bulk, bulk.length, false));
    }

    static Buffer of(WireOutput message) {
        Buffer body = Buffer.buffer(HEAD + message.headBytes() + (int) message.bulkBytes());
        body.appendIntLE(message.headBytes());
        body.appendBytes(message.head(), 0, message.headBytes());
        for (WireOutput.Piece piece : message.bulk()) {
            body.appendBytes(piece.bytes(), piece.from(), piece.to() - piece.from());
        }
        return body;
    }
}
