package io.strandline.server.impl.operation;

import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.Limits;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.strandline.WriterOptions;
import io.strandline.client.operation.EventRequests.AppendEvents;
import io.strandline.client.operation.Payload;
import io.strandline.internal.Varint;
import io.strandline.spi.Batch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks the events of a request before the first of them is appended, so that a request that is Invalid has appended nothing.
 *
 * @param maxEventBytes limit of the log for one event, its key, type and headers included
 * @param maxRequestBytes limit of the door for all events of a request
 */
record NewEvents(int maxEventBytes, int maxRequestBytes) {

    /** Most bytes that the length of a record takes. */
    private static final int LENGTH_BYTES = 5;

    /** @throws StrandlineException.Invalid if an event is above a limit, or has a sequence without a writer or the other way round */
    void require(AppendEvents request) {
        if (request.writer().isPresent()) {
            new WriterOptions().setId(request.writer().get()).validate();
        }
        boolean isNumbered = request.writer().isPresent();
        Sequence last = Sequence.NONE;
        long all = 0;
        int index = 0;
        for (NewEvent<Payload> event : request.events()) {
            all += require(index, event);
            Sequence sequence = event.sequence();
            if (isNumbered != (sequence != null)) {
                throw new StrandlineException.Invalid(
                        isNumbered
                                ? "field events[" + index + "].sequence is missing; events of a writer have one"
                                : "field events[" + index + "].sequence needs a writer");
            }
            if (sequence != null) {
                if (sequence.compareTo(last) <= 0) {
                    throw new StrandlineException.Invalid("field events[" + index + "].sequence is " + sequence
                            + " after " + last + "; sequences of a request must rise");
                }
                last = sequence;
            }
            index++;
        }
        requireAll(all);
    }

    /** @throws StrandlineException.Invalid if there is no event, or one is above a limit */
    void require(List<Payload> events, @Nullable String key, int headersBytes) {
        if (events.isEmpty()) {
            throw new StrandlineException.Invalid("field events has no element");
        }
        long all = 0;
        for (int i = 0; i < events.size(); i++) {
            all += require(i, size(keyBytes(key), events.get(i), headersBytes));
        }
        requireAll(all);
    }

    private int require(int index, NewEvent<Payload> event) {
        return require(
                index,
                size(keyBytes(event.key()), event.event(), event.headers().encodedBytes()));
    }

    private int require(int index, int bytes) {
        if (bytes > maxEventBytes) {
            throw new StrandlineException.Invalid("field events[" + index + "] has " + bytes
                    + " bytes, key, type and headers included; the limit is " + maxEventBytes);
        }
        return bytes;
    }

    private void requireAll(long bytes) {
        if (bytes > maxRequestBytes) {
            throw new StrandlineException.Invalid(
                    "field events has " + bytes + " bytes, the limit of a request is " + maxRequestBytes);
        }
    }

    private static int keyBytes(@Nullable String key) {
        return key == null ? -1 : Utf8.encode("routing key", key, Limits.MAX_KEY_BYTES).length;
    }

    /** Bytes of a record after its length, as {@link Batch} draws it. */
    private static int size(int keyBytes, Payload payload, int headersBytes) {
        int bytes = 1 + payload.bytes().length;
        if (keyBytes >= 0) {
            bytes += Varint.bytes(keyBytes) + keyBytes;
        }
        if (!payload.type().equals(EventType.RAW)) {
            int name = payload.type().name().getBytes(StandardCharsets.UTF_8).length;
            bytes += Varint.bytes(name) + name + Varint.bytes(payload.type().version());
        }
        if (headersBytes > 0) {
            bytes += Varint.bytes(headersBytes) + headersBytes;
        }
        return bytes;
    }

    /**
     * The events as records, one after the other.
     *
     * @throws StrandlineException.Invalid if one is above a limit or has a sequence
     */
    byte[] records(List<NewEvent<Payload>> events) {
        long all = 0;
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).sequence() != null) {
                throw new StrandlineException.Invalid(
                        "field events[" + i + "].sequence: events of a transaction have none");
            }
            all += require(i, events.get(i)) + LENGTH_BYTES;
        }
        requireAll(all);
        byte[] bytes = new byte[(int) all];
        int at = 0;
        for (NewEvent<Payload> event : events) {
            at = put(bytes, at, event);
        }
        return Arrays.copyOf(bytes, at);
    }

    private static int put(byte[] bytes, int from, NewEvent<Payload> event) {
        String key = event.key();
        byte[] utf8 = key == null ? null : Utf8.encode("routing key", key, Limits.MAX_KEY_BYTES);
        EventType type = event.event().type();
        Headers headers = event.headers();
        boolean isTyped = !type.equals(EventType.RAW);
        int at = Varint.put(bytes, from, size(utf8 == null ? -1 : utf8.length, event.event(), headers.encodedBytes()));
        bytes[at++] = (byte) ((utf8 == null ? 0 : Batch.RECORD_HAS_KEY)
                | (isTyped ? Batch.RECORD_HAS_TYPE : 0)
                | (headers.isEmpty() ? 0 : Batch.RECORD_HAS_HEADERS));
        if (utf8 != null) {
            at = put(bytes, Varint.put(bytes, at, utf8.length), utf8);
        }
        if (isTyped) {
            byte[] name = type.name().getBytes(StandardCharsets.UTF_8);
            at = put(bytes, Varint.put(bytes, at, name.length), name);
            at = Varint.put(bytes, at, type.version());
        }
        if (!headers.isEmpty()) {
            at = headers.encodeTo(bytes, Varint.put(bytes, at, headers.encodedBytes()));
        }
        return put(bytes, at, event.event().bytes());
    }

    private static int put(byte[] bytes, int at, byte[] source) {
        System.arraycopy(source, 0, bytes, at, source.length);
        return at + source.length;
    }
}
