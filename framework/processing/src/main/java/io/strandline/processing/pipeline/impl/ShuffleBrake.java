package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.StreamCut;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.impl.task.Brake;
import io.strandline.spi.Logger;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Has the stages that feed a shuffle wait while the stage after it lags too far, so that the internal stream does not fill the disk
 * while that is paused. A stage never waits for the ones that feed it to read what is there already, so this cannot come to a
 * standstill. Of a pipeline of several parts the stages of all parts count.
 *
 * <p>Belongs to the context of the pipeline's first stage.
 */
final class ShuffleBrake {

    private static final Logger LOG = Logger.of(ShuffleBrake.class);

    static final long LOOK_EVERY_MILLIS = 250;

    /** The parts of a pipeline tell each other through the log where they are, every so many looks. */
    private static final int LOOKS_PER_NOTE = 4;

    private final Context context;
    private final List<StageHandle> stages;
    private final List<Watched> watched = new ArrayList<>();
    private final long maxEvents;
    private final Predicate<String> isLoading;
    private int looks;

    /** A stage that reads an internal stream. */
    private static final class Watched {

        final StageHandle stage;
        /** How far other parts are, or null if there are none. */
        final @Nullable PartLags others;

        boolean isLagging;
        /** Where it was when its tasks answered last, null before that. */
        private @Nullable StreamCut position;

        private boolean isAsked;

        Watched(StageHandle stage, @Nullable PartLags others) {
            this.stage = stage;
            this.others = others;
        }

        /** That of the part which lags most. */
        Future<Long> lag() {
            PartLags known = others;
            return known == null ? ownLag() : ownLag().map(own -> Math.max(own, known.most()));
        }

        /** Tasks do not answer while their steps block. Then the lag is counted from where they were last. */
        private Future<Long> ownLag() {
            if (!isAsked) {
                isAsked = true;
                return stage.position()
                        .onComplete(answer -> isAsked = false)
                        .onSuccess(answer -> position = answer)
                        .compose(stage::lag);
            }
            StreamCut last = position;
            return last == null ? stage.start().compose(stage::lag) : stage.lag(last);
        }

        void lookAtOthers() {
            if (others != null) {
                others.look(position);
            }
        }

        String name(long maxEvents) {
            return others != null && others.most() > maxEvents / 2
                    ? others.slowest()
                    : stage.stage().name();
        }
    }

    private ShuffleBrake(List<StageHandle> stages, Catalog catalog, long maxEvents, Predicate<String> isLoading) {
        this.context = stages.get(0).context();
        this.stages = stages;
        this.maxEvents = maxEvents;
        this.isLoading = isLoading;
        stages.stream()
                .filter(StageHandle::readsShuffle)
                .forEach(stage -> watched.add(new Watched(stage, PartLags.of(stage.stage(), catalog))));
    }

    /**
     * Looks until the pipeline has ended.
     *
     * @param catalog of the log
     * @param maxEvents how far a stage may lag. Half of it lets the feeding stages go on
     * @param isLoading whether a stage loads a table, by its name. It never waits, because the one that lags may wait for the table
     */
    static void watch(
            List<StageHandle> stages,
            Catalog catalog,
            long maxEvents,
            Predicate<String> isLoading,
            Future<Void> ended) {
        ShuffleBrake brake = new ShuffleBrake(List.copyOf(stages), catalog, maxEvents, isLoading);
        if (!brake.watched.isEmpty()) {
            brake.context.runOnContext(begun -> {
                long timer = brake.context.owner().setPeriodic(LOOK_EVERY_MILLIS, due -> brake.look());
                ended.onComplete(over -> brake.context.owner().cancelTimer(timer));
            });
        }
    }

    private void look() {
        if (looks++ % LOOKS_PER_NOTE == 0) {
            watched.forEach(Watched::lookAtOthers);
        }
        for (Watched each : watched) {
            each.lag().onSuccess(lag -> note(each, lag));
        }
    }

    private void note(Watched each, long lag) {
        if (!each.isLagging && lag > maxEvents) {
            each.isLagging = true;
            LOG.info("{} lags by {} events, more than {}: what feeds it waits", each.name(maxEvents), lag, maxEvents);
        } else if (each.isLagging && lag <= maxEvents / 2) {
            each.isLagging = false;
            LOG.info("{} lags by {} events: what feeds it goes on", each.name(maxEvents), lag);
        }
        brake();
    }

    /** From the last stage on, because a stage that waits may make those before it wait, for the same cause. */
    private void brake() {
        Map<String, Throwable> causes = new HashMap<>();
        for (int i = stages.size() - 1; i >= 0; i--) {
            StageHandle feeder = stages.get(i);
            String lagging = null;
            Throwable cause = null;
            for (Watched each : watched) {
                if (each.isLagging
                        && each.stage
                                .stage()
                                .topology()
                                .feeders()
                                .contains(feeder.stage().name())) {
                    lagging = lagging == null ? each.name(maxEvents) : lagging;
                    Throwable failed = each.stage.status().cause();
                    cause = cause != null
                            ? cause
                            : failed != null
                                    ? failed
                                    : causes.get(each.stage.stage().name());
                }
            }
            if (cause != null) {
                causes.put(feeder.stage().name(), cause);
            }
            feeder.brake(
                    Hold.BRAKED,
                    lagging == null || isLoading.test(feeder.stage().name())
                            ? null
                            : new Brake(Hold.BRAKED, lagging, cause));
        }
    }
}
