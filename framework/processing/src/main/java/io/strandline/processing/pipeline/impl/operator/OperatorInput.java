package io.strandline.processing.pipeline.impl.operator;

import java.util.List;

/** Takes the events of one operator, or those of one of its inputs. Belongs to the task's context. */
interface OperatorInput {

    /** Nobody takes them. */
    OperatorInput NOBODY = event -> {};

    /**
     * Takes an event. {@link TaskRecordContext} has its key, its time and its place.
     *
     * @throws StepFailed if a step of the application throws a checked exception
     */
    void accept(Object event);

    /** Hands each event to all of them, in their order. */
    static OperatorInput all(List<OperatorInput> inputs) {
        if (inputs.isEmpty()) {
            return NOBODY;
        }
        if (inputs.size() == 1) {
            return inputs.get(0);
        }
        OperatorInput[] each = inputs.toArray(OperatorInput[]::new);
        return event -> {
            for (OperatorInput input : each) {
                input.accept(event);
            }
        };
    }
}
