package io.strandline.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class OptionsTest {

    @Test
    void what_is_set_comes_back_from_json() {
        StateSyncOptions shared = new StateSyncOptions()
                .setAnswerTimeoutMillis(1)
                .setBackOffMillis(2)
                .setMaxBackOffMillis(3)
                .setRefreshMillis(4)
                .setCompactAfter(5)
                .setMaxBatchRevisions(6)
                .setMaxNames(7);
        shared.validate();
        assertThat(new StateSyncOptions(shared).toJson()).isEqualTo(shared.toJson());
        assertThat(shared.toJson().getMap().values()).doesNotHaveDuplicates();

        SynchronizerOptions own = new SynchronizerOptions()
                .setMaxAttempts(1)
                .setCallTimeoutMillis(2)
                .setMaxOpenCalls(3)
                .setMaxChangeReaders(4)
                .setCreateIfMissing(false);
        own.validate();
        assertThat(new SynchronizerOptions(own).toJson()).isEqualTo(own.toJson());
    }

    @Test
    void defaults_are_valid_and_empty_json_means_them() {
        new StateSyncOptions().validate();
        new SynchronizerOptions().validate();
        assertThat(new StateSyncOptions(new JsonObject()).toJson()).isEqualTo(new StateSyncOptions().toJson());
        assertThat(new SynchronizerOptions(new JsonObject()).toJson()).isEqualTo(new SynchronizerOptions().toJson());
    }

    @Test
    void values_out_of_bounds_are_named() {
        assertThatThrownBy(() -> new StateSyncOptions().setMaxBackOffMillis(0).validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessage("maxBackOffMillis is 0, it must be 1 to 60000");
        assertThatThrownBy(() -> new SynchronizerOptions().setMaxOpenCalls(0).validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("maxOpenCalls is 0");
    }
}
