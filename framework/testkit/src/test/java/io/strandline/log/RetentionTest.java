package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.IfExists;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.SubscriberNote;
import io.strandline.log.impl.catalog.RetentionCatalog;
import io.strandline.log.impl.state.Partition;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which events a stream's rules remove, and which stay (T2). In simulated time. */
class RetentionTest {

    private static final String STREAM = "shop/orders";
    private static final int EVENT = 1_000;
    private static final long BATCH = SimulatedLog.batchBytes(EVENT);
    private static final long HOUR = 3_600_000;

    private SimulatedLog log = new SimulatedLog(1, options(), 2);
    private StreamDescription stream = new StreamDescription(StreamName.parse(STREAM), List.of());

    private static LogOptions options() {
        return CrashChild.options();
    }

    private void create(int partitions, Retention retention) {
        stream = log.createStream(
                STREAM, new StreamOptions().setPartitions(partitions).setRetention(retention));
    }

    private PartitionDescription partition(int index) {
        return stream.partitions().get(index);
    }

    private void append(int partition, int count) {
        for (int i = 0; i < count; i++) {
            log.get(log.append(partition(partition), EVENT));
        }
    }

    private void untilStart(int partition, long offset) {
        log.until("partition " + partition + " starts at " + offset, () -> {
            long start = state(partition).startOffset();
            assertThat(start).isLessThanOrEqualTo(offset);
            return start == offset;
        });
    }

    /** Two looks of the watch later nothing has changed. */
    private void stays(int partition, long offset) {
        log.pass(2 * LogOptions.DEFAULT_RETENTION_INTERVAL_MILLIS + 100);
        assertThat(log.start(stream, partition)).isEqualTo(offset);
    }

    private Partition state(int partition) {
        PartitionDescription described = partition(partition);
        Partition[] found = new Partition[1];
        log.engine().call(described.shard(), shard -> {
            found[0] = shard.state().partition(described.id());
            return Future.succeededFuture();
        });
        log.until("state", () -> found[0] != null);
        return found[0];
    }

    private StreamCut cut(long... offsets) {
        SortedMap<Long, Long> named = new TreeMap<>();
        for (int i = 0; i < offsets.length; i++) {
            named.put(partition(i).id(), offsets[i]);
        }
        return new StreamCut(stream.name(), named);
    }

    @Test
    void a_stream_in_memory_keeps_as_many_batches_as_fit() {
        create(1, Retention.maxBytes(5 * BATCH));
        append(0, 5);
        stays(0, 0);
        append(0, 7);
        log.pass(1_500);
        assertThat(log.start(stream, 0)).isEqualTo(7);
        assertThat(log.bytes(partition(0))).isEqualTo(5 * BATCH);
    }

    @Test
    void the_oldest_events_leave_first_across_partitions() {
        create(4, Retention.maxBytes(6 * BATCH));
        for (int partition = 0; partition < 4; partition++) {
            append(partition, 3);
            // Stamps of the next partition are higher, whatever the clock does.
            log.scheduler.advanceMillis(10_000);
        }
        log.pass(1_500);
        assertThat(List.of(log.start(stream, 0), log.start(stream, 1), log.start(stream, 2), log.start(stream, 3)))
                .containsExactly(3L, 3L, 0L, 0L);
    }

    @Test
    void events_leave_when_they_are_too_old() {
        create(1, Retention.maxAge(HOUR));
        append(0, 4);
        log.scheduler.advanceMillis(HOUR / 2);
        append(0, 3);
        stays(0, 0);
        log.scheduler.advanceMillis(HOUR / 2);
        untilStart(0, 4);
        log.scheduler.advanceMillis(HOUR / 2);
        untilStart(0, 7);
        append(0, 1);
        stays(0, 7);
    }

    @Test
    void old_sections_leave_whole() {
        create(1, Retention.maxAge(HOUR));
        append(0, 400);
        log.until("events are in chunks", () -> state(0).sections().size() >= 2);
        long flushed = state(0).flushedOffset();
        log.scheduler.advanceMillis(2 * HOUR);
        untilStart(0, 400);
        assertThat(flushed).isPositive();
        log.until("chunks are deleted", () -> log.chunks().isEmpty());
    }

    @Test
    void the_disk_gives_space_back_and_journal_files_too() {
        long bound = 400_000;
        create(2, Retention.maxBytes(bound));
        long most = 0;
        for (int i = 0; i < 150; i++) {
            append(i % 2, 20);
            most = Math.max(most, log.disk().usedBytes());
        }
        log.pass(1_500);
        assertThat(log.bytes(partition(0)) + log.bytes(partition(1))).isLessThanOrEqualTo(bound);
        assertThat(log.start(stream, 0)).isGreaterThan(1_000);
        // Two shards: a chunk that is written and one that is to be deleted of 96 KB at most, and 8 files of 64 KiB.
        assertThat(most).isLessThan(bound + 2 * (2 * 110_000 + 8 * (64 << 10)));
    }

    @Test
    void a_stream_that_keeps_everything_does_not_hold_the_chunks_of_another() {
        create(1, Retention.maxBytes(100_000));
        StreamDescription kept = log.createStream("shop/kept", new StreamOptions().setPartitions(2));
        PartitionDescription beside = kept.partitions().stream()
                .filter(partition -> partition.shard() == partition(0).shard())
                .findFirst()
                .orElseThrow();
        long appended = 0;
        for (int i = 0; i < 1_500; i++) {
            append(0, 1);
            if (i % 25 == 0) {
                log.get(log.append(beside, 100));
                appended++;
            }
        }
        log.pass(1_500);
        assertThat(log.bytes(beside)).isEqualTo(appended * SimulatedLog.batchBytes(100));
        assertThat(log.chunks().size()).isGreaterThan(1);
        // What is kept, a chunk that is to be deleted, and what the other stream has, with its indexes.
        assertThat(log.chunkBytes()).isLessThan(100_000 + 100_000 + appended * 1_500);
    }

    /** Wherever the pass is that knows the former rule, while its shard has much to do. */
    @Test
    void nothing_leaves_by_the_former_rule_once_a_stream_has_another() {
        long cuts = 0;
        for (int seed = 1; seed <= 8; seed++) {
            for (int steps = 0; steps < 24; steps += 4) {
                cuts += requireKeptAfterUpdate(seed, steps);
            }
        }
        assertThat(cuts).as("events that left in time").isPositive();
    }

    private long requireKeptAfterUpdate(long seed, int steps) {
        log = new SimulatedLog(seed, options(), 2);
        create(1, Retention.everything());
        append(0, 10);
        Partition partition = state(0);
        log.get(log.catalog().setRetention(STREAM, Retention.maxBytes(BATCH)));
        for (int i = 0; i < 5; i++) {
            log.append(partition(0), EVENT);
        }
        for (int i = 0; i < steps; i++) {
            log.scheduler.step();
        }
        StreamOptions kept = new StreamOptions()
                .setPartitions(1)
                .setRetention(Retention.everything())
                .setIfExists(IfExists.UPDATE);
        log.get(log.catalog().createStream(STREAM, kept));
        long start = partition.startOffset();
        log.pass(2 * LogOptions.DEFAULT_RETENTION_INTERVAL_MILLIS);
        assertThat(partition.startOffset()).as("seed %d, %d steps", seed, steps).isEqualTo(start);
        return start;
    }

    @Test
    void nothing_leaves_before_every_subscriber_has_consumed_it() {
        create(1, Retention.untilConsumed(0));
        append(0, 10);
        stays(0, 0);
        log.get(log.catalog().commitConsumed(STREAM, "billing", cut(8)));
        untilStart(0, 8);
        log.get(log.catalog().commitConsumed(STREAM, "audit", cut(0)));
        append(0, 10);
        log.get(log.catalog().commitConsumed(STREAM, "billing", cut(20)));
        stays(0, 8);
        log.get(log.catalog().commitConsumed(STREAM, "audit", cut(15)));
        untilStart(0, 15);
        log.get(log.catalog().commitConsumed(STREAM, "audit", cut(3)));
        assertThat(log.get(log.catalog().subscribers(STREAM)))
                .isEqualTo(new TreeMap<>(Map.of("audit", cut(15), "billing", cut(20))));
        assertThat(log.get(log.catalog().forgetSubscriber(STREAM, "audit"))).isTrue();
        assertThat(log.get(log.catalog().forgetSubscriber(STREAM, "audit"))).isFalse();
        untilStart(0, 20);
    }

    /** A stream that is scaled every day for years must not come to a bound by that. */
    @Test
    void positions_do_not_grow_with_the_scalings_of_a_stream() {
        create(1, Retention.untilConsumed(0));
        append(0, 3);
        log.get(log.catalog().commitConsumed(STREAM, "slow", cut(2)));
        PartitionDescription first = partition(0);
        for (int i = 0; i < 40; i++) {
            Set<Long> open = new TreeSet<>();
            stream.partitions().forEach(partition -> open.add(partition.id()));
            List<KeyRange> ranges = open.size() == 1 ? KeyRange.equalRanges(2) : List.of(KeyRange.ALL);
            stream = log.get(log.catalog().scale(STREAM, open, ranges));
            stream.partitions().forEach(this::appendByAnother);
            noteEnd("fast");
            requireOnePositionEach("fast");
        }
        noteEnd("late");
        log.crash();
        requireOnePositionEach("fast");
        requireOnePositionEach("late");
        log.pass(2 * LogOptions.DEFAULT_RETENTION_INTERVAL_MILLIS);
        assertThat(log.get(log.catalog().startCut(STREAM))).isEqualTo(StreamCut.of(stream.name(), first.id(), 2));
        // Whoever is at the end has consumed all that is before.
        noteEnd("slow");
        StreamCut end = log.get(log.catalog().endCut(STREAM));
        log.until(
                "all is removed", () -> log.get(log.catalog().startCut(STREAM)).equals(end));
    }

    private void appendByAnother(PartitionDescription partition) {
        byte[] batch = new BatchBuilder(
                        partition.id(), Long.MIN_VALUE | (1_000 + partition.id()), 1, Sequence.NONE, Sequence.of(1))
                .add(new byte[EVENT])
                .build();
        log.get(log.port().append(BatchBuilder.parcel(partition.shard(), batch)));
    }

    private void noteEnd(String subscriber) {
        log.get(log.catalog()
                .commitConsumed(STREAM, subscriber, log.get(log.catalog().endCut(STREAM))));
    }

    private void requireOnePositionEach(String subscriber) {
        assertThat(log.get(log.catalog().subscribers(STREAM)).get(subscriber))
                .isEqualTo(log.get(log.catalog().endCut(STREAM)));
    }

    @Test
    void a_slow_subscriber_is_waited_for_up_to_the_hard_bound() {
        create(1, new Retention(0, 2 * BATCH, true, 6 * BATCH));
        log.get(log.catalog().commitConsumed(STREAM, "slow", cut(0)));
        append(0, 6);
        stays(0, 0);
        append(0, 4);
        untilStart(0, 4);
        log.get(log.catalog().commitConsumed(STREAM, "slow", cut(6)));
        untilStart(0, 6);
        log.get(log.catalog().commitConsumed(STREAM, "slow", cut(10)));
        // All is consumed, but only what is above the bound is due.
        untilStart(0, 8);
        stays(0, 8);
    }

    @Test
    void a_rule_and_its_subscribers_survive_crashes_and_journal_checkpoints() {
        create(2, Retention.maxBytes(300_000));
        append(0, 1);
        log.get(log.catalog().commitConsumed(STREAM, "billing", cut(1, 0)));
        Retention rule = Retention.untilConsumed(1 << 20);
        log.get(log.catalog().setRetention(STREAM, rule));
        log.crash();
        requireRule(rule);
        for (int i = 0; i < 8; i++) {
            append(0, 100);
            append(1, 100);
        }
        log.crash();
        requireRule(rule);
        log.reopen();
        requireRule(rule);
        log.get(log.catalog().deleteStream(STREAM));
        create(2, Retention.everything());
        assertThat(log.get(log.catalog().subscribers(STREAM))).isEmpty();
    }

    private void requireRule(Retention rule) {
        StreamOptions same = new StreamOptions().setPartitions(2).setRetention(rule);
        assertThat(log.get(log.catalog().createStream(STREAM, same))).isEqualTo(stream);
        assertThat(log.failure(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(2))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("retention.hardBytes is " + rule.hardBytes() + ", not 0");
        assertThat(log.get(log.catalog().subscribers(STREAM)).get("billing")).isEqualTo(cut(1));
    }

    @Test
    void what_was_removed_stays_removed_and_offsets_go_on() {
        create(1, Retention.maxBytes(3 * BATCH));
        append(0, 10);
        untilStart(0, 7);
        log.crash();
        assertThat(log.start(stream, 0)).isEqualTo(7);
        assertThat(log.failure(log.port().read(partition(0), 6, 1)))
                .isInstanceOf(StrandlineException.Truncated.class)
                .hasMessageContaining("starts at 7");
        log.get(log.catalog().setRetention(STREAM, Retention.everything()));
        append(0, 10);
        stays(0, 7);
        assertThat(log.end(stream, 0)).isEqualTo(20);
    }

    @Test
    void bad_notes_change_nothing() {
        create(1, Retention.untilConsumed(0));
        append(0, 3);
        StreamDescription other = log.createStream("shop/other", new StreamOptions());
        List<Throwable> failures = new ArrayList<>();
        failures.add(log.failure(log.catalog().commitConsumed(STREAM, "a", cut(4))));
        failures.add(log.failure(log.catalog().commitConsumed("shop/other", "a", cut(1))));
        failures.add(log.failure(log.catalog()
                .commitConsumed(
                        STREAM,
                        "a",
                        StreamCut.of(stream.name(), other.partitions().get(0).id(), 0))));
        failures.add(log.failure(log.catalog().commitConsumed(STREAM, "", cut(1))));
        failures.add(log.failure(log.catalog().commitConsumed(STREAM, "a".repeat(201), cut(1))));
        assertThat(failures).hasOnlyElementsOfType(StrandlineException.Invalid.class);
        assertThat(failures.get(0)).hasMessageContaining("offset 4").hasMessageContaining("ends at 3");
        assertThat(log.failure(log.catalog().commitConsumed("shop/none", "a", cut(1))))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThat(log.get(log.catalog().subscribers(STREAM))).isEmpty();
        stays(0, 0);
    }

    @Test
    void a_stream_has_a_bounded_number_of_subscribers() {
        create(1, Retention.untilConsumed(0));
        List<Future<Void>> notes = new ArrayList<>();
        for (int i = 0; i < RetentionCatalog.MAX_SUBSCRIBERS; i++) {
            notes.add(log.catalog().commitConsumed(STREAM, "subscriber-" + i, cut(0)));
        }
        log.get(Future.all(notes));
        assertThat(log.failure(log.catalog().commitConsumed(STREAM, "one-more", cut(0))))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("1000");
        log.get(log.catalog().commitConsumed(STREAM, "subscriber-7", cut(0)));
        log.get(log.catalog().forgetSubscriber(STREAM, "subscriber-7"));
        log.get(log.catalog().commitConsumed(STREAM, "one-more", cut(0)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void crashes_in_between_leave_whole_streams_within_their_bounds(long seed) {
        Random random = new Random(seed);
        log = new SimulatedLog(seed, options(), 2);
        long bound = 20_000L + random.nextInt(300_000);
        create(3, Retention.maxBytes(bound));
        long[] starts = new long[3];
        for (int life = 0; life < 4; life++) {
            for (int i = 20 + random.nextInt(300); i > 0; i--) {
                log.get(log.append(partition(random.nextInt(3)), random.nextInt(5_000)));
            }
            // In the middle of rounds, of passes, of deletions.
            for (int steps = random.nextInt(200); steps > 0; steps--) {
                log.scheduler.step();
            }
            if (random.nextInt(4) == 0) {
                log.kill();
            } else {
                log.crash();
            }
            log.pass(1_500);
            long bytes = 0;
            for (int partition = 0; partition < 3; partition++) {
                long start = log.start(stream, partition);
                assertThat(start).isGreaterThanOrEqualTo(starts[partition]);
                starts[partition] = start;
                bytes += log.bytes(partition(partition));
            }
            assertThat(bytes).isLessThanOrEqualTo(bound);
            assertThat(log.chunkBytes()).isLessThan(bound + 2 * 3 * 120_000);
        }
    }

    @Test
    void a_subscriber_that_notes_nothing_is_waited_for_for_ever() {
        create(1, Retention.untilConsumed(0));
        log.get(log.catalog().commitConsumed(STREAM, "gone", cut(0)));
        append(0, 3);
        log.get(log.catalog().commitConsumed(STREAM, "billing", cut(3)));
        log.scheduler.advanceMillis(10_000 * HOUR);
        log.get(log.catalog().commitConsumed(STREAM, "billing", cut(3)));
        stays(0, 0);
        List<SubscriberNote> notes = log.get(log.catalog().subscriberNotes(STREAM));
        assertThat(notes).extracting(SubscriberNote::subscriber).containsExactly("gone", "billing");
        assertThat(notes.get(1).consumed()).isEqualTo(cut(3));
        assertThat(notes.get(0).idleMillis()).isBetween(10_000 * HOUR, 10_001 * HOUR);
        assertThat(notes.get(1).idleMillis()).isLessThan(HOUR);

        assertThat(log.get(log.catalog().forgetSubscriber(STREAM, "gone"))).isTrue();
        untilStart(0, 3);
    }

    @Test
    void an_idle_subscriber_is_forgotten_if_the_log_says_so() {
        log.close();
        log = new SimulatedLog(
                1, options().setMaxSubscriberIdleMillis(2 * HOUR).setRetentionIntervalMillis(HOUR / 4), 2);
        create(1, Retention.untilConsumed(0));
        append(0, 3);
        log.get(log.catalog().commitConsumed(STREAM, "gone", cut(0)));
        log.get(log.catalog().commitConsumed(STREAM, "billing", cut(3)));
        // A note that moves nothing says that the subscriber lives.
        for (int i = 0; i < 3; i++) {
            log.pass(HOUR / 2);
            log.get(log.catalog().commitConsumed(STREAM, "billing", cut(3)));
        }
        assertThat(log.get(log.catalog().subscribers(STREAM))).containsOnlyKeys("billing", "gone");
        assertThat(log.start(stream, 0)).isZero();
        log.pass(HOUR);
        assertThat(log.get(log.catalog().subscribers(STREAM))).containsOnlyKeys("billing");
        untilStart(0, 3);

        log.get(log.catalog().commitConsumed(STREAM, "gone", cut(3)));
        assertThat(log.get(log.catalog().subscribers(STREAM))).containsOnlyKeys("billing", "gone");
        // No subscriber can be heard while the process is stopped.
        log.scheduler.advanceMillis(5 * HOUR);
        log.pass(HOUR);
        assertThat(log.get(log.catalog().subscribers(STREAM))).containsOnlyKeys("billing", "gone");
    }
}
