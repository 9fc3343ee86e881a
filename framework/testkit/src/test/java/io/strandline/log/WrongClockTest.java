package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Durability;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.impl.state.Partition;
import io.strandline.spi.ParcelReply;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Events that were appended while the clock was ahead are removed in time, and so are later ones. In simulated time. */
class WrongClockTest {

    private static final String STREAM = "shop/orders";
    private static final int EVENT = 1_000;
    private static final long HOUR = 3_600_000;
    private static final long MINUTE = 60_000;
    private static final long TEN_DAYS = 10 * 24 * HOUR;
    private static final int MAX_WRITERS = 3;

    private final SimulatedLog log = new SimulatedLog(1, options(), 2);

    private static LogOptions options() {
        return CrashChild.options().setWritersPerPartition(MAX_WRITERS);
    }

    private StreamDescription create(int partitions, Retention retention) {
        return log.createStream(
                STREAM, new StreamOptions().setPartitions(partitions).setRetention(retention));
    }

    private void append(PartitionDescription partition, int count) {
        for (int i = 0; i < count; i++) {
            log.get(log.append(partition, EVENT));
        }
    }

    /** One event under a clock that is ahead, which is set right afterwards. */
    private void appendAhead(PartitionDescription partition) {
        log.scheduler.shiftWallMillis(TEN_DAYS);
        append(partition, 1);
        log.scheduler.shiftWallMillis(0);
    }

    private Partition state(PartitionDescription described) {
        return log.get(log.engine()
                .call(
                        described.shard(),
                        shard -> Future.succeededFuture(shard.state().partition(described.id()))));
    }

    private void startsAt(PartitionDescription partition, long offset) {
        log.pass(2 * LogOptions.DEFAULT_RETENTION_INTERVAL_MILLIS + 100);
        assertThat(state(partition).startOffset()).isEqualTo(offset);
    }

    private StreamDescription split(StreamDescription stream) {
        PartitionDescription parent = stream.partitions().get(0);
        return log.get(log.catalog()
                .scale(
                        STREAM,
                        Set.of(parent.id()),
                        List.of(new KeyRange(0, 1L << 40), new KeyRange((1L << 40) + 1, -1L))));
    }

    @Test
    void the_catalog_tells_how_far_stamps_are_ahead() {
        PartitionDescription partition =
                create(1, Retention.maxAge(HOUR)).partitions().get(0);
        assertThat(log.get(log.catalog().stampsAheadMillis(STREAM))).isZero();
        append(partition, 1);
        assertThat(log.get(log.catalog().stampsAheadMillis(STREAM))).isLessThan(MINUTE);
        appendAhead(partition);
        assertThat(log.get(log.catalog().stampsAheadMillis(STREAM))).isBetween(TEN_DAYS - MINUTE, TEN_DAYS + MINUTE);
        StreamDescription after = split(log.get(log.catalog().describe(STREAM)));
        assertThat(log.get(log.catalog().stampsAheadMillis(STREAM))).isBetween(TEN_DAYS - MINUTE, TEN_DAYS + MINUTE);
        log.scheduler.advanceMillis(2 * TEN_DAYS);
        append(after.partitions().get(0), 1);
        assertThat(log.get(log.catalog().stampsAheadMillis(STREAM))).isLessThan(MINUTE);
    }

    @Test
    void a3_the_catalog_tells_of_no_stamp_that_could_be_lost() {
        PartitionDescription partition =
                create(1, Retention.everything()).partitions().get(0);
        append(partition, 1);
        log.scheduler.shiftWallMillis(TEN_DAYS);
        log.get(log.append(partition, EVENT, Durability.OS));
        log.scheduler.shiftWallMillis(0);
        assertThat(log.get(log.catalog().stampsAheadMillis(STREAM)))
                .as("before the force")
                .isLessThan(MINUTE);
        log.pass(2_000);
        assertThat(log.get(log.catalog().stampsAheadMillis(STREAM))).isBetween(TEN_DAYS - MINUTE, TEN_DAYS + MINUTE);
    }

    // ---- retention

    @Test
    void events_leave_by_age_and_neither_early_nor_never() {
        PartitionDescription partition =
                create(1, Retention.maxAge(HOUR)).partitions().get(0);
        append(partition, 2);
        appendAhead(partition);
        append(partition, 3);
        startsAt(partition, 0);
        log.scheduler.advanceMillis(HOUR / 2);
        append(partition, 4);
        startsAt(partition, 0);
        log.scheduler.advanceMillis(HOUR / 2 - MINUTE);
        // What has a right stamp is an hour old in a minute as well.
        startsAt(partition, 0);
        log.scheduler.advanceMillis(2 * MINUTE);
        startsAt(partition, 6);
        log.scheduler.advanceMillis(HOUR / 2 - 3 * MINUTE);
        startsAt(partition, 6);
        log.scheduler.advanceMillis(HOUR / 10 + 3 * MINUTE);
        startsAt(partition, 10);
    }

    @Test
    void after_a_restart_the_wait_begins_again() {
        PartitionDescription partition =
                create(1, Retention.maxAge(HOUR)).partitions().get(0);
        appendAhead(partition);
        startsAt(partition, 0);
        log.scheduler.advanceMillis(HOUR / 2);
        log.crash();
        startsAt(partition, 0);
        log.scheduler.advanceMillis(HOUR - MINUTE);
        startsAt(partition, 0);
        log.scheduler.advanceMillis(2 * MINUTE);
        startsAt(partition, 1);
    }

    @Test
    void events_of_the_children_of_a_split_leave_too() {
        StreamDescription stream = create(1, Retention.maxAge(HOUR));
        appendAhead(stream.partitions().get(0));
        PartitionDescription child = split(stream).partitions().get(0);
        assertThat(refusal(child, 1, 0)).isNull();
        assertThat(refusal(child, 1, 1)).isNull();
        assertThat(state(child).lastStamp()).isGreaterThan(log.scheduler.wallMillis() + TEN_DAYS / 2);
        startsAt(child, 0);
        log.scheduler.advanceMillis(HOUR + MINUTE);
        startsAt(child, 2);
    }

    @Test
    void the_oldest_events_leave_first_by_when_they_came() {
        StreamDescription stream = create(2, Retention.maxBytes(6L * SimulatedLog.batchBytes(EVENT)));
        PartitionDescription ahead = stream.partitions().get(0);
        PartitionDescription right = stream.partitions().get(1);
        appendAhead(ahead);
        append(ahead, 2);
        startsAt(ahead, 0);
        log.scheduler.advanceMillis(MINUTE);
        append(right, 3);
        startsAt(ahead, 0);
        log.scheduler.advanceMillis(MINUTE);
        append(right, 3);
        startsAt(ahead, 3);
        startsAt(right, 0);
    }

    @Test
    void merged_sections_do_not_hold_events_for_long() {
        PartitionDescription partition =
                create(1, Retention.maxAge(HOUR)).partitions().get(0);
        appendAhead(partition);
        int perStep = 40;
        int stepsOfAnHour = 30;
        int most = 0;
        for (int step = 0; step < 4 * stepsOfAnHour; step++) {
            append(partition, perStep);
            log.pass(1_100);
            log.scheduler.advanceMillis(HOUR / stepsOfAnHour);
            Partition state = state(partition);
            most = Math.max(most, (int) (state.endOffset() - state.startOffset()));
            assertThat(state.endOffset() - state.startOffset())
                    .as("events held after step " + step)
                    .isLessThan(3L * perStep * stepsOfAnHour / 2);
        }
        assertThat(most).isGreaterThan(perStep * stepsOfAnHour);
    }

    // ---- writers

    private @Nullable StrandlineException refusal(PartitionDescription partition, int writer, int sequence) {
        Sequence previous = sequence == 0 ? Sequence.NONE : Sequence.of(sequence - 1);
        byte[] batch = new BatchBuilder(
                        partition.id(), Long.MIN_VALUE | 1_000 + writer, 1, previous, Sequence.of(sequence))
                .add(new byte[10])
                .build();
        ParcelReply reply = log.get(log.port().append(BatchBuilder.parcel(partition.shard(), batch)));
        return reply.refusal(0);
    }

    private void fillTable(PartitionDescription partition) {
        log.scheduler.shiftWallMillis(TEN_DAYS);
        for (int writer = 0; writer < MAX_WRITERS; writer++) {
            assertThat(refusal(partition, writer, 0)).isNull();
        }
        log.scheduler.shiftWallMillis(0);
    }

    private void isFull(PartitionDescription partition) {
        assertThat(refusal(partition, 100, 0)).isInstanceOf(StrandlineException.Overloaded.class);
    }

    @Test
    void idle_writers_are_forgotten_and_others_are_not() {
        PartitionDescription partition =
                create(1, Retention.everything()).partitions().get(0);
        fillTable(partition);
        isFull(partition);
        log.scheduler.advanceMillis(HOUR);
        assertThat(refusal(partition, 2, 1)).isNull();
        isFull(partition);
        log.scheduler.advanceMillis(HOUR - MINUTE);
        isFull(partition);
        log.scheduler.advanceMillis(2 * MINUTE);
        assertThat(refusal(partition, 100, 0)).isNull();
        assertThat(refusal(partition, 2, 2)).isNull();
        assertThat(refusal(partition, 0, 1)).isInstanceOf(StrandlineException.Fenced.class);
    }

    @Test
    void after_a_restart_idle_writers_are_forgotten_two_hours_after_the_first_new_one() {
        PartitionDescription partition =
                create(1, Retention.everything()).partitions().get(0);
        fillTable(partition);
        log.crash();
        isFull(partition);
        log.scheduler.advanceMillis(2 * HOUR - MINUTE);
        isFull(partition);
        log.scheduler.advanceMillis(2 * MINUTE);
        assertThat(refusal(partition, 100, 0)).isNull();
    }

    @Test
    void after_a_restart_a_right_stamp_counts() {
        PartitionDescription partition =
                create(1, Retention.everything()).partitions().get(0);
        for (int writer = 0; writer < MAX_WRITERS; writer++) {
            assertThat(refusal(partition, writer, 0)).isNull();
        }
        log.scheduler.advanceMillis(HOUR);
        log.crash();
        isFull(partition);
        log.scheduler.advanceMillis(HOUR + MINUTE);
        assertThat(refusal(partition, 100, 0)).isNull();
    }

    @Test
    void the_children_of_a_split_forget_idle_writers_as_the_parent_would() {
        StreamDescription stream = create(1, Retention.everything());
        fillTable(stream.partitions().get(0));
        log.scheduler.advanceMillis(HOUR);
        PartitionDescription child = split(stream).partitions().get(0);
        log.scheduler.advanceMillis(HOUR - 2 * MINUTE);
        isFull(child);
        log.scheduler.advanceMillis(3 * MINUTE);
        assertThat(refusal(child, 100, 0)).isNull();
        assertThat(refusal(child, 0, 1)).isInstanceOf(StrandlineException.Fenced.class);
    }
}
