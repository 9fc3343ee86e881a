package io.strandline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.strandline.HistoryOptions;
import io.strandline.ReaderOptions;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.LogOptions;
import io.strandline.processing.PipelineOptions;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.log.LogStoreOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** People write options by hand: a value of a wrong type is Invalid, and the message names its key. */
class OptionsOfWrongTypeTest {

    static Stream<Arguments> options() {
        return Stream.of(
                of("reader", new ReaderOptions().toJson(), ReaderOptions::new),
                of("writer", new WriterOptions().setId("w").toJson(), WriterOptions::new),
                of("stream", new StreamOptions().toJson(), StreamOptions::new),
                of("history", new HistoryOptions().setFromVersion(1L).toJson(), HistoryOptions::new),
                of("log of any engine", new StrandlineOptions().toJson(), StrandlineOptions::new),
                of("log", new LogOptions().toJson(), LogOptions::new),
                of("pipeline", new PipelineOptions().setCheckpointDirectory("d").toJson(), PipelineOptions::new),
                of("state sync", new StateSyncOptions().toJson(), StateSyncOptions::new),
                of("synchronizer", new SynchronizerOptions().toJson(), SynchronizerOptions::new),
                of("bus store", new BusOptions().toJson(), BusOptions::new),
                of("log store", new LogStoreOptions().toJson(), LogStoreOptions::new));
    }

    private static Arguments of(String name, JsonObject json, Function<JsonObject, Object> read) {
        return Arguments.of(name, json, read);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void a_value_of_a_wrong_type_is_named(String name, JsonObject json, Function<JsonObject, Object> read) {
        assertThat(json.fieldNames()).isNotEmpty();
        for (String key : json.fieldNames()) {
            Object wrong = json.getValue(key) instanceof JsonArray ? "text" : new JsonArray().add("list");
            Throwable failure = catchThrowable(() -> read.apply(json.copy().put(key, wrong)));
            assertThat(failure).as(key).isInstanceOf(StrandlineException.Invalid.class);
            assertThat(failure.getMessage()).contains(key);
        }
    }
}
