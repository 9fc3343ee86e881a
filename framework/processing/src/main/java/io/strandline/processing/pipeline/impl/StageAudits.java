package io.strandline.processing.pipeline.impl;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.impl.audit.StageAudit;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The audits of one stage, one at a time. What an audit reads is kept until it ends.
 *
 * <p>Belongs to the context of the run.
 */
final class StageAudits {

    private final StageAudit.Setting setting;
    private final CheckpointTaker taker;
    private @Nullable StageAudit running;
    private @Nullable Throwable end;

    /** @param taker has the checkpoints, and keeps those that are read */
    StageAudits(StageAudit.Setting setting, CheckpointTaker taker) {
        this.setting = setting;
        this.taker = taker;
    }

    /** Audits the stage between two checkpoints that have names or numbers. */
    Future<StageAudit.Result> between(String from, String to) {
        StoredManifest first = taker.find(from);
        StoredManifest second = taker.find(to);
        return second.offset() < first.offset()
                ? Future.failedFuture(new StrandlineException.Invalid(
                        "checkpoint " + to + " of " + setting.stage() + " was taken before checkpoint " + from))
                : run(first, second);
    }

    /** Audits the stage from its oldest retained checkpoint to its newest one, if it has two. */
    Future<StageAudit.@Nullable Result> ofRetained() {
        List<StoredManifest> range = taker.retainedRange();
        return range.isEmpty()
                ? Future.succeededFuture()
                : run(range.get(0), range.get(1)).map(result -> (StageAudit.@Nullable Result) result);
    }

    private Future<StageAudit.Result> run(StoredManifest from, StoredManifest to) {
        if (end != null) {
            return Future.failedFuture(end);
        }
        if (running != null) {
            return Future.failedFuture(new StrandlineException.Overloaded(
                    "an audit of " + setting.stage() + " is in progress, at most 1 is at a time"));
        }
        StageAudit begun = new StageAudit(setting, from, to);
        running = begun;
        return taker.beginAudit(from, to).compose(held -> begun.run()).eventually(() -> {
            running = null;
            return taker.endAudit().otherwiseEmpty();
        });
    }

    /** Begins none from now on, and ends the one that is in progress. */
    void end(Throwable cause) {
        end = cause;
        StageAudit begun = running;
        if (begun != null) {
            begun.cancel(cause);
        }
    }
}
