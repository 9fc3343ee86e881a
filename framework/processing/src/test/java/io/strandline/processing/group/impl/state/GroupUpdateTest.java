package io.strandline.processing.group.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventType;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The bytes of updates. */
class GroupUpdateTest {

    @Test
    void a_reset_keeps_the_number_of_its_generation() throws IOException {
        GroupUpdate reset = new GroupUpdate.Reset(new TreeMap<>(), 5);
        BytesOutput bytes = new BytesOutput();
        GroupUpdate.MODEL.updates().encode(reset, bytes);
        String stored = new String(bytes.toByteArray(), StandardCharsets.UTF_8);
        assertThat(stored).isEqualTo("{\"generation\":5,\"parts\":{}}");
        assertThat(GroupUpdate.MODEL.updates().typeOf(reset)).isEqualTo(new EventType("reset", 2));
        assertThat(GroupUpdate.applied(GroupState.NONE, read(stored, 2)).generation())
                .isEqualTo(5);
    }

    @Test
    void a_reset_of_the_first_version_begins_the_next_generation() throws IOException {
        GroupState before = GroupUpdate.applied(GroupState.NONE, new GroupUpdate.Deleted(3));
        assertThat(GroupUpdate.applied(before, read("{\"parts\":{}}", 1)).generation())
                .isEqualTo(4);
    }

    private static GroupUpdate read(String stored, int version) throws IOException {
        byte[] bytes = stored.getBytes(StandardCharsets.UTF_8);
        return GroupUpdate.MODEL.updates().decode(new EventType("reset", version), bytes, 0, bytes.length);
    }
}
