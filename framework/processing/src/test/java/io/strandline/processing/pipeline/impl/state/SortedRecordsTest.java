package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.impl.state.SortedRecords.Settled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SortedRecordsTest {

    private final RecordTable table = new RecordTable();

    private void fill(int keys) {
        StateRecords.Bytes piece = new StateRecords.Bytes(1);
        piece.write(7);
        for (int i = 0; i < keys; i++) {
            byte[] key = ("key-" + i).getBytes(StandardCharsets.UTF_8);
            StateRecords.Bytes record = new StateRecords.Bytes(16);
            StateRecords.appendRecord(key, piece, record);
            table.put(KeyHash.of(key, 0, key.length), record.array(), 0);
        }
    }

    private int segments() {
        int segments = 1;
        for (long low = table.forEachInSegment(0, address -> {});
                low != 0;
                low = table.forEachInSegment(low, address -> {})) {
            segments++;
        }
        return segments;
    }

    private static List<String> keys(List<Settled> records) {
        return records.stream()
                .map(each ->
                        StateRecords.keyOf(each.record().bytes(), each.record().from()))
                .toList();
    }

    private static List<Settled> group(SortedRecords records, int group) {
        return records.upTo(KeyGroups.ALL.lowest(group), KeyGroups.ALL.highest(group));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 600, 20_000})
    void the_records_of_all_groups_come_in_their_order(int keys) {
        fill(keys);
        SortedRecords records = new SortedRecords(table);
        Set<String> found = new HashSet<>();
        long before = 0;
        for (int group = 0; group < KeyGroups.COUNT; group++) {
            for (Settled each : group(records, group)) {
                assertThat(KeyGroups.ALL.of(each.hash())).isEqualTo(group);
                assertThat(each.hash()).isEqualTo(each.record().hash());
                assertThat(Long.compareUnsigned(before, each.hash())).isNotPositive();
                before = each.hash();
                assertThat(found.add(StateRecords.keyOf(
                                each.record().bytes(), each.record().from())))
                        .isTrue();
            }
        }
        assertThat(found).hasSize(keys);
    }

    @Test
    void groups_may_be_passed_over() {
        fill(20_000);
        SortedRecords all = new SortedRecords(table);
        List<List<String>> groups = new ArrayList<>();
        for (int group = 0; group < KeyGroups.COUNT; group++) {
            groups.add(keys(group(all, group)));
        }
        for (int step : new int[] {2, 3, 100, 500}) {
            SortedRecords some = new SortedRecords(table);
            for (int group = step - 1; group < KeyGroups.COUNT; group += step) {
                assertThat(keys(group(some, group))).isEqualTo(groups.get(group));
            }
        }
    }

    @Test
    void a_range_may_have_several_segments() {
        fill(20_000);
        assertThat(segments()).isGreaterThan(4);
        assertThat(new SortedRecords(table).upTo(0, -1)).hasSize(20_000);
    }

    /** Otherwise a thousand groups of a small state are a thousand times its work. */
    @ParameterizedTest
    @ValueSource(ints = {600, 20_000})
    void each_segment_is_sorted_once(int keys) {
        fill(keys);
        SortedRecords records = new SortedRecords(table);
        for (int group = 0; group < KeyGroups.COUNT; group++) {
            group(records, group);
        }
        assertThat(records.sorted()).isEqualTo(segments());
    }
}
