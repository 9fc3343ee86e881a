package io.strandline.processing.group.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** States and updates of groups, as earlier versions stored them in JSON. */
class StoredGroupTest {

    private static final PartitionState AT_FIVE = new PartitionState(1, 5, -1, List.of(3L), 8, 9, 0, 0, 0, null, 0);

    private static final String STORED_PARTITION =
            "{\"7\":{\"claim\":9,\"offset\":5,\"owner\":8,\"stream\":1,\"until\":-1,\"waitsFor\":[3]}}";

    private static SortedMap<Long, PartitionState> partitions() {
        return new TreeMap<>(Map.of(7L, AT_FIVE));
    }

    private static <T> T read(EventCodec<T> codec, String type, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return codec.decode(new EventType(type, 1), bytes, 0, bytes.length);
    }

    @Test
    void a_state_of_version_1_is_read() throws IOException {
        GroupState state = read(
                GroupUpdate.MODEL.states(),
                "group-state",
                "{\"options\":\"{}\",\"generation\":2,\"lastClaim\":9,\"parts\":" + STORED_PARTITION + "}");
        assertThat(state.partitions()).isEqualTo(partitions());
        assertThat(state.generation()).isEqualTo(2);
        assertThat(state.options()).isEqualTo("{}");
    }

    @Test
    void updates_keep_the_names_of_their_fields() throws IOException {
        EventCodec<GroupUpdate> updates = GroupUpdate.MODEL.updates();
        String created = "{\"options\":\"{}\",\"parts\":" + STORED_PARTITION + "}";
        String reset = "{\"parts\":" + STORED_PARTITION + "}";
        assertThat(read(updates, "created", created)).isEqualTo(new GroupUpdate.Created("{}", partitions()));
        assertThat(read(updates, "reset", reset))
                .isEqualTo(new GroupUpdate.Reset(partitions(), GroupUpdate.Reset.UNNUMBERED));
        assertThat(written(updates, new GroupUpdate.Created("{}", partitions())))
                .isEqualTo(created);
        assertThat(written(updates, new GroupUpdate.Reset(partitions(), 7)))
                .isEqualTo("{\"generation\":7,\"parts\":" + STORED_PARTITION + "}");
    }

    private static String written(EventCodec<GroupUpdate> updates, GroupUpdate update) throws IOException {
        return new String(BytesOutput.of(updates, update), StandardCharsets.UTF_8);
    }
}
