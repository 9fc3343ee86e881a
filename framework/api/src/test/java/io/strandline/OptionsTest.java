package io.strandline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Options of readers and writers as JSON. */
class OptionsTest {

    private static final StreamCut CUT =
            new StreamCut(new StreamName("scope", "stream"), new TreeMap<>(Map.of(3L, 4L, 5L, 6L)));

    @Test
    void what_a_reader_was_told_comes_back_from_json() {
        for (StartPosition from : Set.of(
                StartPosition.start(),
                StartPosition.end(),
                StartPosition.at(CUT),
                StartPosition.time(1_700_000_000_000L))) {
            ReaderOptions options = new ReaderOptions()
                    .setFrom(from)
                    .setUntil(CUT)
                    .setPartitions(Set.of(3L, 5L))
                    .setFollowScaling(false)
                    .setOnTruncated(OnTruncated.SKIP)
                    .setReadAheadBytes(77);
            JsonObject json = options.toJson();
            ReaderOptions back = new ReaderOptions(new JsonObject(json.encode()));
            assertThat(back.toJson()).isEqualTo(json);
            assertThat(back.getFrom()).isEqualTo(from);
            assertThat(back.getUntil()).isEqualTo(CUT);
            assertThat(back.isFollowScaling()).isFalse();
            assertThat(back.getOnTruncated()).isEqualTo(OnTruncated.SKIP);
            assertThat(new ReaderOptions(options).toJson()).isEqualTo(json);
        }
        ReaderOptions defaults = new ReaderOptions(new JsonObject());
        assertThat(defaults.toJson()).isEqualTo(new ReaderOptions().toJson());
        assertThat(defaults.isFollowScaling()).isTrue();
        assertThat(defaults.getOnTruncated()).isEqualTo(OnTruncated.FAIL);
        assertThat(defaults.getUntil()).isNull();
    }

    /** Of callers without null checks. A copy must not make a default of it, and to print the options is no error. */
    @Test
    @SuppressWarnings("NullAway")
    void a_constant_that_is_null_is_named() {
        ReaderOptions reader = new ReaderOptions().setOnTruncated(null);
        assertNamed("onTruncated", reader.toJson(), () -> new ReaderOptions(reader).validate());
        HistoryOptions history = new HistoryOptions().setDirection(null);
        assertNamed("direction", history.toJson(), () -> new HistoryOptions(history).validate());
        StreamOptions stream = new StreamOptions().setIfExists(null);
        assertNamed("ifExists", stream.toJson(), () -> new StreamOptions(stream).validate());
        WriterOptions durability = new WriterOptions().setDurability(null);
        assertNamed("durability", durability.toJson(), () -> new WriterOptions(durability).validate());
        WriterOptions compression = new WriterOptions().setCompression(null);
        assertNamed("compression", compression.toJson(), () -> new WriterOptions(compression).validate());
        WriterOptions tracing = new WriterOptions().setTracingPolicy(null);
        assertNamed("tracingPolicy", tracing.toJson(), () -> new WriterOptions(tracing).validate());
        TransactionOptions transaction = new TransactionOptions().setTracingPolicy(null);
        assertNamed("tracingPolicy", transaction.toJson(), () -> new TransactionOptions(transaction).validate());
    }

    private static void assertNamed(String key, JsonObject json, ThrowingCallable validation) {
        assertThat(json.getValue(key)).isNull();
        assertThatThrownBy(validation)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(key + " is null, it must be one of [");
    }

    @Test
    void a_tracing_policy_survives_json() {
        for (TracingPolicy policy : TracingPolicy.values()) {
            JsonObject writer = new WriterOptions().setTracingPolicy(policy).toJson();
            assertThat(new WriterOptions(writer).getTracingPolicy()).isEqualTo(policy);
            JsonObject transaction =
                    new TransactionOptions().setTracingPolicy(policy).toJson();
            assertThat(new TransactionOptions(transaction).getTracingPolicy()).isEqualTo(policy);
        }
        assertThat(new WriterOptions().getTracingPolicy()).isEqualTo(TracingPolicy.PROPAGATE);
        assertThat(new TransactionOptions(new JsonObject()).getTracingPolicy()).isEqualTo(TracingPolicy.PROPAGATE);
    }

    @Test
    void a_value_of_another_type_is_named_with_its_key() {
        Map.of(
                        "from", new JsonObject().put("from", 7),
                        "time", new JsonObject().put("from", new JsonObject().put("time", "noon")),
                        "until", new JsonObject().put("until", "end"),
                        "partitions", new JsonObject().put("partitions", new JsonArray().add("three")),
                        "followScaling", new JsonObject().put("followScaling", "yes"),
                        "onTruncated", new JsonObject().put("onTruncated", "ignore"),
                        "readAheadBytes", new JsonObject().put("readAheadBytes", "much"))
                .forEach((key, json) -> assertThatThrownBy(() -> new ReaderOptions(json))
                        .isInstanceOf(StrandlineException.Invalid.class)
                        .hasMessageStartingWith(key + " is "));
        Map.of(
                        "id", new JsonObject().put("id", 7),
                        "parcelBytes", new JsonObject().put("parcelBytes", "large"),
                        "parcelsInFlight", new JsonObject().put("parcelsInFlight", 1.5),
                        "retryTimeoutMillis", new JsonObject().put("retryTimeoutMillis", true),
                        "replay", new JsonObject().put("replay", "all"),
                        "replay of partition 3",
                                new JsonObject().put("replay", new JsonObject().put("3", new JsonObject())))
                .forEach((key, json) -> assertThatThrownBy(() -> new WriterOptions(json))
                        .isInstanceOf(StrandlineException.Invalid.class)
                        .hasMessageStartingWith(key + " is "));
    }

    @Test
    void compression_is_off_unless_named() {
        assertThat(new WriterOptions().getCompression()).isEqualTo(Compression.NONE);
        assertThat(new WriterOptions(new JsonObject()).getCompression()).isEqualTo(Compression.NONE);
        for (Compression compression : Compression.values()) {
            WriterOptions options = new WriterOptions().setCompression(compression);
            assertThat(new WriterOptions(options.toJson()).getCompression()).isEqualTo(compression);
        }
        assertThatThrownBy(() -> new WriterOptions(new JsonObject().put("compression", "SNAPPY")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessage("compression is SNAPPY, it must be one of [none, lz4, zstd]");
    }
}
