package io.strandline.impl.reader;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.Batch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Turns stored records into events. Remembers the last type, because the next event mostly has the same. */
final class EventDecoder<E> {

    private final EventCodec<E> codec;
    private final StreamName stream;
    private EventType lastType = EventType.RAW;
    private byte[] lastTypeName = new byte[0];

    EventDecoder(EventCodec<E> codec, StreamName stream) {
        this.codec = codec;
        this.stream = stream;
    }

    /**
     * The event of the record that was moved to last.
     *
     * @throws StrandlineException.Invalid if the codec cannot decode it
     * @throws StrandlineException.Corrupt if its headers are malformed
     */
    EventRecord<E> decode(long partition, @Nullable String key, Batch.Records records) {
        EventType type = records.typeLength() == 0 && records.typeVersion() == 0 ? EventType.RAW : type(records);
        E event;
        try {
            event = codec.decode(type, records.bytes(), records.payloadFrom(), records.payloadLength());
        } catch (Throwable e) { // an Error stops this reader alone
            throw new StrandlineException.Invalid(place(type, partition, records) + e.getMessage(), e);
        }
        if (event == null) {
            throw new StrandlineException.Invalid(place(type, partition, records) + "the codec returned null");
        }
        return new EventRecord<>(partition, records.offset(), records.stamp(), key, type, headers(records), event);
    }

    private String place(EventType type, long partition, Batch.Records records) {
        return "event of type " + type + " at offset " + records.offset() + " of partition " + partition + " of "
                + stream + " cannot be decoded: ";
    }

    /**
     * The headers of the record that was moved to last.
     *
     * @throws StrandlineException.Corrupt if they are malformed
     */
    private static Headers headers(Batch.Records records) {
        return records.headersLength() == 0
                ? Headers.NONE
                : Headers.decode(records.bytes(), records.headersFrom(), records.headersLength());
    }

    private EventType type(Batch.Records records) {
        int from = records.typeFrom();
        int length = records.typeLength();
        if (lastType.version() == records.typeVersion()
                && Arrays.equals(lastTypeName, 0, lastTypeName.length, records.bytes(), from, from + length)) {
            return lastType;
        }
        lastTypeName = Arrays.copyOfRange(records.bytes(), from, from + length);
        lastType = new EventType(new String(lastTypeName, StandardCharsets.UTF_8), records.typeVersion());
        return lastType;
    }
}
