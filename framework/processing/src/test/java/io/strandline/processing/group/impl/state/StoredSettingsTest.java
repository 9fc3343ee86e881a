package io.strandline.processing.group.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.GroupOptions;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class StoredSettingsTest {

    @Test
    void options_of_an_earlier_release_are_read() {
        GroupOptions options = new GroupOptions().setStreams("shop/orders").setCommitIntervalMillis(123);
        JsonObject earlier = options.toJson();
        earlier.put("checkpointIntervalMillis", earlier.remove("commitIntervalMillis"));
        assertThat(StoredSettings.read(earlier.encode()).toJson()).isEqualTo(options.toJson());
        assertThat(StoredSettings.read(options.toJson().encode()).toJson()).isEqualTo(options.toJson());
    }
}
