package io.strandline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Direction;
import io.strandline.Durability;
import io.strandline.HistoryOptions;
import io.strandline.OnTruncated;
import io.strandline.ReaderOptions;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.TransactionOptions;
import io.strandline.WriterOptions;
import io.strandline.client.ClientOptions;
import io.strandline.log.LogOptions;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.server.EventBusOptions;
import io.strandline.server.ServerOptions;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.hazelcast.HazelcastSyncConfig;
import io.strandline.sync.log.LogStoreOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The options of all modules, read from JSON that a person wrote. */
class EveryOptionTest {

    /** Options of one kind: read from JSON, and written again. */
    record Kind(String name, Function<JsonObject, JsonObject> reading) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Kind> kinds() {
        return Stream.of(
                new Kind("writer", json -> new WriterOptions(json).toJson()),
                new Kind("reader", json -> new ReaderOptions(json).toJson()),
                new Kind("history", json -> new HistoryOptions(json).toJson()),
                new Kind("stream", json -> new StreamOptions(json).toJson()),
                new Kind("scaling", json -> ScalingPolicy.fromJson(json).toJson()),
                new Kind("retention", json -> Retention.fromJson(json).toJson()),
                new Kind("transaction", json -> new TransactionOptions(json).toJson()),
                new Kind("log", json -> new LogOptions(json).toJson()),
                new Kind("client", json -> new ClientOptions(json).toJson()),
                new Kind("server", json -> new ServerOptions(json).toJson()),
                new Kind("event bus", json -> new EventBusOptions(json).toJson()),
                new Kind("pipeline", json -> new PipelineOptions(json).toJson()),
                new Kind("group", json -> new GroupOptions(json).toJson()),
                new Kind("group reader", json -> new GroupReaderOptions(json).toJson()),
                new Kind("aggregate", json -> new AggregateOptions(json).toJson()),
                new Kind("command", json -> new CommandOptions(json).toJson()),
                new Kind("process", json -> new ProcessOptions(json).toJson()),
                new Kind("state sync", json -> new StateSyncOptions(json).toJson()),
                new Kind("synchronizer", json -> new SynchronizerOptions(json).toJson()),
                new Kind("bus", json -> new BusOptions(json).toJson()),
                new Kind("log store", json -> new LogStoreOptions(json).toJson()),
                new Kind("hazelcast", json -> new HazelcastSyncConfig(json).toJson()));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void defaults_come_back(Kind kind) {
        JsonObject defaults = kind.reading().apply(new JsonObject());
        assertThat(kind.reading().apply(new JsonObject(defaults.encode()))).isEqualTo(defaults);
        assertThat(defaults.fieldNames()).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void a_value_of_a_wrong_type_is_invalid_with_its_key(Kind kind) {
        for (String key : keys(kind)) {
            JsonObject json = new JsonObject().put(key, new JsonArray().add(new JsonArray()));
            assertThatThrownBy(() -> kind.reading().apply(json))
                    .as(key)
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(key);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void a_misspelt_key_is_invalid_with_the_nearest_one(Kind kind) {
        for (String key : keys(kind)) {
            JsonObject json = new JsonObject().put(key.toUpperCase(Locale.ROOT) + "x", 1);
            assertThatThrownBy(() -> kind.reading().apply(json))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("the nearest is \"" + key + "\"");
        }
    }

    private static SortedSet<String> keys(Kind kind) {
        return new TreeSet<>(kind.reading().apply(new JsonObject()).fieldNames());
    }

    @Test
    void names_of_constants_may_be_in_any_case() {
        for (Function<String, String> spelt : Stream.<Function<String, String>>of(
                        text -> text.toLowerCase(Locale.ROOT),
                        text -> text.toUpperCase(Locale.ROOT),
                        text -> text.charAt(0) + text.substring(1).toLowerCase(Locale.ROOT))
                .toList()) {
            assertThat(new WriterOptions(new JsonObject().put("durability", spelt.apply("INTERVAL"))).getDurability())
                    .isEqualTo(Durability.INTERVAL);
            assertThat(new ReaderOptions(new JsonObject().put("onTruncated", spelt.apply("SKIP"))).getOnTruncated())
                    .isEqualTo(OnTruncated.SKIP);
            assertThat(new HistoryOptions(new JsonObject().put("direction", spelt.apply("BACKWARD"))).getDirection())
                    .isEqualTo(Direction.BACKWARD);
            assertThat(new GroupOptions(new JsonObject().put("poison", spelt.apply("PARK"))).getPoison())
                    .isEqualTo(PoisonPolicy.PARK);
            assertThat(ScalingPolicy.fromJson(new JsonObject()
                                    .put("kind", spelt.apply("EVENT_RATE"))
                                    .put("target", 10))
                            .kind())
                    .isEqualTo(ScalingPolicy.Kind.EVENT_RATE);
        }
        assertThatThrownBy(() -> new WriterOptions(new JsonObject().put("durability", "often")))
                .hasMessage("durability is often, it must be one of [forced, interval, os]");
    }
}
