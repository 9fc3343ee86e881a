package io.strandline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.internal.KeyHash;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesAndRangesTest {

    // ---- A6: XXH64, seed 0 ----

    @ParameterizedTest
    @CsvSource(
            emptyValue = "",
            value = {
                "'', ef46db3751d8e999",
                "a, d24ec4f1a98c6e5b",
                "abc, 44bc2cf5ad770999",
                "Nobody inspects the spammish repetition, fbcea83c8a378bf1"
            })
    void a6_hashes_text_as_the_published_vectors_say(String text, String hash) {
        byte[] bytes = ("..." + text + "...").getBytes(StandardCharsets.UTF_8);
        assertThat(KeyHash.of(bytes, 3, bytes.length - 6)).isEqualTo(Long.parseUnsignedLong(hash, 16));
    }

    /** Values of the C library, version 0.8.1, for the bytes 0, 1, 2, … */
    @ParameterizedTest
    @CsvSource({"31, c346d2b59b4d8ee1", "32, cbf59c5116ff32b4", "101, e99038495f85381e"})
    void a6_hashes_every_length_as_the_c_library_does(int length, String hash) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        assertThat(KeyHash.of(bytes, 0, length)).isEqualTo(Long.parseUnsignedLong(hash, 16));
    }

    @Property
    void a6_a_number_is_hashed_as_its_eight_bytes(@ForAll long value) {
        byte[] bytes = new byte[8];
        for (int i = 0; i < 8; i++) {
            bytes[i] = (byte) (value >>> (8 * i));
        }
        assertThat(KeyHash.of(value)).isEqualTo(KeyHash.of(bytes, 0, 8));
    }

    // ---- ranges ----

    @Test
    void a_range_of_one_hash_has_no_halves() {
        assertThat(new KeyRange(6, 7).halves()).containsExactly(new KeyRange(6, 6), new KeyRange(7, 7));
        assertThatThrownBy(() -> new KeyRange(7, 7).halves())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("[7, 7]");
    }

    @Property
    void equal_ranges_cover_every_hash_once_and_differ_by_at_most_one(@ForAll @IntRange(min = 1, max = 10_000) int n) {
        List<KeyRange> ranges = KeyRange.equalRanges(n);
        assertThat(ranges).hasSize(n);
        long next = 0;
        for (KeyRange range : ranges) {
            assertThat(range.from()).isEqualTo(next);
            assertThat(Long.compareUnsigned(range.from(), range.to())).isNotPositive();
            next = range.to() + 1;
        }
        assertThat(next).isZero();
        if (n > 1) {
            long first = ranges.get(0).to() - ranges.get(0).from();
            assertThat(ranges).allMatch(range -> Math.abs(range.to() - range.from() - first) <= 1);
        }
    }

    @Property
    void a_range_contains_what_lies_between_its_ends(@ForAll long a, @ForAll long b, @ForAll long hash) {
        long from = Long.compareUnsigned(a, b) <= 0 ? a : b;
        long to = from == a ? b : a;
        assertThat(new KeyRange(from, to).contains(hash))
                .isEqualTo(Long.compareUnsigned(from, hash) <= 0 && Long.compareUnsigned(hash, to) <= 0);
    }

    @Test
    void a_range_that_ends_before_it_starts_is_invalid() {
        assertThatThrownBy(() -> new KeyRange(-1, 1))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("18446744073709551615");
    }

    // ---- names ----

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "A-1.x_/0", "_s/_internal.log"})
    void good_names_come_back(String name) {
        assertThat(StreamName.parse(name).toString()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "a", "/", "a/", "/b", "a/b/c", ".a/b", "-a/b", "a/..", "a/x..y", "a b/c", "ä/b", "a/b\n", "a\\b"
            })
    void bad_names_are_invalid(String name) {
        assertThatThrownBy(() -> StreamName.parse(name)).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void a_long_name_is_invalid_and_abbreviated() {
        assertThat(StreamName.parse("s/" + "x".repeat(200)).stream()).hasSize(200);
        assertThatThrownBy(() -> StreamName.parse("s/" + "x".repeat(201)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("201")
                .hasMessageContaining("200")
                .hasMessageNotContaining("x".repeat(65));
    }
}
