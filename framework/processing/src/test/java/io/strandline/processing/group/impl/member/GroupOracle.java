package io.strandline.processing.group.impl.member;

import io.strandline.EventRecord;
import io.strandline.Scaling.SealedPartition;
import io.strandline.processing.group.GroupBatch;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupState.Decided;
import io.strandline.processing.group.impl.state.GroupState.HeldKey;
import io.strandline.processing.group.impl.state.PartitionState;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Knows what a group's readers have done, and reports forbidden actions:
 *
 * <ul>
 * <li><b>G1</b> Before a committed position, and before the cut of a checkpoint, all events were processed since the
 * group was last reset. Skipped and truncated events are exempt.
 * <li><b>G2</b> Under one claim events come in order and without a gap.
 * <li><b>G3</b> A partition is handed over at a position that its reader has not passed. Events by key may be past one that has
 * failed or is held, or that a reader which leaves has waited a lease for.
 * <li><b>G4</b> No more than {@code maxUncommittedEvents} are delivered and not committed. At most so many come again
 * after a crash.
 * <li><b>G5</b> Committed positions do not go back, unless by a reset.
 * <li><b>G6</b> A partition is read only when its predecessors were read to their ends.
 * <li><b>G7</b> In the end everything was processed, and the partitions are balanced.
 * <li><b>G8</b> An event is parked if the group has condemned it, once in a generation, and after the earlier ones of its
 * key. An event that is condemned for its failures has failed.
 * <li><b>G9</b> No event of a held key is delivered, and the key is released when none of its events is parked.
 * <li><b>G10</b> In the end the automatic checkpoint, if there is one, has everything.
 * <li><b>G11</b> In the end all readers use the newest options.
 * <li><b>G12</b> Events of one partition are in the hands of one reader at a time, and one by one, unless its session
 * expired, it has waited a lease for them before it left, or the group was reset.
 * <li><b>G13</b> One reader never has two events of one partition in its hands, whatever happened to its sessions.
 * <li><b>G14</b> A delivery after a failure is counted in the state before it is made.
 * <li><b>G15</b> A reader gains a partition before its first event and loses it once, after its last event (unless it leaves and
 * has waited a lease for that), before it gains it again, and before the reader has ended. The position of a partition that is handed over is the one that the
 * group has, and a finished partition is gone from the state.
 * <li><b>G16</b> A batch begins where the one before it ended, and holds the events between its offsets, without those
 * that are not wanted. A batch of one position holds one event at most.
 * <li><b>G17</b> With a key concurrency, G2, G12 and G13 hold for the events of each key, and no more keys of a partition are in the
 * hands of a reader. A partition is handed over before an event that was processed only if the event at its position has failed.
 * <li><b>G18</b> At a boundary a reader has nothing in its hands, and has processed nothing after the cuts.
 * </ul>
 */
final class GroupOracle {

    private final SimLog log;
    private final int keyConcurrency;
    private final Map<Long, BitSet> done = new HashMap<>();
    /** Partition → position up to which everything is known to be processed. */
    private final Map<Long, Long> verified = new HashMap<>();

    private final Map<Long, Long> nextOfClaim = new HashMap<>();
    private final Map<Long, Long> generationOfClaim = new HashMap<>();
    private final Map<Long, Long> processedOfClaim = new HashMap<>();
    /** Claim → offsets that were processed under it, in time. */
    private final Map<Long, BitSet> doneOfClaim = new HashMap<>();
    /** Claim and key → the offset that was delivered last. */
    private final Map<String, Long> lastOfKey = new HashMap<>();

    private final Set<String> skipped = new HashSet<>();
    private final Set<String> failed = new HashSet<>();
    /** Generation, partition and offset of each event that was to be parked. */
    private final Set<String> condemned = new HashSet<>();
    /** As {@link #condemned}, of those that are parked. */
    private final Set<String> parked = new HashSet<>();
    /** Generation and key → the newest parked event. */
    private final Map<String, Parked> lastParked = new HashMap<>();

    /** The handlers that are at work, and their claims. */
    private final Map<Lane, Long> atWork = new HashMap<>();

    /** Events of which one at a time is handled: those of a partition, or of a key. */
    private record Lane(long partition, @Nullable String key) {}

    /** Readers that leave and have waited a lease for their handlers, which count as done. */
    private final Set<Object> waited = new HashSet<>();

    /** Claims that were taken from their readers. */
    private final Set<Long> ended = new HashSet<>();

    /** What each reader's handler is at work with. */
    private final Set<Grip> hands = new HashSet<>();

    /** One lane in the hands of one reader. */
    private record Grip(Object reader, Lane lane) {}

    /** One partition in the hands of one reader. */
    private record Hand(Object reader, long partition) {}

    /** The claim under which each reader has gained what it has. */
    private final Map<Hand, Long> gained = new HashMap<>();
    /** Claim → position at which the group has taken it back from its reader. */
    private final Map<Long, Long> takenBackAt = new HashMap<>();
    /** Claims whose partitions were read to their ends. */
    private final Set<Long> finished = new HashSet<>();

    /** Where the next batch begins of what each reader has. */
    private final Map<Hand, Long> endOfBatches = new HashMap<>();

    private long resetClaim;
    private GroupState state = GroupState.NONE;

    GroupOracle(SimLog log, int keyConcurrency) {
        this.log = log;
        this.keyConcurrency = keyConcurrency;
    }

    private Lane lane(long partition, long offset) {
        return new Lane(partition, keyConcurrency > 1 ? log.partition(partition).key(offset) : null);
    }

    // ---- what readers do

    /** @param mostUncommitted as the reader knows it */
    void delivered(Object reader, long partition, long offset, long claim, int attempt, int mostUncommitted) {
        if (gained.getOrDefault(new Hand(reader, partition), 0L) != claim) {
            throw new AssertionError("G15: claim " + claim + " of partition " + partition + " delivers offset " + offset
                    + ", gained is " + gained.get(new Hand(reader, partition)));
        }
        PartitionState known = state.partitions().get(partition);
        Long due = nextOfClaim.get(claim);
        if (due == null) {
            throw new AssertionError("claim " + claim + " of partition " + partition + " was never given out");
        }
        PartitionState held = known != null && known.claim() == claim && known.owner() != 0 ? known : null;
        long committed = held != null ? held.offset() : -1;
        if (keyConcurrency > 1) {
            requireOrderOfKey(partition, offset, claim, due);
        } else {
            requireOrder(partition, offset, claim, due, committed);
        }
        requireAlone(reader, partition, offset, claim);
        if (held != null) {
            if (attempt > 1 && (held.offset() != offset || held.attempts() != attempt)) {
                throw new AssertionError("G14: offset " + offset + " of partition " + partition
                        + " is delivered for the " + attempt + ". time, the state has " + held);
            }
            if (state.heldKey(0, log.partition(partition).key(offset)) != null) {
                throw new AssertionError("G9: offset " + offset + " of partition " + partition
                        + " is delivered although its key is held: " + state.held());
            }
            long comesAgain = Math.max(committed, log.partition(partition).start);
            if (offset - comesAgain > mostUncommitted) {
                throw new AssertionError(
                        "G4: partition " + partition + " delivers offset " + offset + ", committed is " + committed);
            }
            for (SealedPartition predecessor : log.description().predecessors(partition)) {
                if (state.partitions().containsKey(predecessor.partition().id())) {
                    throw new AssertionError("G6: partition " + partition + " is read before its predecessor "
                            + predecessor.partition().id() + " at "
                            + state.partitions().get(predecessor.partition().id()));
                }
            }
        }
    }

    private void requireOrder(long partition, long offset, long claim, long due, long committed) {
        // A reader that has lost its claim and does not know it, where committed is -1, repeats what it has not
        // committed.
        boolean again = offset < due && (offset == due - 1 || offset >= committed);
        BitSet all = new BitSet();
        if (!again && firstMissed(partition, due, offset, generationOfClaim.getOrDefault(claim, 0L), all) < offset) {
            throw new AssertionError("G2: claim " + claim + " of partition " + partition + " delivers offset " + offset
                    + " where " + due + " is due");
        }
        if (offset < due && !again) {
            throw new AssertionError(
                    "G2: claim " + claim + " of partition " + partition + " goes back from " + due + " to " + offset);
        }
        nextOfClaim.put(claim, Math.max(due, offset + 1));
    }

    private void requireOrderOfKey(long partition, long offset, long claim, long first) {
        SimLog.Events events = log.partition(partition);
        String key = events.key(offset);
        Long last = lastOfKey.put(claim + "/" + key, offset);
        boolean again = last != null && last == offset && failed.contains(partition + "/" + offset);
        BitSet ofOthers = new BitSet();
        for (long other = first; other < offset; other++) {
            if (!Objects.equals(key, events.key(other))) {
                ofOthers.set((int) other);
            }
        }
        long due = last == null ? first : last + 1;
        long generation = generationOfClaim.getOrDefault(claim, 0L);
        if (!again && (offset < due || firstMissed(partition, due, offset, generation, ofOthers) < offset)) {
            throw new AssertionError("G17: claim " + claim + " of partition " + partition + " delivers offset " + offset
                    + " of " + key + " after " + last + ", the first of the claim is " + first);
        }
    }

    private void requireAlone(Object reader, long partition, long offset, long claim) {
        // What a reader does that was taken for dead, and has not heard of it, does not count: its commits are refused.
        Lane lane = lane(partition, offset);
        boolean counts = claim > resetClaim && !ended.contains(claim);
        Long other = counts ? atWork.put(lane, claim) : null;
        if (counts && other == null) {
            other = atWork.entrySet().stream()
                    .filter(work -> work.getKey().partition() == partition && work.getValue() != claim)
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse(null);
        }
        if (other != null) {
            throw new AssertionError("G12: claim " + claim + " of partition " + partition + " delivers offset " + offset
                    + " while the handler of claim " + other + " is at work");
        }
        if (!hands.add(new Grip(reader, lane)) || inHands(reader, partition) > keyConcurrency) {
            throw new AssertionError("G13: a reader gets offset " + offset + " of partition " + partition
                    + " under claim " + claim + " while it is at work with " + hands);
        }
    }

    private long inHands(Object reader, long partition) {
        return hands.stream()
                .filter(grip -> grip.reader() == reader && grip.lane().partition() == partition)
                .count();
    }

    /** A reader is at a boundary, at an offset of a partition that it has under a claim. */
    void boundary(Object reader, long partition, long offset, long claim) {
        boolean quiet = hands.stream().noneMatch(grip -> grip.reader() == reader);
        int after = doneOfClaim.getOrDefault(claim, new BitSet()).nextSetBit((int) offset);
        if (!quiet || after >= 0) {
            throw new AssertionError("G18: the boundary of partition " + partition + " is at " + offset + ", offset "
                    + after + " was processed, in hands are " + hands);
        }
    }

    void batch(Object reader, GroupBatch<Long> batch, long claim) {
        long due = endOfBatches.getOrDefault(new Hand(reader, batch.partition()), batch.from());
        boolean right = batch.from() == due && batch.to() > batch.from();
        long next = batch.from();
        for (EventRecord<Long> record : batch.records()) {
            right &= record.offset() >= next && record.offset() < batch.to();
            next = record.offset() + 1;
        }
        if (!right) {
            throw new AssertionError("G16: under claim " + claim + ", where " + due + " is due, comes " + batch);
        }
    }

    /** @param inTime false if the handler may have been given up */
    void batchDone(Object reader, GroupBatch<Long> batch, long claim, boolean inTime) {
        Hand hand = new Hand(reader, batch.partition());
        if (gained.getOrDefault(hand, 0L) == claim) {
            if (inTime) {
                endOfBatches.put(hand, batch.to());
            } else {
                endOfBatches.remove(hand);
            }
        }
        if (inTime) {
            passed(claim, batch.to());
        }
    }

    void gained(Object reader, long partition, long offset, long claim) {
        Long before = gained.put(new Hand(reader, partition), claim);
        endOfBatches.put(new Hand(reader, partition), offset);
        if (keyConcurrency > 1 && before == null) {
            gainedAgain(partition, offset, claim);
        }
        Long due = nextOfClaim.get(claim);
        // A reader may gain a partition again under the claim under which it has parked or skipped events meanwhile.
        boolean right = before == null
                && due != null
                && due <= offset
                && firstMissed(partition, due, offset, generationOfClaim.getOrDefault(claim, 0L), new BitSet())
                        == offset;
        if (!right) {
            throw new AssertionError("G15: partition " + partition + " is gained at " + offset + " under claim " + claim
                    + ", where " + due + " is due, the reader has it under " + before);
        }
    }

    /** The group has refused to take a partition back: its reader goes on from the position that the group has. */
    private void gainedAgain(long partition, long offset, long claim) {
        PartitionState known = state.partitions().get(partition);
        if (known != null && known.claim() == claim && known.offset() == offset) {
            nextOfClaim.put(claim, offset);
            processedOfClaim.remove(claim);
            doneOfClaim.remove(claim);
            lastOfKey.keySet().removeIf(key -> key.startsWith(claim + "/"));
        }
    }

    /** A reader has been leaving for a lease. */
    void hasWaited(Object reader) {
        waited.add(reader);
    }

    private boolean hasWaited(long claim) {
        return gained.entrySet().stream()
                .anyMatch(hand -> hand.getValue() == claim
                        && waited.contains(hand.getKey().reader()));
    }

    void lost(Object reader, GroupReader.Lost lost) {
        Long claim = gained.remove(new Hand(reader, lost.partition()));
        endOfBatches.remove(new Hand(reader, lost.partition()));
        boolean right = claim != null
                && (waited.contains(reader) || inHands(reader, lost.partition()) == 0)
                && switch (lost.loss()) {
                    case HANDED_OVER -> isTakenBack(lost, claim);
                    case FINISHED -> finished.contains(claim);
                    case TAKEN -> true;
                };
        if (!right) {
            throw new AssertionError("G15: " + lost + " under claim " + claim + ", which was taken back at "
                    + takenBackAt.get(claim) + ", finished " + finished + ", at work " + hands);
        }
    }

    /** The group may have skipped or parked events after those that the reader has processed. */
    private boolean isTakenBack(GroupReader.Lost lost, long claim) {
        long at = takenBackAt.getOrDefault(claim, -1L);
        long generation = generationOfClaim.getOrDefault(claim, 0L);
        return at >= lost.offset() && firstMissed(lost.partition(), lost.offset(), at, generation, new BitSet()) == at;
    }

    /** A reader has ended. */
    void requireNothingGained(Object reader) {
        gained.forEach((hand, claim) -> {
            if (hand.reader() == reader) {
                throw new AssertionError("G15: a reader ends and has not lost partition " + hand.partition());
            }
        });
    }

    /** A handler that has been at work for so long may be given up at any time, and another delivery be made. */
    void mayBeGivenUp(Object reader, long partition, long offset, long claim) {
        failed(reader, partition, offset, claim);
    }

    /** A handler has ended that may have been given up. */
    void processedLate(long partition, long offset, long claim) {
        if (claim > resetClaim) {
            done.computeIfAbsent(partition, none -> new BitSet()).set((int) offset);
        }
    }

    void processed(Object reader, long partition, long offset, long claim) {
        letGo(reader, partition, offset, claim);
        if (claim > resetClaim) {
            done.computeIfAbsent(partition, none -> new BitSet()).set((int) offset);
        }
    }

    /** The handler has ended with success, in time. */
    void passed(long claim, long next) {
        processedOfClaim.merge(claim, next, Math::max);
        doneOfClaim.computeIfAbsent(claim, none -> new BitSet()).set((int) next - 1);
    }

    private void letGo(Object reader, long partition, long offset, long claim) {
        atWork.remove(lane(partition, offset), claim);
        hands.remove(new Grip(reader, lane(partition, offset)));
    }

    void failed(Object reader, long partition, long offset, long claim) {
        letGo(reader, partition, offset, claim);
        failed.add(partition + "/" + offset);
    }

    void parked(Parked event) {
        String place = place(event.generation(), event.partition(), event.offset());
        if (!condemned.contains(place)) {
            throw new AssertionError("G8: " + place + " is parked and was not condemned");
        }
        if (!parked.add(place)) {
            throw new AssertionError("G8: " + place + " is parked twice");
        }
        String key = event.key();
        if (key != null) {
            Parked before = lastParked.put(event.generation() + "/" + key, event);
            boolean inOrder = before == null
                    || (before.partition() == event.partition()
                            ? before.offset() < event.offset()
                            : log.isBehind(event.partition(), before.partition()));
            if (!inOrder) {
                throw new AssertionError("G8: of key " + key + " " + place + " is parked after offset "
                        + before.offset() + " of partition " + before.partition());
            }
        }
    }

    private static String place(long generation, long partition, long offset) {
        return "offset " + offset + " of partition " + partition + " in generation " + generation;
    }

    // ---- what becomes of the state

    void changed(GroupState before, GroupState after) {
        state = after;
        decided(before, after);
        if (after.generation() != before.generation() || before.options() == null) {
            resetClaim = after.lastClaim();
            done.clear();
            verified.clear();
            atWork.clear();
            after.partitions().forEach((id, known) -> verified.put(id, known.offset()));
            return;
        }
        before.partitions().forEach((id, was) -> {
            PartitionState now = after.partitions().get(id);
            if (now == null) {
                finished.add(was.claim());
                requireProcessed("the end", id, log.partition(id).end);
            } else {
                requireMoved(before, id, was, now);
            }
        });
        after.partitions().forEach((id, known) -> {
            if (known.owner() != 0) {
                nextOfClaim.putIfAbsent(known.claim(), known.offset());
                generationOfClaim.putIfAbsent(known.claim(), after.generation());
            }
        });
        after.checkpoints().forEach((name, cuts) -> {
            if (!cuts.equals(before.checkpoints().get(name))) {
                cuts.values().forEach(cut -> cut.forEach((id, offset) -> requireProcessed(name, id, offset)));
            }
        });
    }

    private void decided(GroupState before, GroupState after) {
        after.partitions().forEach((id, known) -> {
            if (known.verdict() != null) {
                condemned.add(place(after.generation(), id, known.offset()));
            }
        });
        for (Decided decided : after.decisions()) {
            String place = decided.partition() + "/" + decided.offset();
            if (!decided.parked()) {
                skipped.add(place);
            }
            if (!failed.contains(place) && !decided.cause().contains("the readers died")) {
                throw new AssertionError("G8: " + place + " has not failed: " + decided);
            }
        }
        for (HeldKey key : before.held()) {
            // What a reader of an earlier generation parks late comes again in this one, if it belongs there.
            boolean open = log.parking.open().values().stream()
                    .anyMatch(parked -> key.key().equals(parked.key()) && parked.generation() == key.generation());
            if (after.heldKey(key.stream(), key.key()) == null && open) {
                throw new AssertionError(
                        "G9: " + key + " is let go while events of it are parked: " + log.parking.open());
            }
        }
    }

    /** An event that has failed, or whose key is held, waits until nothing else is in hand, and later ones may be done before. */
    private boolean waitsAlone(GroupState state, long id, long offset) {
        return failed.contains(id + "/" + offset)
                || (offset < log.partition(id).end
                        && state.heldKey(0, log.partition(id).key(offset)) != null);
    }

    private void requireMoved(GroupState before, long id, PartitionState was, PartitionState now) {
        if (now.offset() < was.offset()) {
            throw new AssertionError("G5: partition " + id + " goes back from " + was.offset() + " to " + now.offset());
        }
        requireProcessed("position", id, now.offset());
        boolean expired = was.owner() != 0 && now.owner() == 0 && now.suspectUntil() > now.offset();
        boolean renewed = was.owner() == now.owner() && was.claim() != now.claim();
        boolean undone = was.owner() != now.owner() && hasWaited(was.claim());
        if (expired || renewed || undone) {
            atWork.entrySet().removeIf(work -> work.getKey().partition() == id && work.getValue() == was.claim());
            ended.add(was.claim());
        }
        boolean surelyExpired = now.suspectUntil() > was.suspectUntil();
        if (was.owner() != 0 && was.owner() != now.owner() && !surelyExpired) {
            takenBackAt.put(was.claim(), now.offset());
        }
        boolean handedOver = was.owner() != 0 && now.owner() == 0 && now.suspectUntil() <= now.offset();
        boolean mayPass = keyConcurrency > 1 && (undone || waitsAlone(before, id, now.offset()));
        if (handedOver && !mayPass && processedOfClaim.getOrDefault(was.claim(), 0L) > now.offset()) {
            throw new AssertionError("G3: partition " + id + " is handed over at " + now.offset() + ", passed was "
                    + processedOfClaim.get(was.claim()));
        }
    }

    private void requireProcessed(String what, long id, long offset) {
        long from = verified.getOrDefault(id, 0L);
        long missed = firstMissed(id, from, offset, state.generation(), done.getOrDefault(id, new BitSet()));
        if (missed < offset) {
            throw new AssertionError("G1: " + what + " of partition " + id + " is at " + offset + ", and " + missed
                    + " was not processed");
        }
        verified.put(id, Math.max(from, offset));
    }

    /** The first offset that a handler should have seen and has not. */
    private long firstMissed(long id, long from, long to, long generation, BitSet seen) {
        long start = log.partition(id).start;
        for (long offset = Math.max(from, start); offset < to; offset++) {
            boolean wanted = !log.partition(id).isOfOtherType(offset);
            boolean settled = skipped.contains(id + "/" + offset) || parked.contains(place(generation, id, offset));
            if (wanted && !seen.get((int) offset) && !settled) {
                return offset;
            }
        }
        return to;
    }

    // ---- the end

    /** What is left to do after all faults, or null when all is done. */
    @Nullable
    String leftToDo(int readers) {
        for (SimLog.Events events : log.partitions.values()) {
            long id = events.description.id();
            PartitionState known = state.partitions().get(id);
            if (known != null ? events.sealed || known.offset() != events.end || known.owner() == 0 : !events.sealed) {
                return "G7: partition " + id + " ends at " + events.end + " (sealed: " + events.sealed
                        + "), the group has " + known;
            }
            if (known != null) {
                requireProcessed("the end", id, events.end);
            }
        }
        Map<Long, Integer> counts = new HashMap<>();
        state.members().values().forEach(member -> counts.put(member.session(), 0));
        state.partitions().values().forEach(known -> counts.merge(known.owner(), 1, Integer::sum));
        int most = counts.values().stream().max(Integer::compare).orElse(0);
        int least = counts.values().stream().min(Integer::compare).orElse(0);
        if (counts.size() != readers || most - least > 1) {
            return "G7: " + readers + " readers live, partitions are spread as " + counts;
        }
        return parkedOrUnnoted();
    }

    private @Nullable String parkedOrUnnoted() {
        SortedMap<Long, Long> positions = new TreeMap<>();
        state.partitions().forEach((id, known) -> positions.put(id, known.offset()));
        boolean automatic = state.settings().getAutomaticCheckpointMillis() > 0;
        if (automatic && !Map.of(0, positions).equals(state.checkpoints().get(ReaderGroup.AUTOMATIC))) {
            return "G10: the group stands at " + positions + ", its checkpoints are " + state.checkpoints();
        }
        if (!log.parking.open().isEmpty()) {
            return "G9: still parked are " + log.parking.open();
        }
        return state.held().isEmpty() ? null : "G9: still held are " + state.held();
    }

    /** Whether a reader uses the options that it must use when all faults are over. */
    @Nullable
    String otherOptions(GroupOptions ofReader) {
        return ofReader.toJson().equals(state.settings().toJson())
                ? null
                : "G11: a reader goes by " + ofReader.toJson() + ", the group by " + state.options();
    }
}
