package io.strandline.log.impl.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Compression;
import io.strandline.Durability;
import io.strandline.KeyRange;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.log.LogOptions;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.LogRules;
import io.strandline.spi.Batch;
import io.strandline.spi.Parcel;
import io.strandline.testkit.BatchBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a shard takes of a parcel, and which offsets, stamps and answers it gives: rules A3, A6 and D1 to D6. */
class NumberingTest {

    private static final long PARTITION = 3;
    private static final long OTHER = 4;
    private static final long ANONYMOUS = Long.MIN_VALUE | 100;
    private static final long NAMED = 9;
    private static final long HALF = 1L << 63;
    private static final long IDLE_MILLIS = Numbering.ANONYMOUS_WRITER_MILLIS;

    private long wallMillis = 1_000_000;
    private long nanos = 5_000;

    private final Clock clock = new Clock() {
        @Override
        public long wallMillis() {
            return wallMillis;
        }

        @Override
        public long monotonicNanos() {
            return nanos;
        }
    };

    private final LogOptions limits = new LogOptions();
    private final ShardState state = new ShardState(0, unreferenced -> {});
    private Numbering numbering = open();

    private Numbering open() {
        state.open(PARTITION, KeyRange.ALL);
        state.open(OTHER, KeyRange.ALL);
        return new Numbering(state, clock, limits, LogRules.STANDARD, new KeyConditions(isToGoOn -> {}));
    }

    private Partition partition(long id) {
        return Objects.requireNonNull(state.partition(id));
    }

    private void passMillis(long millis) {
        wallMillis += millis;
        nanos += millis * 1_000_000;
    }

    // ---- parcels

    private static BatchBuilder batch(long partition, long writer, int epoch, Sequence previous, Sequence last) {
        return new BatchBuilder(partition, writer, epoch, previous, last);
    }

    private static byte[] events(int count, BatchBuilder batch) {
        for (int i = 0; i < count; i++) {
            batch.add(new byte[] {1, 2, 3});
        }
        return batch.build();
    }

    /** One event of an anonymous writer, which follows one of its events. */
    private static byte[] event(long writer, long previous, long last) {
        Sequence before = previous < 0 ? Sequence.NONE : Sequence.of(previous);
        return events(1, batch(PARTITION, writer, 1, before, Sequence.of(last)));
    }

    private static byte[] first(long writer) {
        return event(writer, -1, 0);
    }

    private Numbering.Outcome number(byte[]... batches) {
        return number(Sender.WRITER, batches);
    }

    private Numbering.Outcome number(Sender sender, byte[]... batches) {
        Parcel parcel = BatchBuilder.parcel(0, batches);
        numbering.requireWhole(parcel, sender);
        return numbering.number(parcel, sender);
    }

    /** Numbers batches and makes the accepted ones durable. */
    private Numbering.Outcome append(byte[]... batches) {
        Numbering.Outcome outcome = number(batches);
        for (int i = 0; i < outcome.acceptedCount(); i++) {
            state.apply(outcome.partitions()[i], outcome.bytes(), outcome.positions()[i]);
        }
        return outcome;
    }

    private static void assertAccepted(Numbering.Outcome outcome, long... offsets) {
        assertThat(outcome.refusals()).isNull();
        assertThat(outcome.duplicates()).isNull();
        assertThat(outcome.acceptedCount()).isEqualTo(offsets.length);
        assertThat(outcome.offsets()).containsExactly(offsets);
    }

    /** The first batch repeats one whose last event has this offset in this partition. */
    private static void assertDuplicate(Numbering.Outcome outcome, long partition, long offset) {
        assertThat(outcome.acceptedCount()).isZero();
        assertThat(outcome.refusals()).isNull();
        assertThat(Objects.requireNonNull(outcome.duplicates())[0]).isTrue();
        assertThat(Objects.requireNonNull(outcome.holders())[0]).isEqualTo(partition);
        assertThat(outcome.offsets()[0]).isEqualTo(offset);
    }

    private static @Nullable StrandlineException refusal(Numbering.Outcome outcome, int batch) {
        return outcome.refusals() == null ? null : outcome.refusals()[batch];
    }

    private static void assertRefused(
            Numbering.Outcome outcome, Class<? extends StrandlineException> why, String... words) {
        assertThat(outcome.acceptedCount()).isZero();
        assertThat(outcome.duplicates()).isNull();
        assertThat(refusal(outcome, 0)).isInstanceOf(why).hasMessageContainingAll(words);
    }

    // ---- numbers and stamps

    @Test
    void a3_offsets_are_dense_over_batches_and_parcels() {
        assertAccepted(
                number(
                        events(3, batch(PARTITION, ANONYMOUS, 1, Sequence.NONE, Sequence.of(2))),
                        events(2, batch(PARTITION, ANONYMOUS, 1, Sequence.of(2), Sequence.of(4)))),
                0,
                3);
        Numbering.Outcome next = number(event(ANONYMOUS, 4, 5));
        assertAccepted(next, 5);
        assertThat(Batch.offset(next.bytes(), next.positions()[0])).isEqualTo(5);
    }

    @Test
    void a3_only_the_accepted_batches_of_a_parcel_are_queued_each_for_its_partition() {
        byte[] one = event(ANONYMOUS, -1, 1);
        byte[] refused = event(ANONYMOUS + 1, 5, 6);
        byte[] two = events(1, batch(OTHER, ANONYMOUS, 1, Sequence.NONE, Sequence.of(1)));
        Numbering.Outcome outcome = number(one, refused, one, two);
        assertThat(outcome.acceptedCount()).isEqualTo(2);
        assertThat(outcome.partitions()[0].id()).isEqualTo(PARTITION);
        assertThat(outcome.partitions()[1].id()).isEqualTo(OTHER);
        assertThat(Arrays.copyOf(outcome.positions(), 2)).containsExactly(0, one.length + refused.length + one.length);
        assertThat(outcome.accepted().length()).isEqualTo(one.length + two.length);
        assertThat(refusal(outcome, 0)).isNull();
        assertThat(refusal(outcome, 1)).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(Objects.requireNonNull(outcome.duplicates())).containsExactly(false, false, true, false);
    }

    @Test
    void a6_a_stamp_is_the_time_and_never_below_the_one_before_it() {
        assertThat(stampOf(number(first(ANONYMOUS)))).isEqualTo(1_000_000);
        wallMillis = 999_000;
        assertThat(stampOf(number(event(ANONYMOUS, 0, 1)))).isEqualTo(1_000_000);
        wallMillis = 1_000_001;
        assertThat(stampOf(number(event(ANONYMOUS, 1, 2)))).isEqualTo(1_000_001);
        assertThat(Objects.requireNonNull(state.numbered(PARTITION)).numberedStamp)
                .isEqualTo(1_000_001);
    }

    private static long stampOf(Numbering.Outcome outcome) {
        return Batch.stamp(outcome.bytes(), outcome.positions()[0]);
    }

    // ---- dedup

    @Test
    void d1_a_repeat_is_answered_with_the_last_event_of_its_writer_while_it_is_queued_and_afterwards() {
        byte[] batch = events(3, batch(PARTITION, ANONYMOUS, 1, Sequence.NONE, new Sequence(2, 5)));
        number(batch);
        assertDuplicate(number(batch), PARTITION, 2);
        byte[] another = first(ANONYMOUS + 1);
        append(another);
        number(event(ANONYMOUS + 1, 0, 1));
        assertDuplicate(number(another), PARTITION, 4);
    }

    @Test
    void d1_every_number_up_to_the_last_one_is_a_repeat() {
        number(events(1, batch(PARTITION, ANONYMOUS, 1, Sequence.NONE, new Sequence(2, 5))));
        for (Sequence last : List.of(new Sequence(2, 5), new Sequence(2, 4), new Sequence(1, 9), new Sequence(0, 0))) {
            assertDuplicate(number(events(1, batch(PARTITION, ANONYMOUS, 1, Sequence.NONE, last))), PARTITION, 0);
        }
    }

    @Test
    void d1_a_batch_that_does_not_follow_the_last_one_conflicts_and_says_what_is_stored() {
        number(events(1, batch(PARTITION, ANONYMOUS, 1, Sequence.NONE, new Sequence(2, 5))));
        for (Sequence previous : List.of(
                Sequence.NONE, new Sequence(2, 4), new Sequence(2, 6), new Sequence(1, 5), new Sequence(3, 5))) {
            assertRefused(
                    number(events(1, batch(PARTITION, ANONYMOUS, 1, previous, new Sequence(9, 0)))),
                    StrandlineException.Conflict.class,
                    "has written (2, 5) last in partition 3",
                    "its batch follows " + previous);
        }
        assertAccepted(number(events(1, batch(PARTITION, ANONYMOUS, 1, new Sequence(2, 5), new Sequence(2, 6)))), 1);
    }

    @Test
    void d1_the_first_batch_of_a_writer_follows_nothing() {
        assertRefused(number(event(ANONYMOUS, 0, 1)), StrandlineException.Conflict.class, "(-1, -1)");
        assertAccepted(number(first(ANONYMOUS)), 0);
    }

    @Test
    void d1_writers_partitions_and_ranges_are_remembered_apart() {
        openWithTwoRanges(7);
        byte[] low = events(1, batch(7, ANONYMOUS, 1, Sequence.NONE, Sequence.of(5)));
        byte[] high =
                events(1, batch(7, ANONYMOUS, 1, Sequence.NONE, Sequence.of(1)).range(1));
        assertAccepted(number(low), 0);
        assertAccepted(number(high), 1);
        assertDuplicate(number(high), 7, 1);
        assertDuplicate(number(low), 7, 0);
        assertAccepted(number(first(ANONYMOUS)), 0);
        assertAccepted(number(first(ANONYMOUS + 1)), 1);
        assertAccepted(number(event(ANONYMOUS, 0, 1)), 2);
    }

    private void openWithTwoRanges(long id) {
        KeyRange low = new KeyRange(0, HALF - 1);
        KeyRange high = new KeyRange(HALF, -1);
        state.inherit(id, KeyRange.ALL, 0, 0, 2, new Inheritance.Range(low, Long.MIN_VALUE, List.of()));
        state.inherit(id, KeyRange.ALL, 0, 1, 2, new Inheritance.Range(high, Long.MIN_VALUE, List.of()));
    }

    @Test
    void d1_a_range_that_a_partition_does_not_have_is_invalid() {
        assertRefused(
                number(events(
                        1,
                        batch(PARTITION, ANONYMOUS, 1, Sequence.NONE, Sequence.of(0))
                                .range(1))),
                StrandlineException.Invalid.class,
                "batch of key range 1 of partition 3, which has 1");
    }

    @Test
    void d4_a_repeat_of_an_inherited_event_is_answered_with_the_partition_that_holds_it() {
        append(first(ANONYMOUS), event(ANONYMOUS, 0, 1));
        state.seal(PARTITION);
        Inheritance left = partition(PARTITION).inheritance(new Moment(wallMillis, nanos), LogRules.STANDARD);
        state.inherit(
                8,
                KeyRange.ALL,
                left.lastStamp(),
                0,
                1,
                Inheritance.cut(KeyRange.ALL, List.of(left)).get(0));
        assertDuplicate(number(events(1, batch(8, ANONYMOUS, 1, Sequence.NONE, Sequence.of(1)))), PARTITION, 1);
        assertAccepted(number(events(1, batch(8, ANONYMOUS, 1, Sequence.of(1), Sequence.of(2)))), 0);
        assertDuplicate(number(events(1, batch(8, ANONYMOUS, 1, Sequence.of(1), Sequence.of(2)))), 8, 0);
    }

    @Test
    void d6_a_conditional_batch_is_taken_at_the_expected_offset_alone() {
        number(first(ANONYMOUS));
        for (long expected : new long[] {0, 2}) {
            assertRefused(
                    number(events(
                            1,
                            batch(PARTITION, ANONYMOUS, 1, Sequence.of(0), Sequence.of(1))
                                    .expectedOffset(expected))),
                    StrandlineException.Conflict.class,
                    "expected offset " + expected + ", partition 3 is at 1");
        }
        byte[] right = events(
                1,
                batch(PARTITION, ANONYMOUS, 1, Sequence.of(0), Sequence.of(1)).expectedOffset(1));
        assertAccepted(number(right), 1);
        assertDuplicate(number(right), PARTITION, 1);
    }

    // ---- epochs

    private byte[] named(int epoch, long last) {
        Sequence previous = last == 0 ? Sequence.NONE : Sequence.of(last - 1);
        return events(1, batch(PARTITION, NAMED, epoch, previous, Sequence.of(last)));
    }

    @Test
    void d5_a_named_writer_appends_in_the_newest_epoch_that_was_raised_alone() {
        assertRefused(number(named(1, 0)), StrandlineException.Fenced.class, "was retired, or never admitted");
        numbering.raise(NAMED, 3);
        assertAccepted(number(named(3, 0)), 0);
        for (int epoch : new int[] {2, 4}) {
            assertRefused(
                    number(named(epoch, 1)),
                    StrandlineException.Fenced.class,
                    "with epoch " + epoch + " is fenced",
                    "a writer of its id was opened later, with epoch 3");
        }
        assertRefused(number(named(2, 0)), StrandlineException.Fenced.class, "fenced");
        numbering.raise(NAMED, 2);
        assertAccepted(number(named(3, 1)), 1);
        numbering.raise(NAMED, 4);
        assertRefused(number(named(3, 2)), StrandlineException.Fenced.class, "with epoch 4");
    }

    @Test
    void d5_a_number_that_is_not_negative_is_no_anonymous_writer() {
        assertRefused(number(first(0)), StrandlineException.Fenced.class, "never admitted");
    }

    @Test
    void d5_a_retired_writer_is_fenced_at_once() {
        numbering.raise(NAMED, 1);
        numbering.forget(NAMED);
        assertRefused(number(named(1, 0)), StrandlineException.Fenced.class, "was retired");
    }

    @Test
    void d5_an_epoch_that_was_applied_holds_after_a_recovery() {
        state.raise(NAMED, 3);
        numbering = open();
        assertRefused(number(named(2, 0)), StrandlineException.Fenced.class, "with epoch 3");
        assertAccepted(number(named(3, 0)), 0);
    }

    @Test
    void e3_a_partition_that_is_gone_or_sealed_has_lost_its_claim() {
        assertThat(numbering.lostClaim(PARTITION, ANONYMOUS, 1)).isNull();
        assertThat(numbering.lostClaim(99, ANONYMOUS, 1)).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(numbering.lostClaim(PARTITION, NAMED, 1)).isInstanceOf(StrandlineException.Fenced.class);
        numbering.seal(PARTITION);
        assertThat(numbering.lostClaim(PARTITION, ANONYMOUS, 1)).isInstanceOf(StrandlineException.Sealed.class);
        assertThat(numbering.lostClaim(PARTITION, NAMED, 1)).isInstanceOf(StrandlineException.Fenced.class);
        numbering.drop(PARTITION);
        assertThat(numbering.lostClaim(PARTITION, ANONYMOUS, 1)).isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void e3_a_claimed_partition_takes_the_claimant_alone_also_if_its_number_is_anonymous() {
        state.claim(5, Claim.NOBODY);
        state.open(5, KeyRange.ALL);
        byte[] batch = events(1, batch(5, ANONYMOUS, 2, Sequence.NONE, Sequence.of(0)));
        assertRefused(number(batch), StrandlineException.Fenced.class, "nobody has claimed it");
        numbering.claim(5, Claim.first(ANONYMOUS + 1, 2));
        assertRefused(number(batch), StrandlineException.Fenced.class, "the newest claim has epoch 2");
        numbering.claim(5, Claim.first(ANONYMOUS, 3));
        assertRefused(number(batch), StrandlineException.Fenced.class, "the newest claim has epoch 3");
        assertAccepted(number(events(1, batch(5, ANONYMOUS, 3, Sequence.NONE, Sequence.of(0)))), 0);
    }

    @Test
    void e3_a_partition_that_anybody_may_append_to_is_not_closed_by_a_claim() {
        numbering.claim(PARTITION, Claim.first(NAMED, 1));
        assertAccepted(number(first(ANONYMOUS)), 0);
    }

    // ---- seals and deletions

    @Test
    void e2_a_seal_that_is_queued_refuses_new_events_and_answers_repeats() {
        number(first(ANONYMOUS));
        numbering.seal(PARTITION);
        assertRefused(
                number(event(ANONYMOUS, 0, 1)),
                StrandlineException.Sealed.class,
                "partition 3 is sealed, it ends at offset 1");
        assertDuplicate(number(first(ANONYMOUS)), PARTITION, 0);
        assertThat(partition(PARTITION).sealed()).as("applied").isFalse();
    }

    @Test
    void a_deletion_that_is_queued_refuses_everything() {
        number(first(ANONYMOUS));
        numbering.drop(PARTITION);
        assertRefused(number(first(ANONYMOUS)), StrandlineException.NotFound.class, "partition 3 does not exist");
        assertRefused(
                number(events(1, batch(99, ANONYMOUS, 1, Sequence.NONE, Sequence.of(0)))),
                StrandlineException.NotFound.class,
                "partition 99 does not exist in shard 0");
    }

    @Test
    void a_frame_for_a_partition_that_is_gone_changes_nothing() {
        numbering.seal(99);
        numbering.drop(99);
        numbering.claim(99, Claim.first(NAMED, 1));
        assertAccepted(number(first(ANONYMOUS)), 0);
    }

    // ---- how many writers a partition remembers

    private Numbering rememberingTwo() {
        limits.setWritersPerPartition(2);
        return open();
    }

    @Test
    void a5_a_partition_remembers_so_many_writers_and_those_go_on() {
        numbering = rememberingTwo();
        append(first(ANONYMOUS), first(ANONYMOUS + 1));
        assertRefused(
                number(first(ANONYMOUS + 2)),
                StrandlineException.Overloaded.class,
                "partition 3 remembers 2 writers",
                "the limit is 2");
        assertAccepted(number(event(ANONYMOUS, 0, 1)), 2);
        assertAccepted(number(Sender.DECISION, first(ANONYMOUS + 3)), 3);
    }

    @Test
    void d5_an_idle_anonymous_writer_makes_room_and_is_fenced_from_then_on() {
        numbering = rememberingTwo();
        append(first(ANONYMOUS + 5));
        passMillis(1);
        append(first(ANONYMOUS + 6));
        passMillis(IDLE_MILLIS);
        assertAccepted(append(first(ANONYMOUS + 7)), 2);
        assertRefused(
                number(first(ANONYMOUS + 5)),
                StrandlineException.Fenced.class,
                "may be among those that partition 3 forgot after " + IDLE_MILLIS + " ms");
        assertRefused(number(first(ANONYMOUS + 4)), StrandlineException.Fenced.class, "forgot");
        assertAccepted(number(event(ANONYMOUS + 6, 0, 1)), 3);
    }

    @Test
    void d5_the_newest_of_several_forgotten_writers_is_the_bound() {
        limits.setWritersPerPartition(3);
        numbering = open();
        append(first(ANONYMOUS + 6), first(ANONYMOUS + 8), first(ANONYMOUS + 5));
        passMillis(IDLE_MILLIS + 1);
        assertAccepted(number(first(ANONYMOUS + 9)), 3);
        assertRefused(number(first(ANONYMOUS + 8)), StrandlineException.Fenced.class, "forgot");
        assertRefused(number(first(ANONYMOUS + 7)), StrandlineException.Fenced.class, "forgot");
        assertAccepted(number(first(ANONYMOUS + 10)), 4);
    }

    @Test
    void t3_a_checkpoint_takes_a_partition_before_it_forgets_a_writer() {
        numbering = rememberingTwo();
        append(first(ANONYMOUS), first(ANONYMOUS + 1));
        List<Boolean> remembered = new ArrayList<>();
        partition(PARTITION).captureBy(captured -> remembered.add(captured.tables()[0].entry(ANONYMOUS) != null));
        passMillis(IDLE_MILLIS + 1);
        assertAccepted(number(first(ANONYMOUS + 2)), 2);
        assertThat(remembered).containsExactly(true);
    }

    @Test
    void d5_a_writer_that_is_idle_for_the_named_time_and_no_longer_is_remembered() {
        numbering = rememberingTwo();
        append(first(ANONYMOUS), first(ANONYMOUS + 1));
        passMillis(IDLE_MILLIS);
        assertRefused(number(first(ANONYMOUS + 2)), StrandlineException.Overloaded.class, "remembers 2");
    }

    @Test
    void d5_neither_a_named_writer_nor_one_with_a_queued_batch_is_forgotten() {
        numbering = rememberingTwo();
        numbering.raise(NAMED, 1);
        append(named(1, 0));
        number(first(ANONYMOUS));
        passMillis(10 * IDLE_MILLIS);
        assertRefused(number(first(ANONYMOUS + 1)), StrandlineException.Overloaded.class, "remembers 2");
        assertAccepted(number(named(1, 1)), 2);
        assertAccepted(number(event(ANONYMOUS, 0, 1)), 3);
    }

    @Test
    void d5_the_time_without_an_event_is_measured_by_the_clock_that_does_not_jump() {
        numbering = rememberingTwo();
        append(first(ANONYMOUS), first(ANONYMOUS + 1));
        wallMillis += 10 * IDLE_MILLIS;
        assertRefused(number(first(ANONYMOUS + 2)), StrandlineException.Overloaded.class, "remembers 2");
    }

    @Test
    void d5_after_a_recovery_a_writer_is_as_idle_as_its_last_event_is_old() {
        append(first(ANONYMOUS), first(ANONYMOUS + 1));
        wallMillis += IDLE_MILLIS + 1;
        nanos = 7;
        state.numberedIsApplied();
        numbering = rememberingTwo();
        assertRefused(
                number(event(ANONYMOUS + 2, 0, 1)), StrandlineException.Conflict.class, "has written (-1, -1) last");
        forgetContacts();
        assertAccepted(number(first(ANONYMOUS + 2)), 2);
        assertRefused(number(first(ANONYMOUS)), StrandlineException.Fenced.class, "forgot");
    }

    @Test
    void d5_after_a_recovery_a_writer_whose_last_event_is_recent_is_remembered() {
        append(first(ANONYMOUS), first(ANONYMOUS + 1));
        forgetContacts();
        wallMillis += IDLE_MILLIS - 1;
        numbering = rememberingTwo();
        assertRefused(number(first(ANONYMOUS + 2)), StrandlineException.Overloaded.class, "remembers 2");
        passMillis(2);
        assertAccepted(number(first(ANONYMOUS + 2)), 2);
    }

    /** Otherwise a writer that was stamped by a clock that was ahead would be remembered until the time has caught up. */
    @Test
    void d5_a_writer_is_inherited_with_the_time_of_its_last_contact_if_its_stamp_is_ahead() {
        wallMillis = 9_000_000;
        append(first(ANONYMOUS));
        wallMillis = 1_000_000;
        append(event(ANONYMOUS, 0, 1));
        passMillis(500);
        assertThat(inheritedStamp()).isEqualTo(1_000_000);
        forgetContacts();
        assertThat(inheritedStamp()).as("after a recovery").isEqualTo(1_000_500);
        wallMillis = 9_999_999;
        assertThat(inheritedStamp()).as("when the time has caught up").isEqualTo(9_000_000);
    }

    private long inheritedStamp() {
        Inheritance left = partition(PARTITION).inheritance(new Moment(wallMillis, nanos), LogRules.STANDARD);
        return left.ranges().get(0).writers().get(0).stamp();
    }

    /** Moves the writers of the partition to a table that has never measured their idle time, as a recovery does. */
    private void forgetContacts() {
        Partition old = partition(PARTITION);
        old.tables[0] = Inheritance.Range.of(old.tables[0]).toTable();
    }

    // ---- whole parcels

    private static void assertInvalid(Runnable check, String words) {
        assertThatThrownBy(check::run)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(words);
    }

    private void assertInvalid(String words, byte[]... batches) {
        assertInvalid(() -> numbering.requireWhole(BatchBuilder.parcel(0, batches), Sender.WRITER), words);
    }

    private static Parcel parcel(byte[] bytes, int length, int batches) {
        return new Parcel(0, bytes, length, batches);
    }

    @Test
    void a_parcel_holds_whole_batches_and_nothing_else() {
        byte[] one = first(ANONYMOUS);
        List<Supplier<Parcel>> bad = new ArrayList<>();
        bad.add(() -> parcel(one, one.length, 0));
        bad.add(() -> parcel(one, -1, 1));
        bad.add(() -> parcel(one, one.length + 1, 1));
        bad.add(() -> parcel(one, one.length - 1, 1));
        bad.add(() -> parcel(Arrays.copyOf(one, one.length + 1), one.length + 1, 1));
        bad.add(() -> parcel(one, one.length, 2));
        for (Supplier<Parcel> parcel : bad) {
            assertInvalid(() -> numbering.requireWhole(parcel.get(), Sender.WRITER), "batch");
        }
        numbering.requireWhole(parcel(Arrays.copyOf(one, one.length + 1), one.length, 1), Sender.WRITER);
    }

    @Test
    void a_damaged_batch_is_invalid_wherever_it_is_in_its_parcel() {
        byte[] damaged = first(ANONYMOUS);
        damaged[damaged.length - 1] ^= 1;
        assertInvalid("batch 0 of the parcel: batch checksum", damaged, first(ANONYMOUS));
        assertInvalid("batch 1 of the parcel: batch checksum", first(ANONYMOUS), damaged);
    }

    @Test
    void a_parcel_has_a_condition_for_each_batch_or_for_none() {
        byte[] one = first(ANONYMOUS);
        assertInvalid(
                () -> numbering.requireWhole(BatchBuilder.parcelIfUnchanged(0, new long[2], one), Sender.WRITER),
                "parcel of 1 batches with conditions for 2 of them");
        numbering.requireWhole(BatchBuilder.parcelIfUnchanged(0, new long[1], one), Sender.WRITER);
    }

    private byte[] payload(int bytes) {
        return batch(PARTITION, ANONYMOUS, 1, Sequence.NONE, Sequence.of(0))
                .add(new byte[bytes])
                .build();
    }

    /** A batch of one event that has so many bytes. */
    private byte[] batchOf(int bytes) {
        byte[] batch = payload(2 * bytes - payload(bytes).length);
        assertThat(batch).hasSize(bytes);
        return batch;
    }

    private Numbering smallEvents() {
        limits.setMaxEventBytes(1_000);
        limits.setMaxParcelBytes(200_000);
        return open();
    }

    @Test
    void a5_a_batch_of_a_writer_is_as_large_as_one_event_and_an_allowance() {
        numbering = smallEvents();
        int limit = 1_000 + Numbering.BATCH_ALLOWANCE_BYTES;
        numbering.requireWhole(BatchBuilder.parcel(0, batchOf(limit)), Sender.WRITER);
        byte[] larger = batchOf(limit + 1);
        assertInvalid("batch of " + (limit + 1) + " bytes, the limit is " + limit, larger);
        numbering.requireWhole(BatchBuilder.parcel(0, larger), Sender.DECISION);
    }

    @Test
    void a5_a_compressed_batch_is_measured_by_its_plain_bytes() {
        numbering = smallEvents();
        int limit = 1_000 + Numbering.BATCH_ALLOWANCE_BYTES;
        int overhead = payload(limit).length - limit;
        byte[] most = compressed(limit - overhead);
        numbering.requireWhole(BatchBuilder.parcel(0, most), Sender.WRITER);
        byte[] larger = compressed(limit - overhead + 1);
        assertInvalid("compressed batch of " + (limit + 1 - Batch.HEADER_BYTES) + " plain bytes", larger);
        numbering.requireWhole(BatchBuilder.parcel(0, larger), Sender.DECISION);
    }

    private static byte[] compressed(int payloadBytes) {
        return batch(PARTITION, ANONYMOUS, 1, Sequence.NONE, Sequence.of(0))
                .add(new byte[payloadBytes])
                .compressed(Compression.LZ4)
                .build();
    }

    @Test
    void a5_a_parcel_of_a_writer_has_a_limit_which_a_decision_may_pass() {
        numbering = smallEvents();
        byte[] half = batchOf(100_000);
        numbering.requireWhole(BatchBuilder.parcel(0, half, half), Sender.WRITER);
        byte[] larger = batchOf(100_001);
        assertInvalid("the limit is 200000 bytes", half, larger);
        numbering.requireWhole(BatchBuilder.parcel(0, half, larger), Sender.DECISION);
    }

    @Test
    void a5_a_parcel_may_always_hold_one_batch_of_the_greatest_size() {
        limits.setMaxEventBytes(100_000).setMaxParcelBytes(100_000);
        assertThat(Numbering.parcelLimit(limits)).isEqualTo(100_000 + Numbering.BATCH_ALLOWANCE_BYTES);
        limits.setMaxParcelBytes(1 << 20);
        assertThat(Numbering.parcelLimit(limits)).isEqualTo(1 << 20);
    }

    @Test
    void epochs_begin_at_one_and_sequences_at_zero() {
        assertInvalid("epoch 0 is below 1", events(1, batch(PARTITION, ANONYMOUS, 0, Sequence.NONE, Sequence.of(0))));
        for (Sequence negative : List.of(new Sequence(-1, 0), new Sequence(0, -1))) {
            assertInvalid(
                    "sequence " + negative + " is negative",
                    events(1, batch(PARTITION, ANONYMOUS, 1, Sequence.NONE, negative)));
        }
    }

    @Test
    void a_batch_has_two_bytes_for_each_of_its_events_at_least() {
        byte[] smallest = batch(PARTITION, ANONYMOUS, 1, Sequence.NONE, Sequence.of(1))
                .add(new byte[0])
                .add(new byte[0])
                .build();
        assertThat(smallest).hasSize(Batch.HEADER_BYTES + 4);
        numbering.requireWhole(BatchBuilder.parcel(0, smallest), Sender.WRITER);
        byte[] fewer = Arrays.copyOf(smallest, Batch.HEADER_BYTES + 3);
        Batch.seal(fewer, 0, fewer.length, new CRC32C());
        assertInvalid("2 events in 3 bytes", fewer);
    }

    @Test
    void records_that_cannot_be_walked_are_refused_with_their_writer_and_partition() {
        byte[] batch = first(ANONYMOUS);
        batch[Batch.HEADER_BYTES] = 60;
        Batch.seal(batch, 0, batch.length, new CRC32C());
        assertInvalid("of writer " + ANONYMOUS + " for partition 3", batch);
        Parcel own = new Parcel(0, batch, batch.length, 1, Durability.FORCED, Parcel.Origin.WRITER_IN_PROCESS);
        numbering.requireWhole(own, Sender.WRITER);
    }
}
