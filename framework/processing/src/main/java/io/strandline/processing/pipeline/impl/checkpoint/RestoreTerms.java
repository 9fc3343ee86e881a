package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import java.util.Set;

/**
 * What a run allows of the state that it finds.
 *
 * @param budget room for it
 * @param isVersionChangeAllowed see {@link PipelineOptions#isVersionChangeAllowed()}
 * @param dropped see {@link PipelineOptions#getDroppedState()}
 */
public record RestoreTerms(StateBudget budget, boolean isVersionChangeAllowed, Set<String> dropped) {

    /** Those of a run. */
    public static RestoreTerms of(PipelineOptions options, StateBudget budget) {
        return new RestoreTerms(budget, options.isVersionChangeAllowed(), options.getDroppedState());
    }

    /** Everything is read, and nothing dropped. */
    public static RestoreTerms unlimited() {
        return new RestoreTerms(StateBudget.unlimited(), true, Set.of());
    }
}
