package io.strandline.processing.pipeline.impl.operator;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.PipelineTask;
import io.strandline.processing.pipeline.RecordContext;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import io.strandline.processing.pipeline.impl.state.StateStore;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One task for each stage, which has every key, without a log. What a stage sends through a shuffle is done before the next
 * event of a source: stage by stage, in the order in which it was sent.
 */
public final class LoneTask implements PipelineTask {

    private final List<StageTask> stages = new ArrayList<>();
    private final PipelineTask.Outputs outputs;
    /** Of the event of a source that is being done. */
    private long stamp;

    public LoneTask(Topology topology, PipelineTask.Outputs outputs) {
        this.outputs = outputs;
        for (Topology stage : topology.stages()) {
            stages.add(new StageTask(stage, stages.size()));
        }
        stages.forEach(StageTask::declareFeeders);
    }

    /** The task of one stage. */
    private final class StageTask implements StepOutputs {

        private final Topology topology;
        private final int partition;
        /** From shuffles. */
        private final Deque<EventRecord<?>> waiting = new ArrayDeque<>();

        /** What the step at hand sends through shuffles, if it does not fail. */
        private final List<Runnable> sending = new ArrayList<>();

        private final HandledOutputs handled;

        private OperatorStates states;
        private Operators operators;
        /** Of the next record. */
        private long offset;
        /** Of the next step. */
        private long number;

        StageTask(Topology topology, int partition) {
            this.topology = topology;
            this.partition = partition;
            this.handled = new HandledOutputs(topology.name(), partition);
            this.states = new OperatorStates(topology, EventTime.START);
            this.operators = run();
        }

        private Operators run() {
            return new Operators(topology, new PartitionDescription(partition, 0, KeyRange.ALL), offset, states, this);
        }

        private void declareFeeders() {
            for (StageTask feeder : stages) {
                if (topology.feeders().contains(feeder.topology.name())) {
                    Shuffled.Origin origin =
                            new Shuffled.Origin(feeder.topology.name(), List.of((long) feeder.partition));
                    event(new EventRecord<>(partition, offset, 0, null, EventType.RAW, origin));
                }
            }
        }

        private void event(EventRecord<?> record) {
            offset = record.offset() + 1;
            step(() -> operators.event(record));
            fireAll();
        }

        private void tick(long time, boolean isSilent) {
            step(() -> operators.tick(time, isSilent, false));
            fireAll();
        }

        private void fireAll() {
            while (operators.isDue()) {
                step(() -> operators.fire(true));
            }
        }

        private void step(Runnable step) {
            handled.begin();
            try {
                step.run();
                operators.done();
            } catch (RuntimeException e) {
                operators.undo();
                sending.clear();
                Throwable thrown = Operators.causeOf(e);
                if (thrown instanceof RuntimeException unchecked) {
                    throw unchecked;
                }
                throw new IllegalStateException(thrown.getMessage(), thrown);
            }
            sending.forEach(Runnable::run);
            sending.clear();
            handled.give(number++, outputs::handle);
        }

        /** Takes what came through a shuffle. */
        private void drain() {
            while (!waiting.isEmpty()) {
                event(waiting.remove());
            }
        }

        @Override
        public void emit(Operator.Target target, @Nullable String key, Headers headers, Object event) {
            if (event instanceof Shuffled shuffled) {
                // One task is reached by one mark.
                if (shuffled instanceof Shuffled.Event || MarkKeys.all().get(0).equals(key)) {
                    Object stored = storedAndRead(target, event);
                    sending.add(() -> reading(target.stream()).take(key, headers, stored));
                }
            } else {
                outputs.emit(target, key, headers, event);
            }
        }

        @Override
        public void handle(Operator.Handle sink, @Nullable String key, RecordContext place, Object event) {
            handled.add(sink, key, place, event);
        }

        private void take(@Nullable String key, Headers headers, Object shuffled) {
            waiting.add(new EventRecord<>(
                    partition, offset + waiting.size(), stamp, key, EventType.RAW, headers, shuffled));
        }

        private void restart(PipelineTask.StateCheck check) {
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
    }

    private StageTask reading(StreamName stream) {
        return stages.stream()
                .filter(stage -> stage.topology.source().stream().equals(stream))
                .findFirst()
                .orElseThrow(() -> new StrandlineException.Invalid("the pipeline does not read " + stream));
    }

    @SuppressWarnings("unchecked") // the codec of a shuffle takes what goes through it
    private static Object storedAndRead(Operator.Target target, Object event) {
        EventCodec<Object> codec = (EventCodec<Object>) target.codec();
        try {
            byte[] bytes = BytesOutput.of(codec, event);
            return codec.decode(codec.typeOf(event), bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new StrandlineException.Invalid("the codec of " + target.stream() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void event(StreamName source, EventRecord<?> record) {
        stamp = record.stamp();
        reading(source).event(record);
        stages.forEach(StageTask::drain);
    }

    @Override
    public void tick(long time, boolean isSilent) {
        stamp = time;
        for (StageTask stage : stages) {
            stage.drain();
            stage.tick(time, isSilent);
        }
    }

    @Override
    public void restart(PipelineTask.StateCheck check) {
        stages.forEach(stage -> stage.restart(check));
    }

    @Override
    @Nullable
    public Object state(String operator, String key, long start) {
        StageTask keeping = stages.stream()
                .filter(stage -> stage.topology.withState().stream()
                        .anyMatch(each -> each.id().equals(operator)))
                .findFirst()
                .orElse(stages.get(0));
        List<Object> found = new ArrayList<>();
        keeping.states.store(operator).forEach(entry -> {
            Object value = entry.value();
            if (entry.key().equals(key) && entry.at() == start && value != null) {
                found.add(value);
            }
        });
        return found.isEmpty() ? null : found.get(0);
    }

    @Override
    public long watermark() {
        return stages.stream()
                .filter(this::hasTime)
                .mapToLong(stage -> stage.operators.watermark())
                .min()
                .orElse(EventTime.NO_WATERMARK);
    }

    /** The time of a stage that only fills tables is that of no result. */
    private boolean hasTime(StageTask of) {
        Topology stage = of.topology;
        return !stage.withState().isEmpty()
                || stage.sinks().size() > stage.feeds().size()
                || !stage.handlers().isEmpty()
                || stages.stream().anyMatch(each -> each.topology.timekeepers().contains(stage.name()));
    }

    @Override
    public long lateEvents() {
        return stages.stream().mapToLong(stage -> stage.operators.lateEvents()).sum();
    }
}
