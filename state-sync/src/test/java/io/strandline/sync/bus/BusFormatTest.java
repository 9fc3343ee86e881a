package io.strandline.sync.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BusFormatTest {

    private static final UUID LOG = new UUID(4, 5);
    private static final StreamName NAME = new StreamName("s", "ab");
    private static final Position POSITION = new Position(7, new AppendId(new UUID(1, 2), 3));
    private static final Revision REVISION = new Revision(POSITION, Revision.Form.CHANGE, new byte[] {10, 11});

    @Test
    void the_bytes_of_an_append_stay_as_they_are() {
        Buffer bytes = BusFormat.request(LOG, NAME, new BusCall.Append(Position.NONE, List.of(REVISION)));
        assertThat(hex(bytes))
                .isEqualTo("01" + "01" + "0000000000000004" + "0000000000000005" + "000173" + "00026162"
                        + "0000000000000000" + "00000000000000000000000000000000" + "0000000000000000"
                        + "00000001"
                        + "0000000000000007" + "00000000000000010000000000000002" + "0000000000000003"
                        + "00" + "00000002" + "0a0b");
    }

    @Test
    void the_bytes_of_an_answer_and_of_news_stay_as_they_are() {
        BusCall.Append call = new BusCall.Append(Position.NONE, List.of(REVISION));
        assertThat(hex(BusFormat.reply(LOG, call, new AppendAnswer.Appended(POSITION, 9))))
                .isEqualTo("01" + "01" + "0000000000000004" + "0000000000000005" + "01"
                        + "0000000000000007" + "00000000000000010000000000000002" + "0000000000000003"
                        + "0000000000000009");
        assertThat(hex(BusFormat.news(LOG, NAME)))
                .isEqualTo("01" + "0000000000000004" + "0000000000000005" + "000173" + "00026162");
    }

    @Test
    void the_bytes_of_a_look_and_its_answer_stay_as_they_are() {
        BusCall.Look look = new BusCall.Look(List.of(new BusCall.Known(NAME, POSITION)));
        assertThat(hex(BusFormat.request(null, NAME, look)))
                .isEqualTo("01" + "05" + "00000000000000000000000000000000" + "000173" + "00026162" + "00000001"
                        + "000173" + "00026162"
                        + "0000000000000007" + "00000000000000010000000000000002" + "0000000000000003");
        assertThat(hex(BusFormat.reply(LOG, look, List.of(0))))
                .isEqualTo("01" + "05" + "0000000000000004" + "0000000000000005" + "00000001" + "00000000");
    }

    @Test
    void requests_are_read_as_written() {
        for (BusCall<?> call : List.of(
                new BusCall.Append(POSITION, List.of(REVISION, REVISION)),
                new BusCall.Read(POSITION),
                new BusCall.Compact(REVISION),
                new BusCall.Follow(),
                new BusCall.Look(List.of(new BusCall.Known(NAME, POSITION), new BusCall.Known(NAME, Position.NONE))))) {
            BusFormat.Request read = BusFormat.readRequest(BusFormat.request(null, NAME, call));
            assertThat(read).usingRecursiveComparison().isEqualTo(new BusFormat.Request(null, NAME, call));
        }
    }

    @Test
    void answers_are_read_as_written() throws IOException {
        BusCall.Read call = new BusCall.Read(Position.NONE);
        CatchUp missed = new CatchUp(Position.NONE, List.of(REVISION));
        BusFormat.Reply<CatchUp> read = BusFormat.readReply(call, BusFormat.reply(LOG, call, missed));
        assertThat(read.log()).isEqualTo(LOG);
        assertThat(read.answer()).usingRecursiveComparison().isEqualTo(missed);
        BusCall.Look look = new BusCall.Look(List.of());
        assertThat(BusFormat.readReply(look, BusFormat.reply(LOG, look, List.of(2, 5)))
                        .answer())
                .containsExactly(2, 5);
        assertThatThrownBy(() -> BusFormat.readReply(new BusCall.Follow(), BusFormat.reply(LOG, call, missed)))
                .hasMessageContaining("kind 2");
    }

    @Test
    void what_is_no_request_is_invalid_and_says_why() {
        Buffer whole = BusFormat.request(LOG, NAME, new BusCall.Append(Position.NONE, List.of(REVISION)));
        for (int length = 0; length < whole.length(); length++) {
            int cut = length;
            assertThatThrownBy(() -> BusFormat.readRequest(whole.getBuffer(0, cut)))
                    .as("cut at %d", cut)
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
        assertInvalid(whole.copy().appendByte((byte) 0), "left over");
        assertInvalid(whole.copy().setByte(0, (byte) 2), "format 2");
        assertInvalid(whole.copy().setByte(1, (byte) 9), "kind 9");
        assertInvalid(whole.copy().setByte(20, (byte) '/'), "scope name");
        assertInvalid(whole.copy().setInt(57, -1), "-1");
        assertInvalid(whole.copy().setInt(94, 1 << 30), "1073741824");
        assertInvalid(new JsonObject(), "JsonObject");
        assertInvalid("text", "String");
        assertInvalid(null, "empty");
    }

    @Property(tries = 2_000)
    void any_bytes_are_read_or_refused(@ForAll byte[] bytes) {
        byte[] message = bytes.clone();
        if (message.length > 1) {
            message[0] = 1;
            message[1] = (byte) (1 + Math.floorMod(message[1], 5));
        }
        try {
            BusFormat.Request read = BusFormat.readRequest(Buffer.buffer(message));
            assertThat(BusFormat.request(read.log(), read.name(), read.call()).getBytes())
                    .isEqualTo(message);
        } catch (StrandlineException.Invalid refused) {
            assertThat(refused).hasMessageStartingWith("request cannot be read");
        }
    }

    @Property(tries = 500)
    void a_changed_byte_harms_nobody(@ForAll int place, @ForAll byte value) {
        byte[] message = BusFormat.request(LOG, NAME, new BusCall.Append(Position.NONE, List.of(REVISION)))
                .getBytes();
        byte[] changed = Arrays.copyOf(message, message.length);
        changed[Math.floorMod(place, message.length)] = value;
        any_bytes_are_read_or_refused(changed);
    }

    private static void assertInvalid(@Nullable Object body, String why) {
        assertThatThrownBy(() -> BusFormat.readRequest(body))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(why);
    }

    private static String hex(Buffer bytes) {
        return HexFormat.of().formatHex(bytes.getBytes());
    }
}
