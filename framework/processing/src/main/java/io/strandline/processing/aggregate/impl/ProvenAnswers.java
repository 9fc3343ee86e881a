package io.strandline.processing.aggregate.impl;

import io.strandline.EventWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Answers that append nothing, each held until a barrier that was begun after it was decided has passed. One barrier is under way at a
 * time and serves all that came before it.
 */
final class ProvenAnswers {

    private final EventWriter<?> writer;
    private final Consumer<Throwable> whenRefused;
    private List<Runnable> waiting = new ArrayList<>();
    private boolean underWay;

    /** @param whenRefused hears what a barrier failed with. What waited for it is dropped */
    ProvenAnswers(EventWriter<?> writer, Consumer<Throwable> whenRefused) {
        this.writer = writer;
        this.whenRefused = whenRefused;
    }

    /** Gives an answer when it is proven. */
    void add(Runnable answer) {
        waiting.add(answer);
        prove();
    }

    private void prove() {
        if (underWay || waiting.isEmpty()) {
            return;
        }
        underWay = true;
        List<Runnable> proven = waiting;
        waiting = new ArrayList<>();
        writer.barrier().onComplete((passed, cause) -> {
            underWay = false;
            if (cause != null) {
                whenRefused.accept(cause);
            } else {
                proven.forEach(Runnable::run);
            }
            prove();
        });
    }
}
