package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SourceHoldTest {

    private long nanos;
    private int notes;
    private long life = 7;

    private final PartialLog log = new PartialLog() {
        @Override
        public Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed) {
            notes++;
            return Future.succeededFuture();
        }

        @Override
        public Future<StreamDescription> describe(String stream) {
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
}
