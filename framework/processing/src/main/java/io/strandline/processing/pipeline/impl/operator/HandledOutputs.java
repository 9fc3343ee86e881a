package io.strandline.processing.pipeline.impl.operator;

import io.strandline.Headers;
import io.strandline.processing.pipeline.HandlerOutput;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.RecordContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The outputs of a step for handlers. They get their positions when the step has succeeded, and its number is known. Belongs to the
 * task's context.
 */
public final class HandledOutputs {

    private final String stage;
    private final long partition;
    private final List<Emitted> emitted = new ArrayList<>();
    /** Id of a handler → number of its next output. */
    private final Map<String, Integer> numbers = new HashMap<>();

    private record Emitted(
            Operator.Handle sink, @Nullable String key, Headers headers, long time, long offset, Object event) {}

    /**
     * The outputs of one task.
     *
     * @param stage name of its stage
     */
    public HandledOutputs(String stage, long partition) {
        this.stage = stage;
        this.partition = partition;
    }

    /** A step begins, or is tried again. */
    public void begin() {
        emitted.clear();
    }

    /** As {@link StepOutputs#handle}. */
    public void add(Operator.Handle sink, @Nullable String key, RecordContext place, Object event) {
        emitted.add(new Emitted(sink, key, place.headers(), place.time(), place.offset(), event));
    }

    /** The step has succeeded: gives its outputs away, in their order. */
    public void give(long step, BiConsumer<Operator.Handle, HandlerOutput<Object>> taker) {
        if (emitted.isEmpty()) {
            return;
        }
        numbers.clear();
        for (Emitted each : emitted) {
            int number = numbers.merge(each.sink().id(), 1, Integer::sum) - 1;
            HandlerOutput.Position position = new HandlerOutput.Position(stage, partition, each.offset(), step, number);
            taker.accept(
                    each.sink(), new HandlerOutput<>(each.event(), each.key(), each.headers(), each.time(), position));
        }
        emitted.clear();
    }
}
