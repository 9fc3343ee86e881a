package io.strandline.processing.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.pipeline.spi.StateTables;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PipelineOptionsTest {

    @Test
    void defaults_are_the_documented_ones() {
        PipelineOptions options = new PipelineOptions();
        assertThat(options.getCheckpointIntervalMillis()).isEqualTo(5_000);
        assertThat(options.getCheckpointEvents()).isEqualTo(100_000);
        assertThat(options.getRetainedCheckpoints()).isEqualTo(3);
        assertThat(options.getMaxPartitions()).isEqualTo(2_000);
        assertThat(options.getRetryTimeoutMillis())
                .isEqualTo(60_000)
                .isEqualTo(new GroupOptions().getRetryTimeoutMillis());
        assertThat(options.isVersionChangeAllowed()).isFalse();
        assertThat(new PipelineOptions(new JsonObject()).toJson()).isEqualTo(options.toJson());
    }

    @Test
    void every_value_survives_json() {
        JsonObject json = new JsonObject()
                .put("checkpointDirectory", "data")
                .put("checkpointIntervalMillis", 1L)
                .put("checkpointEvents", 2)
                .put("maxReplayEvents", 3)
                .put("retainedCheckpoints", 4)
                .put("readAheadBytes", 5)
                .put("writeQueueBytes", 6)
                .put("maxPartitions", 7)
                .put("threadingModel", "worker")
                .put("maxStateBytes", 9)
                .put("retryTimeoutMillis", 8L)
                .put("tickIntervalMillis", 9L)
                .put("silenceMillis", 10L)
                .put("switchTimeoutMillis", 11L)
                .put("failurePolicy", "skip")
                .put("maxAttempts", 9)
                .put("retryBackOffMillis", 10L)
                .put("maxRetryBackOffMillis", 11L)
                .put("maxHandlerCalls", 12)
                .put("handlerTimeoutMillis", 13L)
                .put("holdKeys", true)
                .put("parkingStream", "bank/parked")
                .put("shufflePartitions", 11)
                .put("maxShuffleLag", 12L)
                .put("auditIntervalMillis", 130L)
                .put("auditStepsPerSecond", 14)
                .put("maxAuditStateBytes", 15L)
                .put("parts", 16)
                .put("stateAddress", "bank.states")
                .put("leaseMillis", 170L)
                .put("holdRetention", false)
                .put("versionChangeAllowed", true)
                .put("traceHeaders", true)
                .put("droppedState", new JsonArray().add("balance").add("minute"));
        PipelineOptions options = new PipelineOptions(json);
        options.validate();
        assertThat(options.toJson()).isEqualTo(json);
        assertThat(new PipelineOptions(options).toJson()).isEqualTo(json);
    }

    @Test
    void a_copy_has_the_tables_that_no_json_has() {
        StateTables tables = operator -> {
            throw new UnsupportedOperationException(operator);
        };
        PipelineOptions options = new PipelineOptions().setStateTables(tables);
        assertThat(new PipelineOptions(options).getStateTables()).isSameAs(tables);
        assertThat(options.toJson()).isEqualTo(new PipelineOptions().toJson());
        assertThat(new PipelineOptions(options.setStateTables(null)).getStateTables())
                .isNull();
    }

    @Test
    void a_value_out_of_bounds_is_named_with_its_limits() {
        PipelineOptions options = new PipelineOptions().setCheckpointDirectory(" ");
        assertThatThrownBy(options::validate)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessage("checkpointDirectory is blank: \" \"");
        options.setCheckpointDirectory("data").setRetainedCheckpoints(0);
        assertThatThrownBy(options::validate).hasMessage("retainedCheckpoints is 0, it must be 1 to 1000");
        options.setRetainedCheckpoints(1).setCheckpointEvents(10).setMaxReplayEvents(9);
        assertThatThrownBy(options::validate).hasMessage("maxReplayEvents is 9, it must be 10 to 1000000000");
    }

    /** Of callers without null checks. A copy must not make a default of it. */
    @Test
    @SuppressWarnings("NullAway") // what a caller without such a check may do
    void a_missing_constant_is_invalid_in_a_copy_too() {
        assertInvalid(new PipelineOptions().setThreadingModel(null), "threadingModel is null");
        assertInvalid(new PipelineOptions().setFailurePolicy(null), "failurePolicy is null");
    }

    private static void assertInvalid(PipelineOptions options, String message) {
        for (PipelineOptions each : List.of(options, new PipelineOptions(options))) {
            assertThat(each.toJson().fieldNames())
                    .isEqualTo(new PipelineOptions().toJson().fieldNames());
            assertThatThrownBy(each::validate)
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void state_of_the_framework_cannot_be_given_up() {
        String id = Topology.RESERVED_PREFIX + "held";
        assertInvalid(new PipelineOptions().setDroppedState(Set.of("balance", id)), "droppedState has " + id);
        assertInvalid(new PipelineOptions(new JsonObject().put("droppedState", new JsonArray().add(id))), id);
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without such a check may do
    void ids_of_dropped_state_are_never_null() {
        PipelineOptions options = new PipelineOptions().setDroppedState(Set.of("balance"));
        Set<String> withNull = new HashSet<>();
        withNull.add(null);
        assertThatThrownBy(() -> options.setDroppedState(null))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("droppedState is null");
        assertThatThrownBy(() -> options.setDroppedState(withNull))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("droppedState is [null]");
        assertThat(options.getDroppedState()).containsExactly("balance");
    }

    @Test
    void a_pipeline_needs_a_proper_name_and_version() {
        assertThatThrownBy(() -> Pipeline.named("a/b", 1))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("a/b");
        assertThatThrownBy(() -> Pipeline.named("a--b", 1)).hasMessageContaining("a--b");
        assertThatThrownBy(() -> Pipeline.named("x".repeat(151), 1)).hasMessageContaining("it must be 1 to 150");
        assertThatThrownBy(() -> Pipeline.named("ledger", -1)).hasMessageContaining("version of pipeline ledger is -1");
    }
}
