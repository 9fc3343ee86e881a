package io.strandline.sync.bus;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A binary message on the event bus: a byte that names its format, then its fields, and nothing after them. */
public final class BusMessage {

    /** Writes the fields. */
    public interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    /** Reads what was written. */
    public interface Reading<T> {
        T from(DataInputStream in) throws IOException;
    }

    private BusMessage() {}

    public static Buffer written(int format, Writing fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(format);
        fields.to(out);
        return Buffer.buffer(bytes.toByteArray());
    }

    /**
     * Reads the body of a message, whoever sent it.
     *
     * @throws IOException if it is no buffer, has another format, ends too early or goes on after its fields
     */
    public static <T> T read(int format, @Nullable Object body, Reading<T> fields) throws IOException {
        if (!(body instanceof Buffer buffer)) {
            throw new IOException("a message must be a buffer, this is "
                    + (body == null ? "empty" : "a " + body.getClass().getName()));
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(buffer.getBytes()));
        try {
            int found = in.readUnsignedByte();
            if (found != format) {
                throw new IOException("format " + found + ", this member reads " + format);
            }
            T read = fields.from(in);
            if (in.available() > 0) {
                throw new IOException(in.available() + " bytes of " + buffer.length() + " are left over");
            }
            return read;
        } catch (EOFException end) {
            throw new IOException("message ends after " + buffer.length() + " bytes, too early", end);
        }
    }
}
