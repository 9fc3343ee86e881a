package io.strandline.processing.group.impl.state;

import io.strandline.Catalog;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.ReaderGroup;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The subscribers of a group in the catalog, by which retention by consumption waits for it: one with its committed positions,
 * and one for each named checkpoint. Positions of a subscriber only advance, so each generation has a subscriber of its own: a
 * reset goes back, and a reader that has not heard of a reset or a deletion moves nothing but what is over.
 */
public final class GroupRetention {

    private static final String GENERATION_MARK = "@";

    private final Catalog catalog;
    private final GroupStore store;
    private final String group;
    private final List<StreamName> streams;

    public GroupRetention(Catalog catalog, GroupStore store, String group, List<StreamName> streams) {
        this.catalog = catalog;
        this.store = store;
        this.group = group;
        this.streams = streams;
    }

    /** The subscriber with the positions of a generation. */
    public String subscriber(long generation) {
        return generation == 0 ? group : group + GENERATION_MARK + generation;
    }

    // ---- hold

    /** Notes all that a state holds, and forgets what none holds any more. */
    public Future<Void> follow(GroupState state) {
        return hold(state).compose(held -> forgetSpent());
    }

    private Future<Void> hold(GroupState state) {
        if (state.options() == null || !state.settings().isHoldRetention()) {
            return Future.succeededFuture();
        }
        List<Future<Void>> noted = new ArrayList<>();
        positions(state).forEach((stream, offsets) -> noted.add(note(subscriber(state.generation()), stream, offsets)));
        for (String checkpoint : state.checkpoints().keySet()) {
            noted.add(holdCheckpoint(state, checkpoint));
        }
        return Future.all(noted).mapEmpty();
    }

    /** Notes the cut of a checkpoint. */
    public Future<Void> holdCheckpoint(GroupState state, String checkpoint) {
        List<Future<Void>> noted = new ArrayList<>();
        if (isHeld(checkpoint)) {
            state.checkpoints()
                    .getOrDefault(checkpoint, new TreeMap<>())
                    .forEach((stream, offsets) ->
                            noted.add(note(GroupNames.subscriber(group, checkpoint), stream, offsets)));
        }
        return Future.all(noted).mapEmpty();
    }

    /** The automatic checkpoint follows the positions. Retention does not wait for it. */
    public static boolean isHeld(String checkpoint) {
        return !checkpoint.equals(ReaderGroup.AUTOMATIC);
    }

    /** Notes where a reset to a state goes, before it is done. */
    public Future<Void> holdReset(GroupState before, SortedMap<Long, PartitionState> partitions) {
        if (before.options() == null || !before.settings().isHoldRetention()) {
            return Future.succeededFuture();
        }
        List<Future<Void>> noted = new ArrayList<>();
        cuts(partitions).forEach((stream, offsets) -> noted.add(note(subscriber(before.generation() + 1), stream, offsets)));
        return Future.all(noted).mapEmpty();
    }

    private static SortedMap<Integer, SortedMap<Long, Long>> positions(GroupState state) {
        return cuts(state.partitions());
    }

    private static SortedMap<Integer, SortedMap<Long, Long>> cuts(SortedMap<Long, PartitionState> partitions) {
        SortedMap<Integer, SortedMap<Long, Long>> cuts = new TreeMap<>();
        partitions.forEach((id, known) ->
                cuts.computeIfAbsent(known.stream(), none -> new TreeMap<>()).put(id, known.offset()));
        return cuts;
    }

    private Future<Void> note(String subscriber, int stream, SortedMap<Long, Long> offsets) {
        StreamName name = streams.get(stream);
        return catalog.commitConsumed(name.toString(), subscriber, new StreamCut(name, offsets));
    }

    // ---- forget

    /**
     * Forgets the group's subscribers that the newest state does not hold. A note that was made before the state was
     * requested is either in the state or over. A generation above that of the state may be a reset that is about to
     * happen.
     */
    public Future<Void> forgetSpent() {
        List<Future<Void>> forgotten = new ArrayList<>();
        streams.forEach(
                stream -> forgotten.add(catalog.subscribers(stream.toString()).compose(subscribers -> store.fetch()
                        .compose(newest -> forget(stream, newest, new ArrayList<>(subscribers.keySet()))))));
        return Future.join(forgotten).mapEmpty();
    }

    private Future<Void> forget(StreamName stream, GroupState newest, List<String> subscribers) {
        List<Future<Boolean>> forgotten = new ArrayList<>();
        for (String subscriber : subscribers) {
            if (isOfGroup(subscriber) && !isHeld(newest, subscriber)) {
                forgotten.add(catalog.forgetSubscriber(stream.toString(), subscriber));
            }
        }
        return Future.join(forgotten).mapEmpty();
    }

    private boolean isOfGroup(String subscriber) {
        return subscriber.equals(group)
                || subscriber.startsWith(group + GENERATION_MARK)
                || subscriber.startsWith(GroupNames.subscriber(group, ""));
    }

    private boolean isHeld(GroupState state, String subscriber) {
        boolean holds = state.options() != null && state.settings().isHoldRetention();
        String checkpoints = GroupNames.subscriber(group, "");
        if (subscriber.startsWith(checkpoints)) {
            return holds && state.checkpoints().containsKey(subscriber.substring(checkpoints.length()));
        }
        long generation =
                subscriber.equals(group) ? 0 : Long.parseLong(subscriber, group.length() + 1, subscriber.length(), 10);
        return generation > state.generation() || (holds && generation == state.generation());
    }
}
