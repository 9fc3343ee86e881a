package io.strandline.processing.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.share.PipelineMember;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.sync.rxjava3.RxStateSync;
import io.vertx.core.Vertx;
import java.util.SortedMap;
import java.util.TreeMap;

/** {@link PipelineMember} for RxJava: each call is made when it is subscribed to. */
public final class RxPipelineMember {

    private final PipelineMember member;

    private RxPipelineMember(PipelineMember member) {
        this.member = member;
    }

    /**
     * Joins those that share a pipeline.
     *
     * @see PipelineMember#join(Vertx, io.strandline.Strandline, io.strandline.sync.StateSync, Pipeline, PipelineOptions)
     */
    public static Single<RxPipelineMember> join(
            Vertx vertx, RxStrandline log, RxStateSync sync, Pipeline pipeline, PipelineOptions options) {
        PipelineOptions own = new PipelineOptions(options);
        return RxReaderGroup.single(() -> PipelineMember.join(vertx, log.delegate(), sync.delegate(), pipeline, own))
                .map(RxPipelineMember::new);
    }

    /**
     * Joins those that share a pipeline, with its snapshots in a store.
     *
     * @see PipelineMember#join(Vertx, io.strandline.Strandline, io.strandline.sync.StateSync, Pipeline, PipelineOptions,
     *     CheckpointStore)
     */
    public static Single<RxPipelineMember> join(
            Vertx vertx,
            RxStrandline log,
            RxStateSync sync,
            Pipeline pipeline,
            PipelineOptions options,
            CheckpointStore store) {
        PipelineOptions own = new PipelineOptions(options);
        return RxReaderGroup.single(
                        () -> PipelineMember.join(vertx, log.delegate(), sync.delegate(), pipeline, own, store))
                .map(RxPipelineMember::new);
    }

    /** The member itself. */
    public PipelineMember delegate() {
        return member;
    }

    /** Its name among the members. */
    public String name() {
        return member.name();
    }

    /**
     * What runs here now, by the numbers of the parts.
     *
     * @see PipelineMember#running
     */
    public SortedMap<Integer, RxRunningPipeline> running() {
        SortedMap<Integer, RxRunningPipeline> all = new TreeMap<>();
        member.running().forEach((part, running) -> all.put(part, new RxRunningPipeline(running)));
        return all;
    }

    /**
     * The names of the members that have the parts.
     *
     * @see PipelineMember#holders
     */
    public SortedMap<Integer, String> holders() {
        return member.holders();
    }

    /**
     * Completes when the member has left, and fails with the cause if it could not go on.
     *
     * @see PipelineMember#ended
     */
    public Completable ended() {
        return RxReaderGroup.completable(member::ended);
    }

    /**
     * Hands over what runs here, and leaves.
     *
     * @see PipelineMember#leave
     */
    public Completable leave() {
        return RxReaderGroup.completable(member::leave);
    }
}
