package io.strandline.processing.pipeline.impl;

import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Has the stages after a shuffle go on without the tasks before it that are idle, as long as somebody runs those.
 *
 * <pre>
 *   how far would a stage come without them ──▶ have they processed everything that their sources have now ──▶ {@link Shuffled.Idle}
 * </pre>
 *
 * <p>The order is what makes it safe. Events whose times are out of order within a bound, and which come after the second question, are
 * no earlier than the answer of the first. A task that nobody runs says nothing, so its part of the pipeline holds event time back until
 * a member has it.
 *
 * <p>Belongs to the context of the pipeline's first stage.
 */
final class IdleLimits {

    private final Context context;
    private final List<StageHandle> stages;
    private final AtomicLong tellingLooks = new AtomicLong();
    private final Rest rest = new Rest();
    private @Nullable Future<Void> running;

    /** Looks that are left out, because each task that tells something appends a record for each key of the marks. */
    static final class Rest {

        /** Tasks that may tell something in each look, on average. */
        static final int TASKS_PER_LOOK = 64;

        private int looks;

        /** A look is due. Whether it is not left out. */
        boolean isOver() {
            if (looks == 0) {
                return true;
            }
            looks--;
            return false;
        }

        /** So many tasks have told something. */
        void after(int tasks) {
            looks = Math.max(0, tasks - 1) / TASKS_PER_LOOK;
        }
    }

    private IdleLimits(List<StageHandle> stages) {
        this.context = stages.get(0).context();
        this.stages = stages;
    }

    /**
     * Looks until the pipeline has ended.
     *
     * @param stages each after those that feed it
     */
    static IdleLimits watch(List<StageHandle> stages, long intervalMillis, Future<Void> ended) {
        IdleLimits limits = new IdleLimits(List.copyOf(stages));
        if (stages.stream().anyMatch(StageHandle::readsShuffle)) {
            limits.context.runOnContext(begun -> {
                long timer = limits.context.owner().setPeriodic(intervalMillis, due -> limits.look());
                ended.onComplete(over -> limits.context.owner().cancelTimer(timer));
            });
        }
        return limits;
    }

    private void look() {
        if (running == null && rest.isOver()) {
            one();
        }
    }

    /** Looks now. Completes, whatever comes of it, when a look that begins now is over. To be called on the context. */
    Future<Void> raise() {
        Future<Void> before = running;
        return before == null ? one() : before.compose(over -> raise());
    }

    /** Number of looks in which a task told something. What it has told is on its way when the look is counted. From any thread. */
    long tellingLooks() {
        return tellingLooks.get();
    }

    private Future<Void> one() {
        Future<Void> look = StageHandle.inTurn(stages, this::raise).<Void>transform(told -> {
            running = null;
            int tasks = told.succeeded()
                    ? told.result().stream().mapToInt(Integer::intValue).sum()
                    : 0;
            rest.after(tasks);
            if (tasks > 0) {
                tellingLooks.incrementAndGet();
            }
            return Future.succeededFuture();
        });
        if (!look.isComplete()) {
            running = look;
        }
        return look;
    }

    private Future<Integer> raise(StageHandle feeder) {
        if (feeder.stage().topology().feeds().isEmpty()) {
            return Future.succeededFuture(0);
        }
        return StageHandle.inTurn(after(feeder), StageHandle::watermarkWithoutIdle)
                .map(each -> each.stream().mapToLong(Long::longValue).max().orElse(EventTime.NO_WATERMARK))
                .compose(upTo -> upTo == EventTime.NO_WATERMARK ? Future.succeededFuture(0) : feeder.idleUpTo(upTo));
    }

    /** The stages that get anything of this one. Each stage comes after those that feed it. */
    private List<StageHandle> after(StageHandle feeder) {
        Set<String> reached = new HashSet<>(Set.of(feeder.stage().name()));
        return stages.stream()
                .filter(stage -> stage.stage().topology().feeders().stream().anyMatch(reached::contains)
                        && reached.add(stage.stage().name()))
                .toList();
    }
}
