package io.strandline.processing.pipeline.impl.operator;

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
}
