package io.strandline.processing.rxjava3;

import io.reactivex.rxjava3.core.Single;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.RunningPipeline.WindowsAnswer;
import io.strandline.processing.pipeline.share.PipelineStates;
import io.vertx.core.Vertx;

/** {@link PipelineStates} for RxJava: each question is asked when it is subscribed to. */
public final class RxPipelineStates {

    private final PipelineStates states;

    private RxPipelineStates(PipelineStates states) {
        this.states = states;
    }

    /**
     * Prepares to ask.
     *
     * @see PipelineStates#of
     */
    public static RxPipelineStates of(Vertx vertx, Pipeline pipeline, PipelineOptions options) {
        return new RxPipelineStates(PipelineStates.of(vertx, pipeline, options));
    }

    /** What asks. */
    public PipelineStates delegate() {
        return states;
    }

    /**
     * The state of a key.
     *
     * @see PipelineStates#state
     */
    public Single<StateAnswer> state(String operator, String key) {
        return RxReaderGroup.single(() -> states.state(operator, key));
    }

    /**
     * The windows of a key that an event may still change.
     *
     * @see PipelineStates#windows
     */
    public Single<WindowsAnswer> windows(String operator, String key) {
        return RxReaderGroup.single(() -> states.windows(operator, key));
    }

    /**
     * A page of the keys of a range that have a state.
     *
     * @see PipelineStates#states
     */
    public Single<StatePage> states(String operator, StateRange range) {
        return RxReaderGroup.single(() -> states.states(operator, range));
    }
}
