package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.Restoration;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SourceHoldTest {

    private long nanos;
    private int notes;
    private long life = 7;

    private boolean notesFail;
    private boolean isGone;
    private final List<String> noted = new ArrayList<>();
    private final List<String> forgotten = new ArrayList<>();

    private final PartialLog log = new PartialLog() {
        @Override
        public Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed) {
            if (notesFail) {
                return Future.failedFuture(new StrandlineException.Unavailable("busy"));
            }
            noted.add(subscriber);
            notes += subscriber.equals("pipeline:ledger") ? 1 : 0;
            return Future.succeededFuture();
        }

        @Override
        public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
            forgotten.add(subscriber);
            return Future.succeededFuture(true);
        }

        @Override
        public Future<StreamDescription> describe(String stream) {
            if (isGone) {
                return Future.failedFuture(new StrandlineException.NotFound("no stream " + stream));
            }
            return Future.succeededFuture(new StreamDescription(
                    StreamName.parse(stream), List.of(new PartitionDescription(life, 0, KeyRange.ALL))));
        }
    };

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
        assertThat(forgotten).containsExactly("pipeline:ledger!!audit", "pipeline:ledger");
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
        hold.pin("lunch", Map.of(1L, 5L));
        assertThat(hold.begin(Map.of(1L, 10L)).succeeded()).isTrue();
        assertThat(forgotten).containsExactly("pipeline:ledger!lunch", "pipeline:ledger!!audit", "pipeline:ledger");
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

    /** It may have ended between the last that it said of a name and the end of its hold. */
    @Test
    void names_that_an_earlier_run_gave_up_and_its_audit_are_forgotten_as_a_run_begins() {
        SourceHold hold = new SourceHold(Ledger.pipeline(), log, new PipelineOptions(), life, () -> nanos);
        hold.pin(new Restoration.Pins(new TreeMap<>(), Set.of("lunch")));
        hold.begin(Map.of(1L, 10L));
        assertThat(forgotten).containsExactlyInAnyOrder("pipeline:ledger!lunch", "pipeline:ledger!!audit");
        assertThat(noted).containsExactly("pipeline:ledger");
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
