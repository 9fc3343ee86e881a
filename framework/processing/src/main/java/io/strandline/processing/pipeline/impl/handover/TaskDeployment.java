package io.strandline.processing.pipeline.impl.handover;

import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.task.RunSetting;
import io.strandline.processing.pipeline.impl.task.TaskVerticle;
import io.vertx.core.Future;
import java.util.List;

/**
 * Deploys the tasks of a run, if no newer run of the pipeline has begun.
 *
 * <p>A task opens its writers by name, and whoever opens a writer fences the one before, be that of an older or of a newer run. So a
 * run that has stalled asks the checkpoint stream, which a newer run takes over before it opens any writer. It asks <em>before</em> a
 * task is deployed: then it stops without harm to the newer run. It asks once more <em>after</em> the tasks are deployed, because it may
 * have stalled in between. Then its writers may have fenced those of the newer run, which stops too. The tasks must append nothing
 * all the same: they do not know the ticks of the newer run, or are of another version, so their steps may be others under the same
 * numbers.
 *
 * <p>Belongs to the context of the run.
 */
public record TaskDeployment(RunSetting run, CheckpointStream stream) {

    /**
     * Completes when the tasks may begin: any newer run fences them. Fails with Fenced if there is one. Then none of the tasks may
     * begin, and those that are not deployed let go of their states.
     */
    public Future<Void> deploy(List<TaskVerticle> tasks) {
        return requireNewest()
                .onFailure(older -> tasks.forEach(TaskVerticle::discard))
                .compose(newest -> Future.join(tasks.stream()
                        .map(task -> run.deploy(task).onFailure(refused -> task.discard()))
                        .toList()))
                .compose(deployed -> requireNewest());
    }

    private Future<Void> requireNewest() {
        return stream.append(Tick.ofNoTask(run.pipeline().version())).mapEmpty();
    }
}
