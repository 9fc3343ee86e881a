package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes through a shuffle, and under which keys. */
class ShuffledTest {

    private static final Operator.Shuffle SHUFFLE =
            (Operator.Shuffle) stages().get(1).source();
    private static final EventCodec<Object> CODEC = Shuffled.codec(SHUFFLE);

    static List<Topology> stages() {
        return Pipeline.named("test", 1)
                .from("s/in", TextCodec.STRING)
                .keyBy("by-text", TextCodec.STRING, text -> text)
                .to("s/out", TextCodec.STRING)
                .build()
                .topology()
                .stages();
    }

    private static Object read(byte[] bytes, EventType type) throws IOException {
        byte[] padded = new byte[bytes.length + 5];
        System.arraycopy(bytes, 0, padded, 2, bytes.length);
        return CODEC.decode(type, padded, 2, bytes.length);
    }

    private static void assertReadAsWritten(Shuffled shuffled) throws IOException {
        assertThat(read(BytesOutput.of(CODEC, shuffled), CODEC.typeOf(shuffled)))
                .isEqualTo(shuffled);
    }

    @Test
    void everything_is_read_as_it_was_written() throws IOException {
        for (long time : new long[] {0, 1, -1, 1_700_000_000_000L, Times.MAX, -Times.MAX}) {
            for (long watermark : new long[] {EventTime.NO_WATERMARK, time, time - 5_000, Long.MAX_VALUE}) {
                assertReadAsWritten(new Shuffled.Event(0, 70_000, watermark, time, 1_700_000_000_000L, "text"));
                assertReadAsWritten(new Shuffled.Mark(Long.MAX_VALUE, watermark));
                assertReadAsWritten(new Shuffled.End(7, watermark, List.of(8L, 900_000L)));
            }
        }
        assertReadAsWritten(new Shuffled.Origin("test--ä", List.of(1L, 2L, 300L)));
    }

    @Test
    void an_event_keeps_its_type_and_takes_few_bytes_more() throws IOException {
        Shuffled.Event event =
                new Shuffled.Event(0, 12, 1_699_999_999_000L, 1_700_000_000_000L, 1_700_000_000_010L, "a");
        assertThat(CODEC.typeOf(event)).isEqualTo(TextCodec.STRING.typeOf("a"));
        assertThat(HexFormat.of().formatHex(BytesOutput.of(CODEC, event)))
                .isEqualTo("00" + "00" + "0c" + "8ad095ffbc31" + "14" + "d00f" + "61");
    }

    @Test
    void what_is_no_record_of_the_shuffle_is_refused() {
        assertThatThrownBy(() -> read(new byte[] {9}, EventType.RAW))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("kind 9");
        assertThatThrownBy(() -> read(new byte[] {0, 1, 0, 0, 0, 0}, TextCodec.STRING.typeOf("")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("side 1");
        assertThatThrownBy(() -> read(new byte[] {1, (byte) 0x80}, EventType.RAW))
                .isInstanceOf(StrandlineException.Corrupt.class);
        assertThatThrownBy(() -> read(new byte[] {3, 5, 'a'}, EventType.RAW))
                .isInstanceOf(StrandlineException.Corrupt.class);
    }
}
