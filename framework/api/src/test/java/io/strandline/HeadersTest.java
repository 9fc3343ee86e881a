package io.strandline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

class HeadersTest {

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Added(String name, boolean isText, String text, byte[] bytes) {

        Headers to(Headers headers) {
            return isText ? headers.with(name, text) : headers.with(name, bytes);
        }
    }

    @Provide
    Arbitrary<List<Added>> additions() {
        Arbitrary<String> names = Arbitraries.oneOf(
                Arbitraries.of(Headers.USER, Headers.TRACEPARENT, "ключ", "😀"),
                Arbitraries.strings().withCharRange('a', 'z').ofMinLength(1).ofMaxLength(200));
        Arbitrary<String> texts = Arbitraries.strings().ofMaxLength(300).filter(text -> Utf8.loneSurrogate(text) < 0);
        Arbitrary<byte[]> bytes = Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
        return Combinators.combine(names, Arbitraries.of(true, false), texts, bytes)
                .as(Added::new)
                .list()
                .ofMaxSize(Headers.MAX_COUNT);
    }

    @Property(tries = 200)
    void what_was_added_is_there_in_its_order_also_after_a_round_trip(@ForAll("additions") List<Added> additions) {
        Map<String, Added> last = new HashMap<>();
        Headers built = Headers.NONE;
        for (Added added : additions) {
            last.put(added.name(), added);
            built = added.to(built);
        }
        byte[] encoded = new byte[built.encodedBytes() + 5];
        assertThat(built.encodeTo(encoded, 3)).isEqualTo(encoded.length - 2);
        Headers read = Headers.decode(encoded, 3, built.encodedBytes());
        assertThat(read).isEqualTo(built).hasSameHashCodeAs(built);
        assertThat(read.names())
                .containsExactlyElementsOf(
                        additions.stream().map(Added::name).distinct().toList());
        assertThat(read.size()).isEqualTo(last.size());
        assertThat(read.isEmpty()).isEqualTo(additions.isEmpty());
        for (Added added : last.values()) {
            assertThat(read.has(added.name())).isTrue();
            assertThat(read.isText(added.name())).isEqualTo(added.isText());
            if (added.isText()) {
                assertThat(read.text(added.name())).isEqualTo(added.text());
                assertThat(read.bytes(added.name())).isEqualTo(added.text().getBytes(StandardCharsets.UTF_8));
            } else {
                assertThat(read.bytes(added.name())).isEqualTo(added.bytes());
            }
            assertThat(read.without(added.name()).names())
                    .isEqualTo(read.names().stream()
                            .filter(name -> !name.equals(added.name()))
                            .toList());
        }
    }

    @Property(tries = 500)
    void damaged_bytes_are_corrupt_or_other_headers(
            @ForAll("additions") List<Added> additions, @ForAll int at, @ForAll byte to, @ForAll int cut) {
        Headers built = Headers.NONE;
        for (Added added : additions) {
            built = added.to(built);
        }
        byte[] encoded = new byte[built.encodedBytes()];
        built.encodeTo(encoded, 0);
        if (encoded.length == 0) {
            return;
        }
        encoded[Math.floorMod(at, encoded.length)] = to;
        try {
            Headers read = Headers.decode(encoded, 0, encoded.length - Math.floorMod(cut, encoded.length));
            assertThat(read.size()).isEqualTo(read.names().size());
            assertThat(read.toString()).isNotEmpty();
        } catch (StrandlineException.Corrupt e) {
            assertThat(e).hasMessageContaining("malformed headers of ");
        }
    }

    @Example
    void a_header_that_is_given_again_keeps_its_place() {
        Headers headers = Headers.of("a", "1").with("b", new byte[] {2}).with("c", "3");
        assertThat(headers.with("a", new byte[] {9, 9}).toString()).isEqualTo("{a=2 bytes, b=1 bytes, c=3}");
        assertThat(headers.with("b", "two").toString()).isEqualTo("{a=1, b=two, c=3}");
        assertThat(headers.toString()).isEqualTo("{a=1, b=1 bytes, c=3}");
        assertThat(headers.without("x")).isEqualTo(headers);
        assertThat(Headers.of("a", "1").without("a")).isSameAs(Headers.NONE);
    }

    @Example
    void a_value_belongs_to_the_headers() {
        byte[] mine = {1, 2, 3};
        Headers headers = Headers.of("b", mine);
        mine[0] = 9;
        byte[] theirs = headers.bytes("b");
        assertThat(theirs).isEqualTo(new byte[] {1, 2, 3});
        Arrays.fill(theirs, (byte) 0);
        assertThat(headers.bytes("b")).isEqualTo(new byte[] {1, 2, 3});
    }

    @Example
    void bytes_are_no_text_and_what_is_missing_is_null() {
        Headers headers = Headers.of("b", new byte[7]);
        assertThat(headers.text("a")).isNull();
        assertThat(headers.bytes("a")).isNull();
        assertThat(headers.has("B")).isFalse();
        requireInvalid(() -> headers.text("b"), "header b holds 7 bytes and no text");
    }

    @Example
    void limits_are_kept_and_named() {
        Headers most = Headers.NONE;
        for (int i = 0; i < Headers.MAX_COUNT; i++) {
            most = most.with("name" + i, "");
        }
        Headers full = most;
        assertThat(full.with("name7", "again").size()).isEqualTo(Headers.MAX_COUNT);
        requireInvalid(() -> full.with("one more", ""), "number of headers is 65, it must be 1 to 64");
        requireInvalid(() -> Headers.of("", ""), "length of a header's name in bytes is 0");
        assertThat(Headers.of("ж".repeat(128), "").names()).containsExactly("ж".repeat(128));
        requireInvalid(() -> Headers.of("ж".repeat(128) + "x", ""), "name in bytes is 257, it must be 1 to 256");
        requireInvalid(() -> Headers.of("large", new byte[(8 << 20) + 1]), "header large of 8388609 bytes");
    }

    @Example
    void a_lone_surrogate_is_refused_with_its_position() {
        requireInvalid(
                () -> Headers.of("ann \ud83d", "x"), "name of a header has the lone surrogate U+D83D at position 4");
        requireInvalid(
                () -> Headers.of("user", "\ude00ann"), "header user has the lone surrogate U+DE00 at position 0");
        requireInvalid(() -> Headers.NONE.text("\ud83d\ud83d\ude00"), "at position 0");
        assertThat(Headers.of("😀", "😀").text("😀")).isEqualTo("😀");
    }

    @Example
    void malformed_headers_are_corrupt() {
        byte[] twice = {1, 'a', 0, 1, 'a', 0};
        byte[] nameless = {0, 0};
        byte[] endless = {1, 'a', -1, -1, -1, -1, -1, -1};
        byte[] cut = {1, 'a', 5, 'x'};
        byte[] many = new byte[3 * 65];
        IntStream.range(0, 65).forEach(i -> {
            many[3 * i] = 1;
            many[3 * i + 1] = (byte) (i + 1);
        });
        for (byte[] bytes : List.of(twice, nameless, endless, cut, many)) {
            assertThatThrownBy(() -> Headers.decode(bytes, 0, bytes.length))
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining("malformed headers of " + bytes.length + " bytes");
        }
    }

    private static void requireInvalid(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(StrandlineException.Invalid.class).hasMessageContaining(message);
    }

    @Example
    void the_trace_is_what_the_w3c_names() {
        Headers trace = Headers.of(Headers.TRACEPARENT, "00-1-2-01").with(Headers.TRACESTATE, "vendor=3");
        assertThat(trace.trace()).isEqualTo(trace);
        Headers mixed = Headers.of(Headers.USER, "anna")
                .with(Headers.TRACEPARENT, "00-1-2-01")
                .with("traceparent-of-another", "3")
                .with(Headers.TRACESTATE, "vendor=3");
        assertThat(mixed.trace()).isEqualTo(trace);
        assertThat(Headers.of(Headers.USER, "anna").trace()).isSameAs(Headers.NONE);
        assertThat(Headers.of(Headers.TRACEPARENT, new byte[] {1, 2}).trace()).isSameAs(Headers.NONE);
        assertThat(Headers.NONE.trace()).isSameAs(Headers.NONE);
    }

    @Example
    void a_trace_is_passed_on_as_long_as_the_standard_asks() {
        Headers known = Headers.of(Headers.TRACEPARENT, "00-1-2-01").with("other", "x");
        assertThat(known.with(Headers.TRACESTATE, "s".repeat(512)).trace().names())
                .containsExactlyInAnyOrder(Headers.TRACEPARENT, Headers.TRACESTATE);
        assertThat(known.with(Headers.TRACESTATE, "s".repeat(600)).trace().names())
                .containsExactly(Headers.TRACEPARENT);
    }
}
