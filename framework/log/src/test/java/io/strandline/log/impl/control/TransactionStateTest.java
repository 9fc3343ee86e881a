package io.strandline.log.impl.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamName;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.strandline.log.impl.control.TransactionRecord.Begun;
import io.strandline.log.impl.control.TransactionRecord.BegunBy;
import io.strandline.log.impl.control.TransactionRecord.Decided;
import io.strandline.log.impl.control.TransactionRecord.Finished;
import io.strandline.log.impl.control.TransactionRecord.PartDropped;
import io.strandline.log.impl.control.TransactionRecord.SetAside;
import io.strandline.log.impl.control.TransactionRecord.Written;
import io.strandline.log.impl.state.KeptTransaction;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.impl.state.TransactionState;
import io.strandline.log.impl.state.TransactionWrite;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a home shard keeps, through frames and journal checkpoints. */
class TransactionStateTest {

    private static final StreamName STREAM = StreamName.parse("bank/accounts");

    private static Written write(String id, long sequence) {
        return new Written(new TransactionWrite(id, sequence, STREAM, 7, new byte[] {3, 0, 1, 2}, 1));
    }

    private static ShardState applied(List<? extends ControlRecord> records) {
        ShardState state = new ShardState(0, chunk -> {});
        ControlCodec.decode(ControlRecord.encode(records)).forEach(decoded -> decoded.applyTo(state));
        return state;
    }

    @Test
    void aCheckpointMakesTheSameStateAgain() {
        ShardState state = applied(List.of(
                new BegunBy("open", 5_000, "anna"),
                new Begun("committing", 6_000),
                new Begun("over", 7_000),
                write("open", 0),
                write("committing", 0),
                write("open", 1),
                new Decided("committing", 41),
                new Finished("over", TransactionStatus.ABORTED)));
        ShardState restored = new ShardState(0, chunk -> {});
        CheckpointCodec.decode(CheckpointCapture.encode(state), restored);

        TransactionState transactions = restored.transactions();
        assertThat(transactions.nextDecision()).isEqualTo(42);
        assertThat(transactions.finished("over")).isEqualTo(TransactionStatus.ABORTED);
        assertThat(transactions.unfinished()).extracting(KeptTransaction::id).containsExactly("open", "committing");
        KeptTransaction open = transactions.unfinished().get(0);
        assertThat(open.leaseMillis()).isEqualTo(5_000);
        assertThat(open.owner()).isEqualTo("anna");
        assertThat(transactions.unfinished().get(1).owner()).isEmpty();
        assertThat(open.isDecided()).isFalse();
        assertThat(open.events()).isEqualTo(2);
        assertThat(open.bytes()).isEqualTo(8);
        assertThat(open.writes().get(1).stream()).isEqualTo(STREAM);
        assertThat(open.writes().get(1).writer()).isEqualTo(7);
        assertThat(open.writes().get(1).records()).containsExactly(3, 0, 1, 2);
        assertThat(transactions.unfinished().get(1).decision()).isEqualTo(41);
    }

    @Test
    void aCheckpointKnowsWhatWasSetAsideAndDropped() {
        StreamName other = StreamName.parse("bank/audit");
        ShardState state = applied(List.of(
                new Begun("t", 5_000),
                write("t", 0),
                write("t", 1),
                new Decided("t", 1),
                new SetAside("t", STREAM, "full"),
                new SetAside("t", other, "closed"),
                new PartDropped("t", other),
                new Finished("over", TransactionStatus.INCOMPLETE)));
        ShardState restored = new ShardState(0, chunk -> {});
        CheckpointCodec.decode(CheckpointCapture.encode(state), restored);
        for (ShardState known : List.of(state, restored)) {
            KeptTransaction kept = known.transactions().unfinished().get(0);
            assertThat(kept.partsSetAside()).containsExactly(new PartSetAside("t", STREAM, 2, "full"));
            assertThat(kept.setAside()).containsOnlyKeys(STREAM, other);
            assertThat(kept.dropped()).containsExactly(other);
            assertThat(known.transactions().finished("over")).isEqualTo(TransactionStatus.INCOMPLETE);
        }
    }

    @Test
    void aPartThatWasSetAsideCountsTheEventsOfItsStreamAlone() {
        StreamName other = StreamName.parse("bank/audit");
        KeptTransaction kept = applied(List.of(
                        new Begun("t", 5_000),
                        write("t", 0),
                        new Written(new TransactionWrite("t", 1, other, 7, new byte[] {3, 0, 1, 2}, 1)),
                        new SetAside("t", other, "closed")))
                .transactions()
                .unfinished()
                .get(0);
        assertThat(kept.partsSetAside()).containsExactly(new PartSetAside("t", other, 1, "closed"));
    }

    @Test
    void onlyWhatWasSetAsideIsDropped() {
        KeptTransaction kept = applied(List.of(
                        new Begun("t", 5_000), write("t", 0), new Decided("t", 1), new PartDropped("t", STREAM)))
                .transactions()
                .unfinished()
                .get(0);
        assertThat(kept.dropped()).isEmpty();
    }

    @Test
    void aRecordThatIsAppliedAgainChangesNothing() {
        List<ControlRecord> records = List.of(
                new Begun("t", 5_000),
                write("t", 0),
                write("t", 0),
                new Begun("t", 9_000),
                new Decided("t", 1),
                new Decided("t", 1));
        KeptTransaction kept = applied(records).transactions().unfinished().get(0);
        assertThat(kept.leaseMillis()).isEqualTo(5_000);
        assertThat(kept.events()).isEqualTo(1);
        assertThat(kept.decision()).isEqualTo(1);
    }

    @Test
    void onlyTheNewestEndsAreRemembered() {
        TransactionState transactions = new TransactionState();
        for (int i = 0; i <= TransactionState.MAX_FINISHED; i++) {
            transactions.begun("t" + i, 1_000, "");
            transactions.finished("t" + i, TransactionStatus.COMMITTED);
        }
        assertThat(transactions.finished("t0")).isNull();
        assertThat(transactions.finished("t1")).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(transactions.finished("t" + TransactionState.MAX_FINISHED)).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    void aListenerHearsOfEachChangeOnceAndOfNoneOfAReplay() {
        TransactionState transactions = new TransactionState();
        transactions.begun("before", 1_000, "");
        transactions.decided("before", 1);
        List<String> heard = new ArrayList<>();
        transactions.listen(new TransactionState.Listener() {
            @Override
            public void decided(KeptTransaction transaction) {
                heard.add(transaction.id() + " decided as " + transaction.decision());
            }

            @Override
            public void finished(String id, TransactionStatus status) {
                heard.add(id + " " + status);
            }

            @Override
            public void setAside(String id, String why) {
                heard.add(id + " set aside: " + why);
            }

            @Override
            public void dropped(KeptTransaction transaction) {
                heard.add(transaction.id() + " dropped " + transaction.dropped());
            }
        });
        transactions.begun("t", 1_000, "");
        transactions.decided("t", 2);
        transactions.decided("t", 3);
        transactions.decided("unknown", 4);
        transactions.setAside("unknown", STREAM, "full");
        transactions.dropped("unknown", STREAM);
        transactions.setAside("t", STREAM, "full");
        transactions.dropped("t", STREAM);
        transactions.finished("t", TransactionStatus.INCOMPLETE);
        assertThat(heard)
                .containsExactly("t decided as 2", "t set aside: full", "t dropped [bank/accounts]", "t INCOMPLETE");
    }

    @Test
    void aTransactionThatIsOverDoesNotBeginAgainAndNoDecisionIsNumberedTwice() {
        TransactionState transactions = new TransactionState();
        assertThat(transactions.nextDecision()).isEqualTo(1);
        transactions.begun("t", 1_000, "");
        assertThat(transactions.unfinished("t")).isNotNull();
        transactions.decided("t", 5);
        transactions.finished("t", TransactionStatus.COMMITTED);
        transactions.begun("t", 1_000, "");
        assertThat(transactions.unfinished("t")).isNull();
        assertThat(transactions.finished()).containsExactly(Map.entry("t", TransactionStatus.COMMITTED));
        transactions.decisionsCounted(3);
        assertThat(transactions.nextDecision()).isEqualTo(6);
        transactions.decided("unknown", 8);
        assertThat(transactions.nextDecision()).isEqualTo(9);
    }
}
