package io.strandline.processing.pipeline.impl.operator;

import java.util.List;

/** Takes the events of one operator. Belongs to the task's context. */
interface Stage {

    /** Nobody takes them. */
    Stage NOBODY = event -> {};

    /**
     * Takes an event at the moment of the task.
     *
     * @throws StepFailed if a step of the application throws a checked exception
     */
    void accept(Object event);

    /** Hands each event to all stages, in their order. */
    static Stage all(List<Stage> stages) {
        if (stages.isEmpty()) {
            return NOBODY;
        }
        if (stages.size() == 1) {
            return stages.get(0);
        }
        Stage[] each = stages.toArray(Stage[]::new);
        return event -> {
            for (Stage stage : each) {
                stage.accept(event);
            }
        };
    }

    /** A stage with things to do when the watermark, or the clock, has come so far. */
    interface Timed {

        /** When the next thing is to be done, {@link Long#MAX_VALUE} if nothing is. */
        long nextTime();

        /**
         * When the last thing is to be done that a silent source must not hold back, {@link Long#MIN_VALUE} if nothing is: event
         * time goes on so far without events.
         */
        default long lastTime() {
            return Long.MIN_VALUE;
        }

        /**
         * Does the next thing, for one key.
         *
         * @param passesOn false does it without its effect: a timer is cleared, a window is over, and nothing is computed or
         *     passed on
         */
        void fire(boolean passesOn);

        /** When the clock has the next thing done, {@link Long#MAX_VALUE} if it has nothing. */
        default long nextClockTime() {
            return Long.MAX_VALUE;
        }

        /** As {@link #fire}, for the next thing that the clock has done. */
        default void fireOfClock(boolean passesOn) {
            throw new IllegalStateException("nothing waits for the clock");
        }

        /** The step has failed, and its changes to the store were put back: what is known beside the store is void. */
        default void undone() {}

        /** Forgets what no event can change any more. Called between two steps. */
        default void forget(long watermark) {}
    }

    /** Carries a checked exception of an application's step through the stages. */
    final class StepFailed extends RuntimeException {

        private static final long serialVersionUID = 1;

        StepFailed(Exception cause) {
            super(null, cause, false, false);
        }
    }
}
