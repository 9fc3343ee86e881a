package io.strandline;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;

/**
 * Turns events into bytes and back. It is called on the context of the writer or reader that uses it, and must not block.
 *
 * <p>A codec that throws fails the one append with {@link StrandlineException.Invalid}, or stops the one reader at the
 * event that it could not decode. Nothing else is affected. The same holds for a codec that throws an {@link Error}, or
 * decodes to null. A transaction with a failed append cannot commit.
 */
public interface EventCodec<E> {

    /** Returns the name and version under which this event is stored. */
    EventType typeOf(E event);

    /** Writes the bytes of the event. The output is valid only during the call. */
    void encode(E event, PayloadOutput out) throws IOException;

    /**
     * Reads an event back. The array belongs to the log: it must not be changed, nor kept after the call.
     *
     * @throws StrandlineException.Invalid if the type is unknown to this codec
     */
    E decode(EventType type, byte[] bytes, int from, int length) throws IOException;

    /** Events that are plain bytes. Decoded buffers are copies that the application owns. */
    static EventCodec<Buffer> raw() {
        return RawCodec.INSTANCE;
    }
}
