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
import java.util.function.Function;

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
        if (!holds(state)) {
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

    /** A number for the next attempt to reset the group, which nothing else has. */
    public static long attempt(GroupState before, long salt) {
        return Generations.attempt(before.generation(), salt);
    }

    /**
     * Notes where an attempt to reset the group goes, before it is decided. When the future fails, no note of it is in progress
     * any more.
     *
     * @throws io.strandline.StrandlineException as the target throws it
     */
    public Future<Void> holdReset(
            GroupState before, long attempt, Function<GroupState, SortedMap<Long, PartitionState>> target) {
        if (!holds(before)) {
            return Future.succeededFuture();
        }
        List<Future<Void>> noted = new ArrayList<>();
        cuts(target.apply(before)).forEach((stream, offsets) -> noted.add(note(subscriber(attempt), stream, offsets)));
        return Future.join(noted).mapEmpty();
    }

    /** Takes back what was noted for an attempt that the group never came to, and never will. */
    public Future<Void> forgetReset(GroupState before, long attempt) {
        List<Future<Boolean>> forgotten = new ArrayList<>();
        if (holds(before)) {
            streams.forEach(stream -> forgotten.add(catalog.forgetSubscriber(stream.toString(), subscriber(attempt))));
        }
        return Future.join(forgotten).mapEmpty();
    }

    private static boolean holds(GroupState state) {
        return state.options() != null && state.settings().isHoldRetention();
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
     * requested is either in the state or over, or one of a reset that is about to be decided. Such a reset began in the
     * generation of the state: one that began in an earlier generation is refused.
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
            if (isSpent(newest, subscriber)) {
                forgotten.add(catalog.forgetSubscriber(stream.toString(), subscriber));
            }
        }
        return Future.join(forgotten).mapEmpty();
    }

    /** Whether a subscriber is one of the group that nothing holds any more. */
    private boolean isSpent(GroupState state, String subscriber) {
        String checkpoints = GroupNames.subscriber(group, "");
        if (subscriber.startsWith(checkpoints)) {
            return !holds(state) || !state.checkpoints().containsKey(subscriber.substring(checkpoints.length()));
        }
        long generation = generationOf(subscriber);
        return generation >= 0
                && !Generations.mayCome(generation, state.generation())
                && !(holds(state) && generation == state.generation());
    }

    /** The generation that has a subscriber. Negative if it is none of the group, whatever it is named like. */
    private long generationOf(String subscriber) {
        if (subscriber.equals(group)) {
            return 0;
        }
        if (!subscriber.startsWith(group + GENERATION_MARK)) {
            return -1;
        }
        try {
            long generation = Long.parseLong(subscriber, group.length() + 1, subscriber.length(), 10);
            return subscriber.equals(subscriber(generation)) ? generation : -1;
        } catch (NumberFormatException foreign) {
            return -1;
        }
    }
}
