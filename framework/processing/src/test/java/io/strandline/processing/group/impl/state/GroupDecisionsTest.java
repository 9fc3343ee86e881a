package io.strandline.processing.group.impl.state;

import static io.strandline.processing.group.impl.state.Resets.reset;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.impl.state.GroupState.HeldKey;
import io.strandline.processing.group.impl.state.GroupState.Member;
import io.strandline.processing.group.impl.state.LeaseWatch.Silent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What readers may do to the state of their group: who owns a partition, what is committed, and where a group begins. */
class GroupDecisionsTest {

    private static final KeyRange LOW = new KeyRange(0, Long.MAX_VALUE);
    private static final KeyRange HIGH = new KeyRange(Long.MIN_VALUE, -1);

    private final GroupDecisions decisions = new GroupDecisions("shop/billing", true);
    private final GroupOptions options =
            new GroupOptions().setStreams("shop/orders").setMaxUncommittedEvents(100);
    private GroupState state = GroupState.NONE;

    GroupDecisionsTest() {
        assertThat(take(decisions.create(text(), partitions(1, 2, 3, 4), new TreeMap<>())))
                .isTrue();
    }

    private String text() {
        return options.toJson().encode();
    }

    private static SortedMap<Long, PartitionState> partitions(long... ids) {
        TreeMap<Long, PartitionState> partitions = new TreeMap<>();
        for (long id : ids) {
            partitions.put(id, PartitionState.fresh(0, 10, -1, List.of()));
        }
        return partitions;
    }

    private <T> T take(Function<GroupState, Decision<T>> decide) {
        Decision<T> decision = decide.apply(state);
        assertThat(decision.refusal()).isNull();
        for (GroupUpdate update : decision.updates()) {
            state = GroupUpdate.applied(state, update);
        }
        return decision.answer();
    }

    /** The decision changes nothing, and has this answer. */
    private void assertNothing(Function<GroupState, Decision<Boolean>> decide, boolean answer) {
        assertThat(decide.apply(state)).isEqualTo(new Decision<>(List.of(), answer, null));
    }

    private void assertRefused(
            Function<GroupState, ? extends Decision<?>> decide,
            Class<? extends StrandlineException> why,
            String... words) {
        Decision<?> decision = decide.apply(state);
        assertThat(decision.updates()).isEmpty();
        assertThat(decision.refusal()).isInstanceOf(why);
        for (String word : words) {
            assertThat(decision.refusal()).hasMessageContaining(word);
        }
    }

    private long join(String name) {
        return take(decisions.join(name, null, 0, 0));
    }

    /** A reader with a handler and its share of the partitions. */
    private long reader(String name) {
        long session = join(name);
        take(decisions.take(session));
        return session;
    }

    private PartitionState known(long id) {
        return Objects.requireNonNull(state.partitions().get(id));
    }

    private Progress at(long id, long offset) {
        return new Progress(id, known(id).claim(), offset, 0);
    }

    private Member member(String name) {
        return Objects.requireNonNull(state.members().get(name));
    }

    private Silent silent(String name) {
        return new Silent(
                member(name).session(), member(name).beats(), state.settings().getLeaseMillis());
    }

    // ---- sessions

    @Test
    void a_name_has_one_living_reader() {
        long first = join("one");
        assertThat(first).isEqualTo(1);
        assertRefused(
                decisions.join("one", null, 0, 0),
                StrandlineException.Conflict.class,
                "reader one is in group shop/billing already, as session 1");
        assertThat(join("two")).isEqualTo(2);
        assertThat(member("one").idle()).isTrue();
    }

    @Test
    void a_reader_whose_lease_was_seen_to_end_gives_way_to_the_next_of_its_name() {
        long first = reader("one");
        Silent seen = silent("one");
        take(decisions.commit(first, List.of()));
        assertRefused(decisions.join("one", seen, 0, 0), StrandlineException.Conflict.class, "session 1");
        Silent other = new Silent(first + 1, member("one").beats(), seen.leaseMillis());
        assertRefused(decisions.join("one", other, 0, 0), StrandlineException.Conflict.class, "session 1");
        Silent shorter = new Silent(first, member("one").beats(), seen.leaseMillis() - 1);
        assertRefused(decisions.join("one", shorter, 0, 0), StrandlineException.Conflict.class, "session 1");
        assertThat(take(decisions.join("one", silent("one"), 0, 0))).isEqualTo(2L);
        assertThat(known(1).owner()).isZero();
        assertThat(known(1).suspectUntil()).isEqualTo(110);
    }

    @Test
    void readers_of_an_earlier_opening_of_the_log_are_expired_and_no_others() {
        take(decisions.join("unknown", null, 0, 0));
        take(decisions.take(take(decisions.join("early", null, 4, 0))));
        take(decisions.join("same", null, 5, 0));
        take(decisions.join("late", null, 5, 0));
        assertThat(state.members()).containsOnlyKeys("late", "same", "unknown");
        assertThat(state.partitions().values()).allMatch(known -> known.owner() == 0 && known.suspectUntil() == 110);
        take(decisions.join("same", null, 6, 0));
        assertThat(state.members()).containsOnlyKeys("same", "unknown");
    }

    @Test
    void sessions_of_two_halves_of_a_cluster_differ_by_their_salt_and_rise() {
        assertThat(take(decisions.join("one", null, 0, 7))).isEqualTo(8L);
        assertThat(take(decisions.join("two", null, 0, (1L << 30) + 2))).isEqualTo(11L);
    }

    @Test
    void a_group_that_does_not_exist_is_not_joined() {
        take(GroupDecisions.delete());
        assertRefused(
                decisions.join("one", null, 0, 0),
                StrandlineException.NotFound.class,
                "group shop/billing does not exist");
        assertRefused(decisions.take(1), StrandlineException.NotFound.class);
        assertRefused(decisions.commit(1, List.of()), StrandlineException.NotFound.class);
        assertRefused(decisions.beginCheckpoint("noon", true), StrandlineException.NotFound.class);
        assertRefused(reset(decisions, before -> partitions(1)), StrandlineException.NotFound.class);
        assertRefused(decisions.changeOptions(options), StrandlineException.NotFound.class);
        assertNothing(GroupDecisions.delete(), false);
    }

    @Test
    void a_group_has_room_for_so_many_readers() {
        for (int i = 0; i < GroupState.MAX_READERS; i++) {
            state = GroupUpdate.applied(state, new GroupUpdate.Joined("r" + i, i + 1, 0, true));
        }
        assertRefused(
                decisions.join("one more", null, 0, 0),
                StrandlineException.Overloaded.class,
                "has 1000 readers, the limit is 1000");
        state = GroupUpdate.applied(state, new GroupUpdate.Left(5));
        take(decisions.join("one more", null, 0, 0));
    }

    // ---- leases

    @Test
    void a_session_expires_only_while_it_has_the_beats_that_were_seen() {
        long session = reader("one");
        Silent seen = silent("one");
        take(decisions.commit(session, List.of()));
        assertNothing(decisions.expire(seen), true);
        assertNothing(decisions.expire(new Silent(99, 0, seen.leaseMillis())), true);
        assertNothing(decisions.expire(new Silent(session, member("one").beats(), seen.leaseMillis() - 1)), true);
        assertThat(take(decisions.expire(silent("one")))).isTrue();
        assertThat(state.members()).isEmpty();
        assertRefused(
                decisions.commit(session, List.of()),
                StrandlineException.Fenced.class,
                "session 1 of group shop/billing is over");
    }

    @Test
    void what_a_dead_reader_may_have_delivered_is_narrowed_by_each_further_death() {
        List<Long> bounds = new ArrayList<>();
        for (int death = 0; death < 5; death++) {
            reader("r" + death);
            take(decisions.expire(silent("r" + death)));
            bounds.add(known(1).suspectUntil());
        }
        // All that were uncommitted, then 1,024, 32 and 1 after the position.
        assertThat(bounds).containsExactly(110L, 110L, 42L, 11L, 11L);
        long session = reader("last");
        take(decisions.commit(session, List.of(at(1, 11))));
        assertThat(known(1).suspectUntil()).isZero();
        assertThat(known(1).stride()).isZero();
    }

    // ---- claims and commits

    @Test
    void only_the_owner_commits_and_only_under_its_own_claim_and_forward() {
        long one = reader("one");
        Progress before = at(1, 12);
        take(decisions.release(one, List.of(at(1, 11))));
        long two = reader("two");
        assertThat(known(1).owner()).isEqualTo(two);
        assertThat(take(decisions.commit(one, List.of(before)))).isEmpty();
        assertThat(take(decisions.commit(two, List.of(before)))).isEmpty();
        assertThat(take(decisions.commit(one, List.of(at(1, 12))))).isEmpty();
        assertThat(take(decisions.commit(two, List.of(at(1, 10))))).isEmpty();
        assertThat(take(decisions.commit(two, List.of(new Progress(99, 1, 10, 0)))))
                .isEmpty();
        assertThat(known(1).offset()).isEqualTo(11);
        assertThat(take(decisions.commit(two, List.of(at(1, 11), at(2, 15), at(1, 13)))))
                .hasSize(2);
        assertThat(known(1).offset()).isEqualTo(13);
    }

    @Test
    void a_commit_is_a_beat_also_without_positions() {
        long session = reader("one");
        long beats = member("one").beats();
        take(decisions.commit(session, List.of()));
        assertThat(member("one").beats()).isEqualTo(beats + 1);
        take(decisions.commit(session, List.of(at(1, 12))));
        assertThat(member("one").beats()).isEqualTo(beats + 2);
    }

    @Test
    void each_assignment_has_a_claim_of_its_own() {
        long one = reader("one");
        long claim = known(1).claim();
        take(decisions.release(one, List.of(at(1, 10))));
        take(decisions.take(one));
        assertThat(known(1).owner()).isEqualTo(one);
        assertThat(known(1).claim()).isGreaterThan(claim);
        assertThat(state.partitions().values().stream()
                        .map(PartitionState::claim)
                        .distinct())
                .hasSize(4);
    }

    @Test
    void a_reader_takes_its_share_once_it_has_a_handler() {
        long one = join("one");
        join("two");
        assertThat(Assignment.share(state, one)).isZero();
        take(decisions.take(one));
        assertThat(state.partitions().values()).allMatch(known -> known.owner() == one);
        assertNothing(decisions.take(one), true);
        assertRefused(decisions.take(77), StrandlineException.Fenced.class, "session 77");
    }

    @Test
    void partitions_are_given_back_at_the_readers_own_positions_alone() {
        long one = reader("one");
        Progress stale = new Progress(2, known(2).claim() + 1, 20, 0);
        take(decisions.release(one, List.of(at(1, 15), stale)));
        assertThat(known(1).owner()).isZero();
        assertThat(known(1).offset()).isEqualTo(15);
        assertThat(known(2).owner()).isEqualTo(one);
        assertNothing(decisions.release(one, List.of(stale)), true);
        assertRefused(decisions.release(77, List.of(at(2, 11))), StrandlineException.Fenced.class);
    }

    @Test
    void a_partition_is_handed_to_the_reader_with_the_fewest() {
        long one = reader("one");
        take(decisions.handOver(one, at(1, 11)));
        assertThat(known(1).owner()).as("there is no other reader").isZero();
        take(decisions.take(one));
        long two = reader("two");
        join("three, which has no handler");
        take(decisions.handOver(one, at(2, 12)));
        assertThat(known(2).owner()).isEqualTo(two);
        assertThat(known(2).offset()).isEqualTo(12);
        long four = reader("four");
        take(decisions.handOver(one, at(3, 10)));
        assertThat(known(3).owner()).as("the one with the fewest").isEqualTo(four);
        assertNothing(decisions.handOver(one, at(2, 12)), true);
        assertRefused(decisions.handOver(77, at(2, 12)), StrandlineException.Fenced.class, "session 77");
    }

    @Test
    void a_reader_that_leaves_gives_back_everything_also_what_it_had_not_begun() {
        long one = reader("one");
        assertThat(take(decisions.leave(one, List.of(at(1, 15))))).isTrue();
        assertThat(state.members()).isEmpty();
        assertThat(state.partitions().values()).allMatch(known -> known.owner() == 0 && known.suspectUntil() == 0);
        assertThat(known(1).offset()).isEqualTo(15);
        assertThat(known(2).offset()).isEqualTo(10);
        assertNothing(decisions.leave(one, List.of()), false);
    }

    @Test
    void a_claim_can_be_renewed_above_one_that_the_state_has_lost() {
        long one = reader("one");
        take(decisions.renew(one, at(1, 10), 50));
        assertThat(known(1).claim()).isEqualTo(51);
        assertThat(known(1).owner()).isEqualTo(one);
        take(decisions.renew(one, at(1, 10), 7));
        assertThat(known(1).claim()).isEqualTo(52);
        assertRefused(
                decisions.renew(one, new Progress(1, 51, 10, 0), 90),
                StrandlineException.Fenced.class,
                "under claim 51");
    }

    // ---- decisions whose answers were lost

    /** What comes with the second call has happened already, and the answer is that of the first. */
    private void requireIdempotent(Function<GroupState, Decision<Boolean>> decide) {
        boolean first = take(decide);
        GroupState once = state;
        assertThat(take(decide)).isEqualTo(first);
        assertThat(state).isEqualTo(once);
    }

    @Test
    void a_decision_that_is_repeated_finds_its_effect() {
        long one = reader("one");
        requireIdempotent(decisions.attempt(one, new Progress(1, known(1).claim(), 11, 2)));
        requireIdempotent(decisions.skip(one, new Progress(1, known(1).claim(), 11, 2), "why"));
        requireIdempotent(decisions.park(one, new Progress(1, known(1).claim(), 12, 2), "why", "k"));
        assertThat(state.decisions()).hasSize(2);
        requireIdempotent(decisions.acquit(one, at(1, 12)));
        requireIdempotent(decisions.parkHeld(one, at(2, 14), "k"));
        long two = reader("two");
        requireIdempotent(decisions.handOver(one, at(3, 15)));
        assertThat(known(3).owner()).isEqualTo(two);
        requireIdempotent(decisions.release(one, List.of(at(4, 16))));
    }

    @Test
    void a_partition_that_was_read_to_its_end_was_so_once() {
        take(reset(decisions, before -> partitions(1, 2)));
        long one = reader("one");
        requireIdempotent(complete(one, 1, new TreeMap<>()));
        Progress end = new Progress(1, 1, 20, 0);
        assertRefused(
                decisions.complete(one, end, 0, merged(), new TreeMap<>()),
                StrandlineException.Fenced.class,
                "claim 1");
        assertRefused(
                decisions.complete(77, end, 1, merged(), new TreeMap<>()), StrandlineException.Fenced.class, "77");
    }

    /** The next reader is not taken for the first one, whose effect it would find. */
    @Test
    void a_skip_under_a_claim_that_is_over_is_refused() {
        long one = reader("one");
        Progress at = at(1, 12);
        take(decisions.skip(one, at, "why"));
        take(decisions.release(one, List.of(at(1, 13))));
        take(decisions.take(one));
        assertRefused(decisions.skip(one, at, "why"), StrandlineException.Fenced.class, "under claim " + at.claim());
        assertRefused(decisions.park(one, at, "why", null), StrandlineException.Fenced.class);
    }

    /** A reader that names the claim of another one does not have it, whatever it finds. */
    @Test
    void a_skip_by_a_reader_that_does_not_have_the_claim_is_refused() {
        long one = reader("one");
        Progress at = at(1, 12);
        take(decisions.skip(one, at, "why"));
        long two = reader("two");
        assertThat(known(1).owner()).isEqualTo(one);
        assertRefused(decisions.skip(two, at, "why"), StrandlineException.Fenced.class, "session " + two);
    }

    // ---- poison events

    @Test
    void an_attempt_is_counted_before_the_delivery() {
        long one = reader("one");
        take(decisions.attempt(one, new Progress(1, known(1).claim(), 10, 2)));
        assertThat(known(1).attempts()).isEqualTo(2);
        assertRefused(decisions.attempt(one, new Progress(1, 99, 10, 3)), StrandlineException.Fenced.class);
    }

    @Test
    void a_skipped_event_is_passed_and_remembered_with_its_cause() {
        long one = reader("one");
        take(decisions.skip(one, new Progress(1, known(1).claim(), 12, 3), "x".repeat(300)));
        assertThat(known(1).offset()).isEqualTo(13);
        assertThat(known(1).attempts()).isZero();
        assertThat(state.decisions()).hasSize(1);
        GroupState.Decided decided = state.decisions().get(0);
        assertThat(decided.parked()).isFalse();
        assertThat(decided.offset()).isEqualTo(12);
        assertThat(decided.attempts()).isEqualTo(3);
        assertThat(decided.cause()).endsWith("…").hasSizeBetween(190, 200);
    }

    @Test
    void the_newest_decisions_are_remembered() {
        long one = reader("one");
        for (int i = 0; i <= GroupState.MAX_DECISIONS; i++) {
            take(decisions.skip(one, at(1, 10 + i), "why"));
        }
        assertThat(state.decisions()).hasSize(GroupState.MAX_DECISIONS);
        assertThat(state.decisions().get(0).offset()).isEqualTo(11);
    }

    @Test
    void a_condemned_event_stays_condemned_until_it_is_passed_or_acquitted() {
        long one = reader("one");
        take(decisions.park(one, new Progress(1, known(1).claim(), 12, 3), "why", null));
        assertThat(known(1).offset()).isEqualTo(12);
        assertThat(known(1).verdict()).isEqualTo("why");
        assertThat(known(1).condemnedUnder()).isEqualTo(known(1).claim());
        assertThat(state.decisions().get(0).parked()).isTrue();
        take(decisions.commit(one, List.of(at(1, 12))));
        assertThat(known(1).verdict()).isEqualTo("why");
        take(decisions.renew(one, at(1, 12), 60));
        assertThat(known(1).condemnedUnder()).isEqualTo(61);
        take(decisions.acquit(one, at(1, 13)));
        assertThat(known(1).verdict()).as("another event was acquitted").isEqualTo("why");
        take(decisions.acquit(one, at(1, 12)));
        assertThat(known(1).verdict()).isNull();
        assertThat(known(1).attempts()).isZero();
        long again = reader("two");
        take(decisions.release(one, List.of(at(1, 12))));
        take(decisions.take(again));
        take(decisions.park(again, at(1, 12), "why", null));
        assertThat(known(1).condemnedUnder()).as("it may be parked already").isEqualTo(61);
        take(decisions.commit(again, List.of(at(1, 13))));
        assertThat(known(1).verdict()).isNull();
        assertThat(known(1).condemnedUnder()).isZero();
    }

    @Test
    void later_events_of_a_held_key_are_parked_until_it_is_freed() {
        long one = reader("one");
        assertNothing(decisions.parkHeld(one, at(1, 12), "k"), false);
        take(decisions.park(one, at(1, 12), "why", "k"));
        HeldKey held = Objects.requireNonNull(state.heldKey(0, "k"));
        assertThat(held).isEqualTo(new HeldKey(0, "k", 0, 1, 12));
        assertThat(state.heldKey(1, "k")).isNull();
        assertThat(state.heldKey(0, null)).isNull();
        assertThat(take(decisions.parkHeld(one, at(1, 14), "k"))).isTrue();
        assertThat(state.decisions()).as("decisions of the policy alone").hasSize(1);
        assertThat(state.held()).containsExactly(new HeldKey(0, "k", 0, 1, 14));
        assertNothing(GroupDecisions.freeKey(held), false);
        take(decisions.park(one, at(1, 15), "why", "another"));
        assertThat(take(GroupDecisions.freeKey(new HeldKey(0, "k", 0, 1, 14)))).isTrue();
        assertThat(state.held()).containsExactly(new HeldKey(0, "another", 0, 1, 15));
        assertNothing(GroupDecisions.freeKey(held), true);
    }

    @Test
    void a_group_holds_so_many_keys_and_goes_on_parking_events_of_those() {
        long one = reader("one");
        for (int i = 0; i < GroupState.MAX_HELD_KEYS; i++) {
            take(decisions.park(one, at(1, 10 + i), "why", "k" + i));
        }
        assertRefused(
                decisions.park(one, at(1, 200), "why", "another"),
                StrandlineException.Overloaded.class,
                "holds 100 keys, the limit is 100");
        take(decisions.park(one, at(1, 200), "why", "k7"));
        take(decisions.park(one, at(1, 201), "why", null));
    }

    // ---- checkpoints

    /** What a complete checkpoint says of the only stream. */
    private SortedMap<Long, Long> checkpoint(String name) {
        return Objects.requireNonNull(
                Objects.requireNonNull(state.checkpoints().get(name)).get(0));
    }

    @Test
    void a_checkpoint_is_complete_when_each_owner_has_noted_its_position() {
        long one = reader("one");
        take(decisions.release(one, List.of(at(4, 44))));
        take(decisions.beginCheckpoint("noon", false));
        assertThat(state.checkpoints()).isEmpty();
        assertNothing(decisions.beginCheckpoint("noon", false), true);
        take(decisions.note(one, "noon", List.of(at(1, 21), at(2, 22))));
        assertNothing(decisions.note(one, "another", List.of(at(3, 23))), true);
        assertNothing(decisions.note(one, "noon", List.of(new Progress(3, 99, 23, 0))), true);
        assertRefused(decisions.note(77, "noon", List.of(at(3, 23))), StrandlineException.Fenced.class);
        take(decisions.note(one, "noon", List.of(at(1, 99))));
        assertThat(state.checkpoints()).isEmpty();
        take(decisions.note(one, "noon", List.of(at(3, 23))));
        assertThat(state.meetings()).isEmpty();
        assertThat(checkpoint("noon"))
                .containsExactlyInAnyOrderEntriesOf(new TreeMap<>(Map.of(1L, 21L, 2L, 22L, 3L, 23L, 4L, 44L)));
    }

    @Test
    void a_checkpoint_uses_the_committed_position_of_an_owner_that_is_gone() {
        long one = reader("one");
        take(decisions.beginCheckpoint("noon", false));
        take(decisions.expire(silent("one")));
        assertThat(checkpoint("noon")).containsEntry(1L, 10L).hasSize(4);
        assertThat(one).isEqualTo(1);
    }

    @Test
    void a_checkpoint_of_a_group_that_has_read_everything_is_complete_at_once() {
        take(reset(decisions, before -> new TreeMap<>()));
        assertThat(state.ended()).isTrue();
        take(decisions.beginCheckpoint("end", false));
        assertThat(state.checkpoints()).containsOnlyKeys("end");
    }

    @Test
    void a_group_keeps_so_many_checkpoints_and_the_automatic_one_beside_them() {
        reader("one");
        options.setMaxCheckpoints(2);
        take(decisions.changeOptions(options));
        take(decisions.beginCheckpoint("a", false));
        take(decisions.beginCheckpoint(ReaderGroup.AUTOMATIC, true));
        take(decisions.expire(silent("one")));
        take(decisions.beginCheckpoint("b", false));
        assertRefused(
                decisions.beginCheckpoint("c", false),
                StrandlineException.Overloaded.class,
                "keeps 2 checkpoints, the limit is 2");
        take(decisions.beginCheckpoint(ReaderGroup.AUTOMATIC, true));
        assertRefused(decisions.beginCheckpoint("a", false), StrandlineException.Conflict.class, "has a checkpoint a");
        take(decisions.beginCheckpoint("a", true));
        assertThat(state.checkpoints()).containsKeys("a", "b", ReaderGroup.AUTOMATIC);
    }

    @Test
    void checkpoints_in_progress_count_too() {
        reader("one");
        take(decisions.changeOptions(options.setMaxCheckpoints(2)));
        take(decisions.beginCheckpoint("a", false));
        take(decisions.beginCheckpoint("b", false));
        assertThat(state.meetings()).hasSize(2);
        assertRefused(
                decisions.beginCheckpoint("c", false), StrandlineException.Overloaded.class, "keeps 2 checkpoints");
    }

    // ---- resets

    @Test
    void a_reset_takes_every_partition_from_its_reader_under_a_new_claim() {
        long one = reader("one");
        Progress before = at(1, 12);
        take(decisions.beginCheckpoint("noon", false));
        take(reset(decisions, old -> partitions(1, 9), old -> new TreeMap<>(Map.of(0, 5_000L))));
        assertThat(state.generation()).isEqualTo(Generations.next(0));
        assertThat(state.partitions()).containsOnlyKeys(1L, 9L);
        assertThat(known(1).owner()).isZero();
        assertThat(state.partitions().values())
                .extracting(PartitionState::claim)
                .containsExactly(5L, 6L);
        assertThat(state.meetings()).isEmpty();
        assertThat(state.notBefore()).containsExactly(Map.entry(0, 5_000L));
        assertThat(take(decisions.commit(one, List.of(before)))).isEmpty();
        take(reset(decisions, old -> partitions(1)));
        assertThat(state.notBefore()).isEmpty();
    }

    /** Retention waits for each attempt by itself, where the group was when it was noted. */
    @Test
    void a_reset_is_decided_in_the_generation_in_which_it_has_begun() {
        long first = Generations.attempt(0, 7);
        long second = Generations.attempt(0, 8);
        assertThat(take(decisions.reset(0, second, old -> partitions(1, 2), old -> old)))
                .isTrue();
        assertNothing(decisions.reset(0, second, old -> partitions(1, 2), old -> old), true);
        assertNothing(decisions.reset(0, first, old -> partitions(9), old -> old), false);
        assertThat(state.generation()).isEqualTo(second);
        assertThat(take(decisions.reset(second, Generations.attempt(second, 7), old -> partitions(9), old -> old)))
                .isTrue();
        assertThat(state.generation()).isGreaterThan(second).isGreaterThan(first);
        assertThat(state.partitions()).containsOnlyKeys(9L);
    }

    @Test
    void a_refused_target_refuses_the_reset() {
        assertRefused(
                reset(decisions, before -> {
                    throw new StrandlineException.NotFound("no checkpoint");
                }),
                StrandlineException.NotFound.class,
                "no checkpoint");
    }

    private static SortedMap<Long, PartitionState> many(int count) {
        TreeMap<Long, PartitionState> many = new TreeMap<>();
        for (long id = 1; id <= count; id++) {
            many.put(id, PartitionState.fresh(0, 0, -1, List.of()));
        }
        return many;
    }

    @Test
    void a_group_reads_so_many_partitions() {
        SortedMap<Long, PartitionState> most = many(GroupState.MAX_PARTITIONS);
        SortedMap<Long, PartitionState> tooMany = many(GroupState.MAX_PARTITIONS + 1);
        assertRefused(
                reset(decisions, before -> tooMany),
                StrandlineException.Overloaded.class,
                "would read 2001 partitions, the limit is 2000");
        take(reset(decisions, before -> most));
        take(GroupDecisions.delete());
        assertRefused(decisions.create(text(), tooMany, new TreeMap<>()), StrandlineException.Overloaded.class, "2001");
        take(decisions.create(text(), most, new TreeMap<>()));
    }

    @Test
    void a_partition_of_a_full_group_is_not_completed_into_more_than_one() {
        take(reset(decisions, before -> many(GroupState.MAX_PARTITIONS)));
        long one = reader("one");
        List<PartitionDescription> halves = List.of(partition(9_001, LOW), partition(9_002, HIGH));
        assertRefused(
                decisions.complete(one, at(1, 20), 0, replaced(halves), new TreeMap<>()),
                StrandlineException.Overloaded.class,
                "would read 2001 partitions");
        take(decisions.complete(one, at(1, 20), 0, replaced(List.of(partition(9_001, KeyRange.ALL))), new TreeMap<>()));
        assertThat(state.partitions()).hasSize(GroupState.MAX_PARTITIONS).containsKey(9_001L);
    }

    /** Partition 1 was sealed at offset 20. */
    private static StreamDescription replaced(List<PartitionDescription> successors) {
        SealedPartition sealed = new SealedPartition(partition(1, KeyRange.ALL), 20);
        return new StreamDescription(
                StreamName.parse("shop/orders"), successors, List.of(new Scaling(0, List.of(sealed), successors)));
    }

    @Test
    void a_deleted_group_leaves_its_numbers_to_the_next_of_its_name() {
        reader("one");
        assertNothing(decisions.create(text(), partitions(7), new TreeMap<>()), true);
        take(decisions.park(1, at(1, 10), "why", "k"));
        take(decisions.beginCheckpoint("noon", false));
        take(decisions.release(1, List.of(at(1, 10), at(2, 10), at(3, 10), at(4, 10))));
        assertThat(state.checkpoints()).containsOnlyKeys("noon");
        take(decisions.take(1));
        take(decisions.beginCheckpoint("evening", false));
        state = GroupUpdate.applied(state, new GroupUpdate.BeginsAt(new TreeMap<>(Map.of(0, 5L))));
        long claim = state.lastClaim();
        take(GroupDecisions.delete());
        assertThat(state.checkpoints()).isEmpty();
        assertThat(state.notBefore()).isEmpty();
        assertThat(state.members()).isEmpty();
        assertThat(state.partitions()).isEmpty();
        assertThat(state.meetings()).isEmpty();
        assertThat(state.held()).isEmpty();
        assertThat(state.decisions()).isEmpty();
        assertThat(state.generation()).isEqualTo(Generations.next(0));
        take(decisions.create(text(), partitions(7), new TreeMap<>(Map.of(0, 9L))));
        assertThat(state.notBefore()).containsExactly(Map.entry(0, 9L));
        assertThat(reader("one")).isEqualTo(2);
        assertThat(known(7).claim()).isEqualTo(claim + 1);
    }

    // ---- options

    @Test
    void options_change_unless_they_say_what_the_state_holds_in_other_words() {
        assertNothing(decisions.changeOptions(options), true);
        take(decisions.changeOptions(options.setLeaseMillis(7_000)));
        assertThat(state.settings().getLeaseMillis()).isEqualTo(7_000);
        assertRefused(
                decisions.changeOptions(new GroupOptions().setStreams("shop/returns")),
                StrandlineException.Invalid.class,
                "streams of group shop/billing is",
                "cannot change to");
    }

    // ---- ends of partitions

    private static PartitionDescription partition(long id, KeyRange keys) {
        return new PartitionDescription(id, 0, keys);
    }

    /** Partitions 1 and 2, which were merged into 5 at offset 20. */
    private static StreamDescription merged() {
        List<SealedPartition> sealed =
                List.of(new SealedPartition(partition(1, LOW), 20), new SealedPartition(partition(2, HIGH), 20));
        PartitionDescription successor = partition(5, KeyRange.ALL);
        return new StreamDescription(
                StreamName.parse("shop/orders"),
                List.of(successor),
                List.of(new Scaling(0, sealed, List.of(successor))));
    }

    private Function<GroupState, Decision<Boolean>> complete(long session, long id, SortedMap<Long, Long> until) {
        return decisions.complete(session, at(id, 20), state.generation(), merged(), until);
    }

    @Test
    void a_successor_waits_until_all_its_predecessors_are_read() {
        take(reset(decisions, before -> partitions(1, 2)));
        long one = reader("one");
        take(complete(one, 1, new TreeMap<>()));
        assertThat(state.partitions()).containsOnlyKeys(2L, 5L);
        assertThat(known(5).offset()).isZero();
        assertThat(known(5).waitsFor()).containsExactly(2L);
        assertNothing(decisions.take(one), true);
        take(complete(one, 2, new TreeMap<>()));
        assertThat(known(5).waitsFor()).isEmpty();
        take(decisions.take(one));
        assertThat(known(5).owner()).isEqualTo(one);
    }

    @Test
    void a_checkpoint_notes_the_end_of_a_partition_that_was_read() {
        take(reset(decisions, before -> partitions(1, 2)));
        long one = reader("one");
        take(decisions.beginCheckpoint("noon", false));
        take(complete(one, 1, new TreeMap<>()));
        take(decisions.note(one, "noon", List.of(at(2, 15))));
        assertThat(checkpoint("noon")).containsEntry(1L, 20L).containsEntry(2L, 15L);
    }

    @Test
    void a_bounded_group_does_not_read_past_its_end() {
        take(reset(decisions, before -> partitions(1, 2)));
        long one = reader("one");
        take(complete(one, 1, new TreeMap<>(Map.of(1L, 20L, 2L, 20L))));
        assertThat(state.partitions()).containsOnlyKeys(2L);
        take(complete(one, 2, new TreeMap<>(Map.of(5L, 0L))));
        assertThat(state.ended()).isTrue();
    }

    @Test
    void the_end_of_a_bounded_group_goes_to_the_successor_that_has_it() {
        take(reset(decisions, before -> partitions(1, 2)));
        long one = reader("one");
        take(complete(one, 1, new TreeMap<>(Map.of(5L, 8L))));
        assertThat(known(5).until()).isEqualTo(8);
    }

    // ---- a group that reads nothing

    @Test
    void a_group_that_reads_nothing_follows_its_stream_past_what_is_sealed() {
        take(reset(decisions, before -> partitions(1, 2)));
        long one = reader("one");
        take(decisions.follow(merged(), Set.of(1L, 2L)));
        assertThat(state.partitions()).containsOnlyKeys(5L);
        assertThat(known(5).waitsFor()).isEmpty();
        take(decisions.take(one));
        assertThat(known(5).owner()).isEqualTo(one);
        assertNothing(decisions.follow(merged(), Set.of(5L)), true);
    }

    @Test
    void a_group_that_has_moved_since_the_stream_was_described_does_not_follow() {
        take(reset(decisions, before -> partitions(1, 2)));
        assertRefused(
                decisions.follow(merged(), Set.of(1L)),
                StrandlineException.Conflict.class,
                "has partitions [1, 2] by now, and no longer [1]");
        take(GroupDecisions.delete());
        assertRefused(decisions.follow(merged(), Set.of()), StrandlineException.NotFound.class);
    }

    @Test
    void a_group_of_another_stream_begins_again() {
        take(reset(decisions, before -> partitions(1, 9)));
        long generation = state.generation();
        take(decisions.follow(merged(), Set.of(1L, 9L)));
        assertThat(state.partitions()).containsOnlyKeys(5L);
        assertThat(state.generation()).isEqualTo(Generations.next(generation));
    }

    @Test
    void a_full_group_follows_into_no_more_partitions_than_it_may_read() {
        take(reset(decisions, before -> many(GroupState.MAX_PARTITIONS)));
        List<PartitionDescription> halves = List.of(partition(9_001, LOW), partition(9_002, HIGH));
        assertRefused(
                decisions.follow(wide(halves), many(GroupState.MAX_PARTITIONS).keySet()),
                StrandlineException.Overloaded.class,
                "would read 2001 partitions");
        take(decisions.follow(
                wide(halves.subList(0, 1)), many(GroupState.MAX_PARTITIONS).keySet()));
        assertThat(state.partitions()).hasSize(GroupState.MAX_PARTITIONS).containsKey(9_001L);
    }

    /** As many partitions as a group may read, the first of which is sealed. */
    private static StreamDescription wide(List<PartitionDescription> successors) {
        List<PartitionDescription> open = new ArrayList<>(successors);
        for (long id = 2; id <= GroupState.MAX_PARTITIONS; id++) {
            open.add(partition(id, KeyRange.ALL));
        }
        return new StreamDescription(
                StreamName.parse("shop/orders"), open, replaced(successors).scalings());
    }
}
