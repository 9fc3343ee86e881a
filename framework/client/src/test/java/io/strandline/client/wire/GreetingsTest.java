package io.strandline.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The frames without an operation: greetings, failures and signs of life. Their bytes are those of all versions. */
class GreetingsTest {

    private static final Hello HELLO =
            new Hello(1, 3, new Hello.Session(0x0102030405060708L, -2), 9, 1 << 20, "me", new byte[] {5, 6});
    private static final Welcome WELCOME = new Welcome(1, 4, 1 << 20, 1 << 24, 1_024, 1 << 23, 10_000, 30_000, "");

    private static byte[] frame(FrameType type, WireOutput message) {
        return FrameWriter.bytesOf(type, 0, 0, message);
    }

    private static byte[] hello() {
        WireOutput out = new WireOutput();
        HELLO.write(out);
        return frame(FrameType.HELLO, out);
    }

    private static byte[] welcome() {
        WireOutput out = new WireOutput();
        WELCOME.write(out);
        return frame(FrameType.WELCOME, out);
    }

    @Test
    void greetings_have_these_bytes_and_are_read() {
        assertThat(HexFormat.of().formatHex(hello()))
                .isEqualTo("35000000010000000000000000000000250000005354524c48454c4f01030807060504030201feffffff"
                        + "ffffffff09808040026d6502050600");
        assertThat(HexFormat.of().formatHex(welcome()))
                .isEqualTo("25000000020000000000000000000000150000000104808040808080088008808080049" + "04eb0ea0100");
        Hello read = Hello.read(new WireInput(ReadFrames.only(hello())));
        assertThat(read).usingRecursiveComparison().isEqualTo(HELLO);
        assertThat(Welcome.read(new WireInput(ReadFrames.only(welcome())))).isEqualTo(WELCOME);
    }

    @Test
    void a_frame_without_fields_has_these_bytes() {
        FrameWriter writer = new FrameWriter();
        writer.add(FrameType.PING, 258);
        assertThat(HexFormat.of().formatHex(writer.take().getBytes()))
                .isEqualTo("1100000007000000020100000000000001000000" + "00");
    }

    /** An earlier client passes over it, and an earlier server does not say it. */
    @Test
    void the_id_of_the_log_is_a_tag() {
        Welcome known = new Welcome(1, 4, 1 << 20, 1 << 24, 1_024, 1 << 23, 10_000, 30_000, "0f".repeat(16));
        WireOutput out = new WireOutput();
        known.write(out);
        byte[] head = Arrays.copyOf(out.head(), out.headBytes());
        assertThat(Welcome.read(new WireInput(head))).isEqualTo(known);
        WireOutput without = new WireOutput();
        WELCOME.write(without);
        int fields = without.headBytes() - 1; // and no tags
        assertThat(head).startsWith(Arrays.copyOf(without.head(), fields));
        assertThat(Arrays.copyOfRange(head, fields, fields + 3)).containsExactly(1, 1, 32);
        WireInput asBefore = new WireInput(Arrays.copyOfRange(head, fields, head.length));
        Tags.readEnd(asBefore);
        assertThat(asBefore.left()).isZero();
    }

    @Test
    void the_id_of_the_log_is_no_other_text() {
        for (String id : List.of("0f", "0F".repeat(16), "0f".repeat(16) + "\n", "the log of my shop, 32 characters")) {
            WireOutput out = new WireOutput();
            new Welcome(1, 4, 1 << 20, 1 << 24, 1_024, 1 << 23, 10_000, 30_000, id).write(out);
            WireInput in = new WireInput(Arrays.copyOf(out.head(), out.headBytes()));
            assertThatThrownBy(() -> Welcome.read(in))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("32 hexadecimal digits");
        }
    }

    @Test
    void the_highest_common_version_is_chosen() {
        assertThat(HELLO.commonVersion()).isEqualTo(1);
        Hello later = new Hello(2, 3, HELLO.session(), 1, 1 << 20, "me", new byte[0]);
        assertThatThrownBy(later::commonVersion)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("versions 2 to 3");
    }

    @Test
    void another_protocol_is_no_greeting() {
        byte[] head = new byte[40];
        Arrays.fill(head, (byte) 'G');
        assertThatThrownBy(() -> Hello.read(new WireInput(head)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("no greeting");
    }

    static Stream<Class<?>> kinds() {
        return Arrays.stream(StrandlineException.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void every_failure_crosses_with_its_message(Class<?> kind) throws ReflectiveOperationException {
        StrandlineException failure =
                (StrandlineException) kind.getConstructor(String.class).newInstance("offset 17 of 4");
        Failures.Received received = crossed(failure);
        assertThat(received.failure()).isExactlyInstanceOf(kind).hasMessage("offset 17 of 4");
        assertThat(received.isLeaving()).isFalse();
    }

    private static Failures.Received crossed(StrandlineException failure) {
        WireOutput out = new WireOutput();
        Failures.write(out, failure);
        return Failures.read(new WireInput(Arrays.copyOf(out.head(), out.headBytes())), true);
    }

    @Test
    void an_unknown_kind_leaves_the_doubt_that_there_is() {
        byte[] later = {99, 1, 'x'};
        assertThat(Failures.read(new WireInput(later), true).failure())
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("unknown kind 99: x");
        assertThat(Failures.read(new WireInput(later), false).failure())
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Property
    void a_message_is_cut_and_stays_text(@ForAll String text) {
        String longer = text + "\uD83D\uDE00".repeat(Failures.MAX_MESSAGE_CHARACTERS);
        StrandlineException crossed =
                crossed(new StrandlineException.Conflict(longer)).failure();
        assertThat(crossed.getMessage()).hasSizeLessThanOrEqualTo(Failures.MAX_MESSAGE_CHARACTERS);
    }

    @Property
    void numbers_come_back(@ForAll long number, @ForAll boolean flag, @ForAll byte[] bytes) {
        WireOutput out =
                new WireOutput().number(number).fixed(number).flag(flag).bytes(bytes);
        WireInput in = new WireInput(Arrays.copyOf(out.head(), out.headBytes()));
        assertThat(in.number()).isEqualTo(number);
        assertThat(in.fixed()).isEqualTo(number);
        assertThat(in.flag()).isEqualTo(flag);
        assertThat(in.bytes()).isEqualTo(bytes);
        assertThat(in.left()).isZero();
    }

    @Property
    void any_bytes_are_read_or_invalid(@ForAll byte[] bytes) {
        for (Runnable read : new Runnable[] {
            () -> Hello.read(new WireInput(bytes)),
            () -> Welcome.read(new WireInput(bytes)),
            () -> Failures.read(new WireInput(bytes), true)
        }) {
            try {
                read.run();
            } catch (StrandlineException.Invalid refused) {
                assertThat(refused.getMessage()).isNotEmpty();
            }
        }
    }
}
