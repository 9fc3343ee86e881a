package io.strandline.log.impl.chunk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Compression;
import io.strandline.Headers;
import io.strandline.Limits;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import io.strandline.log.ZstdCompressor;
import io.strandline.spi.Batch;
import io.strandline.spi.BatchCompressor;
import io.strandline.spi.BatchStructure;
import io.strandline.testkit.BatchBuilder;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

/** Compressed batches give back what was put in, or say that they are damaged, with the numbers. */
class CompressedBatchTest {

    private static final List<Compression> WAYS = List.of(Compression.LZ4, Compression.ZSTD);
    private static final String TEXT = "{\"carrier\":\"UA\",\"origin\":\"ORD\",\"delay\":17}";

    private final CRC32C crc = new CRC32C();

    private static BatchBuilder to(Compression way) {
        return new BatchBuilder(11, 7, 3, Sequence.NONE, Sequence.of(3)).compressed(way);
    }

    private static BatchBuilder resembling(Compression way) {
        BatchBuilder batch = to(way);
        for (int i = 0; i < 20; i++) {
            batch.add("key" + i, "Flown", 1, Headers.of(Headers.USER, "anna"), (TEXT + i).getBytes(UTF_8));
        }
        return batch;
    }

    private static List<String> events(byte[] batch) {
        List<String> events = new ArrayList<>();
        Batch.Records records = new Batch.Records().reset(batch, 0);
        while (records.hasNext()) {
            records.next();
            events.add(records.offset() + " " + records.stamp() + " " + records.keyLength() + " "
                    + Headers.decode(records.bytes(), records.headersFrom(), records.headersLength()) + " "
                    + HexFormat.of().formatHex(records.bytes(), records.payloadFrom(), records.recordTo()));
        }
        return events;
    }

    private @Nullable String defect(byte[] batch) {
        String defect = Batch.defect(batch, 0, batch.length, crc);
        return defect != null ? defect : new BatchStructure().defect(batch, 0);
    }

    @Property(tries = 200)
    void what_is_compressed_is_read_as_if_it_were_plain(@ForAll @Size(min = 1, max = 40) List<byte[]> payloads) {
        BatchBuilder builder = to(Compression.NONE);
        payloads.forEach(payload -> builder.add("key", payload));
        byte[] plain = builder.build(1_000, 17);
        for (Compression way : WAYS) {
            byte[] compressed = builder.compressed(way).build(1_000, 17);
            assertThat(defect(compressed)).isNull();
            assertThat(Batch.compression(compressed, 0)).isEqualTo(way);
            assertThat(Batch.plainRecordBytes(compressed, 0)).isEqualTo(Batch.plainRecordBytes(plain, 0));
            assertThat(events(compressed)).isEqualTo(events(plain));
        }
    }

    @Property(tries = 500)
    void damaged_bytes_are_named_or_other_events(
            @ForAll int at, @ForAll byte to, @ForAll int plainBytes, @ForAll int count) {
        for (Compression way : WAYS) {
            byte[] batch = resembling(way).build();
            batch[Batch.HEADER_BYTES + Math.floorMod(at, batch.length - Batch.HEADER_BYTES)] = to;
            LittleEndian.putInt(batch, Batch.COUNT, Math.floorMod(count, 40) - 1);
            if (plainBytes % 3 == 0) {
                LittleEndian.putInt(batch, Batch.PLAIN_BYTES, plainBytes);
            }
            Batch.seal(batch, 0, batch.length, crc);
            String defect = defect(batch);
            if (defect == null) {
                assertThat(events(batch)).hasSize(Batch.count(batch, 0));
            }
        }
    }

    @Example
    void one_array_serves_batch_after_batch() {
        Batch.Records records = new Batch.Records();
        for (Compression way : List.of(Compression.ZSTD, Compression.NONE, Compression.LZ4, Compression.ZSTD)) {
            records.reset(resembling(way).build(5, 6), 0);
            assertThat(records.isDecompressed()).isEqualTo(way != Compression.NONE);
            for (int round = 0; round < 2; round++) {
                for (int event = 0; event < 20; event++) {
                    records.next();
                    assertThat(records.offset()).isEqualTo(5 + event);
                    assertThat(records.hasKey(("key" + event).getBytes(UTF_8))).isTrue();
                }
                assertThat(records.hasNext()).isFalse();
                records.restart();
            }
        }
    }

    @Example
    void a_bomb_is_refused_before_anything_is_allocated() {
        for (Compression way : WAYS) {
            byte[] batch = resembling(way).build();
            for (int plainBytes : new int[] {Integer.MAX_VALUE, Batch.MAX_PLAIN_BYTES + 1, 0, -1}) {
                LittleEndian.putInt(batch, Batch.PLAIN_BYTES, plainBytes);
                Batch.seal(batch, 0, batch.length, crc);
                assertThat(Batch.defect(batch, 0, batch.length, crc))
                        .isEqualTo("compressed batch of " + plainBytes + " plain bytes, the limit is "
                                + Batch.MAX_PLAIN_BYTES);
                assertThatThrownBy(() -> new Batch.Records().reset(batch, 0))
                        .isInstanceOf(StrandlineException.Corrupt.class)
                        .hasMessageContaining("says that it has " + plainBytes + " plain bytes, the limit is "
                                + Batch.MAX_PLAIN_BYTES);
            }
        }
    }

    @Example
    void a_header_that_says_less_or_more_than_there_is_is_corrupt() {
        for (Compression way : WAYS) {
            byte[] batch = resembling(way).build();
            int plainBytes = Batch.plainRecordBytes(batch, 0);
            for (int said : new int[] {plainBytes - 1, plainBytes + 1, 1}) {
                LittleEndian.putInt(batch, Batch.PLAIN_BYTES, said);
                assertThatThrownBy(() -> new Batch.Records().reset(batch, 0))
                        .isInstanceOf(StrandlineException.Corrupt.class)
                        .hasMessageContaining(String.valueOf(said))
                        .hasMessageContaining(way.name());
            }
        }
    }

    @Example
    void bytes_after_the_last_record_and_missing_records_are_defects() {
        for (Compression way : Compression.values()) {
            byte[] batch = resembling(way).build();
            LittleEndian.putInt(batch, Batch.COUNT, 19);
            assertThat(new BatchStructure().defect(batch, 0)).contains("bytes after the last of 19 records");
            LittleEndian.putInt(batch, Batch.COUNT, 21);
            assertThat(new BatchStructure().defect(batch, 0)).contains("number past its end");
        }
        byte[] longKey = to(Compression.NONE)
                .add("k".repeat(Limits.MAX_KEY_BYTES + 1), new byte[1])
                .build();
        assertThat(new BatchStructure().defect(longKey, 0)).contains("routing key of 4097 bytes, the limit is 4096");
    }

    @Example
    void flags_of_two_ways_and_of_version_1_are_refused() {
        byte[] both = resembling(Compression.LZ4).build();
        both[Batch.FLAGS] |= Batch.FLAG_ZSTD;
        assertThat(Batch.defect(both, 0, both.length, crc)).isEqualTo("batch of version 2 with flags 6");
        byte[] old = resembling(Compression.LZ4).version(Batch.FIRST_VERSION).build();
        assertThat(Batch.defect(old, 0, old.length, crc)).isEqualTo("batch of version 1 with flags 2");
    }

    @Example
    void what_was_once_compressed_is_read_for_good() throws IOException {
        List<String> plain = events(resembling(Compression.NONE).build(1_000, 17));
        for (Compression way : WAYS) {
            byte[] golden = HexFormat.of()
                    .parseHex(ChunkRoundTripTest.golden("batch-version-2-" + way + ".hex")
                            .replaceAll("\\s", ""));
            assertThat(defect(golden)).isNull();
            assertThat(events(golden)).isEqualTo(plain);
            assertThat(golden.length).isLessThan(Batch.HEADER_BYTES + Batch.plainRecordBytes(golden, 0) / 3);
        }
    }

    @Example
    void a_missing_library_is_named() throws Exception {
        URL[] classes = {
            ZstdCompressor.class.getProtectionDomain().getCodeSource().getLocation()
        };
        ClassLoader without = new ClassLoader(getClass().getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (name.startsWith("com.github.luben.") || name.startsWith("io.strandline.log.Zstd")) {
                    throw new ClassNotFoundException(name);
                }
                return super.loadClass(name, resolve);
            }
        };
        try (URLClassLoader loader = new URLClassLoader(classes, without)) {
            Object compressor = loader.loadClass(ZstdCompressor.class.getName())
                    .getConstructor()
                    .newInstance();
            assertThat(compressor.getClass()).isNotEqualTo(ZstdCompressor.class);
            assertThat(((BatchCompressor) compressor).missingLibrary()).isEqualTo("com.github.luben:zstd-jni");
        }
    }
}
