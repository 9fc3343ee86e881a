package io.strandline.testkit;

import io.strandline.Compression;
import io.strandline.Headers;
import io.strandline.Sequence;
import io.strandline.internal.LittleEndian;
import io.strandline.internal.Varint;
import io.strandline.spi.Batch;
import io.strandline.spi.BatchCompressor;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.Parcel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Builds batches in the layout of {@link Batch}, and parcels of batches, without a writer. */
public final class BatchBuilder {

    private final byte[] header = new byte[Batch.HEADER_BYTES];
    private byte[] records = new byte[256];
    private int recordBytes;
    private int count;
    private Compression compression = Compression.NONE;

    /**
     * Starts a batch without events.
     *
     * @param previous what the writer wrote last in the partition, {@link Sequence#NONE} for nothing
     * @param last sequence of the last event of this batch
     */
    public BatchBuilder(long partition, long writer, int epoch, Sequence previous, Sequence last) {
        header[Batch.VERSION] = Batch.FORMAT_VERSION;
        LittleEndian.putLong(header, Batch.PARTITION, partition);
        LittleEndian.putLong(header, Batch.WRITER, writer);
        LittleEndian.putInt(header, Batch.EPOCH, epoch);
        LittleEndian.putLong(header, Batch.PREVIOUS_MAJOR, previous.major());
        LittleEndian.putLong(header, Batch.PREVIOUS_MINOR, previous.minor());
        LittleEndian.putLong(header, Batch.LAST_MAJOR, last.major());
        LittleEndian.putLong(header, Batch.LAST_MINOR, last.minor());
        LittleEndian.putLong(header, Batch.EXPECTED_OFFSET, -1);
    }

    /** Makes the batch conditional: its first event is to stand at this offset. */
    public BatchBuilder expectedOffset(long offset) {
        header[Batch.FLAGS] |= Batch.FLAG_CONDITIONAL;
        LittleEndian.putLong(header, Batch.EXPECTED_OFFSET, offset);
        return this;
    }

    /** Makes it a batch of an older format version, which can hold no headers. */
    public BatchBuilder version(byte version) {
        header[Batch.VERSION] = version;
        return this;
    }

    /** Compresses the records, also if that makes them larger. */
    public BatchBuilder compressed(Compression way) {
        compression = way;
        return this;
    }

    /** Names the range of the partition's keys to which the events belong. */
    public BatchBuilder range(int index) {
        header[Batch.RANGE] = (byte) index;
        header[Batch.RANGE + 1] = (byte) (index >>> 8);
        return this;
    }

    /** Sets the digest of the writer's events so far. */
    public BatchBuilder digest(long digest) {
        LittleEndian.putLong(header, Batch.DIGEST, digest);
        return this;
    }

    /** Adds an event without key or type. */
    public BatchBuilder add(byte[] payload) {
        return add(null, null, 0, payload);
    }

    /** Adds an event with a routing key. */
    public BatchBuilder add(String key, byte[] payload) {
        return add(key, null, 0, payload);
    }

    /** Adds an event without headers. */
    public BatchBuilder add(@Nullable String key, @Nullable String type, int typeVersion, byte[] payload) {
        return add(key, type, typeVersion, Headers.NONE, payload);
    }

    /** Adds an event. */
    public BatchBuilder add(
            @Nullable String key, @Nullable String type, int typeVersion, Headers headers, byte[] payload) {
        byte[] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        byte[] typeBytes = type == null ? null : type.getBytes(StandardCharsets.UTF_8);
        int length = 1 + payload.length;
        if (keyBytes != null) {
            length += Varint.bytes(keyBytes.length) + keyBytes.length;
        }
        if (typeBytes != null) {
            length += Varint.bytes(typeBytes.length) + typeBytes.length + Varint.bytes(typeVersion);
        }
        if (!headers.isEmpty()) {
            length += Varint.bytes(headers.encodedBytes()) + headers.encodedBytes();
        }
        ensureRoom(Varint.bytes(length) + length);
        int at = Varint.put(records, recordBytes, length);
        int flagsAt = at++;
        records[flagsAt] = 0;
        if (keyBytes != null) {
            records[flagsAt] |= Batch.RECORD_HAS_KEY;
            at = put(keyBytes, Varint.put(records, at, keyBytes.length));
        }
        if (typeBytes != null) {
            records[flagsAt] |= Batch.RECORD_HAS_TYPE;
            at = put(typeBytes, Varint.put(records, at, typeBytes.length));
            at = Varint.put(records, at, typeVersion);
        }
        if (!headers.isEmpty()) {
            records[flagsAt] |= Batch.RECORD_HAS_HEADERS;
            at = headers.encodeTo(records, Varint.put(records, at, headers.encodedBytes()));
        }
        recordBytes = put(payload, at);
        count++;
        return this;
    }

    private int put(byte[] bytes, int at) {
        System.arraycopy(bytes, 0, records, at, bytes.length);
        return at + bytes.length;
    }

    private void ensureRoom(int length) {
        if (recordBytes + length > records.length) {
            records = Arrays.copyOf(records, Math.max(recordBytes + length, records.length * 2));
        }
    }

    /** The batch with its checksum. The builder may be used further. */
    public byte[] build() {
        byte[] batch = compression == Compression.NONE ? plain() : compressed();
        LittleEndian.putInt(batch, Batch.COUNT, count);
        Batch.seal(batch, 0, batch.length, new CRC32C());
        return batch;
    }

    private byte[] plain() {
        byte[] batch = Arrays.copyOf(header, Batch.HEADER_BYTES + recordBytes);
        System.arraycopy(records, 0, batch, Batch.HEADER_BYTES, recordBytes);
        return batch;
    }

    private byte[] compressed() {
        BatchCompressor compressor = BatchCompressor.of(compression);
        byte[] batch = Arrays.copyOf(header, Batch.HEADER_BYTES + compressor.maxCompressedBytes(recordBytes));
        int length = compressor.compress(records, 0, recordBytes, batch, Batch.HEADER_BYTES);
        Batch.setCompressed(batch, 0, compression, recordBytes);
        return Arrays.copyOf(batch, Batch.HEADER_BYTES + length);
    }

    /** The batch as a shard numbers and stamps it. */
    public byte[] build(long offset, long stamp) {
        byte[] batch = build();
        Batch.stamp(batch, 0, offset, stamp);
        return batch;
    }

    /** A parcel of copies of some batches, for one shard. */
    public static Parcel parcel(int shard, byte[]... batches) {
        int length = 0;
        for (byte[] batch : batches) {
            length += batch.length;
        }
        byte[] bytes = new byte[length];
        int at = 0;
        for (byte[] batch : batches) {
            System.arraycopy(batch, 0, bytes, at, batch.length);
            at += batch.length;
        }
        return new Parcel(shard, bytes, length, batches.length);
    }

    /**
     * As {@link #parcel}, each batch on the condition that its key has nothing new.
     *
     * @param unchangedSince for each batch what {@link Parcel#keyConditions} says
     */
    public static Parcel parcelIfUnchanged(int shard, long[] unchangedSince, byte[]... batches) {
        return parcelIfUnchanged(shard, unchangedSince, null, batches);
    }

    /**
     * As {@link #parcelIfUnchanged(int, long[], byte[]...)}, and other keys must have nothing new either.
     *
     * @param otherKeys for each batch what {@link Parcel#otherKeys} says
     */
    public static Parcel parcelIfUnchanged(
            int shard,
            long @Nullable [] unchangedSince,
            KeyCheck @Nullable [] @Nullable [] otherKeys,
            byte[]... batches) {
        Parcel plain = parcel(shard, batches);
        return new Parcel(
                shard,
                plain.bytes(),
                plain.length(),
                plain.batches(),
                plain.durability(),
                plain.origin(),
                plain.isLent(),
                unchangedSince,
                otherKeys);
    }
}
