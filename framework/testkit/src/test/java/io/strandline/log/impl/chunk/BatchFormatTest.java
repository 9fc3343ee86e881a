package io.strandline.log.impl.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Headers;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.spi.Batch;
import io.strandline.testkit.BatchBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of batches: what each version had is read for good. */
class BatchFormatTest {

    private static final Headers HEADERS =
            Headers.of(Headers.CORRELATION_ID, "order-17").with("raw", new byte[] {0, -1});

    private static BatchBuilder accounts() {
        return new BatchBuilder(11, 0x1122334455667788L, 3, Sequence.of(2), new Sequence(3, 1))
                .expectedOffset(1_000)
                .range(258)
                .digest(99)
                .add("anna", "Opened", 300, new byte[] {1, 2, 3})
                .add(new byte[] {4});
    }

    @Test
    void version_1_has_these_bytes_and_is_read() throws IOException {
        byte[] golden = golden("batch-version-1.hex");
        assertThat(accounts().version(Batch.FIRST_VERSION).build(1_000, 1_700_000_000_000L))
                .isEqualTo(golden);
        Batch.Records records = requireAccounts(golden);
        assertThat(records.hasNext()).isFalse();
    }

    @Test
    void version_2_has_these_bytes_and_is_read() throws IOException {
        byte[] golden = golden("batch-version-2.hex");
        assertThat(accounts()
                        .add("k", "T", 1, HEADERS, new byte[] {5})
                        .add(null, null, 0, HEADERS, new byte[0])
                        .build(1_000, 1_700_000_000_000L))
                .isEqualTo(golden);
        Batch.Records records = requireAccounts(golden);
        records.next();
        assertThat(headers(records)).isEqualTo(HEADERS);
        assertThat(golden[records.payloadFrom()]).isEqualTo((byte) 5);
        records.next();
        assertThat(headers(records)).isEqualTo(HEADERS);
        assertThat(records.payloadLength()).isZero();
        assertThat(records.hasNext()).isFalse();
    }

    private static Batch.Records requireAccounts(byte[] batch) {
        assertThat(Batch.defect(batch, 0, batch.length, new CRC32C())).isNull();
        assertThat(Batch.conditional(batch, 0)).isTrue();
        assertThat(Batch.range(batch, 0)).isEqualTo(258);
        Batch.Records records = new Batch.Records().reset(batch, 0);
        records.next();
        assertThat(records.offset()).isEqualTo(1_000);
        assertThat(records.hasKey("anna".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(records.typeVersion()).isEqualTo(300);
        assertThat(records.payloadLength()).isEqualTo(3);
        assertThat(headers(records)).isEqualTo(Headers.NONE);
        records.next();
        assertThat(records.keyLength()).isEqualTo(-1);
        assertThat(headers(records)).isEqualTo(Headers.NONE);
        assertThat(batch[records.payloadFrom()]).isEqualTo((byte) 4);
        return records;
    }

    @Test
    void an_event_without_headers_is_no_longer_than_in_version_1() {
        assertThat(accounts().build())
                .hasSameSizeAs(accounts().version(Batch.FIRST_VERSION).build());
    }

    @ParameterizedTest
    @ValueSource(bytes = {0, 3, -1})
    void another_version_is_refused(byte version) {
        byte[] batch = accounts().version(version).build();
        assertThat(Batch.defect(batch, 0, batch.length, new CRC32C()))
                .isEqualTo("batch format version " + version + " is not 1 to 2");
    }

    @Test
    void flags_that_the_version_does_not_have_are_refused() {
        byte[] batch = accounts()
                .add("k", "T", 1, HEADERS, new byte[1])
                .version(Batch.FIRST_VERSION)
                .build();
        Batch.Records records = new Batch.Records().reset(batch, 0);
        records.next();
        records.next();
        requireMalformed(records, "flags 7");

        byte[] unknown = {1, 8};
        requireMalformed(new Batch.Records().resetToRecord(unknown, 0, 2, 0, 0), "flags 8");

        byte[] flags = accounts().build();
        flags[Batch.FLAGS] |= (byte) 0x80;
        Batch.seal(flags, 0, flags.length, new CRC32C());
        assertThat(Batch.defect(flags, 0, flags.length, new CRC32C())).isEqualTo("batch of version 2 with flags 129");
    }

    @Test
    void headers_of_no_bytes_or_past_their_record_are_refused() {
        byte[] none = {2, Batch.RECORD_HAS_HEADERS, 0};
        requireMalformed(new Batch.Records().resetToRecord(none, 0, 3, 0, 0), "headers of 0 bytes");
        byte[] past = {3, Batch.RECORD_HAS_HEADERS, 9, 1};
        requireMalformed(new Batch.Records().resetToRecord(past, 0, 4, 0, 0), "headers past its record");
    }

    private static void requireMalformed(Batch.Records records, String what) {
        assertThatThrownBy(records::next)
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining(what);
    }

    private static Headers headers(Batch.Records records) {
        return Headers.decode(records.bytes(), records.headersFrom(), records.headersLength());
    }

    private static byte[] golden(String name) throws IOException {
        return HexFormat.of().parseHex(ChunkRoundTripTest.golden(name).replaceAll("\\s", ""));
    }
}
