package io.strandline.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.strandline.Sequence;
import io.strandline.spi.Batch;
import io.strandline.spi.ReadSlice;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Builds batches as writer and shard would, and reads their events back. */
final class TestBatches {

    private TestBatches() {}

    /** A batch of one partition, of writer 1 in epoch 1 unless told otherwise. */
    static Builder to(long partition) {
        return new Builder(partition);
    }

    /** What a reader sees of one event; the payload as Latin-1, so that events can be compared and printed. */
    record Event(long offset, long stamp, @Nullable String key, String type, int typeVersion, String payload) {}

    static final class Builder {

        private final long partition;
        private final ByteArrayOutputStream records = new ByteArrayOutputStream();
        private int count;
        private long writer = 1;
        private int epoch = 1;
        private Sequence previous = Sequence.NONE;
        private Sequence last = Sequence.of(0);
        private long digest;
        private long expectedOffset = -1;

        private Builder(long partition) {
            this.partition = partition;
        }

        Builder writer(long number, int writerEpoch) {
            writer = number;
            epoch = writerEpoch;
            return this;
        }

        Builder sequences(Sequence before, Sequence ofLastEvent) {
            previous = before;
            last = ofLastEvent;
            return this;
        }

        Builder digest(long value) {
            digest = value;
            return this;
        }

        /** Makes the batch conditional. */
        Builder expectedOffset(long offset) {
            expectedOffset = offset;
            return this;
        }

        Builder event(@Nullable String key, byte[] payload) {
            return event(key, "", 0, payload);
        }

        /** Adds an event; an empty type name stands for a raw one. */
        Builder event(@Nullable String key, String type, int typeVersion, byte[] payload) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.write((key == null ? 0 : Batch.RECORD_HAS_KEY) | (type.isEmpty() ? 0 : Batch.RECORD_HAS_TYPE));
            if (key != null) {
                putText(body, key);
            }
            if (!type.isEmpty()) {
                putText(body, type);
                putVarint(body, typeVersion);
            }
            body.writeBytes(payload);
            putVarint(records, body.size());
            records.writeBytes(body.toByteArray());
            count++;
            return this;
        }

        /** The batch as a writer hands it over: sealed, without offset and stamp. */
        byte[] build() {
            byte[] body = records.toByteArray();
            byte[] bytes = new byte[Batch.HEADER_BYTES + body.length];
            System.arraycopy(body, 0, bytes, Batch.HEADER_BYTES, body.length);
            bytes[Batch.VERSION] = Batch.FORMAT_VERSION;
            bytes[Batch.FLAGS] = expectedOffset < 0 ? 0 : Batch.FLAG_CONDITIONAL;
            Batch.putInt(bytes, Batch.COUNT, count);
            Batch.putLong(bytes, Batch.PARTITION, partition);
            Batch.putLong(bytes, Batch.WRITER, writer);
            Batch.putInt(bytes, Batch.EPOCH, epoch);
            Batch.putLong(bytes, Batch.PREVIOUS_MAJOR, previous.major());
            Batch.putLong(bytes, Batch.PREVIOUS_MINOR, previous.minor());
            Batch.putLong(bytes, Batch.LAST_MAJOR, last.major());
            Batch.putLong(bytes, Batch.LAST_MINOR, last.minor());
            Batch.putLong(bytes, Batch.DIGEST, digest);
            Batch.putLong(bytes, Batch.EXPECTED_OFFSET, expectedOffset);
            Batch.seal(bytes, 0, bytes.length, new CRC32C());
            return bytes;
        }

        /** The batch as a shard numbers it. */
        byte[] build(long offset, long stamp) {
            byte[] bytes = build();
            Batch.stamp(bytes, 0, offset, stamp);
            return bytes;
        }
    }

    /**
     * Random numbered batches, some of them several to an array behind foreign bytes, with rising stamps, with keys and
     * types or without.
     */
    static BatchRun randomRun(Random random, long partition, long baseOffset, int batches, int maxPayloadBytes) {
        BatchRun run = new BatchRun();
        long offset = baseOffset;
        long stamp = 1_700_000_000_000L;
        for (int made = 0; made < batches; ) {
            int together = Math.min(batches - made, 1 + random.nextInt(3));
            ByteArrayOutputStream parcel = new ByteArrayOutputStream();
            parcel.writeBytes(new byte[random.nextInt(20)]);
            int[] positions = new int[together];
            for (int i = 0; i < together; i++) {
                positions[i] = parcel.size();
                stamp += random.nextInt(3);
                byte[] batch = randomBatch(random, partition, maxPayloadBytes).build(offset, stamp);
                offset += Batch.count(batch, 0);
                parcel.writeBytes(batch);
            }
            byte[] array = parcel.toByteArray();
            for (int position : positions) {
                run.add(array, position);
            }
            made += together;
        }
        return run;
    }

    private static Builder randomBatch(Random random, long partition, int maxPayloadBytes) {
        Builder batch = to(partition).writer(random.nextLong(), random.nextInt(100));
        int events = 1 + random.nextInt(random.nextInt(10) == 0 ? 50 : 3);
        for (int i = 0; i < events; i++) {
            byte[] payload = new byte[random.nextInt(maxPayloadBytes + 1)];
            random.nextBytes(payload);
            String key = random.nextBoolean() ? "key-" + random.nextInt(100) : null;
            boolean typed = random.nextInt(4) == 0;
            batch.event(key, typed ? "Deposited" : "", typed ? random.nextInt(300) : 0, payload);
        }
        return batch;
    }

    static List<Event> events(BatchRun run) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < run.size(); i++) {
            addEvents(events, run.array(i), run.at(i));
        }
        return events;
    }

    static List<Event> events(List<ReadSlice.Segment> segments) {
        List<Event> events = new ArrayList<>();
        for (ReadSlice.Segment segment : segments) {
            for (int at = segment.from(); at < segment.to(); at += Batch.length(segment.bytes(), at)) {
                addEvents(events, segment.bytes(), at);
            }
        }
        return events;
    }

    private static void addEvents(List<Event> events, byte[] bytes, int at) {
        Batch.Records records = new Batch.Records().reset(bytes, at);
        while (records.hasNext()) {
            records.next();
            events.add(new Event(
                    records.offset(),
                    records.stamp(),
                    records.keyLength() < 0 ? null : new String(bytes, records.keyFrom(), records.keyLength(), UTF_8),
                    new String(bytes, records.typeFrom(), records.typeLength(), UTF_8),
                    records.typeVersion(),
                    new String(bytes, records.payloadFrom(), records.payloadLength(), ISO_8859_1)));
        }
    }

    private static void putText(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        putVarint(out, bytes.length);
        out.writeBytes(bytes);
    }

    private static void putVarint(ByteArrayOutputStream out, int value) {
        byte[] bytes = new byte[Batch.varintBytes(value)];
        Batch.putVarint(bytes, 0, value);
        out.writeBytes(bytes);
    }
}
