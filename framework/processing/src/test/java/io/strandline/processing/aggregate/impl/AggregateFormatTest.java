package io.strandline.processing.aggregate.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.json.JsonCodec;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateState;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Decision;
import io.strandline.processing.aggregate.Outcome;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Bytes of calls over the event bus. */
class AggregateFormatTest {

    record Add(long amount) {}

    record Added(long amount) {}

    record Limit(long most) {}

    private static final StreamName STREAM = StreamName.parse("shop/counts");

    private final AggregateFormat<Add, Added, Long> format = new AggregateFormat<>(counter(longs()), STREAM);

    private static EventCodec<Long> longs() {
        return JsonCodec.of("counter", 1, Long.class);
    }

    private static Aggregate<Add, Added, Long> counter(EventCodec<Long> states) {
        return Aggregate.named("counter")
                .commands(Add.class)
                .events(Added.class)
                .initial(0L)
                .command("add", 2, Add.class, (count, add) -> Decision.emit(new Added(add.amount())))
                .rejection("limit", 1, Limit.class)
                .event("added", 1, Added.class, (count, added) -> count + added.amount())
                .snapshots(states)
                .build();
    }

    /** A codec that fails when it writes. */
    private static EventCodec<Long> broken() {
        return new EventCodec<>() {
            @Override
            public EventType typeOf(Long state) {
                return new EventType("counter", 1);
            }

            @Override
            public void encode(Long state, PayloadOutput out) {
                throw new IllegalStateException("broken codec");
            }

            @Override
            public Long decode(EventType type, byte[] bytes, int from, int length) {
                return 0L;
            }
        };
    }

    private static String hex(Buffer buffer) {
        return HexFormat.of().formatHex(buffer.getBytes());
    }

    private static CommandOptions options() {
        return new CommandOptions().setCommandId("c-1").setExpectedVersion(7L).setUser("ann");
    }

    private static Outcome.Accepted<Long> accepted(Object... events) {
        return new Outcome.Accepted<>(5L, 3, List.of(events), StreamCut.of(STREAM, 1, 9), false);
    }

    // ---- what is read is what was written

    @Test
    void requests_come_back_and_their_bytes_never_change() {
        Buffer execute = format.request(new AggregateFormat.Execute<>("a", new Add(1), options(), false));
        assertThat(hex(execute))
                .isEqualTo(
                        "0101" + "000b73686f702f636f756e7473" + "0007636f756e746572" + "000161" + "0003616464" + "0002"
                                + "0000000c7b22616d6f756e74223a317d" + "0003632d31" + "0000000000000007" + "00000009"
                                + "047573657207616e6e");
        assertThat(format.readRequest(execute)).isInstanceOfSatisfying(AggregateFormat.Execute.class, read -> {
            assertThat(read.id()).isEqualTo("a");
            assertThat(read.command()).isEqualTo(new Add(1));
            assertThat(read.options().toJson()).isEqualTo(options().toJson());
            assertThat(read.withPermit()).isFalse();
        });
        Buffer plain = format.request(new AggregateFormat.Execute<>("b", new Add(-1), new CommandOptions(), false));
        assertThat(format.readRequest(plain)).isInstanceOfSatisfying(AggregateFormat.Execute.class, read -> {
            assertThat(read.options().getCommandId()).isNull();
            assertThat(read.options().getExpectedVersion()).isNull();
        });
        Buffer permitted = format.request(new AggregateFormat.Execute<>("a", new Add(1), options(), true));
        assertThat(hex(permitted)).isEqualTo("0104" + hex(execute).substring(4) + "0100");
        assertThat(format.readRequest(permitted))
                .isInstanceOfSatisfying(AggregateFormat.Execute.class, read -> assertThat(read.withPermit())
                        .isTrue());
        CommandOptions resting = options().requireUnchanged("b", 3).requireNoEvent("c", "x", 4);
        Buffer required = format.request(new AggregateFormat.Execute<>("a", new Add(1), resting, false));
        assertThat(hex(required))
                .isEqualTo("0104" + hex(execute).substring(4) + "0002" + "000162" + "0000" + "0000000000000003"
                        + "000163" + "000178" + "0000000000000004");
        assertThat(format.readRequest(required))
                .isInstanceOfSatisfying(
                        AggregateFormat.Execute.class,
                        read -> assertThat(read.options().toJson()).isEqualTo(resting.toJson()));
        assertThat(hex(AggregateFormat.permitMessage())).isEqualTo("0105");
        assertThat(AggregateFormat.isPermitMessage(AggregateFormat.permitMessage()))
                .isTrue();
        Buffer query = format.request(new AggregateFormat.State<>("ä"));
        assertThat(hex(query)).isEqualTo("0102" + "000b73686f702f636f756e7473" + "0007636f756e746572" + "0002c3a4");
        assertThat(format.readRequest(query)).isEqualTo(new AggregateFormat.State<>("ä"));
        Buffer asked = format.request(new AggregateFormat.HasExecuted<>("a", "c-1"));
        assertThat(hex(asked))
                .isEqualTo("0103" + "000b73686f702f636f756e7473" + "0007636f756e746572" + "000161" + "0003632d31");
        assertThat(format.readRequest(asked)).isEqualTo(new AggregateFormat.HasExecuted<>("a", "c-1"));
    }

    @Test
    void answers_come_back_and_their_bytes_never_change() throws IOException {
        Buffer reply = format.reply("a", accepted(new Added(2)));
        assertThat(hex(reply))
                .isEqualTo("0101" + "0007636f756e746572" + "0001" + "00000001" + "35" + "0000000000000003" + "00"
                        + "000b73686f702f636f756e7473" + "00000001" + "0000000000000001" + "0000000000000009"
                        + "00000001" + "00056164646564" + "0001" + "0000000c7b22616d6f756e74223a327d");
        StreamCut both = new StreamCut(STREAM, new TreeMap<>(Map.of(1L, 2L, 3L, 4L)));
        StreamCut nowhere = new StreamCut(STREAM, new TreeMap<>());
        for (Outcome<Long> outcome : List.of(
                accepted(new Added(2)),
                accepted(),
                accepted(new Added(1), new Added(2), new Added(3)),
                new Outcome.Accepted<>(5L, 3, List.of(), both, true),
                new Outcome.Accepted<>(0L, 0, List.of(), nowhere, false),
                new Outcome.Rejected<>(5L, 3, new Limit(9)),
                new Outcome.Rejected<>(5L, 3, "no more"))) {
            assertThat(format.readOutcome(format.reply("a", outcome))).isEqualTo(outcome);
        }
        AggregateState<Long> state = new AggregateState<>(5L, 3);
        assertThat(format.readState(format.reply("a", state))).isEqualTo(state);
        assertThat(hex(format.reply(true))).isEqualTo("010401");
        assertThat(format.readExecuted(format.reply(true))).isTrue();
        assertThat(format.readExecuted(format.reply(false))).isFalse();
        assertThatThrownBy(() -> format.readExecuted(reply)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> format.readState(reply)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> format.readOutcome(format.reply("a", state))).isInstanceOf(IOException.class);
    }

    @Test
    void notices_come_back() throws IOException {
        assertThat(hex(format.notice(6))).isEqualTo("01" + "000b73686f702f636f756e7473" + "0000000000000006");
        assertThat(format.readNotice(format.notice(6))).isEqualTo(new AggregateFormat.Notice(STREAM, 6));
    }

    // ---- what cannot be sent

    @Test
    void an_answer_that_cannot_be_sent_never_makes_a_rejection_of_an_accepted_command() {
        AggregateFormat<Add, Added, Long> broken = new AggregateFormat<>(counter(broken()), STREAM);
        for (Outcome<Long> appended : List.of(
                accepted(new Added(2)), new Outcome.Accepted<>(5L, 3, List.of(), StreamCut.of(STREAM, 1, 9), true))) {
            assertThatThrownBy(() -> broken.reply("a", appended))
                    .isInstanceOf(StrandlineException.Unknown.class)
                    .hasMessageContaining("a of shop/counts, version 3, whose events were appended")
                    .hasMessageContaining("broken codec");
        }
        assertThatThrownBy(() -> broken.reply("a", accepted()))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("a of shop/counts, version 3, which was accepted without events")
                .hasMessageContaining("broken codec");
        assertThatThrownBy(() -> broken.reply("a", new Outcome.Rejected<>(5L, 3, "no more")))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThatThrownBy(() -> broken.reply("a", new AggregateState<>(5L, 3)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("a of shop/counts");
        assertThatThrownBy(() -> format.reply("a", new Outcome.Rejected<>(5L, 3, new Add(1))))
                .as("a reason without a name")
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(Add.class.getName());
    }

    // ---- what is no message

    @Test
    void requests_for_other_aggregates_are_of_another_owner() {
        AggregateFormat<Add, Added, Long> other =
                new AggregateFormat<>(counter(longs()), StreamName.parse("shop/others"));
        assertThatThrownBy(() -> format.readRequest(
                        other.request(new AggregateFormat.Execute<>("a", new Add(1), options(), false))))
                .isInstanceOf(StrandlineException.NotOwner.class)
                .hasMessageContaining("shop/others")
                .hasMessageContaining("shop/counts");
    }

    @Test
    void whatever_comes_is_invalid_or_of_another_owner() {
        byte[] whole = format.request(new AggregateFormat.Execute<>("a", new Add(1), options(), false))
                .getBytes();
        for (int length = 0; length < whole.length; length++) {
            assertRefused(Buffer.buffer(whole).getBuffer(0, length));
        }
        assertRefused(Buffer.buffer(whole).appendByte((byte) 0));
        assertRefused(null);
        assertRefused("text");
        Random random = new Random(5);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 + random.nextInt(255));
            try {
                format.readRequest(Buffer.buffer(damaged));
            } catch (StrandlineException.Invalid | StrandlineException.NotOwner refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
        }
    }

    private void assertRefused(@Nullable Object body) {
        assertThatThrownBy(() -> format.readRequest(body)).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void another_format_is_refused() {
        Buffer later = format.request(new AggregateFormat.State<>("a")).setByte(0, (byte) 2);
        assertThatThrownBy(() -> format.readRequest(later))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("format 2");
    }
}
