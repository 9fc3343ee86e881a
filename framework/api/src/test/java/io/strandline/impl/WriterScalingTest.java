package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterMark;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.strandline.internal.KeyHash;
import io.strandline.spi.Backoff;
import io.strandline.spi.RetryTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Tests of a writer whose partitions are sealed. Random changes are in {@link WriterRepeatTest}. */
class WriterScalingTest extends OnFakePort {

    private static final Buffer EVENT = Buffer.buffer("event");
    private static final List<KeyRange> HALVES = KeyRange.equalRanges(2);
    private static final String LOW = keyIn(HALVES.get(0));
    private static final String HIGH = keyIn(HALVES.get(1));

    WriterScalingTest() {
        super(2, 1);
    }

    private static String keyIn(KeyRange range) {
        int i = 0;
        while (true) {
            String key = "key-" + i++;
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            if (range.contains(KeyHash.of(bytes, 0, bytes.length))) {
                return key;
            }
        }
    }

    private void split() {
        OnContext.get(port.scale(Set.of(100L), HALVES));
    }

    private void merge() {
        OnContext.get(port.scale(Set.of(101L, 102L), List.of(KeyRange.ALL)));
    }

    private Appended append(EventWriter<Buffer> writer, String key) {
        return get(() -> writer.append(key, EVENT));
    }

    @Test
    void d4_a_writer_goes_on_in_the_partitions_that_took_over() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        assertThat(append(writer, LOW)).isEqualTo(new Appended(100, 0, false));
        split();
        assertThat(append(writer, LOW)).isEqualTo(new Appended(101, 0, false));
        assertThat(append(writer, HIGH)).isEqualTo(new Appended(102, 0, false));
        merge();
        assertThat(append(writer, HIGH)).isEqualTo(new Appended(103, 0, false));
        assertThat(append(writer, LOW)).isEqualTo(new Appended(103, 1, false));
        assertThat(port.refreshes).hasValue(2);
    }

    @Test
    void e1_a_writer_waits_until_the_change_is_done_and_a_flush_with_it() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        append(writer, LOW);
        OnContext.get(port.beginScale(Set.of(100L), HALVES));
        List<Future<Appended>> futures = on.run(() -> {
            List<Future<Appended>> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                all.add(writer.append(i % 2 == 0 ? LOW : HIGH, EVENT));
            }
            return all;
        });
        Future<Void> flushed = on.start(writer::flush);
        settle();
        assertThat(flushed.isComplete()).isFalse();
        assertThat(futures).noneMatch(Future::isComplete);

        port.fate = parcel -> Fate.HELD;
        OnContext.get(port.finishScale());
        settle();
        assertThat(flushed.isComplete()).isFalse();
        port.fate = parcel -> Fate.TAKEN;
        OnContext.get(port.answerHeld());
        OnContext.get(flushed);
        for (int i = 0; i < 100; i++) {
            assertThat(futures.get(i).result()).isEqualTo(new Appended(i % 2 == 0 ? 101 : 102, i / 2, false));
        }
    }

    @Test
    void an_append_waits_no_longer_than_it_was_told_to_and_the_writer_goes_on_later() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setRetryTimeoutMillis(30));
        OnContext.get(port.beginScale(Set.of(100L), HALVES));
        assertThat(OnContext.failure(on.start(() -> writer.append(LOW, EVENT))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("30 ms");
        OnContext.get(port.finishScale());
        assertThat(append(writer, LOW)).isEqualTo(new Appended(101, 0, false));
    }

    @Test
    void what_the_log_has_of_an_unanswered_parcel_is_not_appended_again() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        port.fate = parcel -> Fate.HELD;
        Future<Appended> first = on.run(() -> writer.append(LOW, EVENT));
        // The next parcel is taken, but its answer is lost. Then the partition is sealed.
        Future<Appended> lost = on.run(() -> writer.append(HIGH, EVENT));
        port.fate = parcel -> Fate.UNKNOWN_TAKEN;
        OnContext.get(port.answerHeld());
        assertThat(OnContext.get(first)).isEqualTo(new Appended(100, 0, false));
        split();
        port.fate = parcel -> Fate.TAKEN;
        assertThat(OnContext.get(lost)).isEqualTo(new Appended(100, 1, true));
        assertThat(append(writer, HIGH)).isEqualTo(new Appended(102, 0, false));
        assertThat(OnContext.get(port.texts(0))).hasSize(2);
    }

    private static final List<KeyRange> UPPER_QUARTERS = List.of(
            new KeyRange(HALVES.get(1).from(), HALVES.get(1).from() + (1L << 62) - 1),
            new KeyRange(HALVES.get(1).from() + (1L << 62), HALVES.get(1).to()));
    private static final String HIGHEST = keyIn(UPPER_QUARTERS.get(1));
    private static final int PAUSE_MILLIS = 100;

    /** Each half has a shard, and so a lane. Pauses are equal, so that one which begins later ends later. */
    private EventWriter<Buffer> writerOfTwoLanes() {
        port = new FakePort(vertx, 2, 2);
        port.retryTime = new RetryTime(System::nanoTime, () -> Backoff.exact(PAUSE_MILLIS, PAUSE_MILLIS));
        on = new OnContext(vertx, port);
        return on.writer(new WriterOptions());
    }

    private long parcels(int shard, int from) {
        return port.arrived.stream()
                .skip(from)
                .filter(parcel -> parcel.shard() == shard)
                .count();
    }

    /** A repeat that was due before would hand the same parcel over again while it is in flight. */
    @Test
    void what_was_about_to_be_repeated_goes_once_to_the_partitions_of_the_day() {
        EventWriter<Buffer> writer = writerOfTwoLanes();
        port.fate = parcel -> Fate.UNAVAILABLE;
        Future<Appended> repeated = on.run(() -> writer.append(LOW, EVENT));
        settle();
        OnContext.get(port.scale(Set.of(101L), UPPER_QUARTERS));
        AtomicInteger failures = new AtomicInteger();
        port.fate = parcel -> parcel.shard() == 0 && port.refreshes.get() == 0
                ? Fate.UNAVAILABLE
                : parcel.shard() == 0 ? Fate.HELD : Fate.TAKEN;
        assertThat(append(writer, HIGHEST)).isEqualTo(new Appended(103, 0, false));
        int moved = port.arrived.size();
        port.fate = parcel -> failures.getAndIncrement() == 0 ? Fate.UNAVAILABLE : Fate.TAKEN;
        assertThat(append(writer, HIGHEST)).isEqualTo(new Appended(103, 1, false));
        assertThat(parcels(1, moved)).isEqualTo(2);
        assertThat(parcels(0, moved)).as("repeats of what is in flight").isZero();
        OnContext.get(port.answerHeld());
        assertThat(OnContext.get(repeated)).isEqualTo(new Appended(100, 0, false));
        assertThat(OnContext.get(port.texts(0))).hasSize(1);
    }

    /** What is repeated while the writer asks where it goes would be moved while it is in flight, and be there twice. */
    @Test
    void nothing_is_repeated_while_the_writer_asks_where_it_goes() {
        EventWriter<Buffer> writer = writerOfTwoLanes();
        port.fate = parcel -> parcel.shard() == 0 ? Fate.UNAVAILABLE : Fate.TAKEN;
        Future<Appended> repeated = on.run(() -> writer.append(LOW, EVENT));
        settle();
        OnContext.get(port.beginScale(Set.of(101L), UPPER_QUARTERS));
        Future<Appended> moved = on.run(() -> writer.append(HIGHEST, EVENT));
        while (port.refreshes.get() == 0) {
            settle();
        }
        port.fate = parcel -> Fate.TAKEN;
        int asked = port.arrived.size();
        get(() -> vertx.timer(2 * PAUSE_MILLIS, TimeUnit.MILLISECONDS));
        assertThat(port.arrived).hasSize(asked);
        OnContext.get(port.finishScale());
        assertThat(OnContext.get(repeated)).isEqualTo(new Appended(100, 0, false));
        assertThat(OnContext.get(moved)).isEqualTo(new Appended(103, 0, false));
        assertThat(OnContext.get(port.texts(0))).hasSize(1);
    }

    @Test
    void d6_a_conditional_append_to_a_partition_that_was_sealed_is_a_conflict() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        split();
        assertThat(OnContext.failure(on.start(() -> writer.appendIf(LOW, List.of(EVENT), 0))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("partition 100")
                .hasMessageContaining("partition 101");
        assertThat(get(() -> writer.appendIf(LOW, List.of(EVENT), 0))).isEqualTo(new Appended(101, 0, false));
    }

    @Test
    void d6_after_a_merge_a_conditional_append_travels_alone_in_its_partition() {
        split();
        merge();
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        List<Future<Appended>> futures = on.run(() -> List.of(
                writer.append(LOW, EVENT),
                writer.append(HIGH, EVENT),
                writer.appendIf(LOW, List.of(EVENT, EVENT), 2),
                writer.append(HIGH, EVENT)));
        get(writer::flush);
        assertThat(futures).extracting(future -> future.result().offset()).containsExactly(0L, 1L, 2L, 4L);
    }

    @Test
    void an_atomic_batch_without_key_stays_together() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        split();
        List<Future<Appended>> futures = on.run(() -> {
            List<Future<Appended>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                all.add(writer.appendBatch(null, List.of(EVENT, EVENT, EVENT)));
            }
            return all;
        });
        get(writer::flush);
        assertThat(futures).allMatch(future -> future.result().offset() % 3 == 0);
        assertThat(futures)
                .extracting(future -> future.result().partition())
                .contains(101L, 102L)
                .doesNotContain(100L);
    }

    @Test
    void bytes_that_were_moved_count_once() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setWriteQueueBytes(10_000));
        OnContext.get(port.beginScale(Set.of(100L), HALVES));
        Promise<Boolean> drained = Promise.promise();
        on.run(() -> {
            writer.drainHandler(ignored -> drained.tryComplete(writer.writeQueueFull()));
            for (int i = 0; !writer.writeQueueFull(); i++) {
                writer.append(i % 2 == 0 ? LOW : HIGH, Buffer.buffer(new byte[500]));
            }
            return true;
        });
        OnContext.get(port.finishScale());
        assertThat(OnContext.get(drained.future())).isFalse();
        get(writer::flush);
        int taken = on.run(() -> {
            int appended = 0;
            port.fate = parcel -> Fate.HELD;
            while (!writer.writeQueueFull()) {
                writer.append(LOW, Buffer.buffer(new byte[500]));
                appended++;
            }
            return appended;
        });
        assertThat(taken).isBetween(15, 20);
    }

    @Test
    void a_writer_that_gave_up_is_admitted_to_the_partitions_of_the_day() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("w").setRetryTimeoutMillis(0));
        append(writer, LOW);
        port.fate = parcel -> Fate.UNAVAILABLE;
        port.admissionFailure = new StrandlineException.Unavailable("shard 0 recovers");
        assertThat(OnContext.failure(on.start(() -> writer.append(LOW, EVENT))))
                .isInstanceOf(StrandlineException.Unavailable.class);
        settle();
        split();
        port.fate = parcel -> Fate.TAKEN;
        port.admissionFailure = null;
        assertThat(append(writer, LOW).partition()).isEqualTo(101);
    }

    @Test
    void a_writer_that_was_fenced_meanwhile_is_told() {
        EventWriter<Buffer> old = on.writer(new WriterOptions().setId("w"));
        append(old, LOW);
        on.writer(new WriterOptions().setId("w"));
        split();
        assertThat(OnContext.failure(on.start(() -> old.append(LOW, EVENT))))
                .isInstanceOf(StrandlineException.Fenced.class);
    }

    // ---- the application's numbers ----

    private Appended give(EventWriter<Buffer> writer, String key, long number) {
        return get(() -> writer.append(key, Buffer.buffer("text-" + number), Sequence.of(number)));
    }

    @Test
    void d2_own_numbers_are_recognised_where_they_went() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("w"));
        give(writer, LOW, 1);
        give(writer, HIGH, 2);
        split();
        assertThat(give(writer, LOW, 3)).isEqualTo(new Appended(101, 0, false));
        EventWriter<Buffer> again = on.writer(new WriterOptions().setId("w"));
        assertThat(give(again, LOW, 1)).isEqualTo(new Appended(101, 0, true));
        assertThat(give(again, HIGH, 2)).isEqualTo(new Appended(100, 1, true));
        assertThat(give(again, LOW, 3).duplicate()).isTrue();
        assertThat(give(again, HIGH, 4)).isEqualTo(new Appended(102, 0, false));
        merge();
        assertThat(give(again, LOW, 5)).isEqualTo(new Appended(103, 0, false));
        assertThat(give(again, HIGH, 6)).isEqualTo(new Appended(103, 1, false));
    }

    @Test
    void d2_a_batch_that_is_divided_keeps_its_numbers() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("w"));
        OnContext.get(port.beginScale(Set.of(100L), HALVES));
        List<Future<Appended>> futures = on.run(() -> {
            List<Future<Appended>> all = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                all.add(writer.append(i < 7 ? LOW : HIGH, EVENT, Sequence.of(i)));
            }
            return all;
        });
        OnContext.get(port.finishScale());
        OnContext.get(Future.all(futures));
        EventWriter<Buffer> again = on.writer(new WriterOptions().setId("w"));
        assertThat(give(again, LOW, 6).duplicate()).isTrue();
        assertThat(give(again, LOW, 7)).isEqualTo(new Appended(101, 7, false));
        assertThat(give(again, HIGH, 9).duplicate()).isTrue();
    }

    @Test
    void the_highest_number_is_known_after_a_split() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("w"));
        give(writer, LOW, 1);
        give(writer, HIGH, 2);
        split();
        assertThat(on.writer(new WriterOptions().setId("w")).lastKnown()).isEqualTo(Sequence.of(2));
        EventWriter<Buffer> again = on.writer(new WriterOptions().setId("w"));
        give(again, LOW, 3);
        assertThat(on.writer(new WriterOptions().setId("w")).lastKnown()).isEqualTo(Sequence.of(3));
    }

    private SortedMap<Long, WriterMark> marks(EventWriter<Buffer> writer, long next) {
        return on.run(() -> writer.marks(Sequence.of(next)));
    }

    private EventWriter<Buffer> replay(Map<Long, WriterMark> marks) {
        return on.writer(new WriterOptions().setId("w").setReplay(marks));
    }

    @Test
    void a_replay_over_a_split_meets_no_false_conflict_and_is_compared_behind_it() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("w"));
        give(writer, LOW, 1);
        give(writer, HIGH, 2);
        SortedMap<Long, WriterMark> before = marks(writer, 3);
        split();
        give(writer, LOW, 3);
        give(writer, HIGH, 4);
        SortedMap<Long, WriterMark> between = marks(writer, 5);
        give(writer, LOW, 5);
        SortedMap<Long, WriterMark> after = marks(writer, 6);
        assertThat(before).containsOnlyKeys(100L);
        assertThat(between).containsOnlyKeys(101L, 102L);

        for (SortedMap<Long, WriterMark> marks : List.of(before, new java.util.TreeMap<Long, WriterMark>(), between)) {
            EventWriter<Buffer> again = replay(marks);
            long from = marks == before ? 3 : marks == between ? 5 : 1;
            for (long number = from; number <= 5; number++) {
                assertThat(give(again, number % 2 == 1 ? LOW : HIGH, number).duplicate())
                        .isTrue();
            }
            assertThat(marks(again, 6)).isEqualTo(after);
        }
        EventWriter<Buffer> other = replay(between);
        assertThat(OnContext.failure(on.start(() -> other.append(LOW, Buffer.buffer("other"), Sequence.of(5)))))
                .isInstanceOf(StrandlineException.Conflict.class);
    }

    @Test
    void what_was_pending_at_a_split_has_the_digest_that_a_replay_comes_to() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("w"));
        give(writer, LOW, 1);
        OnContext.get(port.beginScale(Set.of(100L), HALVES));
        List<Future<Appended>> pending = on.run(() -> {
            List<Future<Appended>> all = new ArrayList<>();
            for (long i = 2; i < 30; i++) {
                all.add(writer.append(i % 3 == 0 ? HIGH : LOW, Buffer.buffer("text-" + i), Sequence.of(i)));
            }
            return all;
        });
        OnContext.get(port.finishScale());
        OnContext.get(Future.all(pending));
        SortedMap<Long, WriterMark> marks = marks(writer, 30);
        assertThat(marks).containsOnlyKeys(101L, 102L);
        EventWriter<Buffer> again = replay(marks);
        assertThat(give(again, LOW, 31).duplicate()).isFalse();
    }

    private void settle() {
        for (int i = 0; i < 20; i++) {
            OnContext.get(port.texts(0));
            on.run(() -> true);
        }
    }
}
