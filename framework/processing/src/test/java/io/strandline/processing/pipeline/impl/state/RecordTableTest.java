package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.internal.KeyHash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordTableTest {

    private RecordTable table = new RecordTable();

    private static byte[] record(String key, int length) {
        StateRecords.Bytes pieces = new StateRecords.Bytes(16);
        for (int i = 0; i < length; i++) {
            pieces.write(key.hashCode() + i);
        }
        StateRecords.Bytes record = new StateRecords.Bytes(16);
        StateRecords.appendRecord(key.getBytes(StandardCharsets.UTF_8), pieces, record);
        return Arrays.copyOf(record.array(), record.length());
    }

    private static long hash(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return KeyHash.of(bytes, 0, bytes.length);
    }

    private void put(String key, int length) {
        table.put(hash(key), record(key, length), 0);
    }

    private byte[] found(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        int address = table.find(hash(key), bytes, 0, bytes.length);
        if (address == 0) {
            return new byte[0];
        }
        byte[] page = table.page(address);
        int from = table.offset(address);
        return Arrays.copyOfRange(page, from, from + RecordTable.length(page, from));
    }

    /** Without it a state whose size changes would take more and more memory. */
    @ParameterizedTest
    @ValueSource(ints = {1, 100, 5_000, 60_000})
    void garbage_is_bounded_and_every_record_is_found(int keys) {
        Random random = new Random(keys);
        Map<String, Integer> model = new HashMap<>();
        long most = 0;
        for (int i = 0; i < 300_000; i++) {
            String key = "key-" + random.nextInt(keys);
            int length = random.nextInt(10) == 0 ? 0 : random.nextInt(1_000) == 0 ? 20_000 : 1 + random.nextInt(100);
            put(key, length);
            if (length == 0) {
                model.remove(key);
            } else {
                model.put(key, length);
            }
            most = Math.max(most, table.garbage() - table.pageBytes() * 3 / 5);
            if (i % 1_000 == 0) {
                assertThat(found(key)).isEqualTo(length == 0 ? new byte[0] : record(key, length));
            }
        }
        assertThat(table.size()).isEqualTo(model.size());
        model.forEach((key, length) -> assertThat(found(key)).isEqualTo(record(key, length)));
        assertThat(most).as("garbage above three fifths").isLessThan(4 * RecordRoom.PAGE_BYTES);
        for (String key : new ArrayList<>(model.keySet())) {
            put(key, 0);
        }
        assertThat(table.size()).isZero();
        assertThat(table.pageBytes()).isLessThan(4L * RecordRoom.PAGE_BYTES);
    }

    @Test
    void a_record_of_the_same_length_takes_the_place_of_the_one_before() {
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 10_000; i++) {
                put("key-" + i, 16);
            }
        }
        assertThat(table.garbage()).isLessThan(2L * RecordRoom.PAGE_BYTES);
        assertThat(table.bytes() / 10_000).as("bytes of a key").isLessThan(48);
    }

    @Test
    void slots_shrink_with_the_records() {
        for (int i = 0; i < 50_000; i++) {
            put("key-" + i, 16);
        }
        for (int i = 0; i < 50_000; i++) {
            put("key-" + i, i % 100 == 0 ? 16 : 0);
        }
        assertThat(table.size()).isEqualTo(500);
        assertThat(table.bytes() - table.pageBytes()).isLessThan(25_000);
        for (int i = 0; i < 50_000; i++) {
            assertThat(found("key-" + i)).isEqualTo(i % 100 == 0 ? record("key-" + i, 16) : new byte[0]);
        }
    }

    /** There are 262,144 numbers of pages. A page for each record of more than 8 KiB was the end of a state of 2 GiB. */
    @Test
    void large_records_share_pages() {
        for (int i = 0; i < 1_000; i++) {
            put("key-" + i, 9 << 10);
        }
        assertThat(table.pageCount()).isLessThan(20);
        assertThat(table.pageBytes()).isLessThan(12L << 20);
        for (int i = 0; i < 1_000; i++) {
            assertThat(found("key-" + i)).isEqualTo(record("key-" + i, 9 << 10));
        }
    }

    private static int length(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> 1 + random.nextInt(100);
            case 2 -> RecordRoom.SMALL_RECORD_BYTES - 20 + random.nextInt(40);
            case 3 -> 9_000 + random.nextInt(40_000);
            case 4 -> RecordRoom.LARGE_RECORD_BYTES - 100 + random.nextInt(200);
            default -> 9_000 + random.nextInt(10);
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 60, 400})
    void records_of_all_sizes_are_found_and_give_their_room_back(int keys) {
        Random random = new Random(keys);
        Map<String, Integer> model = new HashMap<>();
        long most = 0;
        for (int i = 0; i < 8_000; i++) {
            String key = "key-" + random.nextInt(keys);
            int length = length(random);
            put(key, length);
            if (length == 0) {
                model.remove(key);
            } else {
                model.put(key, length);
            }
            most = Math.max(most, table.garbage() - table.pageBytes() * 3 / 5);
            if (i % 100 == 0) {
                String other = "key-" + random.nextInt(keys);
                int there = model.getOrDefault(other, 0);
                assertThat(found(other)).isEqualTo(there == 0 ? new byte[0] : record(other, there));
            }
        }
        model.forEach((key, length) -> assertThat(found(key)).isEqualTo(record(key, length)));
        assertThat(most).as("garbage above three fifths").isLessThan(2 * RecordRoom.LARGE_PAGE_BYTES);
        for (String key : new ArrayList<>(model.keySet())) {
            put(key, 0);
        }
        assertThat(table.pageBytes()).as("all are removed").isZero();
        assertThat(table.garbage()).isZero();
    }

    /** What a checkpoint has is put into the table when it is durable, and then it is too late to refuse it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void records_for_which_there_is_room_are_put(int seed) {
        Random random = new Random(seed);
        table = new RecordTable(100);
        int rounds = 0;
        while (true) {
            Map<String, Integer> more = new HashMap<>();
            long shares = 0;
            for (int i = random.nextInt(20); i >= 0; i--) {
                String key = "key-" + random.nextInt(10_000);
                int length = seed == 1 ? 500 : seed == 2 ? 10_000 : seed == 3 ? 200_000 : 1 + length(random);
                if (!more.containsKey(key)) {
                    more.put(key, length);
                    shares += RecordRoom.shares(record(key, length).length);
                }
            }
            if (!table.hasRoom(shares)) {
                break;
            }
            more.forEach(this::put);
            rounds++;
        }
        assertThat(rounds).isPositive();
        assertThat(table.pageCount()).isBetween(30, 99);
    }
}
