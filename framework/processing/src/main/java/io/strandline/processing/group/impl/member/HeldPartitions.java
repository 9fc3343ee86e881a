package io.strandline.processing.group.impl.member;

import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupReader.Loss;
import io.strandline.processing.group.impl.feed.AssignedPartition;
import io.strandline.processing.group.impl.feed.FeedOwner;
import io.strandline.processing.group.impl.feed.FeedTools;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.feed.PartitionFeed;
import io.strandline.processing.group.impl.feed.Session;
import io.strandline.processing.group.impl.state.Assignment;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupState.HeldKey;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.processing.group.impl.state.Progress;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** The partitions of one reader: begins to read those that it was given, and lets go of those that it has no longer. */
final class HeldPartitions<E> implements FeedOwner<PartitionFeed<E>>, Balance.Holdings, Commits.Positions {

    private static final int MIN_READ_AHEAD_BYTES = 32 << 10;

    private final FeedTools<E> tools;
    private final GroupPlace place;
    private final Session session;
    private final ConsumedNotes consumed;
    private final MemberSignals reader;
    private final int readAheadBytes;
    private final Map<Long, PartitionFeed<E>> feeds = new TreeMap<>();
    /** Partitions that were taken from this reader while their handler was at work. */
    private final Map<Long, PartitionFeed<E>> lingering = new HashMap<>();

    private boolean stopping;

    private record Place(long partition, long offset) {}

    /** @param readAheadBytes of all partitions together */
    HeldPartitions(
            FeedTools<E> tools, Session session, ConsumedNotes consumed, MemberSignals reader, int readAheadBytes) {
        this.tools = tools;
        this.place = tools.place();
        this.session = session;
        this.consumed = consumed;
        this.reader = reader;
        this.readAheadBytes = readAheadBytes;
    }

    // ---- as the state says

    /** Reads what is this reader's by the state and not read yet. */
    void openOwned(GroupState state) {
        Map<Integer, Set<String>> held = new HashMap<>();
        for (HeldKey key : state.held()) {
            held.computeIfAbsent(key.stream(), none -> new HashSet<>()).add(key.key());
        }
        state.partitions().forEach((id, known) -> {
            PartitionFeed<E> feed = feeds.get(id);
            if (feed == null && known.owner() == session.id() && !lingering.containsKey(id) && !stopping) {
                long notBefore = state.notBefore().getOrDefault(known.stream(), Long.MIN_VALUE);
                AssignedPartition assigned = new AssignedPartition(
                        place.streams().get(known.stream()), id, known, state.generation(), notBefore);
                feed = new PartitionFeed<>(this, tools, assigned);
                feeds.put(id, feed);
                feed.hold(held.getOrDefault(known.stream(), Set.of()));
                feed.begin();
            } else if (feed != null) {
                feed.hold(held.getOrDefault(known.stream(), Set.of()));
            }
        });
    }

    /** Lets go of what is another's by the state, or nobody's. */
    void dropLost(GroupState state) {
        for (PartitionFeed<E> feed : List.copyOf(feeds.values())) {
            PartitionState known = state.partitions().get(feed.partition());
            boolean mine = known != null
                    && known.owner() == session.id()
                    && known.claim() == feed.known().claim();
            boolean olderState = known != null && known.claim() < feed.known().claim();
            if (!mine && !olderState) {
                drop(feed, lossOf(feed, state));
            }
        }
    }

    void dropAll() {
        List.copyOf(feeds.values()).forEach(feed -> drop(feed, Loss.TAKEN));
    }

    /**
     * How a feed ended that the group has no longer for this session, while the session lasts. Within a generation only a
     * hand-over ends the claim of a feed that has stopped: it stops for nothing else, and no refresh runs while the reader
     * leaves. A feed that missed the answer to its last decision does not know where the next reader goes on.
     */
    private static Loss lossOf(PartitionFeed<?> feed, GroupState state) {
        return feed.isSettled() && feed.generation() == state.generation() ? Loss.HANDED_OVER : Loss.TAKEN;
    }

    private void drop(PartitionFeed<E> feed, Loss loss) {
        feeds.remove(feed.partition(), feed);
        tools.parking().leave(feed.partition());
        lingering.put(feed.partition(), feed);
        feed.lose().onComplete(idle -> {
            lingering.remove(feed.partition(), feed);
            feed.tellLost(loss);
            reader.lookAgain();
        });
    }

    /** Hands a partition on when nothing of it is in flight, at a position that nobody has passed. */
    private void giveBack(PartitionFeed<E> feed) {
        giveBack(feed, tools.decisions()::release);
    }

    @Override
    public void handOver(PartitionFeed<E> feed) {
        giveBack(feed, tools.decisions()::handOver);
    }

    private void giveBack(PartitionFeed<E> feed, Function<PartitionFeed<E>, Future<Boolean>> how) {
        feed.stop().onComplete(idle -> how.apply(feed).onComplete((released, failure) -> {
            if (feeds.remove(feed.partition(), feed)) {
                tools.parking().leave(feed.partition());
                if (failure == null) {
                    note(feed, feed.progress().offset());
                }
                feed.tellLost(failure == null ? lossOf(feed, place.store().state()) : Loss.TAKEN);
            }
            reader.lookAgain();
        }));
    }

    /** Hands over and opens nothing more. Completes when all events in flight are settled. */
    Future<?> drain() {
        stopping = true;
        List<Future<Void>> idle = new ArrayList<>();
        feeds.values().forEach(feed -> idle.add(feed.stop()));
        lingering.values().forEach(feed -> idle.add(feed.lose()));
        return Future.join(idle);
    }

    /** Hands over nothing more, be it before an event that was handed over. Gives the positions at which the reader leaves. */
    List<Progress> releaseAll() {
        List<Progress> last = progress();
        List.copyOf(feeds.values()).forEach(PartitionFeed::lose);
        return last;
    }

    /**
     * The reader has left.
     *
     * @param known the positions that the group has from it. A handler may have ended since
     */
    void memberLeft(List<Progress> known) {
        feeds.keySet().forEach(tools.parking()::leave);
        GroupState state = place.store().state();
        Set<Place> at = new HashSet<>();
        known.forEach(one -> at.add(new Place(one.partition(), one.offset())));
        List.copyOf(feeds.values()).forEach(feed -> {
            boolean isKnown =
                    at.contains(new Place(feed.partition(), feed.progress().offset()));
            feed.tellLost(isKnown ? lossOf(feed, state) : Loss.TAKEN);
        });
        List.copyOf(lingering.values()).forEach(feed -> feed.tellLost(Loss.TAKEN));
    }

    // ---- positions

    /** The position of the reader in each of its partitions. */
    List<Progress> progress() {
        return feeds.values().stream().map(PartitionFeed::progress).toList();
    }

    @Override
    public List<Progress> uncommitted() {
        return feeds.values().stream()
                .filter(feed -> !feed.isCommitted())
                .map(PartitionFeed::progress)
                .toList();
    }

    @Override
    public void committed(List<Progress> own) {
        for (Progress one : own) {
            PartitionFeed<E> feed = feeds.get(one.partition());
            if (feed != null && feed.known().claim() == one.claim()) {
                feed.committed(one.offset());
                note(feed, one.offset());
            }
        }
    }

    /** Notes for retention what the group has committed, in case nobody has so far. */
    void noteAll(GroupState state) {
        feeds.forEach((id, feed) -> {
            PartitionState known = state.partitions().get(id);
            if (known != null && known.claim() == feed.known().claim()) {
                note(feed, known.offset());
            }
        });
    }

    private void note(PartitionFeed<E> feed, long offset) {
        consumed.add(feed.stream(), feed.partition(), offset, feed.generation());
    }

    /** Positions of this reader, as cuts. */
    SortedMap<StreamName, StreamCut> cuts(List<Progress> positions) {
        Map<StreamName, TreeMap<Long, Long>> offsets = new TreeMap<>();
        for (Progress one : positions) {
            PartitionFeed<E> feed = feeds.get(one.partition());
            if (feed != null) {
                offsets.computeIfAbsent(feed.stream(), none -> new TreeMap<>()).put(one.partition(), one.offset());
            }
        }
        TreeMap<StreamName, StreamCut> cuts = new TreeMap<>();
        offsets.forEach((stream, cut) -> cuts.put(stream, new StreamCut(stream, cut)));
        return cuts;
    }

    /** The claim under which this reader reads a partition, or 0. */
    long claimOf(long partition) {
        PartitionFeed<E> feed = feeds.get(partition);
        feed = feed == null ? lingering.get(partition) : feed;
        return feed == null ? 0 : feed.known().claim();
    }

    // ---- all of them

    @Override
    public int active() {
        return (int) feeds.values().stream().filter(feed -> !feed.isStopping()).count();
    }

    /** Those go first that have nothing in flight, and then those of the highest numbers. */
    @Override
    public void giveBack(int partitions) {
        feeds.values().stream()
                .filter(feed -> !feed.isStopping())
                .sorted(Comparator.comparing((PartitionFeed<E> feed) -> feed.isAtWork())
                        .thenComparing(feed -> -feed.partition()))
                .limit(partitions)
                .toList()
                .forEach(this::giveBack);
    }

    /** True while the handler is at work, be it with what was taken from this reader meanwhile. */
    boolean isAnyAtHandler() {
        return Stream.concat(feeds.values().stream(), lingering.values().stream())
                .anyMatch(PartitionFeed::isAtHandler);
    }

    /** Gives up the handlers that have been at work for longer than the group's bound, if it has one. */
    void giveUpHandlers(long nowNanos) {
        long timeoutMillis = place.options().getHandlerTimeoutMillis();
        if (timeoutMillis > 0) {
            List.copyOf(feeds.values()).forEach(feed -> feed.giveUpHandler(timeoutMillis, nowNanos));
            List.copyOf(lingering.values()).forEach(feed -> feed.giveUpHandler(timeoutMillis, nowNanos));
        }
    }

    void followDemand() {
        feeds.values().forEach(PartitionFeed::followDemand);
    }

    void optionsChanged() {
        feeds.values().forEach(PartitionFeed::optionsChanged);
    }

    // ---- what feeds tell

    @Override
    public int readAheadBytes() {
        int share = Math.max(1, Assignment.share(place.store().state(), session.id()));
        return Math.max(MIN_READ_AHEAD_BYTES, readAheadBytes / share);
    }

    @Override
    public void commitSoon() {
        reader.commitSoon();
    }

    @Override
    public void finished(PartitionFeed<E> feed) {
        note(feed, feed.progress().offset());
        feed.tellLost(Loss.FINISHED);
        reader.lookAgain();
    }

    @Override
    public void lost(PartitionFeed<E> feed) {
        drop(feed, Loss.TAKEN);
        reader.lookAgain();
    }

    @Override
    public void fail(Throwable cause) {
        reader.fail(cause);
    }

    @Override
    public String toString() {
        return feeds.values().toString();
    }
}
