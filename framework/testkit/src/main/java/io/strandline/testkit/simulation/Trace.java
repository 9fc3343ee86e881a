package io.strandline.testkit.simulation;

import java.util.ArrayDeque;
import java.util.function.Supplier;

/** The last lines of the trace of a run. Empty unless it is wanted, because most runs only have to pass. */
final class Trace {

    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private final int most;

    /** @param most number of lines that are kept */
    Trace(int most) {
        this.most = most;
    }

    boolean isKept() {
        return most > 0;
    }

    void add(Supplier<String> line) {
        if (most > 0) {
            if (lines.size() == most) {
                lines.remove();
            }
            lines.add(line.get());
        }
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }
}
