package io.strandline.processing.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.AggregateOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupOptionsTest {

    private static final StreamCut CUT = StreamCut.of(StreamName.parse("a/b"), 3, 4);

    @Test
    void optionsComeBackFromJson() {
        GroupOptions options = new GroupOptions()
                .setStreams("a/b")
                .setFrom(StartPosition.time(1_700_000_000_000L))
                .setFromCuts(CUT)
                .setUntil(CUT)
                .setTypes(List.of("paid"))
                .setKeys(List.of("k"))
                .setPoison(PoisonPolicy.PARK)
                .setHoldKeys(true)
                .setParkingStream("a/bad")
                .setMaxAttempts(9);
        options.validate();
        JsonObject json = new JsonObject(options.toJson().encode());
        assertThat(new GroupOptions(json).toJson()).isEqualTo(options.toJson());
        for (StartPosition from : List.of(StartPosition.start(), StartPosition.end(), StartPosition.at(CUT))) {
            assertThat(new GroupOptions(options.setFrom(from)).getFrom()).isEqualTo(from);
        }
        assertThat(new GroupReaderOptions(
                                new GroupReaderOptions().setRejoin(false).toJson())
                        .isRejoin())
                .isFalse();
    }

    @Test
    @SuppressWarnings("NullAway")
    void aPolicyThatIsNullIsNamedAlsoInACopy() {
        GroupOptions options = new GroupOptions().setStreams("a/b").setPoison(null);
        assertThat(options.toJson().getValue("poison")).isNull();
        assertInvalid(new GroupOptions(options), "poison is null, it must be one of [");
        GroupReaderOptions reader = new GroupReaderOptions().setTracingPolicy(null);
        assertThatThrownBy(() -> new GroupReaderOptions(reader).validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("tracingPolicy is null, it must be one of [");
        AggregateOptions aggregates = new AggregateOptions().setStream("a/b").setTracingPolicy(null);
        assertThatThrownBy(() -> new AggregateOptions(aggregates).validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("tracingPolicy is null, it must be one of [");
    }

    @Test
    void a_tracing_policy_survives_json() {
        for (TracingPolicy policy : TracingPolicy.values()) {
            JsonObject reader =
                    new GroupReaderOptions().setTracingPolicy(policy).toJson();
            assertThat(new GroupReaderOptions(reader).getTracingPolicy()).isEqualTo(policy);
            JsonObject aggregates =
                    new AggregateOptions().setTracingPolicy(policy).toJson();
            assertThat(new AggregateOptions(aggregates).getTracingPolicy()).isEqualTo(policy);
        }
        assertThat(new GroupReaderOptions(new JsonObject()).getTracingPolicy()).isEqualTo(TracingPolicy.PROPAGATE);
        assertThat(new AggregateOptions(new JsonObject()).getTracingPolicy()).isEqualTo(TracingPolicy.PROPAGATE);
    }

    @Test
    void wrongValuesAreNamed() {
        assertInvalid(new GroupOptions(), "number of streams is 0");
        assertInvalid(new GroupOptions().setStreams("a/b", "a/b"), "number of different streams is 1");
        assertInvalid(new GroupOptions().setStreams("a/c").setFromCuts(CUT), "fromCuts names a/b");
        assertInvalid(new GroupOptions().setStreams("a/c").setFrom(StartPosition.at(CUT)), "from names a/b");
        assertInvalid(new GroupOptions().setStreams("a/b", "a/c").setUntil(CUT), "number of cuts in until is 1");
        assertInvalid(new GroupOptions().setStreams("a/b").setKeys(List.of("ann \uD83D")), "keys has the lone");
        assertInvalid(new GroupOptions().setStreams("a/b").setTypes(List.of("ann \uD83D")), "types has the lone");
        assertInvalid(new GroupOptions().setStreams("a/b").setLeaseMillis(1), "leaseMillis is 1");
        assertInvalid(new GroupOptions().setStreams("a/b").setMaxAttempts(0), "maxAttempts is 0");
        assertThatThrownBy(() -> new GroupOptions(new JsonObject().put("poison", "burn")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("burn");
        assertThatThrownBy(() -> new GroupOptions(new JsonObject().put("from", "noon")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("noon");
        assertThatThrownBy(() -> new GroupOptions(new JsonObject().put("streams", "a/b")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("streams");
    }

    private static void assertInvalid(GroupOptions options, String message) {
        assertThatThrownBy(options::validate)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(message);
    }
}
