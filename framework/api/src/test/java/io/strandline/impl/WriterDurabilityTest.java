package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Durability;
import io.strandline.EventWriter;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What a writer asks for by its durability, and how it learns that the log lost what it had acknowledged. */
class WriterDurabilityTest extends OnFakePort {

    private static final WriterOptions EARLY = new WriterOptions().setDurability(Durability.INTERVAL);

    WriterDurabilityTest() {
        super(1, 1);
    }

    private static Buffer text(String text) {
        return Buffer.buffer(text);
    }

    @Test
    void each_parcel_says_how_durable_it_is_to_be() {
        List<Durability> asked = new CopyOnWriteArrayList<>();
        port.fate = parcel -> {
            asked.add(parcel.durability());
            return Fate.TAKEN;
        };
        EventWriter<Buffer> usual = on.writer(new WriterOptions());
        EventWriter<Buffer> early = on.writer(EARLY);
        get(() -> usual.append("key", text("a")));
        get(() -> early.append("key", text("b")));
        assertThat(asked).containsExactly(Durability.FORCED, Durability.INTERVAL);
    }

    @Test
    void a_writer_is_told_of_a_lost_event_by_its_next_append_and_goes_on() {
        for (WriterOptions options : List.of(EARLY, new WriterOptions(EARLY).setId("w"))) {
            EventWriter<Buffer> writer = on.writer(options);
            get(() -> writer.append("key", text("kept")));
            get(() -> writer.append("key", text("lost")));
            OnContext.get(port.loseNewest(0));
            assertThat(failure(() -> writer.append("key", text("refused"))))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("does not go on from what it confirmed");
            get(() -> writer.append("key", text("next")));
        }
        assertThat(OnContext.get(port.texts(0))).containsExactly("kept", "next", "kept", "next");
    }

    @Test
    void conditions_hold_again_after_the_refusal_of_one() {
        EventWriter<Buffer> writer = on.writer(EARLY);
        get(() -> writer.appendIf("key", List.of(text("kept")), 0));
        get(() -> writer.appendIf("key", List.of(text("lost")), 1));
        OnContext.get(port.loseNewest(0));
        assertThat(failure(() -> writer.appendIf("key", List.of(text("refused")), 2)))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThat(get(() -> writer.appendIf("key", List.of(text("next")), 1)).offset())
                .isEqualTo(1);
        assertThat(OnContext.get(port.texts(0))).containsExactly("kept", "next");
    }

    @Test
    void options_are_read_from_json_and_wrong_ones_are_named() {
        WriterOptions options =
                new WriterOptions().setId("w").setDurability(Durability.OS).setRetryTimeoutMillis(7);
        assertThat(new WriterOptions(options.toJson()).toJson()).isEqualTo(options.toJson());
        assertThat(new WriterOptions(new JsonObject()).getDurability()).isEqualTo(Durability.FORCED);
        Map<String, Object> wrong = Map.of(
                "durability",
                1,
                "id",
                true,
                "writeQueueBytes",
                "many",
                "maxUnacknowledgedBytes",
                1.5,
                "parcelBytes",
                new JsonObject(),
                "parcelsInFlight",
                false,
                "retryTimeoutMillis",
                "soon");
        wrong.forEach((key, value) -> assertThatThrownBy(() -> new WriterOptions(new JsonObject().put(key, value)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(key));
        assertThatThrownBy(() -> new WriterOptions(new JsonObject().put("durability", "SOMETIMES")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("SOMETIMES")
                .hasMessageContaining("interval");
    }
}
