package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterMark;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.strandline.internal.KeyHash;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.RunningDigest;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Running digests of writers with the application's numbers, and replays that are compared with them. */
class WriterDigestTest extends OnFakePort {

    private static final int PARTITIONS = 3;

    /** An output of a step. */
    private record Given(Sequence sequence, String key, String text) {}

    WriterDigestTest() {
        super(2, PARTITIONS);
    }

    private static List<Given> outputs(int steps) {
        Random random = new Random(3);
        List<Given> outputs = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            int emitted = random.nextInt(3);
            for (int i = 0; i < emitted; i++) {
                outputs.add(new Given(new Sequence(step, i), "key-" + random.nextInt(9), "text-" + step + "-" + i));
            }
        }
        return outputs;
    }

    private EventWriter<Buffer> writer(@Nullable Map<Long, WriterMark> replay) {
        return on.writer(new WriterOptions().setId("task").setReplay(replay));
    }

    private Future<Appended> append(EventWriter<Buffer> writer, Given given) {
        return on.start(() -> writer.append(given.key(), Buffer.buffer(given.text()), given.sequence()));
    }

    private List<Appended> appendAll(EventWriter<Buffer> writer, List<Given> all) {
        return OnContext.get(on.start(() -> {
            List<Future<Appended>> futures = new ArrayList<>();
            all.forEach(
                    given -> futures.add(writer.append(given.key(), Buffer.buffer(given.text()), given.sequence())));
            return Future.all(futures).map(done -> done.list());
        }));
    }

    private Throwable refusal(EventWriter<Buffer> writer, List<Given> all) {
        return OnContext.failure(on.start(() -> {
            List<Future<Appended>> futures = new ArrayList<>();
            all.forEach(
                    given -> futures.add(writer.append(given.key(), Buffer.buffer(given.text()), given.sequence())));
            return Future.join(futures).mapEmpty();
        }));
    }

    private SortedMap<Long, WriterMark> marks(EventWriter<Buffer> writer, Sequence next) {
        return on.run(() -> writer.marks(next));
    }

    private static int partition(String key) {
        byte[] bytes = key.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return (int) Math.multiplyHigh(KeyHash.of(bytes, 0, bytes.length) >>> 1, PARTITIONS * 2L);
    }

    /** By the words of {@link RunningDigest}, from scratch. */
    private static SortedMap<Long, WriterMark> expectedMarks(List<Given> all) {
        SortedMap<Long, WriterMark> marks = new TreeMap<>();
        for (Given given : all) {
            long partition = 100L + partition(given.key());
            long before = marks.getOrDefault(partition, WriterMark.NONE).digest();
            byte[] key = given.key().getBytes(java.nio.charset.StandardCharsets.UTF_8);
            byte[] text = given.text().getBytes(java.nio.charset.StandardCharsets.UTF_8);
            ByteBuffer body = ByteBuffer.allocate(3 + key.length + text.length);
            body.put((byte) (2 + key.length + text.length));
            body.put(Batch.RECORD_HAS_KEY).put((byte) key.length).put(key).put(text);
            ByteBuffer numbers = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
            numbers.putLong(before)
                    .putLong(given.sequence().major())
                    .putLong(given.sequence().minor())
                    .putLong(KeyHash.of(body.array(), 0, body.capacity()));
            marks.put(partition, new WriterMark(given.sequence(), KeyHash.of(numbers.array(), 0, 32)));
        }
        return marks;
    }

    private long lastDigestInLog(long partition) {
        List<byte[]> batches = port.parts().get((int) partition - 100).batches;
        return LittleEndian.getLong(batches.get(batches.size() - 1), Batch.DIGEST);
    }

    @Test
    void the_digest_of_nothing_and_of_one_event_are_what_the_format_says() {
        assertThat(RunningDigest.START).isEqualTo(KeyHash.of(new byte[0], 0, 0));
        RunningDigest running = new RunningDigest();
        byte[] bytes = {9, 3, 0, 'a', 'b', 9};
        long digest = running.next(RunningDigest.START, 57, 1, bytes, 1, 5);
        assertThat(Long.toHexString(digest)).isEqualTo("13108c4fa7497f3d");
        assertThat(running.next(RunningDigest.NONE, 57, 1, bytes, 1, 5)).isEqualTo(RunningDigest.NONE);
    }

    @Test
    void batches_and_marks_carry_the_digest_of_all_that_came_before() {
        List<Given> all = outputs(200);
        EventWriter<Buffer> writer = writer(null);
        appendAll(writer, all);
        assertThat(marks(writer, Sequence.of(200)))
                .isEqualTo(expectedMarks(all))
                .hasSize(PARTITIONS);
        expectedMarks(all).forEach((partition, mark) -> assertThat(lastDigestInLog(partition))
                .isEqualTo(mark.digest()));
    }

    @Test
    void a_writer_that_counts_by_itself_keeps_none() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("task"));
        OnContext.get(on.start(() -> writer.append("key", Buffer.buffer("text"))));
        assertThat(lastDigestInLog(100L + partition("key"))).isEqualTo(RunningDigest.NONE);
        assertThat(marks(writer, Sequence.of(9))).isEmpty();
        EventWriter<Buffer> next = on.writer(new WriterOptions().setId("task"));
        assertThat(marks(next, Sequence.of(9))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 50, 99, 100})
    void a_replay_of_the_same_events_goes_on_as_if_nothing_had_happened(int markedStep) {
        List<Given> all = outputs(150);
        List<Given> marked = below(all, markedStep);
        appendAll(writer(null), below(all, 100));
        EventWriter<Buffer> writer = writer(expectedMarks(marked));
        List<Given> replayed = all.subList(marked.size(), all.size());
        List<Appended> appended = appendAll(writer, replayed);
        long known = (long) below(all, 100).size() - marked.size();
        assertThat(appended.stream().filter(Appended::duplicate)).hasSize((int) known);
        assertThat(marks(writer, Sequence.of(150))).isEqualTo(expectedMarks(all));
        expectedMarks(all).forEach((partition, mark) -> assertThat(lastDigestInLog(partition))
                .isEqualTo(mark.digest()));
    }

    @Test
    void a_writer_tells_the_highest_number_that_the_log_had_of_it() {
        List<Given> all = outputs(200);
        Sequence last = all.get(all.size() - 1).sequence();
        EventWriter<Buffer> writer = writer(null);
        appendAll(writer, all);
        assertThat(writer.lastKnown()).as("when it was opened").isEqualTo(Sequence.NONE);
        assertThat(writer(null).lastKnown()).isEqualTo(last);
        EventWriter<Buffer> replay = writer(Map.of());
        appendAll(replay, below(all, 40));
        assertThat(replay.lastKnown()).isEqualTo(last);
        assertThat(on.writer(new WriterOptions()).lastKnown()).isEqualTo(Sequence.NONE);
    }

    @Test
    void marks_in_the_middle_of_a_replay_are_those_of_the_replay() {
        List<Given> all = outputs(100);
        appendAll(writer(null), all);
        EventWriter<Buffer> writer = writer(Map.of());
        appendAll(writer, below(all, 40));
        assertThat(marks(writer, Sequence.of(40))).isEqualTo(expectedMarks(below(all, 40)));
    }

    @Test
    void events_before_the_marks_are_not_compared() {
        List<Given> all = outputs(100);
        appendAll(writer(null), all);
        EventWriter<Buffer> writer = writer(expectedMarks(below(all, 60)));
        List<Given> changed = new ArrayList<>(all);
        changed.set(3, new Given(all.get(3).sequence(), all.get(3).key(), "changed"));
        assertThat(appendAll(writer, changed)).allMatch(Appended::duplicate);
    }

    private static List<Given> below(List<Given> all, long step) {
        return all.stream().filter(given -> given.sequence().major() < step).toList();
    }

    private static List<Given> changed(List<Given> all, int index, String key, String text) {
        List<Given> changed = new ArrayList<>(all);
        changed.set(index, new Given(all.get(index).sequence(), key, text));
        return changed;
    }

    /** Replays other events, then a new one, and expects that nothing came to the log. */
    private void assertCaught(List<Given> stored, List<Given> replayed) {
        appendAll(writer(null), stored);
        int before = port.arrived.size();
        EventWriter<Buffer> writer = writer(Map.of());
        List<Throwable> heard = new ArrayList<>();
        on.run(() -> writer.exceptionHandler(heard::add));
        List<Given> goingOn = new ArrayList<>(replayed);
        for (int i = 0; i < 20; i++) {
            goingOn.add(new Given(Sequence.of(1_000 + i), "key-" + i, "new"));
        }
        Throwable refusal = refusal(writer, goingOn);
        assertThat(refusal)
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("writer task of scope/stream does not repeat what it wrote: in partition 10")
                .hasMessageContaining("with digest");
        assertThat(heard).containsExactly(refusal);
        assertThat(port.arrived).hasSize(before);
        assertThat(OnContext.failure(append(writer, new Given(Sequence.of(2_000), "key", "later"))))
                .isSameAs(refusal);
        assertThatThrownBy(() -> marks(writer, Sequence.of(2_000))).isInstanceOf(StrandlineException.Conflict.class);
    }

    @Test
    void another_payload_is_caught() {
        List<Given> all = outputs(100);
        assertCaught(all, changed(all, 7, all.get(7).key(), "other"));
    }

    @Test
    void another_partition_is_caught() {
        List<Given> all = outputs(100);
        int from = partition(all.get(7).key());
        int key = 0;
        while (partition("key-" + key) == from) {
            key++;
        }
        assertCaught(all, changed(all, 7, "key-" + key, all.get(7).text()));
    }

    @Test
    void a_missing_event_is_caught() {
        List<Given> all = outputs(100);
        List<Given> fewer = new ArrayList<>(all);
        fewer.remove(11);
        assertCaught(all, fewer);
    }

    @Test
    void a_missing_last_event_is_caught() {
        List<Given> all = outputs(100);
        assertCaught(all, all.subList(0, all.size() - 1));
    }

    @Test
    void one_event_too_many_is_caught() {
        List<Given> all = outputs(100);
        List<Given> more = new ArrayList<>(all);
        Given before = all.get(11);
        more.add(12, new Given(new Sequence(before.sequence().major(), 9), before.key(), "more"));
        assertCaught(all, more);
    }

    @Test
    void the_last_number_in_another_partition_is_caught_before_it_is_there() {
        List<Given> all = outputs(100);
        int last = all.size() - 1;
        int key = 0;
        while (partition("key-" + key) == partition(all.get(last).key())) {
            key++;
        }
        assertCaught(all, changed(all, last, "key-" + key, all.get(last).text()));
    }

    @Test
    void a_replay_that_ends_without_the_last_event_leaves_no_marks() {
        List<Given> all = outputs(100);
        appendAll(writer(null), all);
        EventWriter<Buffer> writer = writer(Map.of());
        appendAll(writer, all.subList(0, all.size() - 1));
        long last = all.get(all.size() - 1).sequence().major();
        assertThat(marks(writer, Sequence.of(last))).hasSize(PARTITIONS);
        assertThatThrownBy(() -> marks(writer, Sequence.of(last + 1)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("up to " + all.get(all.size() - 1).sequence());
    }

    @Test
    void a_log_that_has_less_than_the_marks_or_something_else_is_refused() {
        List<Given> all = outputs(100);
        appendAll(writer(null), below(all, 50));
        assertThatThrownBy(() -> writer(expectedMarks(below(all, 60))))
                .isInstanceOf(StrandlineException.Conflict.class);
        SortedMap<Long, WriterMark> other =
                expectedMarks(changed(below(all, 50), 0, all.get(0).key(), "other"));
        assertThatThrownBy(() -> writer(other)).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(writer(expectedMarks(below(all, 50)))).isNotNull();
    }

    @Test
    void a_writer_that_does_not_replay_compares_nothing_and_continues_the_digest() {
        List<Given> all = outputs(100);
        appendAll(writer(null), below(all, 50));
        EventWriter<Buffer> writer = writer(null);
        List<Given> changed = changed(all, 2, all.get(2).key(), "other");
        appendAll(writer, changed);
        assertThat(marks(writer, Sequence.of(100))).isEqualTo(expectedMarks(all));
    }

    @Test
    void events_without_digest_are_not_compared_nor_those_behind_them() {
        List<Given> all = outputs(100);
        appendAll(writer(null), below(all, 50));
        port.forgetDigests();
        EventWriter<Buffer> writer = writer(Map.of());
        assertThat(appendAll(writer, changed(all, 2, all.get(2).key(), "other")))
                .hasSize(all.size());
        assertThat(marks(writer, Sequence.of(100))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void over_a_failing_log_the_digest_is_that_of_what_the_log_has(long seed) {
        Random faults = new Random(seed);
        List<Fate> fates = List.of(Fate.UNKNOWN_TAKEN, Fate.UNKNOWN_NOT_TAKEN, Fate.UNAVAILABLE, Fate.OVERLOADED);
        port.fate = parcel -> faults.nextInt(6) == 0 ? fates.get(faults.nextInt(fates.size())) : Fate.TAKEN;
        port.lateness = parcel -> faults.nextInt(4);
        List<Given> all = outputs(400);
        // Each life gives everything from the beginning, in pieces, until an append fails for good.
        for (int life = 0; ; life++) {
            WriterOptions options = new WriterOptions().setId("task").setReplay(Map.of());
            options.setRetryTimeoutMillis(life < 20 ? 0 : 10_000);
            if (live(on.writer(options), all, faults)) {
                break;
            }
        }
        expectedMarks(all).forEach((partition, mark) -> assertThat(lastDigestInLog(partition))
                .isEqualTo(mark.digest()));
    }

    /** True if everything was taken. */
    private boolean live(EventWriter<Buffer> writer, List<Given> all, Random random) {
        int from = 0;
        while (from < all.size()) {
            int to = Math.min(all.size(), from + 1 + random.nextInt(80));
            try {
                appendAll(writer, all.subList(from, to));
            } catch (StrandlineException.Unavailable
                    | StrandlineException.Unknown
                    | StrandlineException.Overloaded
                    // the writer of the life before was just being admitted again
                    | StrandlineException.Fenced e) {
                return false;
            }
            from = to;
        }
        return true;
    }
}
