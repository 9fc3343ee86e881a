package io.strandline.processing.pipeline.share;

import io.strandline.Strandline;
import io.strandline.internal.Implementation;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One member of those that share a pipeline: in one process, or in several that reach the same log and the same place for snapshots.
 *
 * <pre>{@code
 * PipelineMember.join(vertx, log, sync, balances, new PipelineOptions().setParts(8).setCheckpointDirectory("/mnt/shared/checkpoints"))
 * }</pre>
 *
 * <p>The pipeline has one part or more ({@link PipelineOptions#setParts}), and each part is run by one member at a time. The members
 * agree on that through one shared state in a {@link StateSync}, by the means of a reader group, and run equally many parts, give or take
 * one. A member that leaves takes a last checkpoint of what it runs, and hands it over. The parts of one that is silent for {@link
 * PipelineOptions#getLeaseMillis()} are taken by others, which go on from the newest checkpoint.
 *
 * <p>Outputs are exactly once whatever the members believe. Who takes a part fences the run before, by the named writers of its
 * checkpoint stream and of its outputs. So a member that was paused, and still believes that it runs a part, appends nothing more that
 * counts. Its run ends, and it asks what the members agree on.
 *
 * <p>With one part this is a hot stand-by: one member runs everything, and the next one begins within a lease and the time of a restart.
 * Such a pipeline may be {@link Pipeline#deploy deployed} before and afterwards. A deployment while there are members is fenced by them.
 * A pipeline of several parts has no other way to run than members. Its parts are told apart by the hashes of keys, so state never moves
 * from one part to another, and the number of parts stays. In a pipeline with shuffles a part has its range of the keys of each stage,
 * and takes from the internal streams what all parts bring into them.
 *
 * <p>Any thread may call. Futures complete on the context of the caller.
 */
public interface PipelineMember {

    /**
     * Joins those that share a pipeline. If that is done within a verticle, the member leaves when the verticle is undeployed.
     *
     * <p>Completes when this is a member. What it is to run begins afterwards. A run that fails with something that may pass, or that
     * was fenced, begins again, with growing pauses, as long as this member has the part. Any other failure ends the member, with the
     * cause in {@link #ended()}, and others take its parts.
     *
     * <p>Fails as {@link Pipeline#deploy} with options that are out of their bounds, as joining a reader group does, and with
     *
     * <ul>
     * <li>{@link io.strandline.StrandlineException.Invalid} if the pipeline has another number of parts, or is to have several although
     * it loads a table first whose values change their keys.
     * <li>{@link io.strandline.StrandlineException.Conflict} if it is to have several parts and has run as a whole, or if its deletion was
     * begun and not finished.
     * </ul>
     *
     * @param sync in which the members agree. It stays open as long as they are
     * @param options with a checkpoint directory that all members reach. Bounds of memory count for each part
     */
    static Future<PipelineMember> join(
            Vertx vertx, Strandline log, StateSync sync, Pipeline pipeline, PipelineOptions options) {
        return Implementation.of(PipelineMemberProvider.class).join(vertx, log, sync, pipeline, options, null);
    }

    /**
     * As {@link #join(Vertx, Strandline, StateSync, Pipeline, PipelineOptions)}, with the snapshots in another store than files.
     *
     * @param store that all members reach. It replaces {@link PipelineOptions#setCheckpointDirectory}
     */
    static Future<PipelineMember> join(
            Vertx vertx,
            Strandline log,
            StateSync sync,
            Pipeline pipeline,
            PipelineOptions options,
            CheckpointStore store) {
        return Implementation.of(PipelineMemberProvider.class).join(vertx, log, sync, pipeline, options, store);
    }

    /** Its name among the members, which no other one ever has. */
    String name();

    /**
     * What runs here now: number of the part, from 0 on → its run. A run is closed by {@link #leave()}. One that is closed otherwise
     * begins again. A cut for {@link RunningPipeline#awaitPosition} names partitions of the part alone.
     */
    SortedMap<Integer, RunningPipeline> running();

    /**
     * What the members have agreed on, as far as this one has heard: number of the part → name of the member that has it. A part that
     * nobody has at the moment is missing.
     */
    SortedMap<Integer, String> holders();

    /**
     * Sets who hears how each part is that runs here: at once, when it begins, and whenever it has changed. By {@link
     * io.strandline.processing.pipeline.FailurePolicy#PAUSE}, the default, this is where a failure is told. Another handler replaces it.
     *
     * @param handler is called on the context of the caller. null for nobody
     */
    void statusHandler(@Nullable Handler<PartStatus> handler);

    /**
     * How a part is.
     *
     * @param part its number, from 0 on
     */
    record PartStatus(int part, PipelineStatus status) {}

    /** Completes when the member has left, and fails with the cause if it could not go on. */
    Future<Void> ended();

    /**
     * Stops what runs here, with a last checkpoint of each part, and hands it over to the others. It is handed over after a lease in any
     * case. Calling it again does nothing more. It never throws.
     */
    Future<Void> leave();
}
