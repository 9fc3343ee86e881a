package io.strandline.log;

import io.strandline.StrandlineException;
import io.strandline.spi.ParcelReply;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/** The accepted batches of a parcel on their way to the disk. */
final class PendingAppend implements Pending {

    private final ShardState state;
    private final TailReads reads;
    private final Numbering.Outcome outcome;
    private final ParcelReply answer;
    private final Promise<ParcelReply> reply;
    private final @Nullable LentArray lent;

    PendingAppend(
            ShardState state,
            TailReads reads,
            Numbering.Outcome outcome,
            ParcelReply answer,
            Promise<ParcelReply> reply,
            @Nullable LentArray lent) {
        this.state = state;
        this.reads = reads;
        this.outcome = outcome;
        this.answer = answer;
        this.reply = reply;
        this.lent = lent;
    }

    @Override
    public void forced() {
        for (int i = 0; i < outcome.acceptedCount; i++) {
            state.apply(outcome.partitions[i], outcome.bytes, outcome.positions[i], lent);
        }
        Answers.give(reply, answer);
        for (int i = 0; i < outcome.acceptedCount; i++) {
            reads.wake(outcome.partitions[i]);
        }
    }

    /** Answers early, as the writer asked for; readers see nothing of it before it is forced. */
    @Override
    public void written() {
        Answers.give(reply, answer);
    }

    @Override
    public void fail(StrandlineException cause) {
        Answers.fail(reply, cause);
    }

    @Override
    public void late(StrandlineException cause) {
        Answers.fail(reply, cause);
    }
}
