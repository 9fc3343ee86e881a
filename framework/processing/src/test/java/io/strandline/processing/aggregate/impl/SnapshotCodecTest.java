package io.strandline.processing.aggregate.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.json.JsonCodec;
import io.strandline.processing.aggregate.impl.CommandMemory.DoneCommand;
import io.strandline.processing.aggregate.impl.SnapshotCodec.Stored;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotCodecTest {

    record State(long balance) {}

    private static final EventType TYPE = new EventType("account", 3);
    private static final StateSnapshot<State> SNAPSHOT = new StateSnapshot<>(
            new State(7),
            300,
            5,
            1L << 40,
            List.of(new DoneCommand("c-ä", 299, 5, 4), new DoneCommand("c-2", 300, 5, 1L << 40)),
            13);

    private final SnapshotCodec<State> codec = new SnapshotCodec<>(JsonCodec.of("account", 3, State.class));

    private byte[] encoded() throws IOException {
        return BytesOutput.of(codec, Stored.of(SNAPSHOT));
    }

    @Test
    void it_comes_back_and_its_bytes_never_change() throws IOException {
        byte[] bytes = encoded();
        assertThat(codec.typeOf(Stored.of(SNAPSHOT))).isEqualTo(TYPE);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo("01ac0205808080808020" + "0204632dc3a4ab020504" + "03632d32ac0205808080808020"
                        + "7b2262616c616e6365223a377d");
        assertThat(codec.decode(TYPE, bytes, 0, bytes.length).snapshot()).isEqualTo(SNAPSHOT);
    }

    @Test
    void what_cannot_be_read_is_no_failure() throws IOException {
        byte[] bytes = encoded();
        for (int length = 0; length < bytes.length; length++) {
            Stored<State> cut = codec.decode(TYPE, bytes, 0, length);
            assertThat(cut.snapshot()).as("cut to %s bytes", length).isNull();
            assertThat(cut.defect()).isNotNull();
        }
        bytes[0] = 9;
        assertThat(codec.decode(TYPE, bytes, 0, bytes.length).defect())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("format 9");
        bytes[0] = 1;
        assertThat(codec.decode(new EventType("account", 2), bytes, 0, bytes.length)
                        .snapshot())
                .isNull();
    }
}
