package io.strandline.log.impl.chunk;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.strandline.Compression;
import io.strandline.Sequence;
import io.strandline.spi.Batch;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.ReadSlice;
import io.strandline.testkit.BatchBuilder;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Builds runs of batches, plain and compressed, and reads their events back. */
public final class TestBatches {

    private static final List<Compression> COMPRESSIONS = List.of(Compression.values());

    private TestBatches() {}

    /** A batch of one partition, of writer 1 in epoch 1. */
    public static BatchBuilder to(long partition) {
        return new BatchBuilder(partition, 1, 1, Sequence.NONE, Sequence.of(0));
    }

    /** One event as a reader sees it. The payload is Latin-1, so that events can be compared and printed. */
    public record Event(long offset, long stamp, @Nullable String key, String type, int typeVersion, String payload) {}

    /**
     * Random numbered batches with rising stamps, with keys and types or without. Two of three are compressed, and some
     * arrays hold several batches after foreign bytes.
     */
    public static BatchRun randomRun(Random random, long partition, long baseOffset, int batches, int maxPayloadBytes) {
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

    private static BatchBuilder randomBatch(Random random, long partition, int maxPayloadBytes) {
        BatchBuilder batch =
                new BatchBuilder(partition, random.nextLong(), random.nextInt(100), Sequence.NONE, Sequence.of(0));
        batch.compressed(COMPRESSIONS.get(random.nextInt(COMPRESSIONS.size())));
        int events = 1 + random.nextInt(random.nextInt(10) == 0 ? 50 : 3);
        for (int i = 0; i < events; i++) {
            byte[] payload = new byte[random.nextInt(maxPayloadBytes + 1)];
            random.nextBytes(payload);
            String key = random.nextBoolean() ? "key-" + random.nextInt(100) : null;
            boolean typed = random.nextInt(4) == 0;
            batch.add(key, typed ? "Deposited" : null, typed ? random.nextInt(300) : 0, payload);
        }
        return batch;
    }

    public static List<Event> events(BatchRun run) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < run.size(); i++) {
            addEvents(events, run.array(i), run.at(i));
        }
        return events;
    }

    public static List<Event> events(List<ReadSlice.Segment> segments) {
        List<Event> events = new ArrayList<>();
        for (ReadSlice.Segment segment : segments) {
            for (int at = segment.from(); at < segment.to(); at += Batch.length(segment.bytes(), at)) {
                addEvents(events, segment.bytes(), at);
            }
        }
        return events;
    }

    public static List<Event> eventsOf(HistorySlice slice) {
        List<Event> events = new ArrayList<>();
        Batch.Records records = new Batch.Records();
        for (HistorySlice.Event event : slice.events()) {
            records.resetToRecord(event.bytes(), event.at(), event.length(), event.offset(), event.stamp());
            records.next();
            events.add(event(records));
        }
        return events;
    }

    private static void addEvents(List<Event> events, byte[] bytes, int at) {
        Batch.Records records = new Batch.Records().reset(bytes, at);
        while (records.hasNext()) {
            records.next();
            events.add(event(records));
        }
    }

    private static Event event(Batch.Records records) {
        byte[] bytes = records.bytes();
        return new Event(
                records.offset(),
                records.stamp(),
                records.keyLength() < 0 ? null : new String(bytes, records.keyFrom(), records.keyLength(), UTF_8),
                new String(bytes, records.typeFrom(), records.typeLength(), UTF_8),
                records.typeVersion(),
                new String(bytes, records.payloadFrom(), records.payloadLength(), ISO_8859_1));
    }
}
