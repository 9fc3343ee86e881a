package io.strandline.testkit.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.spi.StateRecord;
import io.strandline.processing.pipeline.spi.StateTable;
import io.strandline.processing.pipeline.spi.StateTables;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules U1 to U11 of {@link StateTable}. */
public abstract class StateTableRules {

    private static final String OPERATOR = "balance";

    /** More than one slice has. */
    private static final int MANY = 3 * StateTable.MAX_SLICE;

    private static final int THREADS = 4;

    /** What the bytes may be more than the records, whatever these are: pages that are not full. */
    private static final long SLACK_BYTES = 4 << 20;

    /** The tables of the fixture. The same at each call. */
    protected abstract StateTables tables() throws Exception;

    /** Whether the records are in the memory of the process, its heap or other. Otherwise they are on a disk. */
    protected abstract boolean isInMemory();

    private StateTable open() throws Exception {
        return tables().open(OPERATOR);
    }

    // ---- records

    private static byte[] utf8(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }

    private static void number(int value, ByteArrayOutputStream out) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            out.write(rest | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }

    /** A record with so many bytes besides its key, or a removal for 0. */
    private static byte[] record(String key, int length) {
        byte[] rest = new byte[length];
        new Random(31L * key.hashCode() + length).nextBytes(rest);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        number(1 + utf8(key).length, out);
        out.writeBytes(utf8(key));
        number(length, out);
        out.writeBytes(rest);
        return out.toByteArray();
    }

    private static byte[] bytesOf(StateRecord record) {
        return Arrays.copyOfRange(record.bytes(), record.from(), record.from() + record.length());
    }

    private static String keyOf(StateRecord record) {
        return new String(record.bytes(), record.keyFrom(), record.keyLength(), StandardCharsets.UTF_8);
    }

    /** Puts a record that is amid other bytes, which are spoilt at once, as is the record. */
    private static void put(StateTable table, String key, int length) {
        byte[] record = record(key, length);
        byte[] amid = new byte[record.length + 12];
        Arrays.fill(amid, (byte) 0x55);
        System.arraycopy(record, 0, amid, 7, record.length);
        StateRecord view = new StateRecord(amid, 7);
        table.put(view.hash(), view);
        Arrays.fill(amid, (byte) 0x2a);
    }

    private static @Nullable StateRecord get(StateTable table, String key) {
        byte[] amid = utf8("<" + key + ">");
        int length = amid.length - 2;
        return table.get(new StateRecord(record(key, 1), 0).hash(), amid, 1, length);
    }

    private static void assertHas(StateTable table, String key, int length) {
        StateRecord found = get(table, key);
        if (length == 0) {
            assertThat(found).as("record of %s", key).isNull();
        } else {
            assertThat(found).as("record of %s", key).isNotNull();
            assertThat(Arrays.equals(bytesOf(found), record(key, length)))
                    .as("the record of %s, %s bytes, is as it was put", key, length)
                    .isTrue();
        }
    }

    private static StateTable filled(StateTable table, int keys, int length) {
        for (int i = 0; i < keys; i++) {
            put(table, "key-" + i, length + i % 7);
        }
        return table;
    }

    private static List<StateRecord> slices(StateTable table) {
        List<StateRecord> all = new ArrayList<>();
        long next = 0;
        do {
            next = table.slice(next, all::add);
        } while (next != 0);
        return all;
    }

    // ---- rules

    @Test
    final void u1_a_record_is_found_by_its_key_as_it_was_put() throws Exception {
        StateTable table = open();
        List<String> keys = new ArrayList<>(List.of("", "a", "aa", "a\u0000", "\u00e4\ud83d\ude00"));
        keys.add("long".repeat(5_000));
        int[] lengths = {1, 2, 126, 127, 128, 8_150, 8_192, 20_000, 131_000, 131_072, 300_000};
        for (int length : lengths) {
            keys.add("of-" + length);
        }
        for (int i = 0; i < keys.size(); i++) {
            put(table, keys.get(i), lengths[i % lengths.length]);
        }
        for (int i = 0; i < keys.size(); i++) {
            assertHas(table, keys.get(i), lengths[i % lengths.length]);
        }
        for (String never : List.of("b", "aaa", "of-", "of-1280", "long".repeat(4_999))) {
            assertHas(table, never, 0);
        }
        table.close();
    }

    @Test
    final void u2_a_record_takes_the_place_of_that_of_its_key() throws Exception {
        StateTable table = open();
        Random random = new Random(1);
        Map<String, Integer> model = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            String key = "key-" + random.nextInt(700);
            int length = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(random.nextInt(50) == 0 ? 9_000 : 60);
            put(table, key, length);
            model.put(key, length);
            assertHas(table, key, length);
        }
        model.forEach((key, length) -> assertHas(table, key, length));
        table.close();
    }

    @Test
    final void u3_what_was_handed_over_stays_until_the_next_put() throws Exception {
        StateTable table = filled(open(), 3_000, 40);
        List<StateRecord> kept = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        long next = 0;
        do {
            next = table.slice(next, each -> {
                kept.add(each);
                numbers.add(Integer.parseInt(keyOf(each).substring(4)));
            });
        } while (next != 0);
        for (int i = 0; i < 3_000; i++) {
            StateRecord found = get(table, "key-" + i);
            assertThat(found).isNotNull();
            kept.add(found);
            numbers.add(i);
        }
        slices(table);
        assertThat(kept).hasSize(6_000);
        for (int i = 0; i < kept.size(); i++) {
            int number = numbers.get(i);
            assertThat(bytesOf(kept.get(i))).isEqualTo(record("key-" + number, 40 + number % 7));
        }
        table.close();
    }

    @Test
    final void u4_a_slice_has_the_records_of_a_range_of_hashes() throws Exception {
        StateTable table = open();
        assertThat(table.slice(0, none -> {
                    throw new AssertionError("a record of an empty table");
                }))
                .isZero();
        filled(table, MANY, 5);
        Map<String, Long> hashes = new HashMap<>();
        for (StateRecord each : slices(table)) {
            assertThat(hashes.put(keyOf(each), each.hash())).as("met before").isNull();
        }
        assertThat(hashes).hasSize(MANY);
        Random random = new Random(1);
        for (int i = 0; i < 50; i++) {
            assertSlice(table, hashes, i == 0 ? -1 : i == 1 ? 0 : random.nextLong());
        }
        table.close();
    }

    private static void assertSlice(StateTable table, Map<String, Long> hashes, long from) {
        Map<String, Long> met = new HashMap<>();
        long next = table.slice(from, each -> assertThat(met.put(keyOf(each), each.hash()))
                .as("met before")
                .isNull());
        assertThat(next == 0 || Long.compareUnsigned(next, from) > 0)
                .as("%x is after %x", next, from)
                .isTrue();
        hashes.forEach((key, hash) -> {
            boolean isBefore = next == 0 || Long.compareUnsigned(hash, next) < 0;
            if (Long.compareUnsigned(hash, from) >= 0) {
                assertThat(met.containsKey(key))
                        .as("%x from %x to %x", hash, from, next)
                        .isEqualTo(isBefore);
            }
        });
    }

    @Test
    final void u5_a_walk_meets_what_is_there_all_the_time_once() throws Exception {
        StateTable table = filled(open(), MANY, 5);
        Map<String, Integer> met = new HashMap<>();
        int slices = 0;
        long next = 0;
        do {
            next = table.slice(next, each -> met.merge(keyOf(each), 1, Integer::sum));
            slices++;
            for (int i = 0; i < 2_000; i++) {
                int number = slices * 2_000 + i;
                put(table, "new-" + number, 5);
                put(table, "new-" + (number - 3_000), 0);
                put(table, "key-" + number % MANY, 30);
            }
        } while (next != 0 && slices < 1_000);
        assertThat(slices).isBetween(MANY / StateTable.MAX_SLICE, 999);
        for (int i = 0; i < MANY; i++) {
            assertThat(met.get("key-" + i)).as("key-%s", i).isEqualTo(1);
        }
        table.close();
    }

    @Test
    final void u6_a_slice_is_short() throws Exception {
        StateTable table = filled(open(), MANY, 5);
        long next = 0;
        do {
            int[] count = {0};
            next = table.slice(next, each -> count[0]++);
            assertThat(count[0]).isLessThanOrEqualTo(StateTable.MAX_SLICE);
        } while (next != 0);
        table.close();
    }

    @Test
    final void u7_several_threads_read_at_once() throws Exception {
        StateTable table = filled(open(), MANY, 20);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int seed = i;
                readers.add(() -> seed % 2 == 0 ? readSome(table, seed) : walk(table));
            }
            for (Future<Integer> read : threads.invokeAll(readers)) {
                assertThat(read.get()).isEqualTo(MANY);
            }
        } finally {
            threads.shutdown();
        }
        table.close();
    }

    private static int readSome(StateTable table, int seed) {
        Random random = new Random(seed);
        for (int i = 0; i < MANY; i++) {
            int number = random.nextInt(MANY);
            assertHas(table, "key-" + number, 20 + number % 7);
        }
        return MANY;
    }

    private static int walk(StateTable table) {
        int count = 0;
        for (StateRecord each : slices(table)) {
            int number = Integer.parseInt(keyOf(each).substring(4));
            assertThat(bytesOf(each)).isEqualTo(record("key-" + number, 20 + number % 7));
            count++;
        }
        return count;
    }

    @Test
    final void u8_records_and_their_bytes_are_counted() throws Exception {
        StateTable table = open();
        assertThat(table.size()).isZero();
        Map<String, Integer> model = new HashMap<>();
        Random random = new Random(1);
        for (int i = 0; i < 16_000; i++) {
            String key = "key-" + random.nextInt(8_000);
            int length = random.nextInt(4) == 0 ? 0 : 1_000;
            put(table, key, length);
            if (length == 0) {
                model.remove(key);
            } else {
                model.put(key, record(key, length).length);
            }
            assertThat(table.size()).isEqualTo(model.size());
        }
        long bytes = model.values().stream().mapToLong(length -> length).sum();
        assertThat(table.recordBytes()).isBetween(bytes / 2, 2 * bytes + (2 << 20));
        table.close();
    }

    @Test
    final void u9_the_bytes_follow_the_records() throws Exception {
        StateTable table = open();
        int keys = 10_000;
        long bytes = 0;
        for (int round = 0; round < 5; round++) {
            bytes = 0;
            for (int i = 0; i < keys; i++) {
                int length = 600 + (i + round) % 13;
                put(table, "key-" + i, length);
                bytes += length;
            }
            assertThat(table.bytes()).isBetween(isInMemory() ? bytes : 0, 4 * bytes + SLACK_BYTES);
        }
        for (int i = 0; i < keys; i++) {
            if (i % 20 != 0) {
                put(table, "key-" + i, 0);
            }
        }
        assertThat(table.bytes()).isBetween(isInMemory() ? bytes / 20 : 0, 4 * bytes / 20 + SLACK_BYTES);
        for (int i = 0; i < keys; i += 20) {
            put(table, "key-" + i, 0);
        }
        assertThat(table.bytes()).isBetween(0L, SLACK_BYTES / 4);
        table.close();
    }

    @Test
    final void u10_there_is_room_for_what_is_put_after_it_was_asked_for() throws Exception {
        StateTable table = open();
        assertThat(table.hasRoom(table.share(300_000))).as("room for a record").isTrue();
        Random random = new Random(1);
        for (int batch = 0; batch < 20; batch++) {
            Map<String, Integer> more = new HashMap<>();
            long shares = 0;
            for (int i = 0; i < 100; i++) {
                String key = batch + "-" + i;
                more.put(key, 1 + random.nextInt(random.nextInt(10) == 0 ? 60_000 : 600));
                shares += table.share(record(key, more.get(key)).length);
            }
            if (!table.hasRoom(shares)) {
                break;
            }
            more.forEach((key, length) -> put(table, key, length));
            more.forEach((key, length) -> assertHas(table, key, length));
        }
        table.close();
    }

    @Test
    final void u11_tables_do_not_affect_each_other() throws Exception {
        StateTable one = filled(open(), 100, 10);
        StateTable other = filled(open(), 50, 20);
        StateTable third = tables().open("another");
        assertThat(third.size()).isZero();
        assertHas(third, "key-1", 0);
        put(other, "key-1", 0);
        put(third, "key-2", 99);
        assertHas(one, "key-1", 11);
        assertHas(one, "key-2", 12);
        assertHas(other, "key-2", 22);
        other.close();
        assertThat(slices(one)).hasSize(100);
        assertHas(third, "key-2", 99);
        one.close();
        StateTable next = open();
        assertThat(next.size()).isZero();
        assertThat(slices(next)).isEmpty();
        assertHas(next, "key-3", 0);
        next.close();
        third.close();
    }
}
