package io.strandline.processing.pipeline.impl.handover;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.TaskState;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import io.strandline.processing.pipeline.impl.state.StateStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Moves the state of each key to the partition that took over the key. */
public final class MovedState {

    private MovedState() {}

    /**
     * Partition → state, for the successors. Takes time in proportion to the number of keys: for worker threads.
     *
     * <p>A partition takes states only from its own predecessors. A key may have moved on earlier, to another partition
     * that may have ended by now too. The ended partition then has only the old state of that key. Event time goes on as
     * {@link EventTime#after} says.
     *
     * @param ended partition → the state of its task at the end. Keys that go to other partitions are left out
     * @param taking the successors that take the state
     * @param budget for their states
     * @param passed takes the states of each task that has ended, when they are moved
     * @throws StrandlineException.Corrupt if two tasks have a state of one key
     */
    public static Map<Long, OperatorStates> of(
            Topology topology,
            StreamDescription source,
            Map<Long, TaskState> ended,
            List<PartitionDescription> taking,
            StateBudget budget,
            Consumer<OperatorStates> passed) {
        Map<Long, OperatorStates> moved = new TreeMap<>();
        try {
            taking.forEach(
                    partition -> moved.put(partition.id(), empty(topology, source, ended, partition.id(), budget)));
            move(source, ended, moved, passed);
        } catch (RuntimeException e) {
            moved.values().forEach(OperatorStates::close);
            throw e;
        }
        return moved;
    }

    private static void move(
            StreamDescription source,
            Map<Long, TaskState> ended,
            Map<Long, OperatorStates> moved,
            Consumer<OperatorStates> passed) {
        ended.forEach((from, task) -> {
            List<PartitionDescription> successors = source.successors(from);
            for (StateStore store : task.states().all()) {
                if (!store.movesByKey()) {
                    continue;
                }
                store.forEach(entry -> {
                    OperatorStates to = moved.get(home(entry.key(), successors));
                    if (to != null && !to.store(store.id()).restore(entry)) {
                        throw twice(entry, ended);
                    }
                });
            }
            passed.accept(task.states());
        });
    }

    private static OperatorStates empty(
            Topology topology,
            StreamDescription source,
            Map<Long, TaskState> ended,
            long successor,
            StateBudget budget) {
        List<KeyRange> keys = new ArrayList<>();
        List<EventTime> times = new ArrayList<>();
        List<TaskState> predecessors = new ArrayList<>();
        for (SealedPartition predecessor : source.predecessors(successor)) {
            TaskState task = ended.get(predecessor.partition().id());
            if (task != null) {
                keys.add(predecessor.partition().keys());
                times.add(task.states().time());
                predecessors.add(task);
            }
        }
        OperatorStates states =
                new OperatorStates(topology, times.isEmpty() ? EventTime.START : EventTime.after(keys, times), budget);
        for (StateStore store : states.stores()) {
            if (!store.movesByKey()) {
                store.succeed(predecessors.stream()
                        .map(task -> task.states().store(store.id()))
                        .toList());
            }
        }
        return states;
    }

    private static StrandlineException.Corrupt twice(StateEntry entry, Map<Long, TaskState> ended) {
        return new StrandlineException.Corrupt(
                "key " + entry.key() + " has a state in several of the partitions " + ended.keySet());
    }

    private static long home(String key, List<PartitionDescription> successors) {
        byte[] bytes = Utf8.encode("the key of a state", key);
        long hash = KeyHash.of(bytes, 0, bytes.length);
        for (PartitionDescription successor : successors) {
            if (successor.keys().contains(hash)) {
                return successor.id();
            }
        }
        throw new StrandlineException.Corrupt("key " + key + " has a state, and belongs to none of the partitions "
                + successors.stream().map(PartitionDescription::id).toList());
    }
}
