package io.strandline.processing.pipeline.impl.operator;

import io.strandline.EventRecord;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.processing.pipeline.PipelineProvider;
import io.strandline.processing.pipeline.Topology;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One task that has every key, without a log. */
public final class LoneTask implements PipelineProvider.Task {

    private final Topology topology;
    private final PipelineProvider.Outputs outputs;
    private OperatorStates states;
    private Operators operators;
    private long offset;

    public LoneTask(Topology topology, PipelineProvider.Outputs outputs) {
        this.topology = topology;
        this.outputs = outputs;
        this.states = new OperatorStates(topology, EventTime.START);
        this.operators = run();
    }

    private Operators run() {
        return new Operators(topology, new PartitionDescription(0, 0, KeyRange.ALL), offset, states, outputs);
    }

    @Override
    public void event(EventRecord<?> record) {
        offset = record.offset() + 1;
        step(() -> operators.event(record));
        fireAll();
    }

    @Override
    public void tick(long time, boolean isSilent) {
        step(() -> operators.tick(time, isSilent));
        fireAll();
    }

    private void fireAll() {
        while (operators.isDue()) {
            step(operators::fire);
        }
    }

    private void step(Runnable step) {
        try {
            step.run();
            operators.done();
        } catch (RuntimeException e) {
            operators.undo();
            Throwable thrown = Operators.causeOf(e);
            if (thrown instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new IllegalStateException(thrown.getMessage(), thrown);
        }
    }

    @Override
    public void restart(PipelineProvider.StateCheck check) {
        OperatorStates restored = new OperatorStates(topology, states.time());
        for (StateStore store : states.stores()) {
            store.forEach(entry -> {
                Object value = entry.value();
                Object read = value == null ? null : check.storeAndRead(store.id(), store.codec(), value);
                restored.store(store.id()).restore(new StateEntry(entry.at(), entry.key(), entry.times(), read));
            });
        }
        states = restored;
        operators = run();
    }

    @Override
    @Nullable
    public Object state(String operator, String key, long start) {
        List<Object> found = new ArrayList<>();
        states.store(operator).forEach(entry -> {
            Object value = entry.value();
            if (entry.key().equals(key) && entry.at() == start && value != null) {
                found.add(value);
            }
        });
        return found.isEmpty() ? null : found.get(0);
    }

    @Override
    public long watermark() {
        return operators.watermark();
    }

    @Override
    public long lateEvents() {
        return operators.lateEvents();
    }
}
