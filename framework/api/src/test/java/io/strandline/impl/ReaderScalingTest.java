package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Direction;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.KeyRange;
import io.strandline.OnTruncated;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.Truncation;
import io.strandline.WriterOptions;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Readers of a stream whose partitions were sealed, or are while they read (rule E2). */
class ReaderScalingTest extends OnFakePort {

    private static final int KEYS = 40;
    private static final List<KeyRange> HALVES = KeyRange.equalRanges(2);

    private EventWriter<Buffer> writer;
    private int written;

    ReaderScalingTest() {
        super(2, 2);
    }

    @BeforeEach
    void openWriter() {
        writer = on.writer(new WriterOptions());
    }

    /** Appends events, each with its number, the keys in turn. */
    private void append(int events) {
        OnContext.get(on.start(() -> {
            for (int i = 0; i < events; i++) {
                String key = "key-" + written % KEYS;
                writer.append(key, Buffer.buffer(key + "/" + written++));
            }
            return writer.flush();
        }));
    }

    /** 100 and 101 are merged to 102, which is split into 103 and 104. Each generation has events. */
    private void mergeAndSplit() {
        append(200);
        OnContext.get(port.scale(Set.of(100L, 101L), List.of(KeyRange.ALL)));
        append(200);
        OnContext.get(port.scale(Set.of(102L), HALVES));
        append(200);
    }

    private EventReader<Buffer> subscribe(ReaderOptions options) {
        return OnContext.get(on.start(() -> on.log.subscribe("scope/stream", EventCodec.raw(), options)));
    }

    /** Reads to the end. */
    private List<EventRecord<Buffer>> collect(EventReader<Buffer> reader) {
        return OnContext.get(collecting(reader));
    }

    private static int number(EventRecord<Buffer> record) {
        String text = record.event().toString();
        return Integer.parseInt(text.substring(text.indexOf('/') + 1));
    }

    /** Checks that each key's events come in order. Returns the number of events. */
    private static int requireOrder(List<EventRecord<Buffer>> records) {
        Map<String, Integer> last = new HashMap<>();
        for (EventRecord<Buffer> record : records) {
            Integer before = last.put(record.key(), number(record));
            if (before != null) {
                assertThat(number(record)).isEqualTo(before + KEYS);
            }
        }
        return records.size();
    }

    private static ReaderOptions partitions(Long... ids) {
        return new ReaderOptions().setPartitions(Set.of(ids));
    }

    private static StreamCut cut(Map<Long, Long> offsets) {
        return new StreamCut(FakePort.STREAM, new TreeMap<>(offsets));
    }

    // ---- following ----

    @Test
    void e2_a_finite_read_goes_through_sealed_partitions_to_the_ends_of_the_moment() {
        mergeAndSplit();
        EventReader<Buffer> reader = read(new ReaderOptions());
        OnContext.get(port.scale(Set.of(103L), List.of(HALVES.get(0))));
        append(100);
        List<EventRecord<Buffer>> records = collect(reader);
        assertThat(requireOrder(records)).isEqualTo(600);
        assertThat(on.run(reader::position).offsets()).containsOnlyKeys(103L, 104L);
    }

    @Test
    void e2_a_subscription_follows_as_partitions_change() {
        EventReader<Buffer> reader = subscribe(new ReaderOptions());
        List<EventRecord<Buffer>> records = new ArrayList<>();
        Promise<Void> all = Promise.promise();
        on.run(() -> reader.handler(record -> {
            records.add(record);
            if (records.size() == 600) {
                all.complete();
            }
        }));
        mergeAndSplit();
        OnContext.get(all.future());
        assertThat(requireOrder(on.run(() -> List.copyOf(records)))).isEqualTo(600);
        assertThat(on.run(reader::position).offsets()).containsOnlyKeys(103L, 104L);
    }

    @Test
    void e1_a_reader_waits_at_the_end_of_a_sealed_partition_until_the_change_is_done() {
        append(100);
        EventReader<Buffer> reader = subscribe(new ReaderOptions());
        List<EventRecord<Buffer>> records = new ArrayList<>();
        Promise<Void> hundred = Promise.promise();
        Promise<Void> more = Promise.promise();
        on.run(() -> reader.handler(record -> {
            records.add(record);
            if (records.size() == 100) {
                hundred.complete();
            } else if (records.size() == 200) {
                more.complete();
            }
        }));
        OnContext.get(hundred.future());
        OnContext.get(port.beginScale(Set.of(100L, 101L), List.of(KeyRange.ALL)));
        settle();
        assertThat(on.run(reader::position).offsets()).containsOnlyKeys(100L, 101L);
        OnContext.get(port.finishScale());
        append(100);
        OnContext.get(more.future());
        assertThat(on.run(reader::position).offsets()).isEqualTo(Map.of(102L, 100L));
    }

    @Test
    void a_partition_that_is_sealed_while_its_reader_is_paused_at_the_end_ends_once() {
        append(100);
        EventReader<Buffer> reader = subscribe(new ReaderOptions());
        List<EventRecord<Buffer>> records = new ArrayList<>();
        Promise<Void> hundred = Promise.promise();
        Promise<Void> more = Promise.promise();
        on.run(() -> {
            reader.pause();
            reader.endHandler(ignored -> more.tryFail("it has ended"));
            reader.handler(record -> {
                records.add(record);
                if (records.size() == 100) {
                    hundred.complete();
                } else if (records.size() == 200) {
                    more.tryComplete();
                }
            });
            return reader.fetch(100);
        });
        OnContext.get(hundred.future());
        settle();
        OnContext.get(port.scale(Set.of(100L, 101L), List.of(KeyRange.ALL)));
        settle();
        append(100);
        on.run(reader::resume);
        OnContext.get(more.future());
        assertThat(requireOrder(on.run(() -> List.copyOf(records)))).isEqualTo(200);
    }

    @Test
    void without_following_sealed_partitions_end_and_a_subscription_with_them() {
        mergeAndSplit();
        ReaderOptions options = new ReaderOptions().setFollowScaling(false);
        assertThat(requireOrder(collect(subscribe(options)))).isEqualTo(200);
        assertThat(requireOrder(collect(read(options)))).isEqualTo(200);
        assertThat(collect(subscribe(partitions(102L).setFollowScaling(false))))
                .extracting(EventRecord::partition)
                .hasSize(200)
                .containsOnly(102L);
    }

    @Test
    void a_reader_of_some_partitions_follows_where_it_read_all_predecessors() {
        mergeAndSplit();
        assertThat(collect(read(partitions(100L))))
                .extracting(EventRecord::partition)
                .containsOnly(100L);
        assertThat(requireOrder(collect(read(partitions(102L))))).isEqualTo(400);
        EventReader<Buffer> half = subscribe(partitions(100L));
        assertThat(collect(half)).extracting(EventRecord::partition).containsOnly(100L);
        assertThat(on.run(half::position).offsets()).containsOnlyKeys(100L);
        assertThat(requireOrder(collect(read(partitions(100L, 101L))))).isEqualTo(600);
    }

    // ---- positions ----

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void readers_that_go_on_from_each_others_positions_leave_no_gap_and_repeat_nothing(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 12; i++) {
            append(100);
            OnContext.get(port.scaleAtRandom(random));
        }
        append(100);
        List<EventRecord<Buffer>> all = new ArrayList<>();
        ReaderOptions options = new ReaderOptions().setReadAheadBytes(1 + random.nextInt(100_000));
        while (all.size() < written) {
            int most = 1 + random.nextInt(200);
            EventReader<Buffer> reader = read(options);
            Promise<Void> enough = Promise.promise();
            OnContext.get(on.start(() -> {
                int[] seen = new int[1];
                reader.exceptionHandler(enough::tryFail);
                reader.endHandler(ignored -> enough.tryComplete());
                reader.handler(record -> {
                    all.add(record);
                    if (++seen[0] == most) {
                        reader.pause();
                        enough.tryComplete();
                    }
                });
                return enough.future();
            }));
            StreamCut position = on.run(reader::position);
            options.setFrom(StartPosition.at(StreamCut.fromJson(position.toJson())));
            on.run(reader::close);
        }
        assertThat(requireOrder(all)).isEqualTo(written);
        assertThat(collect(read(options))).isEmpty();
    }

    @Test
    void a_cut_may_name_a_sealed_partition_at_its_end_beside_what_took_over() {
        mergeAndSplit();
        long end = port.parts().get(2).end;
        ReaderOptions options = new ReaderOptions().setFrom(StartPosition.at(cut(Map.of(102L, end, 103L, 5L))));
        List<EventRecord<Buffer>> records = collect(read(options));
        assertThat(records).hasSize(195);
        assertThat(records).extracting(EventRecord::partition).containsOnly(103L, 104L);
        assertThatThrownBy(() -> read(new ReaderOptions().setFrom(StartPosition.at(cut(Map.of(102L, end + 1))))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining((end + 1) + " is past the end offset " + end);
        assertThatThrownBy(() -> read(partitions(99L)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("no partition 99");
    }

    // ---- between two cuts ----

    @Test
    void a_bounded_reader_ends_at_its_cut_whatever_lies_between() {
        mergeAndSplit();
        EventReader<Buffer> first = read(new ReaderOptions());
        List<EventRecord<Buffer>> all = collect(first);
        List<StreamCut> cuts = new ArrayList<>();
        EventReader<Buffer> again = read(new ReaderOptions());
        Promise<Void> end = Promise.promise();
        List<EventRecord<Buffer>> seen = new ArrayList<>();
        OnContext.get(on.start(() -> {
            cuts.add(again.position());
            again.endHandler(ignored -> end.complete());
            again.handler(record -> {
                seen.add(record);
                cuts.add(again.position());
            });
            return end.future();
        }));
        assertThat(seen).hasSameSizeAs(all);
        Random random = new Random(5);
        for (int i = 0; i < 60; i++) {
            int from = random.nextInt(all.size() + 1);
            int until = from + random.nextInt(all.size() + 1 - from);
            ReaderOptions options = new ReaderOptions()
                    .setFrom(StartPosition.at(cuts.get(from)))
                    .setUntil(cuts.get(until));
            EventReader<Buffer> reader = i % 2 == 0 ? read(options) : subscribe(options);
            assertThat(collect(reader))
                    .extracting(record -> record.partition() + "/" + record.offset())
                    .containsExactlyInAnyOrderElementsOf(seen.subList(from, until).stream()
                            .map(record -> record.partition() + "/" + record.offset())
                            .toList());
        }
    }

    @Test
    void a_bound_that_is_never_reached_is_invalid() {
        mergeAndSplit();
        StreamCut late = cut(Map.of(103L, 7L, 104L, 7L));
        for (StreamCut until : List.of(
                cut(Map.of(103L, 6L, 104L, 7L)),
                cut(Map.of(102L, 3L)),
                cut(Map.of(100L, 0L, 101L, 0L)),
                cut(Map.of(103L, 7L, 999L, 7L)),
                cut(Map.of(103L, 1_000_000L)),
                new StreamCut(StreamName.parse("scope/other"), new TreeMap<>(Map.of(103L, 7L))))) {
            assertThatThrownBy(() -> read(
                            new ReaderOptions().setFrom(StartPosition.at(late)).setUntil(until)))
                    .as(until.toString())
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
        assertThat(collect(
                        read(new ReaderOptions().setFrom(StartPosition.at(late)).setUntil(late))))
                .isEmpty();
    }

    // ---- what was removed ----

    @Test
    void a_reader_that_skips_goes_on_from_what_is_kept_and_says_what_it_missed() {
        mergeAndSplit();
        StreamCut start = cut(Map.of(100L, 0L, 101L, 0L));
        ReaderOptions options =
                new ReaderOptions().setFrom(StartPosition.at(start)).setOnTruncated(OnTruncated.SKIP);
        OnContext.get(port.truncate(0, 3));
        List<Truncation> missed = new ArrayList<>();
        EventReader<Buffer> reader = read(options);
        on.run(() -> reader.truncationHandler(missed::add));
        assertThat(requireOrder(collect(reader))).isEqualTo(597);
        assertThat(missed).containsExactly(new Truncation(StreamName.parse("scope/stream"), 100, 0, 3));

        long first = port.parts().get(0).end;
        long second = port.parts().get(1).end;
        OnContext.get(port.remove(0));
        OnContext.get(port.remove(1));
        OnContext.get(port.truncate(2, 10));
        missed.clear();
        EventReader<Buffer> later = read(options);
        on.run(() -> later.truncationHandler(missed::add));
        assertThat(requireOrder(collect(later))).isEqualTo(390);
        assertThat(missed)
                .containsExactlyInAnyOrder(
                        new Truncation(StreamName.parse("scope/stream"), 100, 0, first),
                        new Truncation(StreamName.parse("scope/stream"), 101, 0, second),
                        new Truncation(StreamName.parse("scope/stream"), 102, 0, 10));
        assertThatThrownBy(() -> read(new ReaderOptions().setFrom(StartPosition.at(start))))
                .isInstanceOf(StrandlineException.Truncated.class)
                .hasMessageContaining("offset 0 of partition 100")
                .hasMessageContaining("the start offset is " + first);
    }

    @Test
    void what_is_removed_under_a_reader_is_skipped_or_ends_it() {
        append(200);
        EventReader<Buffer> skipping = read(new ReaderOptions().setOnTruncated(OnTruncated.SKIP));
        EventReader<Buffer> failing = read(new ReaderOptions());
        long end = port.parts().get(0).end;
        OnContext.get(port.truncate(0, end - 1));
        List<Truncation> missed = new ArrayList<>();
        on.run(() -> skipping.truncationHandler(missed::add));
        assertThat(collect(skipping)).hasSize(200 - (int) (end - 1));
        assertThat(missed).containsExactly(new Truncation(StreamName.parse("scope/stream"), 100, 0, end - 1));
        assertThat(OnContext.failure(collecting(failing)))
                .isInstanceOf(StrandlineException.Truncated.class)
                .hasMessageContaining("offset 0 of partition 100 of scope/stream")
                .hasMessageContaining("start offset is " + (end - 1));
    }

    @Test
    void a_partition_that_goes_altogether_under_a_reader_is_skipped() {
        mergeAndSplit();
        EventReader<Buffer> reader = read(new ReaderOptions().setOnTruncated(OnTruncated.SKIP));
        OnContext.get(port.remove(0));
        OnContext.get(port.remove(1));
        OnContext.get(port.remove(2));
        List<Truncation> missed = new ArrayList<>();
        on.run(() -> reader.truncationHandler(missed::add));
        assertThat(requireOrder(collect(reader))).isEqualTo(200);
        assertThat(missed).extracting(Truncation::partition).containsExactlyInAnyOrder(100L, 101L, 102L);
    }

    @Test
    void a_deleted_stream_ends_its_readers() {
        append(10);
        EventReader<Buffer> reader = read(new ReaderOptions().setOnTruncated(OnTruncated.SKIP));
        port.readFailure = new StrandlineException.NotFound("partition 100 does not exist");
        port.deleted = true;
        assertThat(OnContext.failure(collecting(reader))).isInstanceOf(StrandlineException.NotFound.class);
    }

    // ---- a time ----

    @Test
    void a_time_is_found_in_the_oldest_partitions_that_have_it() {
        port.clock = 1_000;
        append(200);
        port.clock = 2_000;
        append(100);
        OnContext.get(port.scale(Set.of(100L, 101L), List.of(KeyRange.ALL)));
        port.clock = 3_000;
        append(200);
        OnContext.get(port.scale(Set.of(102L), HALVES));
        port.clock = 4_000;
        append(100);
        Map<Long, Integer> expected = new TreeMap<>(Map.of(0L, 600, 1_000L, 600, 1_001L, 400, 2_000L, 400));
        expected.putAll(Map.of(2_001L, 300, 3_000L, 300, 3_001L, 100, 4_000L, 100, 4_001L, 0));
        expected.forEach((millis, events) -> {
            List<EventRecord<Buffer>> records = collect(read(new ReaderOptions().setFrom(StartPosition.time(millis))));
            assertThat(requireOrder(records)).as("events from " + millis).isEqualTo(events);
            assertThat(records).allMatch(record -> record.stamp() >= millis);
        });
    }

    @Test
    void what_comes_before_a_time_in_the_future_is_passed_over() {
        append(100);
        EventReader<Buffer> reader = subscribe(new ReaderOptions().setFrom(StartPosition.time(2_500)));
        List<EventRecord<Buffer>> records = new ArrayList<>();
        Promise<Void> all = Promise.promise();
        on.run(() -> reader.handler(record -> {
            records.add(record);
            if (record.stamp() == 3_000
                    && records.stream().filter(r -> r.stamp() == 3_000).count() == 100) {
                all.complete();
            }
        }));
        port.clock = 2_000;
        append(60);
        OnContext.get(port.scale(Set.of(100L, 101L), List.of(KeyRange.ALL)));
        port.clock = 2_499;
        append(40);
        port.clock = 3_000;
        append(100);
        OnContext.get(all.future());
        assertThat(records).hasSize(100).allMatch(record -> record.stamp() >= 2_500);
        assertThat(on.run(reader::position).offset(102)).isEqualTo(140);
    }

    // ---- the history of a key

    private List<Integer> history(HistoryOptions options) {
        EventReader<Buffer> reader =
                OnContext.get(on.start(() -> on.log.history("scope/stream", "key-7", EventCodec.raw(), options)));
        return collect(reader).stream().map(ReaderScalingTest::number).toList();
    }

    @Test
    void the_history_of_a_key_goes_through_the_partitions_that_had_it() {
        mergeAndSplit();
        List<Integer> all =
                IntStream.range(0, 15).map(i -> 7 + i * KEYS).boxed().toList();
        List<Integer> back = new ArrayList<>(all);
        Collections.reverse(back);
        for (int bytes : List.of(1, 100, 1 << 20)) {
            HistoryOptions options = new HistoryOptions().setReadAheadBytes(bytes);
            assertThat(history(options)).isEqualTo(all);
            assertThat(history(new HistoryOptions(options).setDirection(Direction.BACKWARD)))
                    .isEqualTo(back);
            for (int version = 1; version <= 17; version++) {
                HistoryOptions from = new HistoryOptions(options).setFromVersion(version);
                assertThat(history(from)).isEqualTo(all.subList(Math.min(15, version - 1), 15));
                assertThat(history(from.setDirection(Direction.BACKWARD)))
                        .isEqualTo(back.subList(Math.max(0, 15 - version), 15));
            }
        }
        OnContext.get(port.remove(0));
        OnContext.get(port.remove(1));
        assertThat(history(new HistoryOptions())).isEqualTo(all.subList(5, 15));
        assertThat(history(new HistoryOptions().setDirection(Direction.BACKWARD)))
                .isEqualTo(back.subList(0, 10));
    }

    private void settle() {
        for (int i = 0; i < 20; i++) {
            OnContext.get(port.texts(0));
            on.run(() -> true);
        }
    }
}
