package io.strandline.testkit.simulation;

import io.strandline.Durability;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.spi.LogPort;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.LastWritten;
import io.strandline.spi.WriterGrant.Slot;
import io.strandline.testkit.BatchBuilder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Appends to one stream, named or anonymous, as a writer must: several parcels in flight, per partition in the order of
 * its sequences, and after a refusal or an unknown outcome the same bytes again. Beyond that it repeats what is
 * acknowledged, and goes on with an epoch that it has replaced, which the log is to notice.
 */
final class SimulatedWriter {

    private static final int MOST_PARCELS = 3;
    private static final int MOST_BATCHES = 4;
    private static final int PARCELS_PER_REPEAT = 12;
    private static final int PARCELS_PER_CONDITIONAL = 8;
    private static final int CALLS_PER_ADMISSION = 60;
    private static final int CALLS_PER_OLD_EPOCH = 15;

    private final Clients clients;
    private final @Nullable String id;
    private final boolean ownSequences;
    private final Durability durability;

    private @Nullable StreamModel stream;
    private @Nullable WriterGrant grant;
    private int fencingNumber;
    private boolean admitting;
    private int parcels;
    private final List<WriterLane> lanes = new ArrayList<>();

    /** A partition refused a batch because it is sealed: when nothing is on its way, the writer asks where to go on. */
    private boolean refusedBySeal;

    /** Of the epoch before this one. */
    private final List<WriterLane> oldLanes = new ArrayList<>();

    private int oldFencingNumber;

    SimulatedWriter(Clients clients, @Nullable String id, boolean ownSequences, Durability durability) {
        this.clients = clients;
        this.id = id;
        this.ownSequences = ownSequences;
        this.durability = durability;
    }

    /** The process is gone: what is in flight is unknown. */
    void lost() {
        admitting = false;
        parcels = 0;
        for (WriterLane lane : lanes) {
            lane.inFlight = 0;
            lane.resends = !lane.pending.isEmpty();
            lane.mayHaveLost |= durability != Durability.FORCED;
        }
        oldLanes.forEach(lane -> lane.inFlight = 0);
    }

    /** True if everything that was sent is acknowledged or refused. */
    boolean isDone() {
        return !admitting && parcels == 0 && !refusedBySeal && lanes.stream().allMatch(WriterLane::isQuiet);
    }

    void act() {
        if (admitting || parcels >= MOST_PARCELS) {
            return;
        }
        StreamModel to = stream;
        if (to != null && to.deleted) {
            forgetStream();
        }
        if (grant == null || stream == null || to == null) {
            if (!clients.draining) {
                admit();
            }
            return;
        }
        if (refusedBySeal) {
            if (parcels == 0) {
                follow(to, grant);
            }
            return;
        }
        if (sendAgain(to) || clients.draining) {
            return;
        }
        if (id != null && clients.random.nextInt(CALLS_PER_ADMISSION) == 0) {
            admit();
        } else if (!oldLanes.isEmpty() && clients.random.nextInt(CALLS_PER_OLD_EPOCH) == 0) {
            sendOldEpoch(to);
        } else {
            sendNew(to);
        }
    }

    // ---- admission

    private void admit() {
        StreamModel to = stream;
        if (to == null || to.deleting) {
            List<StreamModel> present = clients.catalog.present();
            if (present.isEmpty()) {
                return;
            }
            forgetStream();
            to = present.get(clients.random.nextInt(present.size()));
            stream = to;
        }
        StreamModel asked = to;
        int number = id == null ? 0 : asked.fencing(id);
        admitting = true;
        clients.answer(
                clients.port().admitWriter(asked.name(), id),
                (granted, failure) -> {
                    admitting = false;
                    clients.trace(() -> "admit " + id + " to " + asked.name() + " → "
                            + (granted == null
                                    ? failure
                                    : granted.writer() + " epoch " + granted.epoch() + " " + granted.slots()));
                    if (granted != null) {
                        admitted(granted, number);
                    } else if (failure instanceof StrandlineException.NotFound) {
                        clients.catalog.notFound(asked.name());
                        forgetStream();
                    } else if (failure != null) {
                        clients.requireTemporary(failure, () -> "admission of " + id + " to " + asked);
                    }
                },
                this::act);
    }

    private void forgetStream() {
        stream = null;
        grant = null;
        lanes.clear();
        oldLanes.clear();
        refusedBySeal = false;
    }

    private void admitted(WriterGrant granted, int number) {
        StreamModel of = clients.catalog.described(granted.stream());
        if (of == null) {
            return;
        }
        if (of != stream) {
            forgetStream();
            stream = of;
        }
        if (id == null) {
            clients.catalog.admittedAnonymously(granted.writer());
        }
        oldLanes.clear();
        oldLanes.addAll(lanes);
        oldFencingNumber = fencingNumber;
        lanes.clear();
        refusedBySeal = false;
        grant = granted;
        fencingNumber = number;
        of.requireSlots(granted);
        for (Slot slot : granted.slots()) {
            WriterLane lane = newLane(of, granted, slot);
            if (id != null) {
                lane.partition.admitted(granted.writer(), granted.epoch(), slot);
            }
            lanes.add(lane);
        }
    }

    private WriterLane newLane(StreamModel of, WriterGrant granted, Slot slot) {
        LastWritten last = slot.last();
        if (last != null) {
            of.partition(last.partition()).placeLast(granted.writer(), slot.keys(), last);
        }
        return new WriterLane(
                of.partition(slot.partition().id()),
                slot,
                granted.writer(),
                granted.epoch(),
                last == null ? Sequence.NONE : last.sequence(),
                ownSequences);
    }

    // ---- scaling

    /** Asks where to go on behind a sealed partition; nothing is on its way. */
    private void follow(StreamModel to, WriterGrant held) {
        int fencing = fencingNumber;
        admitting = true;
        clients.answer(
                clients.port().refreshWriter(held, id),
                (granted, failure) -> {
                    admitting = false;
                    clients.trace(() -> "refresh " + id + " " + held.writer() + " of " + to.name() + " → "
                            + (granted == null ? failure : granted.slots()));
                    if (granted != null) {
                        followed(to, held, granted);
                    } else if (failure instanceof StrandlineException.NotFound) {
                        clients.catalog.notFound(to.name());
                        forgetStream();
                    } else if (failure instanceof StrandlineException.Fenced) {
                        clients.violations.require(
                                to.deleting || (id != null && to.mayBeFenced(id, fencing)),
                                Invariant.REFUSALS_ARE_TRUE,
                                () -> id + " of " + to + " is fenced: " + failure.getMessage());
                        endAdmission();
                    } else if (failure != null) {
                        clients.requireTemporary(failure, () -> "refresh of " + id + " in " + to);
                    }
                },
                this::act);
    }

    private void endAdmission() {
        lanes.clear();
        grant = null;
        refusedBySeal = false;
    }

    private void followed(StreamModel to, WriterGrant held, WriterGrant granted) {
        StreamModel of = clients.catalog.described(granted.stream());
        if (of != to) {
            forgetStream();
            return;
        }
        clients.violations.require(
                granted.writer() == held.writer() && granted.epoch() == held.epoch(),
                Invariant.REFUSALS_ARE_TRUE,
                () -> "writer " + held.writer() + " epoch " + held.epoch() + " is refreshed as " + granted);
        of.requireSlots(granted);
        List<WriterLane> before = List.copyOf(lanes);
        if (durability != Durability.FORCED && before.stream().anyMatch(lane -> lane.isAheadOf(granted))) {
            // What was acknowledged before it was forced is gone; the writer is admitted anew.
            endAdmission();
            return;
        }
        lanes.clear();
        grant = granted;
        refusedBySeal = false;
        for (Slot slot : granted.slots()) {
            WriterLane lane = newLane(of, granted, slot);
            lanes.add(before.stream().filter(old -> old.isOf(slot)).findFirst().orElse(lane));
        }
        for (WriterLane old : before) {
            if (!lanes.contains(old)) {
                redraw(old);
            }
        }
    }

    /** Sends what a sealed partition did not take to those that took over. */
    private void redraw(WriterLane old) {
        for (WriterLane lane : lanes) {
            if (old.partition.isBefore(lane.partition)) {
                lane.follow(old);
            }
        }
        for (SentBatch batch : old.pending) {
            WriterLane lane = laneOf(batch);
            if (lane.follows(batch)) {
                old.partition.told(batch);
            } else {
                old.partition.refusedBySeal(batch);
                if (!batch.conditional()) {
                    lane.redraw(batch);
                }
            }
        }
        SentBatch acked = old.newestAcked;
        if (acked != null && !acked.conditional()) {
            laneOf(acked).repeats(acked);
        }
    }

    private WriterLane laneOf(SentBatch batch) {
        return lanes.stream()
                .filter(lane -> lane.takes(batch.events))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no slot takes " + batch));
    }

    // ---- parcels

    /** Sends what is pending in the partitions of one shard again; false if nothing is to be. */
    private boolean sendAgain(StreamModel to) {
        List<Attempt> attempts = new ArrayList<>();
        int shard = -1;
        for (WriterLane lane : lanes) {
            int laneShard = lane.partition.description.shard();
            if (lane.resends && lane.inFlight == 0 && (shard < 0 || shard == laneShard)) {
                shard = laneShard;
                lane.resends = false;
                lane.pending.forEach(batch -> attempts.add(new Attempt(lane, batch)));
            }
        }
        if (attempts.isEmpty()) {
            return false;
        }
        if (clients.random.nextBoolean()) {
            send(to, shard, attempts, fencingNumber);
        } else {
            for (Attempt attempt : attempts) {
                send(to, shard, List.of(attempt), fencingNumber);
            }
        }
        return true;
    }

    private void sendNew(StreamModel to) {
        List<WriterLane> all = List.copyOf(lanes);
        WriterLane first = all.get(clients.random.nextInt(all.size()));
        int shard = first.partition.description.shard();
        List<Attempt> attempts = new ArrayList<>();
        if (first.isQuiet() && clients.random.nextInt(PARCELS_PER_CONDITIONAL) == 0) {
            long end = first.partition.endSeen();
            long expected = Math.max(0, end + (clients.random.nextInt(4) == 0 ? clients.random.nextInt(-2, 3) : 0));
            attempts.add(new Attempt(first, first.next(clients.random, expected)));
        } else {
            int batches = 1 + clients.random.nextInt(MOST_BATCHES);
            for (int i = 0; i < batches; i++) {
                WriterLane lane = all.get(clients.random.nextInt(all.size()));
                if (lane.takesMore() && lane.partition.description.shard() == shard) {
                    attempts.add(new Attempt(lane, lane.next(clients.random, -1)));
                }
            }
        }
        if (attempts.isEmpty()) {
            return;
        }
        send(to, shard, attempts, fencingNumber);
        if (clients.random.nextInt(PARCELS_PER_REPEAT) == 0) {
            send(to, shard, attempts, fencingNumber);
        }
        SentBatch acked = first.newestAcked;
        if (acked != null && clients.random.nextInt(PARCELS_PER_REPEAT) == 0) {
            send(to, shard, List.of(new Attempt(first, acked)), fencingNumber);
        }
    }

    private void sendOldEpoch(StreamModel to) {
        WriterLane lane = oldLanes.get(clients.random.nextInt(oldLanes.size()));
        SentBatch batch = lane.pending.isEmpty() || clients.random.nextBoolean()
                ? lane.next(clients.random, -1)
                : lane.pending.getFirst();
        send(to, lane.partition.description.shard(), List.of(new Attempt(lane, batch)), oldFencingNumber);
    }

    /** One batch on its way, and what was known when it left. */
    private record Attempt(WriterLane lane, SentBatch batch, long endSeen) {
        Attempt(WriterLane lane, SentBatch batch) {
            this(lane, batch, lane.partition.endSeen());
        }
    }

    private void send(StreamModel to, int shard, List<Attempt> attempts, int fencing) {
        LogPort port = clients.port();
        byte[][] batches = new byte[attempts.size()][];
        for (int i = 0; i < batches.length; i++) {
            Attempt attempt = attempts.get(i);
            attempt.lane().partition.sending(attempt.batch());
            attempt.lane().inFlight++;
            batches[i] = attempt.batch().bytes;
        }
        parcels++;
        clients.trace(() -> "send to shard " + shard + " "
                + attempts.stream().map(Attempt::batch).toList());
        clients.answer(
                port.append(BatchBuilder.parcel(shard, batches).with(durability)),
                (reply, failure) -> {
                    parcels--;
                    if (reply != null) {
                        answered(to, attempts, fencing, reply);
                    } else if (failure != null) {
                        clients.trace(() ->
                                "failed " + failure + " for " + attempts.get(0).batch());
                        failed(attempts, failure);
                    }
                },
                this::act);
    }

    private void failed(List<Attempt> attempts, Throwable failure) {
        clients.requireTemporary(failure, () -> "append of " + attempts.get(0).batch());
        for (Attempt attempt : attempts) {
            attempt.lane().inFlight--;
            if (failure instanceof StrandlineException.Unknown) {
                attempt.lane().partition.unknown(attempt.batch());
            } else {
                attempt.lane().partition.refused(attempt.batch());
            }
            attempt.lane().resends = !attempt.lane().pending.isEmpty();
        }
    }

    private void answered(StreamModel to, List<Attempt> attempts, int fencing, ParcelReply reply) {
        if (reply.batches() != attempts.size()) {
            clients.violations.report(
                    Invariant.NOTHING_INVENTED,
                    attempts.size() + " batches were answered by " + reply.batches() + " outcomes");
            return;
        }
        boolean isEarly = isEarly(attempts.size(), reply);
        for (int i = 0; i < attempts.size(); i++) {
            Attempt attempt = attempts.get(i);
            attempt.lane().inFlight--;
            StrandlineException refusal = reply.refusal(i);
            int batch = i;
            clients.trace(() -> (refusal == null
                            ? (reply.duplicate(batch) ? "duplicate " : "accepted ") + reply.offset(batch)
                            : refusal.toString())
                    + " for " + attempt.batch());
            if (refusal == null) {
                clients.batchesAcked++;
                clients.bytesAcked += attempt.batch().bytes.length;
                attempt.lane().acked(attempt.batch());
                if (isEarly) {
                    attempt.lane().partition.acceptedEarly(attempt.batch());
                    if (!reply.duplicate(i)) {
                        clients.earlyAcks.add(to, attempt.lane().partition, attempt.batch(), reply.offset(i));
                    }
                } else if (reply.duplicate(i)) {
                    to.duplicate(attempt.batch(), reply.partition(i), reply.offset(i));
                } else {
                    attempt.lane().partition.accepted(attempt.batch(), reply.offset(i));
                }
            } else {
                refused(to, attempt, fencing, refusal);
            }
        }
    }

    /** An answer that waits for no force: something was taken, and nothing refused. */
    private boolean isEarly(int batches, ParcelReply reply) {
        boolean isEarly = false;
        for (int i = 0; i < batches; i++) {
            if (reply.refusal(i) != null) {
                return false;
            }
            isEarly |= !reply.duplicate(i);
        }
        return isEarly && durability != Durability.FORCED;
    }

    private void refused(StreamModel to, Attempt attempt, int fencing, StrandlineException refusal) {
        WriterLane lane = attempt.lane();
        SentBatch batch = attempt.batch();
        if (refusal instanceof StrandlineException.Conflict) {
            conflict(lane, attempt, refusal);
            return;
        }
        lane.partition.refused(batch);
        if (refusal instanceof StrandlineException.Fenced) {
            boolean mayBeFenced = id == null ? clients.longPause : to.mayBeFenced(id, fencing);
            clients.violations.require(
                    mayBeFenced, Invariant.REFUSALS_ARE_TRUE, () -> batch + " is fenced: " + refusal.getMessage());
            if (lanes.contains(lane)) {
                endAdmission();
            }
        } else if (refusal instanceof StrandlineException.Sealed) {
            clients.violations.require(
                    to.mayBeSealed(batch.partition),
                    Invariant.REFUSALS_ARE_TRUE,
                    () -> batch + " is refused, though nobody asked to seal the partition: " + refusal.getMessage());
            if (lanes.contains(lane)) {
                refusedBySeal = true;
                lane.resends = !lane.pending.isEmpty();
            }
        } else if (refusal instanceof StrandlineException.NotFound) {
            clients.violations.require(
                    to.deleting, Invariant.CATALOG_PERSISTS, () -> to + " takes no batch: " + refusal.getMessage());
            if (stream == to) {
                forgetStream();
            }
        } else {
            clients.requireTemporary(refusal, () -> "append of " + batch);
            lane.resends = !lane.pending.isEmpty();
        }
    }

    /** Something else stands where the batch was to follow. */
    private void conflict(WriterLane lane, Attempt attempt, StrandlineException refusal) {
        SentBatch batch = attempt.batch();
        lane.partition.refusedForGood(batch);
        if (durability != Durability.FORCED && (lane.mayHaveLost || clients.troubled)) {
            // What was acknowledged before it is gone; the writer is admitted anew.
            if (lanes.contains(lane)) {
                lanes.clear();
                grant = null;
            }
            return;
        }
        if (batch.conditional()) {
            if (attempt.endSeen() == batch.expectedOffset()) {
                lane.partition.seenEnd(batch.expectedOffset() + 1);
            }
            if (lane.inFlight == 0) {
                lane.giveUp(batch);
            } else {
                // Another attempt may yet succeed.
                lane.resends = !lane.pending.isEmpty();
            }
            return;
        }
        boolean isNext = lane.pending.peekFirst() == batch && lanes.contains(lane);
        if (isNext && id == null && clients.longPause) {
            // It was forgotten when it asked where to go on, and a crash brought back what was known of it.
            endAdmission();
            return;
        }
        clients.violations.require(
                !isNext,
                Invariant.REFUSALS_ARE_TRUE,
                () -> batch + " follows all that was acknowledged, and is refused: " + refusal.getMessage());
        lane.resends = !lane.pending.isEmpty();
    }
}
