package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SourceHoldTest {

    private long nanos;
    private int notes;
    private long life = 7;

    private boolean notesFail;
    private boolean isGone;
    private StreamDescription source = new StreamDescription(
            StreamName.parse(Ledger.SOURCE), List.of(new PartitionDescription(1, 0, KeyRange.ALL)));
    private final List<String> noted = new ArrayList<>();
    private final List<String> forgotten = new ArrayList<>();
    private final SortedMap<String, StreamCut> positions = new TreeMap<>();
    /** After each call. */
    private Runnable check = () -> {};

    private final PartialLog log = new PartialLog() {
        @Override
        public Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed) {
            if (notesFail) {
                return Future.failedFuture(new StrandlineException.Unavailable("busy"));
            }
            noted.add(subscriber);
            positions.merge(subscriber, consumed, SourceHoldTest::later);
            check.run();
            notes += subscriber.equals("pipeline:ledger") ? 1 : 0;
            return Future.succeededFuture();
        }

        @Override
        public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
            if (notesFail) {
                return Future.failedFuture(new StrandlineException.Unavailable("busy"));
            }
            forgotten.add(subscriber);
            positions.remove(subscriber);
            check.run();
            return Future.succeededFuture(true);
        }

        @Override
        public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
            return Future.succeededFuture(new TreeMap<>(positions));
        }

        @Override
        public Future<StreamDescription> describe(String stream) {
            if (isGone) {
                return Future.failedFuture(new StrandlineException.NotFound("no stream " + stream));
            }
            if (stream.equals(Ledger.SOURCE)) {
                return Future.succeededFuture(source);
            }
            return Future.succeededFuture(new StreamDescription(
                    StreamName.parse(stream), List.of(new PartitionDescription(life, 0, KeyRange.ALL))));
        }
    };

    /** Positions only advance. */
    private static StreamCut later(StreamCut before, StreamCut now) {
        SortedMap<Long, Long> offsets = new TreeMap<>(before.offsets());
        now.offsets().forEach((partition, offset) -> offsets.merge(partition, offset, Math::max));
        return new StreamCut(now.stream(), offsets);
    }

    /** A log may forget subscribers that it does not hear of, and a pipeline at rest stays where it is. */
    @Test
    void a_pipeline_at_rest_is_heard_of() {
        SourceHold hold = new SourceHold(Ledger.pipeline(), log, new PipelineOptions(), life, () -> nanos);
        hold.begin(Map.of(1L, 10L));
        assertThat(notes).isEqualTo(1);
        for (int i = 0; i < 100; i++) {
            nanos += SourceHold.RENEWAL_MILLIS * 1_000_000 / 20;
            hold.follow(Map.of(1L, 10L));
        }
        assertThat(notes).isEqualTo(1 + 5);
        hold.follow(Map.of(1L, 11L));
        assertThat(notes).isEqualTo(1 + 6);
    }

    /** Its note would let retention remove what the next pipeline of its name has still to read. */
    @Test
    void a_run_at_rest_whose_pipeline_was_deleted_and_deployed_anew_notes_nothing_and_stops() {
        SourceHold hold = new SourceHold(Ledger.pipeline(), log, new PipelineOptions(), life, () -> nanos);
        hold.begin(Map.of(1L, 10L));
        life = 8;
        nanos += SourceHold.RENEWAL_MILLIS * 1_000_000;
        assertThat(hold.follow(Map.of(1L, 10L)).cause())
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("was deleted")
                .hasMessageContaining("partition 7");
        assertThat(notes).isEqualTo(1);
    }

    @Test
    void a_pipeline_that_does_not_hold_retention_notes_nothing() {
        SourceHold hold = new SourceHold(
                Ledger.pipeline(), log, new PipelineOptions().setHoldRetention(false), life, () -> nanos);
        nanos += 2 * SourceHold.RENEWAL_MILLIS * 1_000_000;
        hold.follow(Map.of(1L, 10L));
        assertThat(notes).isZero();
    }

    /** Its note may have come after the deletion, and would hold retention back for ever. */
    @Test
    void a_run_whose_pipeline_was_deleted_forgets_the_subscriber_and_stops() {
        SourceHold hold = new SourceHold(Ledger.pipeline(), log, new PipelineOptions(), life, () -> nanos);
        assertThat(hold.begin(Map.of(1L, 10L)).succeeded()).isTrue();
        assertThat(forgotten).isEmpty();
        isGone = true;
        assertThat(hold.follow(Map.of(1L, 11L)).cause())
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("was deleted");
        assertThat(notes).isEqualTo(1);
    }

    @Test
    void a_pipeline_that_was_deleted_while_it_noted_is_forgotten_again() {
        SourceHold hold = new SourceHold(Ledger.pipeline(), log, new PipelineOptions(), life, () -> {
            isGone = true;
            return nanos;
        });
        assertThat(hold.begin(Map.of(1L, 10L)).cause()).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(notes).isEqualTo(1);
        assertThat(positions).isEmpty();
    }

    // ---- back

    private static final String OWN = "pipeline:ledger";
    private static final String RETURN = "pipeline:ledger!!return";

    private static StreamCut cut(Map<Long, Long> offsets) {
        return new StreamCut(StreamName.parse(Ledger.SOURCE), new TreeMap<>(offsets));
    }

    private SourceHold hold() {
        return new SourceHold(Ledger.pipeline(), log, new PipelineOptions(), life, () -> nanos);
    }

    /** Nothing else holds the events from there on. */
    @Test
    void a_run_that_begins_before_the_position_of_the_former_one_moves_it_back_and_holds_all_the_while() {
        hold().begin(Map.of(1L, 1_000L));
        SourceHold back = goBack();
        back.follow(Map.of(1L, 200L));
        assertThat(positions).isEqualTo(Map.of(OWN, cut(Map.of(1L, 200L))));
    }

    /** Positions of subscribers only advance, so what it left is not moved back. */
    @Test
    void a_way_back_holds_all_the_while_whatever_an_earlier_one_has_left() {
        hold().begin(Map.of(1L, 1_000L));
        positions.put(RETURN, cut(Map.of(1L, 500L)));
        goBack();
    }

    private SourceHold goBack() {
        forgotten.clear();
        List<Long> holds = new ArrayList<>();
        check = () -> {
            if (forgotten.contains(OWN)) {
                holds.add(positions.values().stream()
                        .mapToLong(position -> position.offset(1))
                        .min()
                        .orElse(Long.MAX_VALUE));
            }
        };
        SourceHold back = hold();
        assertThat(back.begin(Map.of(1L, 100L)).succeeded()).isTrue();
        assertThat(back.begun().succeeded()).isTrue();
        assertThat(positions).isEqualTo(Map.of(OWN, cut(Map.of(1L, 100L))));
        assertThat(holds).isNotEmpty().allMatch(held -> held <= 100);
        return back;
    }

    @Test
    void a_run_that_begins_at_the_position_of_the_former_one_or_after_it_forgets_nothing() {
        hold().begin(Map.of(1L, 1_000L));
        forgotten.clear();
        hold().begin(Map.of(1L, 1_000L));
        hold().begin(Map.of(1L, 1_001L));
        assertThat(forgotten).doesNotContain(OWN);
        assertThat(positions).isEqualTo(Map.of(OWN, cut(Map.of(1L, 1_001L))));
    }

    @Test
    void a_run_that_crashed_on_its_way_back_leaves_nothing() {
        hold().begin(Map.of(1L, 1_000L));
        check = () -> notesFail = forgotten.contains(OWN);
        assertThat(hold().begin(Map.of(1L, 100L)).failed()).isTrue();
        assertThat(positions).isEqualTo(Map.of(RETURN, cut(Map.of(1L, 100L))));
        check = () -> assertThat(positions).isNotEmpty();
        notesFail = false;
        SourceHold next = hold();
        assertThat(next.begin(Map.of(1L, 1_000L)).succeeded()).isTrue();
        assertThat(next.begun().succeeded()).isTrue();
        assertThat(positions).isEqualTo(Map.of(OWN, cut(Map.of(1L, 1_000L))));
    }

    /** The former one was in the partitions that took over, and had passed those before. */
    @Test
    void a_run_that_begins_before_a_scaling_goes_back_and_one_that_begins_after_it_does_not() {
        List<KeyRange> halves = KeyRange.ALL.halves();
        PartitionDescription whole = new PartitionDescription(1, 0, KeyRange.ALL);
        List<PartitionDescription> two =
                List.of(new PartitionDescription(2, 0, halves.get(0)), new PartitionDescription(3, 0, halves.get(1)));
        source = new StreamDescription(
                StreamName.parse(Ledger.SOURCE),
                two,
                List.of(new Scaling(0, List.of(new Scaling.SealedPartition(whole, 500)), two)));
        SortedMap<Long, Long> after = new TreeMap<>(Map.of(1L, 500L, 2L, 0L, 3L, 7L));
        positions.put(OWN, cut(after));
        assertThat(hold().begin(Map.of(2L, 0L, 3L, 7L)).succeeded()).isTrue();
        assertThat(forgotten).doesNotContain(OWN);
        SourceHold back = hold();
        assertThat(back.begin(Map.of(1L, 500L)).succeeded()).isTrue();
        assertThat(back.begun().succeeded()).isTrue();
        assertThat(positions).isEqualTo(Map.of(OWN, cut(Map.of(1L, 500L))));
    }

    /** It repeats its note, because it has no event and no checkpoint by which it would hear of the newer one. */
    @Test
    void a_run_at_rest_that_was_replaced_does_not_move_one_on_that_went_back() {
        SourceHold older = hold();
        older.begin(Map.of(1L, 1_000L));
        SourceHold newer = hold();
        newer.begin(Map.of(1L, 100L));
        newer.begun();
        nanos += SourceHold.RENEWAL_MILLIS * 1_000_000;
        assertThat(older.follow(Map.of(1L, 1_000L)).succeeded()).isTrue();
        assertThat(positions).isEqualTo(Map.of(OWN, cut(Map.of(1L, 100L))));
    }

    @Test
    void a_run_at_rest_that_the_log_has_forgotten_is_noted_again() {
        SourceHold hold = hold();
        hold.begin(Map.of(1L, 1_000L));
        positions.clear();
        nanos += SourceHold.RENEWAL_MILLIS * 1_000_000;
        assertThat(hold.follow(Map.of(1L, 1_000L)).succeeded()).isTrue();
        assertThat(positions).isEqualTo(Map.of(OWN, cut(Map.of(1L, 1_000L))));
    }

    @Test
    void a_note_that_fails_stops_nothing_and_is_made_again() {
        SourceHold hold = new SourceHold(Ledger.pipeline(), log, new PipelineOptions(), life, () -> nanos);
        hold.begin(Map.of(1L, 10L));
        notesFail = true;
        assertThat(hold.follow(Map.of(1L, 11L)).succeeded()).isTrue();
        assertThat(notes).isEqualTo(1);
        notesFail = false;
        assertThat(hold.follow(Map.of(1L, 11L)).succeeded()).isTrue();
        assertThat(notes).isEqualTo(2);
        assertThat(hold.follow(Map.of(1L, 11L)).succeeded()).isTrue();
        assertThat(notes).isEqualTo(2);
    }

    @Test
    void a_run_that_no_longer_holds_retention_is_forgotten_as_it_begins() {
        SourceHold hold = new SourceHold(
                Ledger.pipeline(), log, new PipelineOptions().setHoldRetention(false), life, () -> nanos);
        positions.put(OWN, cut(Map.of(1L, 10L)));
        positions.put("pipeline:ledger!lunch", cut(Map.of(1L, 5L)));
        positions.put("pipeline:ledgers", cut(Map.of(1L, 5L)));
        hold.pin("lunch", Map.of(1L, 5L));
        assertThat(hold.begin(Map.of(1L, 10L)).succeeded()).isTrue();
        assertThat(positions).containsOnlyKeys("pipeline:ledgers");
    }

    // ---- checkpoints with names, and audits

    private SourceHold begun() {
        SourceHold hold = new SourceHold(Ledger.pipeline(), log, new PipelineOptions(), life, () -> nanos);
        hold.begin(Map.of(1L, 10L));
        noted.clear();
        forgotten.clear();
        return hold;
    }

    /** A log forgets a subscriber of a checkpoint too, if it does not hear of it. */
    @Test
    void names_are_noted_again_with_the_position() {
        SourceHold hold = begun();
        hold.pin("lunch", Map.of(1L, 5L));
        assertThat(noted).containsExactly("pipeline:ledger!lunch");
        nanos += SourceHold.RENEWAL_MILLIS * 1_000_000;
        hold.follow(Map.of(1L, 10L));
        assertThat(noted).containsExactly("pipeline:ledger!lunch", "pipeline:ledger!lunch", "pipeline:ledger");

        hold.unpin("lunch");
        assertThat(forgotten).containsExactly("pipeline:ledger!lunch");
        noted.clear();
        hold.follow(Map.of(1L, 11L));
        assertThat(noted).containsExactly("pipeline:ledger");
    }

    @Test
    void a_name_that_could_not_be_noted_is_not_noted_later() {
        SourceHold hold = begun();
        notesFail = true;
        assertThat(hold.pin("lunch", Map.of(1L, 5L)).failed()).isTrue();
        notesFail = false;
        hold.follow(Map.of(1L, 11L));
        assertThat(noted).containsExactly("pipeline:ledger");
    }

    /** The entry that gives the name up is durable, and nobody says it again. */
    @Test
    void a_name_that_could_not_be_given_up_is_given_up_with_the_next_checkpoint() {
        SourceHold hold = begun();
        hold.pin("lunch", Map.of(1L, 5L));
        hold.audit(Map.of(1L, 5L));
        notesFail = true;
        assertThat(hold.unpin("lunch").failed()).isTrue();
        assertThat(hold.endAudit().failed()).isTrue();
        assertThat(hold.follow(Map.of(1L, 10L)).succeeded()).isTrue();
        notesFail = false;
        assertThat(positions).hasSize(3);
        hold.follow(Map.of(1L, 10L)); // which is noted already
        assertThat(positions).containsOnlyKeys(OWN);
    }

    /** Positions only advance, so what is left of the former one would hold less. */
    @Test
    void a_hold_of_the_same_name_that_could_not_be_given_up_does_not_stand_in_the_way() {
        SourceHold hold = begun();
        hold.audit(Map.of(1L, 5L));
        notesFail = true;
        hold.endAudit();
        notesFail = false;
        assertThat(hold.audit(Map.of(1L, 2L)).succeeded()).isTrue();
        assertThat(positions).containsEntry(OWN + "!!audit", cut(Map.of(1L, 2L)));
        hold.follow(Map.of(1L, 11L));
        assertThat(positions).containsEntry(OWN + "!!audit", cut(Map.of(1L, 2L)));
    }

    /** It may have ended between the last that it said of a name and the end of its hold. */
    @Test
    void names_that_an_earlier_run_gave_up_and_its_audit_are_forgotten_as_a_run_begins() {
        SourceHold hold = new SourceHold(Ledger.pipeline(), log, new PipelineOptions(), life, () -> nanos);
        for (String left : List.of("!lunch", "!!audit", "!!return", "!!position", "s!lunch")) {
            positions.put(OWN + left, cut(Map.of(1L, 5L)));
        }
        hold.begin(Map.of(1L, 10L));
        assertThat(forgotten).isEmpty(); // it may not be the newest run
        hold.begun();
        assertThat(positions).containsOnlyKeys(OWN, OWN + "!!position", OWN + "s!lunch");
        assertThat(noted).containsExactly(OWN);
    }

    @Test
    void a_pipeline_that_does_not_hold_retention_holds_what_it_audits() {
        SourceHold hold = new SourceHold(
                Ledger.pipeline(), log, new PipelineOptions().setHoldRetention(false), life, () -> nanos);
        assertThat(hold.pin("lunch", Map.of(1L, 5L)).succeeded()).isTrue();
        assertThat(noted).isEmpty();
        assertThat(hold.audit(Map.of(1L, 5L)).succeeded()).isTrue();
        assertThat(noted).containsExactly("pipeline:ledger!!audit");
        assertThat(hold.endAudit().succeeded()).isTrue();
        assertThat(forgotten).containsExactly("pipeline:ledger!!audit");
    }
}
