package io.strandline.processing.pipeline.impl.handover;

import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.RunningPipeline.TaskPosition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers of several tasks, or of several parts of a pipeline, as one. Belongs to one context. */
public final class MergedStates {

    private final StateRange range;
    private final List<TaskPosition> positions = new ArrayList<>();
    private List<StateAnswer> states = new ArrayList<>();
    /** The last key of which the state is known, or null if all of the range are. */
    private @Nullable String through;

    /** Nothing has answered yet. */
    public MergedStates(StateRange range) {
        this.range = range;
    }

    /** What the next task is asked for. */
    public StateRange rest() {
        return through == null ? range : new StateRange(range.from(), after(through), range.limit());
    }

    /** The first key after a key. */
    public static String after(String key) {
        return key + '\0';
    }

    /**
     * The next task has answered.
     *
     * @param ofTask a page whose {@link StatePage#next} is the last key of which the state is known
     */
    public void add(StatePage ofTask) {
        add(ofTask, ofTask.next());
    }

    /**
     * The next part has answered.
     *
     * @param page one as applications have it, whose {@link StatePage#next} is the first key of the rest
     */
    public void addPage(StatePage page) {
        String next = page.next();
        add(page, next == null ? null : next.substring(0, next.length() - 1));
    }

    private void add(StatePage ofTask, @Nullable String known) {
        positions.addAll(ofTask.positions());
        states.addAll(ofTask.states());
        states.sort(Comparator.comparing(StateAnswer::key));
        if (states.size() > range.limit()) {
            cut(states.get(range.limit() - 1).key());
        }
        if (known != null && (through == null || known.compareTo(through) < 0)) {
            cut(known);
        }
    }

    private void cut(String at) {
        through = at;
        states = new ArrayList<>(
                states.stream().filter(each -> each.key().compareTo(at) <= 0).toList());
    }

    /** The answer, as applications have it. */
    public StatePage page() {
        return new StatePage(states, positions, through == null ? null : after(through));
    }
}
