package io.strandline.log.impl.chunk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.testkit.BatchBuilder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchRunTest {

    private static final int PEAK = 10_000;

    private final BatchRun run = new BatchRun();

    private void add(long from, long to) {
        for (long offset = from; offset < to; offset++) {
            run.add(TestBatches.to(1).add("key", "event".getBytes(UTF_8)).build(offset, 5), 0);
        }
    }

    @Test
    void the_room_of_a_peak_is_given_back() {
        add(0, PEAK);
        assertThat(run.capacity()).isGreaterThanOrEqualTo(PEAK);
        run.removeStored(PEAK);
        assertThat(run.capacity()).isEqualTo(BatchRun.KEPT_CAPACITY);
        assertThat(run.isEmpty()).isTrue();
        add(PEAK, PEAK + 10);
        assertThat(run.baseOffset(0)).isEqualTo(PEAK);
    }

    @Test
    void what_stays_is_found_after_room_was_given_back() {
        add(0, PEAK);
        run.removeStored(PEAK - 100);
        assertThat(run.capacity()).isLessThan(PEAK / 8);
        assertThat(run.size()).isEqualTo(100);
        for (int i = 0; i < 100; i++) {
            assertThat(run.baseOffset(i)).isEqualTo(PEAK - 100 + i);
            assertThat(run.indexOf(PEAK - 100 + i)).isEqualTo(i);
        }
        add(PEAK, PEAK + 1_000);
        assertThat(run.endOffset(run.size() - 1)).isEqualTo(PEAK + 1_000);
    }

    /** Whatever comes, leaves, grows and shrinks between two looks. Offsets tell the batches apart. */
    @Test
    void no_batch_with_a_key_is_left_out_and_of_few_keys_most_others_are() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            BatchRun mixed = new BatchRun();
            Map<Long, Set<String>> keys = new TreeMap<>();
            long next = 0;
            for (int step = 0; step < 200; step++) {
                next = addRandom(random, mixed, keys, next);
                if (random.nextInt(6) == 0) {
                    long end = keys.isEmpty() ? 0 : random.nextLong(next + 1);
                    mixed.removeStored(end);
                    keys.keySet().removeIf(offset -> offset < (mixed.isEmpty() ? Long.MAX_VALUE : mixed.baseOffset(0)));
                }
                String wanted = "key-" + random.nextInt(60);
                int from = random.nextInt(mixed.size() + 1);
                int to = from + random.nextInt(mixed.size() + 1 - from);
                List<Long> found = offsets(mixed.copyOfKey(wanted.getBytes(UTF_8), from, to, random.nextInt(30)));
                List<Long> needed = IntStream.range(from, to)
                        .mapToObj(mixed::baseOffset)
                        .filter(offset ->
                                Objects.requireNonNull(keys.get(offset)).contains(wanted))
                        .toList();
                assertThat(found).as("seed %s step %s, %s", seed, step, wanted).containsAll(needed);
            }
        }
        add(0, 300);
        byte[] other = "other".getBytes(UTF_8);
        assertThat(run.copyOfKey(other, 0, 300, 100).size()).isEqualTo(200);
        assertThat(run.copyOfKey(other, 0, 300, 1_000).isEmpty()).isTrue();
        assertThat(run.copyOfKey("key".getBytes(UTF_8), 100, 300, 0).size()).isEqualTo(200);
    }

    private static long addRandom(Random random, BatchRun to, Map<Long, Set<String>> keys, long from) {
        long next = from;
        for (int i = random.nextInt(20); i > 0; i--) {
            int events = 1 + random.nextInt(random.nextInt(5) == 0 ? 30 : 4);
            BatchBuilder batch = TestBatches.to(1);
            Set<String> ofBatch = new HashSet<>();
            for (int event = 0; event < events; event++) {
                String key = "key-" + random.nextInt(60);
                ofBatch.add(key);
                batch.add(key, "event".getBytes(UTF_8));
            }
            to.add(batch.build(next, 5), 0);
            keys.put(next, ofBatch);
            next += events;
        }
        return next;
    }

    private static List<Long> offsets(BatchRun batches) {
        return IntStream.range(0, batches.size()).mapToObj(batches::baseOffset).toList();
    }
}
