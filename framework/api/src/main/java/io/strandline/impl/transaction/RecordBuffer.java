package io.strandline.impl.transaction;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.Limits;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.Utf8;
import io.strandline.internal.Varint;
import io.strandline.spi.Batch;
import io.strandline.spi.UserCode;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Records of one stream, one after the other, in the format of {@link Batch}. */
final class RecordBuffer extends PayloadOutput {

    private static final int FIRST_BYTES = 1 << 10;
    private static final int MAX_LENGTH_BYTES = 5;

    private final StreamName stream;
    private final int maxEventBytes;
    private byte[] bytes = new byte[FIRST_BYTES];

    /** Bytes of whole records. */
    private int length;

    private int events;

    /** Where the next byte of the event that is being encoded goes. */
    private int at;

    private int room;
    private long dropped;

    RecordBuffer(StreamName stream, int maxEventBytes) {
        this.stream = stream;
        this.maxEventBytes = maxEventBytes;
    }

    int length() {
        return length;
    }

    int events() {
        return events;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /**
     * Adds an event. If it fails, nothing was added.
     *
     * @throws StrandlineException.Invalid if the codec fails or the event is too large
     */
    <E> void add(EventCodec<E> codec, @Nullable String key, E event, Headers headers) {
        try {
            int from = length + MAX_LENGTH_BYTES;
            at = from;
            room = Integer.MAX_VALUE;
            dropped = 0;
            putHead(codec.typeOf(event), key, headers);
            int head = at - from;
            room = maxEventBytes - head;
            codec.encode(event, this);
            requireFit(head);
            close(from);
        } catch (StrandlineException.Invalid e) {
            throw e;
        } catch (Throwable e) { // an Error fails this event alone
            throw UserCode.refused("the codec failed on an event for " + stream, e);
        }
    }

    private void putHead(EventType type, @Nullable String key, Headers headers) {
        boolean typed = !type.equals(EventType.RAW);
        write((key == null ? 0 : Batch.RECORD_HAS_KEY)
                | (typed ? Batch.RECORD_HAS_TYPE : 0)
                | (headers.isEmpty() ? 0 : Batch.RECORD_HAS_HEADERS));
        if (key != null) {
            byte[] utf8 = Utf8.encode("routing key", key, Limits.MAX_KEY_BYTES);
            putVarint(utf8.length);
            write(utf8, 0, utf8.length);
        }
        if (typed) {
            byte[] name = type.name().getBytes(StandardCharsets.UTF_8);
            putVarint(name.length);
            write(name, 0, name.length);
            putVarint(type.version());
        }
        if (!headers.isEmpty()) {
            int size = headers.encodedBytes();
            putVarint(size);
            ensure(size);
            at = headers.encodeTo(bytes, at);
        }
    }

    private void requireFit(int head) {
        if (dropped > 0 || room < 0) {
            throw new StrandlineException.Invalid("event of " + (maxEventBytes - room + dropped)
                    + " bytes, key, type and headers of " + head + " included, for " + stream + "; the limit is "
                    + maxEventBytes);
        }
    }

    /** Puts the length in front, and closes the gap to the record before. */
    private void close(int from) {
        int size = at - from;
        int payloadAt = Varint.put(bytes, length, size);
        System.arraycopy(bytes, from, bytes, payloadAt, size);
        length = payloadAt + size;
        events++;
    }

    private void putVarint(int value) {
        ensure(MAX_LENGTH_BYTES);
        at = Varint.put(bytes, at, value);
    }

    // ---- the output of a codec

    @Override
    public void write(int oneByte) {
        if (take(1)) {
            bytes[at++] = (byte) oneByte;
        }
    }

    @Override
    public void write(byte[] source, int from, int count) {
        if (take(count)) {
            System.arraycopy(source, from, bytes, at, count);
            at += count;
        }
    }

    @Override
    public void write(Buffer buffer) {
        int count = buffer.length();
        if (take(count)) {
            buffer.getBytes(0, count, bytes, at);
            at += count;
        }
    }

    /** Makes room for bytes, or counts them for the failure if they are too many. */
    private boolean take(int count) {
        if (dropped > 0 || count > room) {
            dropped += count;
            return false;
        }
        room -= count;
        ensure(count);
        return true;
    }

    private void ensure(int more) {
        if (bytes.length - at < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, at + more));
        }
    }
}
