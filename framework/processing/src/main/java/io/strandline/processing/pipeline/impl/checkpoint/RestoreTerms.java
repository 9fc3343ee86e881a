package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.state.StateStore;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

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

    /**
     * The store that reads the state of an operator, or null if the state is dropped.
     *
     * @param id the operator of which a checkpoint has state
     * @param layout of the state
     * @throws StrandlineException.Invalid if no store can read it, and it is not given up. The message has the ids that are, since one
     *     of them may be misspelled
     */
    @Nullable
    StateStore storeOf(OperatorStates states, String id, String layout) {
        if (isDropped(states, id, layout)) {
            return null;
        }
        StateStore store = states.find(id);
        if (store == null || !store.layout().equals(layout)) {
            String found = store == null
                    ? "the pipeline has operators "
                            + states.stores().stream().map(StateStore::id).toList() + ": name it in droppedState"
                    : "the operator keeps " + store.layout() + ": give it another id, or name it in droppedState";
            throw new StrandlineException.Invalid("the checkpoint has state of operator " + id + " as " + layout
                    + ", and " + found + ", which has " + new TreeSet<>(dropped));
        }
        return store;
    }

    /** Whether the state is of no use any more, or cannot be read and is given up. */
    boolean isDropped(OperatorStates states, String id, String layout) {
        StateStore store = states.find(id);
        boolean isRead = store != null && store.layout().equals(layout);
        return states.isOver(id) || (dropped.contains(id) && !isRead);
    }
}
