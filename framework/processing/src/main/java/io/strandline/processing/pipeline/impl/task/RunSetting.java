package io.strandline.processing.pipeline.impl.task;

import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.KnownDecisions;
import io.strandline.processing.pipeline.impl.parking.Parking;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What all parts of one run of a pipeline work with.
 *
 * @param options checked, and changed by nobody
 * @param decisions of earlier runs and of this one. Belong to the context of the run
 * @param parking takes events that are passed over, or null if nothing parks
 * @param budget of the states of all tasks
 * @param outputs the log to which its tasks append: the one that they read, unless they repeat
 * @param repeats whether its tasks only do again what an earlier run has done
 */
public record RunSetting(
        Vertx vertx,
        Strandline log,
        Pipeline pipeline,
        PipelineOptions options,
        KnownDecisions decisions,
        @Nullable Parking parking,
        StateBudget budget,
        Strandline outputs,
        boolean repeats) {

    /** Deploys a task on the threads that the options say. */
    public Future<String> deploy(Deployable task) {
        return vertx.deployVerticle(task, new DeploymentOptions().setThreadingModel(options.getThreadingModel()));
    }

    /** The streams to which its tasks append. */
    public Set<StreamName> sinks() {
        Set<StreamName> sinks = new LinkedHashSet<>(pipeline.sinks());
        if (parking != null) {
            sinks.add(parking.stream());
        }
        return sinks;
    }
}
