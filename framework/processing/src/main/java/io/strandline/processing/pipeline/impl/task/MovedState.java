package io.strandline.processing.pipeline.impl.task;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.impl.checkpoint.TaskState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Moves the state of each key to the partition that took over the key. */
final class MovedState {

    private MovedState() {}

    /**
     * Partition → key → state, for the successors. Takes time in proportion to the number of keys: for worker threads.
     *
     * <p>A partition takes states only from its own predecessors. A key may have moved on earlier, to another partition
     * that may have ended by now too. The ended partition then has only the old state of that key.
     *
     * @param ended partition → the state of its task at the end. Keys that go to other partitions are left out
     * @param taking the successors that take the state
     * @throws StrandlineException.Corrupt if two tasks have a state of one key
     */
    static <S> Map<Long, Map<String, S>> of(
            StreamDescription source, Map<Long, TaskState<S>> ended, List<PartitionDescription> taking) {
        Map<Long, Map<String, S>> moved = new TreeMap<>();
        taking.forEach(partition -> moved.put(partition.id(), new HashMap<>()));
        ended.forEach((from, task) -> {
            List<PartitionDescription> successors = source.successors(from);
            for (Map.Entry<String, S> state : task.states().entrySet()) {
                Map<String, S> to = moved.get(home(state.getKey(), successors));
                if (to != null && to.put(state.getKey(), state.getValue()) != null) {
                    throw new StrandlineException.Corrupt(
                            "key " + state.getKey() + " has a state in several of the partitions " + ended.keySet());
                }
            }
        });
        return moved;
    }

    private static long home(String key, List<PartitionDescription> successors) {
        byte[] bytes = Utf8.encode("the key of a state", key);
        long hash = KeyHash.of(bytes, 0, bytes.length);
        for (PartitionDescription successor : successors) {
            if (successor.keys().contains(hash)) {
                return successor.id();
            }
        }
        return -1;
    }
}
