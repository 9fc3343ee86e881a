package io.strandline.processing.pipeline.impl.task;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.TaskState;
import io.strandline.processing.pipeline.impl.operator.OperatorStates;
import io.strandline.processing.pipeline.impl.operator.StateEntry;
import io.strandline.processing.pipeline.impl.operator.StateStore;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Moves the state of each key to the partition that took over the key. */
final class MovedState {

    private MovedState() {}

    /**
     * Partition → state, for the successors. Takes time in proportion to the number of keys: for worker threads.
     *
     * <p>A partition takes states only from its own predecessors. A key may have moved on earlier, to another partition
     * that may have ended by now too. The ended partition then has only the old state of that key. Event time goes on from
     * the predecessor that has come least far, so no event of another one is late.
     *
     * @param ended partition → the state of its task at the end. Keys that go to other partitions are left out
     * @param taking the successors that take the state
     * @throws StrandlineException.Corrupt if two tasks have a state of one key
     */
    static Map<Long, OperatorStates> of(
            Topology topology,
            StreamDescription source,
            Map<Long, TaskState> ended,
            List<PartitionDescription> taking) {
        Map<Long, OperatorStates> moved = new TreeMap<>();
        taking.forEach(partition -> moved.put(partition.id(), empty(topology, source, ended, partition.id())));
        ended.forEach((from, task) -> {
            List<PartitionDescription> successors = source.successors(from);
            for (StateStore store : task.states().stores()) {
                store.forEach(entry -> {
                    OperatorStates to = moved.get(home(entry.key(), successors));
                    if (to != null && !to.store(store.id()).restore(entry)) {
                        throw twice(entry, ended);
                    }
                });
            }
        });
        return moved;
    }

    private static OperatorStates empty(
            Topology topology, StreamDescription source, Map<Long, TaskState> ended, long successor) {
        long watermark = Long.MAX_VALUE;
        long stamp = 0;
        for (var predecessor : source.predecessors(successor)) {
            @Nullable TaskState task = ended.get(predecessor.partition().id());
            if (task != null) {
                watermark = Math.min(watermark, task.states().watermark());
                stamp = Math.max(stamp, task.states().stamp());
            }
        }
        return new OperatorStates(
                topology, watermark == Long.MAX_VALUE ? OperatorStates.NO_WATERMARK : watermark, stamp);
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
        return -1;
    }
}
