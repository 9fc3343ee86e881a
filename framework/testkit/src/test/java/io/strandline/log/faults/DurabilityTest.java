package io.strandline.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Durability;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.CrashChild;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.WriterGrant;
import io.strandline.testkit.DiskOperation;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * INTERVAL and OS move the acknowledgement, and nothing else (A3). In simulated time, on a disk that loses all that it
 * may.
 */
class DurabilityTest {

    private static final int EVENT = 100;
    private static final long INTERVAL = LogOptions.DEFAULT_FORCE_INTERVAL_MILLIS;

    private SimulatedLog log = new SimulatedLog(1, CrashChild.options(), 1);
    private PartitionDescription partition = create(log);
    private final AtomicInteger forces = new AtomicInteger();

    private static PartitionDescription create(SimulatedLog in) {
        StreamDescription stream = in.createStream("shop/orders", new StreamOptions());
        // The proof of an idle shard is a force as well.
        in.pass(100);
        return stream.partitions().get(0);
    }

    private void restart(long seed) {
        log = new SimulatedLog(seed, CrashChild.options(), 1);
        partition = create(log);
    }

    private void countForces() {
        forces.set(0);
        log.disk().observe((operation, name) -> forces.addAndGet(operation == DiskOperation.FORCE ? 1 : 0));
    }

    private void append(Durability durability) {
        log.get(log.append(partition, EVENT, durability));
    }

    private long end() {
        return log.get(log.port().catalog().endCut("shop/orders")).offset(partition.id());
    }

    @ParameterizedTest
    @EnumSource(names = {"INTERVAL", "OS"})
    void an_early_answer_comes_before_the_force_and_readers_wait_for_it(Durability durability) {
        countForces();
        long before = log.scheduler.monotonicNanos();
        append(durability);
        assertThat(forces).hasValue(0);
        assertThat(end()).isZero();
        ReadSlice slice = log.get(log.port().read(partition, 0, 1_000));
        assertThat(slice.isEmpty()).isTrue();
        log.get(log.port().awaitEvents(partition, 0, 1_000));
        assertThat(forces).hasValueGreaterThan(0);
        assertThat(log.scheduler.monotonicNanos() - before).isLessThan(3 * INTERVAL * 1_000_000);
        assertThat(end()).isEqualTo(1);
    }

    @Test
    void under_os_nobody_forces_for_a_while_unless_somebody_reads() {
        countForces();
        append(Durability.OS);
        log.pass(5 * INTERVAL);
        assertThat(forces).hasValue(0);
        log.pass(7 * INTERVAL);
        assertThat(end()).isEqualTo(1);
        Future<ReadSlice> tail = log.port().awaitEvents(partition, 1, 1_000);
        append(Durability.OS);
        log.pass(2 * INTERVAL);
        assertThat(tail.isComplete()).isTrue();
    }

    @Test
    void one_append_at_a_time_costs_few_forces() {
        // An append takes a page: files so large that none ends, because that costs forces as well.
        log = new SimulatedLog(2, CrashChild.options().setJournalFileBytes(4 << 20), 1);
        partition = create(log);
        countForces();
        for (int i = 0; i < 100; i++) {
            append(Durability.INTERVAL);
        }
        int early = forces.get();
        countForces();
        for (int i = 0; i < 100; i++) {
            append(Durability.FORCED);
        }
        assertThat(forces).hasValueGreaterThanOrEqualTo(100);
        assertThat(early).isLessThan(20);
    }

    @Test
    void a_forced_append_forces_what_was_answered_before_it() {
        for (int seed = 1; seed <= 10; seed++) {
            restart(seed);
            for (int i = 0; i < 5; i++) {
                append(i % 2 == 0 ? Durability.INTERVAL : Durability.OS);
            }
            append(Durability.FORCED);
            log.crash();
            assertThat(end()).isEqualTo(6);
        }
    }

    @Test
    void the_end_of_the_process_loses_nothing_and_a_power_cut_the_newest_alone() {
        int lost = 0;
        for (int seed = 1; seed <= 30; seed++) {
            restart(seed);
            append(Durability.FORCED);
            for (int i = 0; i < 20; i++) {
                append(Durability.INTERVAL);
            }
            log.kill();
            assertThat(end()).isEqualTo(21);
            for (int i = 0; i < 20; i++) {
                append(Durability.OS);
            }
            log.crash();
            assertThat(end()).isBetween(21L, 41L);
            lost += end() < 41 ? 1 : 0;
        }
        assertThat(lost).isPositive();
    }

    @Test
    void a_close_forces() {
        append(Durability.OS);
        log.close();
        log.crash();
        assertThat(end()).isEqualTo(1);
    }

    @Test
    void a_repeat_is_answered_when_what_it_repeats_is_forced() {
        Parcel parcel = log.next(partition, EVENT);
        byte[] again = parcel.bytes().clone();
        log.get(log.port().append(parcel.with(Durability.OS)));
        ParcelReply repeated = log.get(log.port().append(new Parcel(0, again, again.length, 1, Durability.OS)));
        assertThat(repeated.duplicate(0)).isTrue();
        log.crash();
        assertThat(end()).isEqualTo(1);
    }

    @Test
    void a_refusal_waits_for_the_force_of_what_it_rests_on() {
        append(Durability.OS);
        log.next(partition, EVENT);
        ParcelReply refused = log.get(log.append(partition, EVENT, Durability.OS));
        assertThat(refused.refusal(0)).isInstanceOf(StrandlineException.Conflict.class);
        log.crash();
        assertThat(end()).isEqualTo(1);
    }

    @Test
    void a_refreshed_grant_knows_what_was_answered_early() {
        append(Durability.OS);
        append(Durability.OS);
        StreamDescription stream = log.get(log.catalog().describe("shop/orders"));
        WriterGrant refreshed =
                log.get(log.port().refreshWriter(new WriterGrant(stream, log.writer(), 1, List.of()), null));
        assertThat(Objects.requireNonNull(refreshed.slots().get(0).last()).offset())
                .isEqualTo(1);
    }

    @Test
    void a_writer_that_outlives_a_lost_event_is_refused() {
        int lost = 0;
        for (int seed = 1; seed <= 40; seed++) {
            restart(seed);
            append(Durability.FORCED);
            append(Durability.INTERVAL);
            log.disk().faults().failAt(DiskOperation.FORCE, 1);
            log.pass(2 * INTERVAL);
            log.until("the shard serves again", () -> {
                Future<ReadSlice> read = log.port().read(partition, 0, 1);
                log.until("an answer", read::isComplete);
                return read.succeeded();
            });
            ParcelReply next = log.get(log.append(partition, EVENT));
            if (end() == 1) {
                lost++;
                assertThat(next.refusal(0))
                        .isInstanceOf(StrandlineException.Conflict.class)
                        .hasMessageContaining("has written (0, 0) last");
            } else {
                assertThat(next.refusal(0)).isNull();
                assertThat(end()).isEqualTo(3);
            }
        }
        assertThat(lost).isPositive();
    }

    @Test
    void a_fast_writer_is_not_held_back_until_the_interval_ends() {
        countForces();
        long before = log.scheduler.monotonicNanos();
        for (int i = 0; i < 40; i++) {
            List<Future<ParcelReply>> together = new ArrayList<>();
            for (int j = 0; j < 10; j++) {
                together.add(log.append(partition, 10_000, Durability.OS));
            }
            log.get(Future.all(together));
        }
        assertThat(forces).hasValueGreaterThan(40);
        assertThat(log.scheduler.monotonicNanos() - before).isLessThan(20 * INTERVAL * 1_000_000);
        log.pass(2_000);
        assertThat(end()).isEqualTo(400);
    }
}
