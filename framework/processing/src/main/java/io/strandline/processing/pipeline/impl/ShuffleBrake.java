package io.strandline.processing.pipeline.impl;

import io.strandline.spi.Logger;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Has the stages that feed a shuffle wait while the stage after it lags too far, so that the internal stream does not fill the disk
 * while that is paused. A stage never waits for the ones that feed it to read what is there already, so this cannot come to a
 * standstill.
 *
 * <p>Belongs to the context of the pipeline's first stage.
 */
final class ShuffleBrake {

    private static final Logger LOG = Logger.of(ShuffleBrake.class);

    static final long LOOK_EVERY_MILLIS = 250;

    private final List<StageHandle> stages;
    private final long maxEvents;
    /** Names of the stages that lag. */
    private final Set<String> lagging = new HashSet<>();

    private boolean looking;

    /** @param maxEvents how far a stage may lag. Half of it lets the feeding stages go on */
    private ShuffleBrake(List<StageHandle> stages, long maxEvents) {
        this.stages = stages;
        this.maxEvents = maxEvents;
    }

    /** Looks until the pipeline has ended. */
    static void watch(List<StageHandle> stages, long maxEvents, Future<Void> ended) {
        if (stages.stream().anyMatch(StageHandle::readsShuffle)) {
            ShuffleBrake brake = new ShuffleBrake(List.copyOf(stages), maxEvents);
            Context context = stages.get(0).context();
            context.runOnContext(begun -> {
                long timer = context.owner().setPeriodic(LOOK_EVERY_MILLIS, due -> brake.lookUnlessLooking());
                ended.onComplete(over -> context.owner().cancelTimer(timer));
            });
        }
    }

    private void lookUnlessLooking() {
        if (!looking) {
            looking = true;
            look().onComplete(looked -> looking = false);
        }
    }

    private Future<?> look() {
        List<Future<?>> looks = new ArrayList<>();
        for (StageHandle stage : stages) {
            if (stage.readsShuffle()) {
                looks.add(stage.lag().onSuccess(lag -> note(stage, lag)));
            }
        }
        return Future.join(looks)
                .transform(looked -> Future.join(stages.stream()
                        .map(stage -> stage.brake(feedsLagging(stage)))
                        .toList()));
    }

    private void note(StageHandle stage, long lag) {
        String name = stage.stage().name();
        if (lag > maxEvents && lagging.add(name)) {
            LOG.info("{} lags by {} events, more than {}: what feeds it waits", stage.stage(), lag, maxEvents);
        } else if (lag <= maxEvents / 2 && lagging.remove(name)) {
            LOG.info("{} lags by {} events: what feeds it goes on", stage.stage(), lag);
        }
    }

    private boolean feedsLagging(StageHandle feeder) {
        String name = feeder.stage().name();
        return stages.stream()
                .anyMatch(stage -> lagging.contains(stage.stage().name())
                        && stage.stage().topology().feeders().contains(name));
    }
}
