package io.strandline.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Sequence;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.Parcel;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class BatchBuilderTest {

    @Test
    void a_built_batch_is_whole_and_says_what_was_put_in() {
        byte[] batch = new BatchBuilder(7, 8, 9, Sequence.of(3), new Sequence(4, 1))
                .expectedOffset(20)
                .digest(21)
                .add("one".getBytes(UTF_8))
                .add("key", "two".getBytes(UTF_8))
                .add("k", "Type", 300, new byte[1_000])
                .build();
        assertThat(Batch.defect(batch, 0, batch.length, new CRC32C())).isNull();
        assertThat(Batch.partition(batch, 0)).isEqualTo(7);
        assertThat(Batch.writer(batch, 0)).isEqualTo(8);
        assertThat(Batch.epoch(batch, 0)).isEqualTo(9);
        assertThat(LittleEndian.getLong(batch, Batch.PREVIOUS_MAJOR)).isEqualTo(3);
        assertThat(LittleEndian.getLong(batch, Batch.LAST_MINOR)).isEqualTo(1);
        assertThat(LittleEndian.getLong(batch, Batch.EXPECTED_OFFSET)).isEqualTo(20);
        assertThat(Batch.conditional(batch, 0)).isTrue();

        Batch.Records records = new Batch.Records().reset(batch, 0);
        records.next();
        assertThat(records.keyLength()).isEqualTo(-1);
        assertThat(records.typeLength()).isZero();
        assertThat(new String(batch, records.payloadFrom(), records.payloadLength(), UTF_8))
                .isEqualTo("one");
        records.next();
        assertThat(new String(batch, records.keyFrom(), records.keyLength(), UTF_8))
                .isEqualTo("key");
        records.next();
        assertThat(new String(batch, records.typeFrom(), records.typeLength(), UTF_8))
                .isEqualTo("Type");
        assertThat(records.typeVersion()).isEqualTo(300);
        assertThat(records.payloadLength()).isEqualTo(1_000);
        assertThat(records.hasNext()).isFalse();
    }

    @Test
    void a_parcel_holds_its_batches_one_behind_the_other() {
        byte[] one = new BatchBuilder(1, 1, 1, Sequence.NONE, Sequence.of(0))
                .add(new byte[5])
                .build();
        byte[] two = new BatchBuilder(2, 1, 1, Sequence.NONE, Sequence.of(0))
                .add(new byte[6])
                .build();
        Parcel parcel = BatchBuilder.parcel(3, one, two);
        assertThat(parcel.batches()).isEqualTo(2);
        assertThat(parcel.length()).isEqualTo(one.length + two.length);
        assertThat(Batch.partition(parcel.bytes(), one.length)).isEqualTo(2);
    }
}
