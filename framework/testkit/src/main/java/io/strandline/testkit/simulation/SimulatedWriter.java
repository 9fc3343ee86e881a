package io.strandline.testkit.simulation;

import io.strandline.Durability;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.spi.LogPort;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.LastWritten;
import io.strandline.spi.WriterGrant.Slot;
import io.strandline.testkit.BatchBuilder;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.SentBatch;
import io.strandline.testkit.simulation.model.StreamModel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Appends to one stream, named or anonymous, as a writer must: several parcels in flight, per partition in the order of
 * its sequences, and after a refusal or an unknown outcome the same bytes again. Beyond that it repeats what is
 * acknowledged, and goes on with an epoch that it has replaced, which the log is to notice.
 */
final class SimulatedWriter {

    private static final int MAX_PARCELS = 3;
    private static final int MAX_BATCHES = 4;
    private static final int PARCELS_PER_REPEAT = 12;
    private static final int PARCELS_PER_CONDITIONAL = 8;
    private static final int MAX_EVENTS_SINCE = 12;
    private static final int CALLS_PER_ADMISSION = 60;
    private static final int CALLS_PER_OLD_EPOCH = 15;

    private final Clients clients;
    private final @Nullable String id;
    private final boolean ownSequences;
    private final Durability durability;
    private final WriterAnswers answers;

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
        this.answers = new WriterAnswers(clients, this, id, durability);
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
        if (admitting || parcels >= MAX_PARCELS) {
            return;
        }
        StreamModel to = stream;
        if (to != null && to.deleted()) {
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
        if (to == null || to.deleting()) {
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

    /** Asks where to go on after a sealed partition. Nothing is in flight. */
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
                                to.deleting() || (id != null && to.mayBeFenced(id, fencing)),
                                Invariant.REFUSALS_ARE_TRUE,
                                () -> id + " of " + to + " is fenced: " + failure.getMessage());
                        endAdmission();
                    } else if (failure != null) {
                        clients.requireTemporary(failure, () -> "refresh of " + id + " in " + to);
                    }
                },
                this::act);
    }

    /** The writer must be admitted again, and then goes on from the log's answer. */
    void endAdmission() {
        lanes.clear();
        grant = null;
        refusedBySeal = false;
    }

    /** True if a lane is one that the writer goes on with. */
    boolean goesOnWith(WriterLane lane) {
        return lanes.contains(lane);
    }

    /** A partition is sealed. */
    void sealed() {
        refusedBySeal = true;
    }

    /** The log does not know the stream any more. */
    void isGone(StreamModel gone) {
        if (stream == gone) {
            forgetStream();
        }
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
            // Batches that were acknowledged before they were forced are gone. The writer is admitted again.
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
                .filter(lane -> lane.takes(batch.events()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no slot takes " + batch));
    }

    // ---- parcels

    /** Sends the pending batches in the partitions of one shard again. Returns false if none are to be sent. */
    private boolean sendAgain(StreamModel to) {
        List<SentAttempt> attempts = new ArrayList<>();
        int shard = -1;
        for (WriterLane lane : lanes) {
            int laneShard = lane.partition.description().shard();
            if (lane.resends && lane.inFlight == 0 && (shard < 0 || shard == laneShard)) {
                shard = laneShard;
                lane.resends = false;
                lane.pending.forEach(batch -> attempts.add(new SentAttempt(lane, batch)));
            }
        }
        if (attempts.isEmpty()) {
            return false;
        }
        if (clients.random.nextBoolean()) {
            send(to, shard, attempts, fencingNumber);
        } else {
            for (SentAttempt attempt : attempts) {
                send(to, shard, List.of(attempt), fencingNumber);
            }
        }
        return true;
    }

    private void sendNew(StreamModel to) {
        List<WriterLane> all = List.copyOf(lanes);
        WriterLane first = all.get(clients.random.nextInt(all.size()));
        int shard = first.partition.description().shard();
        List<SentAttempt> attempts = new ArrayList<>();
        if (first.isQuiet() && clients.random.nextInt(PARCELS_PER_CONDITIONAL) == 0) {
            attempts.add(new SentAttempt(first, conditional(first)));
        } else {
            int batches = 1 + clients.random.nextInt(MAX_BATCHES);
            for (int i = 0; i < batches; i++) {
                WriterLane lane = all.get(clients.random.nextInt(all.size()));
                if (lane.takesMore() && lane.partition.description().shard() == shard) {
                    attempts.add(new SentAttempt(lane, lane.next(clients.random, -1)));
                }
            }
        }
        if (attempts.isEmpty()) {
            return;
        }
        send(to, shard, attempts, fencingNumber);
        if (clients.random.nextInt(PARCELS_PER_REPEAT) == 0) {
            // An answer may have come within the call. Then a failed condition is given up.
            attempts.removeIf(attempt -> attempt.lane().hasGivenUp(attempt.batch()));
            if (!attempts.isEmpty()) {
                send(to, shard, attempts, fencingNumber);
            }
        }
        SentBatch acked = first.newestAcked;
        if (acked != null && clients.random.nextInt(PARCELS_PER_REPEAT) == 0) {
            send(to, shard, List.of(new SentAttempt(first, acked)), fencingNumber);
        }
    }

    /** A batch that rests on the end of the partition as it was seen, or on what its key had up to about there. */
    private SentBatch conditional(WriterLane lane) {
        long end = lane.partition.bounds().endSeen();
        if (clients.changes.has(StreamChange.KEY_CONDITIONS) && clients.random.nextInt(4) > 0) {
            long since = Math.max(0, end - clients.random.nextInt(MAX_EVENTS_SINCE));
            return lane.nextIfUnchanged(clients.random, since);
        }
        long expected = Math.max(0, end + (clients.random.nextInt(4) == 0 ? clients.random.nextInt(-2, 3) : 0));
        return lane.next(clients.random, expected);
    }

    private void sendOldEpoch(StreamModel to) {
        WriterLane lane = oldLanes.get(clients.random.nextInt(oldLanes.size()));
        SentBatch batch = lane.pending.isEmpty() || clients.random.nextBoolean()
                ? lane.next(clients.random, -1)
                : lane.pending.getFirst();
        send(to, lane.partition.description().shard(), List.of(new SentAttempt(lane, batch)), oldFencingNumber);
    }

    private void send(StreamModel to, int shard, List<SentAttempt> attempts, int fencing) {
        LogPort port = clients.port();
        byte[][] batches = new byte[attempts.size()][];
        long[] unchangedSince = new long[batches.length];
        for (int i = 0; i < batches.length; i++) {
            SentAttempt attempt = attempts.get(i);
            attempt.lane().partition.sending(attempt.batch());
            attempt.lane().inFlight++;
            batches[i] = attempt.batch().bytes();
            unchangedSince[i] = attempt.batch().unchangedSince();
        }
        parcels++;
        clients.trace(() -> "send to shard " + shard + " "
                + attempts.stream().map(SentAttempt::batch).toList());
        clients.answer(
                port.append(BatchBuilder.parcelIfUnchanged(shard, unchangedSince, batches)
                        .with(durability)),
                (reply, failure) -> {
                    parcels--;
                    if (reply != null) {
                        answers.take(to, attempts, fencing, reply);
                    } else if (failure != null) {
                        clients.trace(() ->
                                "failed " + failure + " for " + attempts.get(0).batch());
                        answers.failed(attempts, failure);
                    }
                },
                this::act);
    }

    @Override
    public String toString() {
        return id + (admitting ? " is to be admitted" : "") + (refusedBySeal ? " asks where to go on" : "") + " with "
                + parcels + " parcels under way in "
                + lanes.stream().filter(lane -> !lane.isQuiet()).toList();
    }
}
