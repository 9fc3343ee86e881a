package io.strandline.sync.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.sync.spi.HistoryLimits;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogStoreOptionsTest {

    @Test
    void options_survive_json() {
        LogStoreOptions options = new LogStoreOptions()
                .setLimits(new HistoryLimits(2 << 10, 7, 1 << 20, 9))
                .setMaxOpenNames(3)
                .setMaxCallsPerName(4)
                .setAppendTimeoutMillis(5);
        assertThat(new LogStoreOptions(options)).usingRecursiveComparison().isEqualTo(options);
        assertThat(new LogStoreOptions(new JsonObject()))
                .usingRecursiveComparison()
                .isEqualTo(new LogStoreOptions());
    }

    @Test
    void a_value_out_of_its_bounds_is_refused_with_its_name() {
        for (String name : List.of("maxOpenNames", "maxCallsPerName", "appendTimeoutMillis")) {
            LogStoreOptions options = new LogStoreOptions(new JsonObject().put(name, -1));
            assertThatThrownBy(options::validate)
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(name + " is -1");
        }
    }
}
