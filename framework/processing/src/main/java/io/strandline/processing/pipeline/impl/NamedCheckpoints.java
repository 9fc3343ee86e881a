package io.strandline.processing.pipeline.impl;

import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Takes checkpoints of all stages of a pipeline that have one name. While the pipeline runs, all stages stand still for that, so that
 * another version may begin with it. The first stage has the name last then, so where it has it all have it. Otherwise each stage takes
 * one by itself, which is enough for a run that goes back to it.
 */
final class NamedCheckpoints {

    private static final Logger LOG = Logger.of(NamedCheckpoints.class);

    private final Pipeline pipeline;
    private final List<StageHandle> stages;
    private final Draining draining;
    private final TableLoading tables;
    private final long timeoutMillis;
    private final Future<?> swept;

    /**
     * Takes none yet. Names that an earlier run has left in later stages alone are taken back.
     *
     * @param stages each after those that feed it
     * @param timeoutMillis for which the stages before wait at most until those after them have come to the end
     */
    NamedCheckpoints(
            Pipeline pipeline, List<StageHandle> stages, Draining draining, TableLoading tables, long timeoutMillis) {
        this.pipeline = pipeline;
        this.stages = stages;
        this.draining = draining;
        this.tables = tables;
        this.timeoutMillis = timeoutMillis;
        this.swept = sweep().otherwiseEmpty();
    }

    /** Nobody would ask for their removal, and retention of the internal streams would wait for them. */
    private Future<?> sweep() {
        List<StageHandle> others = stages.subList(1, stages.size());
        return others.isEmpty()
                ? Future.succeededFuture()
                : stages.get(0)
                        .pinned()
                        .compose(pinned -> StageHandle.inTurn(others, stage -> stage.pinned()
                                .compose(names -> Future.join(names.keySet().stream()
                                        .filter(name -> !pinned.containsKey(name))
                                        .map(stage::unpin)
                                        .toList()))));
    }

    /** What each stage has taken, in the order of the stages. */
    Future<List<Checkpoint>> take(String name) {
        StageHandle first = stages.get(0);
        return swept.compose(ready -> first.pinned())
                .compose(pinned -> pinned.containsKey(name) ? Future.succeededFuture(false) : canDrain())
                .compose(can -> can ? drained(name) : ofEach(name));
    }

    /** Other parts bring events into the internal streams at any time, and a stage that is paused comes to no end. */
    private Future<Boolean> canDrain() {
        boolean isAlone = pipeline.topology().part().count() == 1;
        boolean runs = stages.stream().allMatch(stage -> stage.status().state() == PipelineStatus.State.RUNNING);
        return stages.size() == 1 || !isAlone || !runs
                ? Future.succeededFuture(false)
                : Hop.to(stages.get(0).context(), () -> Future.succeededFuture(!tables.isLoading()));
    }

    private Future<List<Checkpoint>> drained(String name) {
        return draining.begin(timeoutMillis)
                .transform((standstill, cause) ->
                        cause == null ? pin(name).eventually(standstill::end) : afterFailure(name, cause));
    }

    private Future<List<Checkpoint>> afterFailure(String name, Throwable cause) {
        LOG.warn("{}: no version can begin with checkpoint {}: {}", pipeline, name, cause.toString());
        return ofEach(name);
    }

    /** From the last stage on. */
    private Future<List<Checkpoint>> pin(String name) {
        List<StageHandle> lastFirst = new ArrayList<>(stages);
        Collections.reverse(lastFirst);
        return stages.get(0)
                .pinned()
                .compose(pinned -> pinned.containsKey(name)
                        ? ofEach(name) // which refuses it
                        : StageHandle.inTurn(lastFirst, stage -> freed(stage, name)
                                        .compose(free -> stage.checkpoint(name, true)))
                                .map(taken -> {
                                    List<Checkpoint> inOrder = new ArrayList<>(taken);
                                    Collections.reverse(inOrder);
                                    return inOrder;
                                }));
    }

    private Future<List<Checkpoint>> ofEach(String name) {
        return StageHandle.inTurn(stages, stage -> freed(stage, name).compose(free -> stage.checkpoint(name, false)));
    }

    /** A stage after the first may have the name from a call that has ended on its way. */
    private Future<Void> freed(StageHandle stage, String name) {
        return stage == stages.get(0)
                ? Future.succeededFuture()
                : stage.pinned()
                        .compose(pinned -> pinned.containsKey(name) ? stage.unpin(name) : Future.succeededFuture());
    }
}
