package io.strandline.testkit.simulation;

import io.strandline.Retention;
import io.strandline.StreamCut;
import io.strandline.testkit.simulation.model.PartitionModel;
import io.strandline.testkit.simulation.model.StreamModel;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Changes what is kept of streams, and notes how far subscribers have consumed them. */
final class SimulatedRetentionCalls {

    private static final List<String> SUBSCRIBERS = List.of("audit", "billing", "search");

    private final CatalogCaller caller;
    private final StreamChanges changes;
    private final SplittableRandom random;

    SimulatedRetentionCalls(CatalogCaller caller, StreamChanges changes) {
        this.caller = caller;
        this.changes = changes;
        this.random = changes.random;
    }

    void act(StreamModel stream) {
        String subscriber = SUBSCRIBERS.get(random.nextInt(SUBSCRIBERS.size()));
        int choice = random.nextInt(16);
        if (choice < 10) {
            SortedMap<Long, Long> cut = drawCut(stream);
            caller.begin(() -> note(stream, subscriber, cut));
        } else if (choice < 13) {
            Retention rule = changes.drawRule();
            caller.begin(() -> rule(stream, rule));
        } else if (choice < 14) {
            caller.begin(() -> forget(stream, subscriber));
        } else {
            subscribers(stream);
        }
    }

    private SortedMap<Long, Long> drawCut(StreamModel stream) {
        SortedMap<Long, Long> cut = new TreeMap<>();
        for (PartitionModel partition : stream.partitionList()) {
            if (random.nextInt(4) > 0) {
                long end = partition.bounds().endSeen();
                cut.put(partition.id(), random.nextBoolean() ? end : random.nextLong(end + 1));
            }
        }
        return cut;
    }

    private void note(StreamModel stream, String subscriber, SortedMap<Long, Long> cut) {
        stream.retention().noting(subscriber, cut);
        caller.call(
                () -> "note that " + subscriber + " consumed " + stream + " up to " + cut,
                caller.catalog()
                        .commitConsumed(stream.name().toString(), subscriber, new StreamCut(stream.name(), cut)),
                done -> {
                    stream.retention().noted(subscriber);
                    askStart(stream);
                },
                failure -> stream.deleting() && caller.isNotFound(stream.name(), failure));
    }

    private void rule(StreamModel stream, Retention rule) {
        stream.retention().ruling(rule);
        caller.call(
                () -> "keep of " + stream + " " + rule.toJson().encode(),
                caller.catalog().setRetention(stream.name().toString(), rule),
                done -> {
                    stream.retention().ruled(rule);
                    askStart(stream);
                },
                failure -> stream.deleting() && caller.isNotFound(stream.name(), failure));
    }

    private void forget(StreamModel stream, String subscriber) {
        stream.retention().forgetting(subscriber);
        caller.call(
                () -> "forget " + subscriber + " of " + stream,
                caller.catalog().forgetSubscriber(stream.name().toString(), subscriber),
                done -> {
                    stream.retention().forgotten(subscriber);
                    askStart(stream);
                },
                failure -> stream.deleting() && caller.isNotFound(stream.name(), failure));
    }

    /** From the answer on only the rules and subscribers of today count. */
    private void askStart(StreamModel stream) {
        SortedMap<Long, Long> before = stream.startsSeen();
        caller.call(
                () -> "start cut of " + stream,
                caller.catalog().startCut(stream.name().toString()),
                cut -> stream.starts(cut, before, true),
                failure -> stream.deleting() && caller.isNotFound(stream.name(), failure));
    }

    private void subscribers(StreamModel stream) {
        caller.call(
                () -> "subscribers of " + stream,
                caller.catalog().subscribers(stream.name().toString()),
                cuts -> stream.requireSubscribers(cuts),
                failure -> stream.deleting() && caller.isNotFound(stream.name(), failure));
    }
}
