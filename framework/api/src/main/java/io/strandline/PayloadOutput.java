package io.strandline;

import io.vertx.core.buffer.Buffer;
import java.io.OutputStream;

/** Takes the bytes of one event. None of its methods blocks or throws for lack of space below the event limit. */
public abstract class PayloadOutput extends OutputStream {

    @Override
    public abstract void write(int oneByte);

    @Override
    public abstract void write(byte[] bytes, int from, int length);

    /** Writes all bytes of a buffer. The caller keeps the buffer. */
    public abstract void write(Buffer buffer);
}
