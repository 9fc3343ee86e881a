package io.strandline.log.impl.shard;

import io.strandline.StrandlineException;
import io.strandline.log.impl.flush.Pending;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.Numbering;
import io.strandline.log.impl.state.ShardState;
import io.strandline.spi.ParcelArrays;
import io.strandline.spi.ParcelReply;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/** The accepted batches of a parcel on their way to the disk. */
final class PendingAppend implements Pending {

    private final ShardState state;
    private final PartitionReads reads;
    private final Numbering.Outcome outcome;
    private final ParcelReply answer;
    private final Promise<ParcelReply> reply;
    private final @Nullable ParcelArrays home;

    /** @param home lent the array of the parcel; null if it was not lent */
    PendingAppend(
            ShardState state,
            PartitionReads reads,
            Numbering.Outcome outcome,
            ParcelReply answer,
            Promise<ParcelReply> reply,
            @Nullable ParcelArrays home) {
        this.state = state;
        this.reads = reads;
        this.outcome = outcome;
        this.answer = answer;
        this.reply = reply;
        this.home = home;
    }

    @Override
    public void forced() {
        int array = state.memory().hold(outcome.bytes(), outcome.acceptedCount(), home);
        for (int i = 0; i < outcome.acceptedCount(); i++) {
            state.apply(outcome.partitions()[i], array, outcome.bytes(), outcome.positions()[i]);
        }
        Answers.give(reply, answer);
        for (int i = 0; i < outcome.acceptedCount(); i++) {
            reads.wake(outcome.partitions()[i]);
        }
    }

    /** Its batches as they were numbered. */
    Numbering.Outcome outcome() {
        return outcome;
    }

    /** Answers early, as the writer asked for. Readers see none of these events before they are forced. */
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
