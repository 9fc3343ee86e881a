package io.strandline.log.impl.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PointNameTest {

    private static final long NOON = 1_796_126_400_000L; // 2026-12-01 12:00:00 UTC

    @Test
    void a_point_is_named_by_its_time_or_the_first_one_that_is_free() {
        assertThat(PointWriter.newName(List.of(), NOON)).isEqualTo("20261201-120000-000");
        assertThat(PointWriter.newName(List.of("20261201-115959-999"), NOON)).isEqualTo("20261201-120000-000");
        assertThat(PointWriter.newName(List.of("20261201-120000-000", "20261201-120000-001"), NOON))
                .isEqualTo("20261201-120000-002");
    }

    /** What is removed first, and restored last, is the point with the lowest name. */
    @Test
    void a_point_comes_after_those_of_a_clock_that_was_ahead() {
        assertThat(PointWriter.newName(List.of("20261201-080000-000", "20261231-235959-999"), NOON))
                .isEqualTo("20270101-000000-000");
    }

    @Test
    void what_is_no_point_has_no_time() {
        assertThat(PointWriter.newName(List.of("lost+found", "99999999-999999-99"), NOON))
                .isEqualTo("20261201-120000-000");
    }
}
