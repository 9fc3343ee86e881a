package io.strandline.testkit.simulation;

import io.strandline.Durability;
import io.strandline.StrandlineException;
import io.strandline.spi.ParcelReply;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.SentBatch;
import io.strandline.testkit.simulation.model.StreamModel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the log answers to one writer: checked, and noted in its lanes and in the partitions. */
final class WriterAnswers {

    private final Clients clients;
    private final SimulatedWriter writer;
    private final @Nullable String id;
    private final Durability durability;

    WriterAnswers(Clients clients, SimulatedWriter writer, @Nullable String id, Durability durability) {
        this.clients = clients;
        this.writer = writer;
        this.id = id;
        this.durability = durability;
    }

    /** A parcel was not answered. */
    void failed(List<SentAttempt> attempts, Throwable failure) {
        clients.requireTemporary(failure, () -> "append of " + attempts.get(0).batch());
        for (SentAttempt attempt : attempts) {
            attempt.lane().inFlight--;
            if (failure instanceof StrandlineException.Unknown) {
                attempt.lane().partition.unknown(attempt.batch());
            } else {
                attempt.lane().partition.refused(attempt.batch());
            }
            attempt.lane().resends = !attempt.lane().pending.isEmpty();
        }
    }

    /** Takes the answer to a parcel. */
    void take(StreamModel to, List<SentAttempt> attempts, int fencing, ParcelReply reply) {
        if (reply.batches() != attempts.size()) {
            clients.violations.report(
                    Invariant.NOTHING_INVENTED,
                    attempts.size() + " batches were answered by " + reply.batches() + " outcomes");
            return;
        }
        boolean isEarly = isEarly(attempts.size(), reply);
        for (int i = 0; i < attempts.size(); i++) {
            SentAttempt attempt = attempts.get(i);
            attempt.lane().inFlight--;
            StrandlineException refusal = reply.refusal(i);
            int batch = i;
            clients.trace(() -> (refusal == null
                            ? (reply.duplicate(batch) ? "duplicate " : "accepted ") + reply.offset(batch)
                            : refusal.toString())
                    + " for " + attempt.batch());
            if (refusal == null) {
                clients.batchesAcked++;
                clients.bytesAcked += attempt.batch().bytes().length;
                attempt.lane().acked(attempt.batch());
                if (isEarly) {
                    attempt.lane().partition.acceptedEarly(attempt.batch());
                    if (!reply.duplicate(i)) {
                        clients.earlyAcks.add(to, attempt.lane().partition, attempt.batch(), reply.offset(i));
                    }
                } else if (reply.duplicate(i)) {
                    to.duplicate(attempt.batch(), reply.partition(i), reply.offset(i));
                } else {
                    attempt.lane().partition.accepted(attempt.batch(), reply.offset(i));
                }
            } else {
                refused(to, attempt, fencing, refusal);
            }
        }
    }

    /** An answer that waits for no force: something was taken, and nothing refused. */
    private boolean isEarly(int batches, ParcelReply reply) {
        boolean isEarly = false;
        for (int i = 0; i < batches; i++) {
            if (reply.refusal(i) != null) {
                return false;
            }
            isEarly |= !reply.duplicate(i);
        }
        return isEarly && durability != Durability.FORCED;
    }

    private void refused(StreamModel to, SentAttempt attempt, int fencing, StrandlineException refusal) {
        WriterLane lane = attempt.lane();
        SentBatch batch = attempt.batch();
        if (refusal instanceof StrandlineException.Conflict) {
            conflict(lane, attempt, refusal);
            return;
        }
        lane.partition.refused(batch);
        if (refusal instanceof StrandlineException.Fenced) {
            boolean mayBeFenced = id == null ? clients.mayHaveForgotten() : to.mayBeFenced(id, fencing);
            clients.violations.require(
                    mayBeFenced, Invariant.REFUSALS_ARE_TRUE, () -> batch + " is fenced: " + refusal.getMessage());
            if (writer.goesOnWith(lane)) {
                writer.endAdmission();
            }
        } else if (refusal instanceof StrandlineException.Sealed) {
            clients.violations.require(
                    to.mayBeSealed(batch.partition()),
                    Invariant.REFUSALS_ARE_TRUE,
                    () -> batch + " is refused, though nobody asked to seal the partition: " + refusal.getMessage());
            if (writer.goesOnWith(lane)) {
                writer.sealed();
                lane.resends = !lane.pending.isEmpty();
            }
        } else if (refusal instanceof StrandlineException.NotFound) {
            clients.violations.require(
                    to.deleting(), Invariant.CATALOG_PERSISTS, () -> to + " takes no batch: " + refusal.getMessage());
            writer.isGone(to);
        } else {
            clients.requireTemporary(refusal, () -> "append of " + batch);
            lane.resends = !lane.pending.isEmpty();
        }
    }

    /** The batch was to follow at a place that is already taken. */
    private void conflict(WriterLane lane, SentAttempt attempt, StrandlineException refusal) {
        SentBatch batch = attempt.batch();
        lane.partition.refusedForGood(batch);
        if (durability != Durability.FORCED && (lane.mayHaveLost || clients.troubled)) {
            // Batches acknowledged before it are gone. The writer is admitted again.
            if (writer.goesOnWith(lane)) {
                writer.endAdmission();
            }
            return;
        }
        if (batch.conditional()) {
            if (attempt.endSeen() == batch.expectedOffset()) {
                lane.partition.bounds().seenEnd(batch.expectedOffset() + 1);
            }
            if (lane.inFlight == 0) {
                lane.giveUp(batch);
            } else {
                // Another attempt may yet succeed.
                lane.resends = !lane.pending.isEmpty();
            }
            return;
        }
        boolean isNext = lane.pending.peekFirst() == batch && writer.goesOnWith(lane);
        if (isNext && id == null && clients.mayHaveForgotten()) {
            // It was forgotten when it asked where to go on, and a crash brought back what was known of it.
            writer.endAdmission();
            return;
        }
        clients.violations.require(
                !isNext,
                Invariant.REFUSALS_ARE_TRUE,
                () -> batch + " follows all that was acknowledged, and is refused: " + refusal.getMessage());
        lane.resends = !lane.pending.isEmpty();
    }
}
