package io.strandline.processing.pipeline.impl;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineAudit;
import io.strandline.processing.pipeline.impl.audit.StageAudit;
import io.strandline.spi.Logger;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Audits of all stages of a pipeline, by hand and every so often. One is made at a time.
 *
 * <p>Belongs to the context of the pipeline's first stage.
 */
final class PipelineAudits {

    private static final Logger LOG = Logger.of(PipelineAudits.class);

    private final Pipeline pipeline;
    private final List<StageHandle> stages;
    private boolean busy;

    /** Written on the context, read anywhere. */
    private volatile @Nullable PipelineAudit last;

    PipelineAudits(Pipeline pipeline, List<StageHandle> stages) {
        this.pipeline = pipeline;
        this.stages = List.copyOf(stages);
    }

    /** Audits every so many milliseconds until the pipeline has ended. */
    void every(long millis, Future<Void> ended) {
        Context context = stages.get(0).context();
        context.runOnContext(begun -> {
            long timer = context.owner().setPeriodic(millis, due -> auditRetained());
            ended.onComplete(over -> context.owner().cancelTimer(timer));
        });
    }

    private void auditRetained() {
        if (busy) {
            return;
        }
        busy = true;
        List<StageAudit.Result> results = new ArrayList<>();
        Future<?> each = Future.succeededFuture();
        for (StageHandle stage : stages) {
            each = each.compose(before -> stage.auditRetained()).onSuccess(result -> {
                if (result != null) {
                    results.add(result);
                }
            });
        }
        each.onComplete((done, cause) -> {
            busy = false;
            if (cause == null) {
                note(results);
            } else if (!(cause instanceof StrandlineException.Unavailable)) {
                LOG.warn("{}: an audit could not be made: {}", pipeline, cause.toString());
            }
        });
    }

    private void note(List<StageAudit.Result> results) {
        PipelineAudit before = last;
        if (results.isEmpty() || (before != null && !before.isEqual())) {
            return;
        }
        PipelineAudit audit = of(results, null, null);
        last = audit;
        if (!audit.isEqual()) {
            LOG.error("{} is not deterministic, or was changed without a new version: {}", pipeline, audit.toText());
        }
    }

    /** The newest that was made every so often. Callable from anywhere. */
    @Nullable
    PipelineAudit last() {
        return last;
    }

    /** Audits one stage after the other between two checkpoints. */
    Future<PipelineAudit> audit(String from, String to) {
        if (stages.size() > 1 && (isNumber(from) || isNumber(to))) {
            return Future.failedFuture(new StrandlineException.Invalid(pipeline + " has " + stages.size()
                    + " stages, and each numbers its checkpoints by itself: audit between checkpoints with names, not from "
                    + from + " to " + to));
        }
        List<StageAudit.Result> results = new ArrayList<>();
        Future<?> each = Future.succeededFuture();
        for (StageHandle stage : stages) {
            each = each.compose(before -> stage.audit(from, to)).onSuccess(results::add);
        }
        return each.map(done -> {
            if (results.stream().allMatch(StageAudit.Result::isOfOne)) {
                throw new StrandlineException.Invalid(
                        pipeline + " has processed nothing between the checkpoints " + from + " and " + to);
            }
            return of(results, nameOf(from), nameOf(to));
        });
    }

    private static @Nullable String nameOf(String checkpoint) {
        return isNumber(checkpoint) ? null : checkpoint;
    }

    private static boolean isNumber(String checkpoint) {
        return !checkpoint.isEmpty() && checkpoint.chars().allMatch(Character::isDigit);
    }

    private PipelineAudit of(List<StageAudit.Result> results, @Nullable String fromName, @Nullable String toName) {
        StageAudit.Result first = results.get(0);
        return new PipelineAudit(
                first.from().toCheckpoint(pipeline.source()),
                first.to().toCheckpoint(pipeline.source()),
                fromName,
                toName,
                results.stream().mapToLong(StageAudit.Result::steps).sum(),
                results.stream()
                        .flatMap(result -> result.differences().stream())
                        .toList());
    }
}
