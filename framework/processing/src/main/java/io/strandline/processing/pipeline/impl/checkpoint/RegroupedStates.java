package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import io.strandline.processing.pipeline.impl.state.StateStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Brings the states of the tasks at an internal stream to the tasks at another one, each state to the partition that has its key. The
 * partitions of the two have nothing in common but the hashes of their keys.
 */
final class RegroupedStates {

    private final Topology topology;
    private final StateBudget budget;
    /** Partition of the former stream → its keys, in the order of the keys. */
    private final List<Map.Entry<KeyRange, TaskState>> former = new ArrayList<>();

    /**
     * Takes the states over.
     *
     * @param topology of the stage that goes on
     * @param from the former stream
     * @param states partition of the former stream → state of its task, which is given back
     * @throws StrandlineException.Invalid if the partitions do not have each key once, because the stream was being scaled
     */
    RegroupedStates(Topology topology, StreamDescription from, Map<Long, TaskState> states, StateBudget budget) {
        this.topology = topology;
        this.budget = budget;
        states.forEach((partition, state) -> {
            PartitionDescription described = from.byId().get(partition);
            if (described == null) {
                throw new StrandlineException.Invalid(from.name() + " does not know partition " + partition
                        + " of the checkpoint any more: begin with a later one");
            }
            former.add(Map.entry(described.keys(), state));
        });
        former.sort(Comparator.comparing(
                Map.Entry::getKey, (one, other) -> Long.compareUnsigned(one.from(), other.from())));
        requireEachKeyOnce(from);
    }

    private void requireEachKeyOnce(StreamDescription from) {
        long next = KeyRange.ALL.from();
        boolean isWhole = true;
        for (int i = 0; i < former.size(); i++) {
            KeyRange keys = former.get(i).getKey();
            isWhole &= keys.from() == next && (i == former.size() - 1) == (keys.to() == KeyRange.ALL.to());
            next = keys.to() + 1;
        }
        if (!isWhole || former.isEmpty()) {
            throw new StrandlineException.Invalid("the checkpoint was taken while " + from.name()
                    + " was scaled, and has the partitions "
                    + former.stream().map(Map.Entry::getKey).toList() + ": begin with another one");
        }
    }

    /**
     * Partition → the states of its keys. Takes time in proportion to the number of keys: for worker threads.
     *
     * @param taking the partitions of the other stream, which have every key
     */
    Map<Long, OperatorStates> to(List<PartitionDescription> taking) {
        Map<Long, OperatorStates> regrouped = new TreeMap<>();
        taking.forEach(partition -> regrouped.put(partition.id(), empty(partition.keys())));
        former.forEach(each -> {
            for (StateStore store : each.getValue().states().all()) {
                if (store.movesByKey()) {
                    store.forEach(entry -> move(entry, store.id(), taking, regrouped));
                }
            }
            each.getValue().states().close();
        });
        return regrouped;
    }

    /** Event time goes on as when partitions are merged. */
    private OperatorStates empty(KeyRange taken) {
        List<KeyRange> keys = new ArrayList<>();
        List<EventTime> times = new ArrayList<>();
        List<OperatorStates> before = new ArrayList<>();
        former.stream().filter(each -> each.getKey().overlaps(taken)).forEach(each -> {
            keys.add(each.getKey());
            times.add(each.getValue().states().time());
            before.add(each.getValue().states());
        });
        OperatorStates states = new OperatorStates(topology, EventTime.after(keys, times), budget);
        for (StateStore store : states.stores()) {
            if (!store.movesByKey()) {
                store.succeed(
                        before.stream().map(each -> each.store(store.id())).toList());
            }
        }
        return states;
    }

    private static void move(
            StateEntry entry, String operator, List<PartitionDescription> taking, Map<Long, OperatorStates> to) {
        byte[] bytes = Utf8.encode("the key of a state", entry.key());
        long hash = KeyHash.of(bytes, 0, bytes.length);
        for (PartitionDescription partition : taking) {
            if (partition.keys().contains(hash)) {
                OperatorStates home = to.get(partition.id());
                if (home == null || !home.store(operator).restore(entry)) {
                    throw new StrandlineException.Corrupt(
                            "key " + entry.key() + " has a state of operator " + operator + " in several partitions");
                }
                return;
            }
        }
        throw new StrandlineException.Corrupt("key " + entry.key() + " belongs to no partition of " + to.keySet());
    }
}
