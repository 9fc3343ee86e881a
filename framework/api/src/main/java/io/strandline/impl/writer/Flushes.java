package io.strandline.impl.writer;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;

/** The flushes of a writer. Each waits until the oldest entry of each lane has passed its mark. */
final class Flushes {

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Flush(Promise<Void> promise, long[] marks) {}

    private final Lane[] lanes;
    private final ArrayDeque<Flush> waiting = new ArrayDeque<>();

    Flushes(Lane[] lanes) {
        this.lanes = lanes;
    }

    /** Waits for all that was appended before. */
    Future<Void> add(Promise<Void> promise) {
        long[] marks = new long[lanes.length];
        mark(marks);
        waiting.add(new Flush(promise, marks));
        return promise.future();
    }

    /** Ends those for which nothing is pending any more. */
    void end() {
        while (!waiting.isEmpty() && hasPassed(waiting.element().marks())) {
            waiting.remove().promise().complete();
        }
    }

    private boolean hasPassed(long[] marks) {
        for (int i = 0; i < marks.length; i++) {
            if (lanes[i].oldestEntry() < marks[i]) {
                return false;
            }
        }
        return true;
    }

    /** Everything that is pending was rebuilt: entries cannot be told apart any more, so each flush waits for all of them. */
    void waitForAll() {
        waiting.forEach(flush -> mark(flush.marks()));
    }

    private void mark(long[] marks) {
        for (int i = 0; i < marks.length; i++) {
            marks[i] = lanes[i].entries();
        }
    }

    /** Ends all, because the writer has ended. */
    void endAll() {
        waiting.forEach(flush -> flush.promise().tryComplete());
        waiting.clear();
    }
}
