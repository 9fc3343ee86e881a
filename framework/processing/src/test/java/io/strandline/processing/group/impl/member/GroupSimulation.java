package io.strandline.processing.group.impl.member;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupBatch;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.feed.ParkedEvents;
import io.strandline.processing.group.impl.state.Decision;
import io.strandline.processing.group.impl.state.GroupDecisions;
import io.strandline.processing.group.impl.state.GroupPositions;
import io.strandline.processing.group.impl.state.GroupStore;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.Lineage;
import io.strandline.processing.group.impl.state.Resets;
import io.strandline.processing.group.impl.state.Settings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A group of real readers in virtual time, over a fake log and a fake shared state, with everything that can happen to
 * them. They join, leave, crash, freeze and wake as zombies. The store is slow and fails. The stream scales and is
 * truncated. The group is reset and checkpointed, and its options change. Handlers are slow, fail, fail for good, and
 * kill their process. Parked events are replayed and dropped.
 */
final class GroupSimulation {

    private static final long MILLI = 1_000_000;
    private static final long LEASE_MILLIS = 300;
    /** Shorter than the shortest lease: a reader that leaves does not wait for longer. */
    private static final long LONGEST_HANDLER_MILLIS = 100;

    private static final long SHORTEST_TIMEOUT_MILLIS = 30;
    private static final int STEPS = 250;
    /** Everything that is left when the faults end is done after so many leases at the latest. */
    private static final int MOST_LEASES_TO_SETTLE = 60;

    private static final int MAX_READERS = 5;
    private static final int MAX_PARTITIONS = 24;

    static final EventCodec<Long> CODEC = new EventCodec<>() {
        @Override
        public EventType typeOf(Long event) {
            return SimLog.TYPE;
        }

        @Override
        public void encode(Long event, PayloadOutput out) {
            byte[] bytes = Long.toString(event).getBytes(StandardCharsets.UTF_8);
            out.write(bytes, 0, bytes.length);
        }

        @Override
        public Long decode(EventType type, byte[] bytes, int from, int length) {
            return Long.parseLong(new String(bytes, from, length, StandardCharsets.UTF_8));
        }
    };

    private final StreamName stream = StreamName.parse("sim/events");
    private final GroupOptions options = new GroupOptions()
            .setStreams(stream.toString())
            .setTypes(Set.of(SimLog.TYPE.name()))
            .setLeaseMillis(LEASE_MILLIS)
            .setCommitIntervalMillis(20)
            .setMaxUncommittedEvents(100)
            .setMaxAttempts(3)
            .setRetryBackOffMillis(5);

    private final SimTime time;
    private final SplittableRandom random;
    private final SimLog log;
    private final SimStore store;
    private final GroupOracle oracle;
    private final GroupDecisions decisions;
    private final SimProcess admin;
    private final GroupStore adminStore;
    private final List<Reader> readers = new ArrayList<>();
    private final Set<String> poison = new HashSet<>();
    private final Set<String> killers = new HashSet<>();
    private final boolean slowGains;
    private final boolean inBatches;
    private final int keyConcurrency;
    private int names;
    private int checkpoints;
    private boolean replaying;
    private boolean settling;
    private @Nullable Throwable stopped;

    /** A reader and its process. */
    private static final class Reader {
        final String name;
        final SimProcess process;

        @Nullable
        GroupMember<Long> member;

        Reader(String name, SimProcess process) {
            this.name = name;
            this.process = process;
        }
    }

    /** What is switched off, to prove that it is needed. */
    enum Broken {
        NOTHING,
        /** Every claim is believed. */
        CLAIMS,
        /** The parking stream takes what it has. */
        PARKING_DEDUP
    }

    GroupSimulation(long seed, Broken broken) {
        slowGains = seed % 2 == 0;
        inBatches = seed % 3 == 2;
        keyConcurrency = inBatches || seed % 4 > 1 ? 1 : keyConcurrencyOf(seed);
        time = new SimTime(seed);
        random = time.random;
        log = new SimLog(time, stream, 1 + random.nextInt(8));
        log.parking.dedup = broken != Broken.PARKING_DEDUP;
        oracle = new GroupOracle(log, keyConcurrency);
        log.parking.observer = oracle::parked;
        store = new SimStore(time, oracle::changed);
        decisions = new GroupDecisions("sim/group", broken != Broken.CLAIMS);
        draw(options);
        admin = new SimProcess(time);
        adminStore = store.seenBy(admin);
    }

    /** A few keys, or in a quarter of the seeds all that a partition has. */
    private static int keyConcurrencyOf(long seed) {
        return seed % 8 == 4 ? GroupReaderOptions.MAX_KEY_CONCURRENCY : (int) (2 + seed % 7);
    }

    /** Draws the options that may change. */
    private GroupOptions draw(GroupOptions drawn) {
        return drawn.setPoison(random.nextInt(3) == 0 ? PoisonPolicy.SKIP : PoisonPolicy.PARK)
                .setHoldKeys(random.nextInt(3) > 0)
                .setMaxAttempts(2 + random.nextInt(2))
                .setMaxUncommittedEvents(50 + random.nextInt(51))
                .setCommitIntervalMillis(10 + random.nextInt(20))
                .setLeaseMillis(LEASE_MILLIS / 2 + random.nextLong(LEASE_MILLIS))
                .setHandlerTimeoutMillis(random.nextBoolean() ? 0 : SHORTEST_TIMEOUT_MILLIS + random.nextInt(100))
                .setAutomaticCheckpointMillis(random.nextBoolean() ? 0 : 50 + random.nextInt(200));
    }

    void run() {
        store.append(List.of(new GroupUpdate.Created(
                options.toJson().encode(),
                Lineage.partitionsAt(0, log.description(), log.startCut().offsets(), new TreeMap<>()))));
        join("r" + names++);
        for (int step = 0; step < STEPS; step++) {
            act();
            time.run(random.nextLong(20 * MILLI));
            requireRunning();
        }
        settle();
    }

    private void act() {
        switch (random.nextInt(40)) {
            case 0, 1 -> join("r" + names++);
            case 2 -> crash();
            case 3 -> freeze();
            case 4 -> leave();
            case 5 -> reset();
            case 6, 7 -> checkpoint();
            case 8 -> truncate();
            case 9 -> scale();
            case 10 -> store.faults = random.nextBoolean() ? 0 : random.nextInt(200);
            case 11 -> curse(poison);
            case 12 -> curse(killers);
            case 13 -> settleParked(random.nextInt(10) == 0);
            case 14 -> changeOptions();
            default -> append();
        }
    }

    private void append() {
        log.append(any(log.open()), 1 + random.nextInt(60));
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private void curse(Set<String> curses) {
        SimLog.Events events = any(log.open());
        long offset = events.end + random.nextInt(20);
        if (curses.size() < 3) {
            curses.add(events.description.id() + "/" + offset);
        }
    }

    private List<Reader> living() {
        return readers.stream().filter(reader -> !reader.process.crashed).toList();
    }

    private void join(String name) {
        if (living().size() >= MAX_READERS) {
            return;
        }
        Reader reader = new Reader(name, new SimProcess(time));
        readers.add(reader);
        GroupMember<Long> member = new GroupMember<>(
                place(reader.process, store.seenBy(reader.process)),
                name,
                CODEC,
                new GroupReaderOptions()
                        .setBatchEvents(inBatches ? 1 + random.nextInt(40) : 1)
                        .setKeyConcurrency(keyConcurrency),
                new TreeMap<>());
        reader.member = member;
        member.partitionGainedHandler(gained -> gain(reader, member, gained));
        member.partitionLostHandler(lost -> require(() -> oracle.lost(reader, lost)));
        if (keyConcurrency > 1) {
            member.boundaryHandler(boundary -> atBoundary(reader, member, boundary));
        }
        member.join()
                .onSuccess(joined -> {
                    if (inBatches) {
                        member.startBatches(batch -> keep(() -> handle(reader, member, batch)));
                    } else {
                        member.start(event -> keep(() -> alone(reader, member, event)));
                    }
                })
                .onFailure(refused -> reader.process.crashed = true);
        member.ended().onComplete((ended, failure) -> {
            require(() -> oracle.requireNothingGained(reader));
            reader.process.crashed = true;
            // A name that was taken meanwhile by a newer process is no mistake.
            if (failure != null && !(failure instanceof StrandlineException.Conflict)) {
                stopped = failure;
            }
        });
    }

    /** To the member a breach is a failed delivery like any other. */
    private Future<?> keep(Supplier<Future<?>> delivery) {
        try {
            return delivery.get();
        } catch (AssertionError broken) {
            stopped = broken;
            throw broken;
        }
    }

    private Future<?> atBoundary(Reader reader, GroupMember<Long> member, GroupReader.Boundary boundary) {
        Objects.requireNonNull(boundary.cuts().getOrDefault(stream, new StreamCut(stream, new TreeMap<>())))
                .offsets()
                .forEach((partition, offset) ->
                        require(() -> oracle.boundary(reader, partition, offset, member.claimOf(partition))));
        return Future.succeededFuture();
    }

    /** Takes some time in half of the seeds, and now and then as long as the slowest handler. */
    private Future<?> gain(Reader reader, GroupMember<Long> member, GroupReader.Gained gained) {
        long claim = member.claimOf(gained.partition());
        require(() -> oracle.gained(reader, gained.partition(), gained.offset(), claim));
        if (!slowGains || claim % 3 == 0) {
            return Future.succeededFuture();
        }
        Promise<Void> ready = Promise.promise();
        long millis = claim % 17 == 0 ? LONGEST_HANDLER_MILLIS : claim % 10;
        time.after(millis * MILLI, reader.process, ready::complete);
        return ready.future();
    }

    /** Keeps what a reader would only log. */
    private void require(Runnable check) {
        try {
            check.run();
        } catch (AssertionError broken) {
            stopped = broken;
            throw broken;
        }
    }

    /** The place of a process that may not know newer options yet. */
    private GroupPlace place(SimProcess process, GroupStore itsStore) {
        return new GroupPlace(
                log.usedBy(process), itsStore, decisions, new Settings(options), List.of(stream), process);
    }

    /** The events of a batch one after the other. At most one of them is slow, because its bound is that of the batch. */
    private Future<?> handle(Reader reader, GroupMember<Long> member, GroupBatch<Long> batch) {
        long claim = member.claimOf(batch.partition());
        oracle.batch(reader, batch, claim);
        long begun = time.nanos();
        int mostUncommitted = member.options().getMaxUncommittedEvents();
        Future<Object> all = Future.succeededFuture();
        for (EventRecord<Long> record : batch.records()) {
            boolean fast = all.succeeded();
            GroupEvent<Long> event = new GroupEvent<>(batch.stream(), record, batch.attempt());
            all = all.compose(done -> goOn(reader, begun)
                    .compose(goes -> keep(() -> handle(reader, member, event, mostUncommitted, fast))
                            .map(handled -> done)));
        }
        return all.onSuccess(done -> oracle.batchDone(reader, batch, claim, isInTime(begun)));
    }

    /** A handler that may have been given up touches no further event. */
    private Future<?> goOn(Reader reader, long begun) {
        if (reader.process.crashed) {
            return Promise.promise().future();
        }
        return isInTime(begun) ? Future.succeededFuture() : Future.failedFuture("late");
    }

    private boolean isInTime(long begun) {
        return time.nanos() - begun < SHORTEST_TIMEOUT_MILLIS * MILLI;
    }

    private Future<?> alone(Reader reader, GroupMember<Long> member, GroupEvent<Long> event) {
        long begun = time.nanos();
        long claim = member.claimOf(event.record().partition());
        int mostUncommitted = member.options().getMaxUncommittedEvents();
        return handle(reader, member, event, mostUncommitted, true).onSuccess(done -> {
            if (isInTime(begun)) {
                oracle.passed(claim, event.record().offset() + 1);
            }
        });
    }

    /** @param mostUncommitted when the delivery began */
    private Future<?> handle(
            Reader reader, GroupMember<Long> member, GroupEvent<Long> event, int mostUncommitted, boolean maySlow) {
        long partition = event.record().partition();
        long offset = event.record().offset();
        long claim = member.claimOf(partition);
        if (event.event() != offset) {
            throw new AssertionError("offset " + offset + " holds " + event.event());
        }
        oracle.delivered(reader, partition, offset, claim, event.attempt(), mostUncommitted);
        String place = partition + "/" + offset;
        if (killers.contains(place)) {
            kill(reader);
            return Promise.promise().future();
        }
        if (poison.contains(place) || random.nextInt(300) == 0) {
            oracle.failed(reader, partition, offset, claim);
            return Future.failedFuture(new IllegalStateException("cannot process " + place));
        }
        if (maySlow && random.nextInt(keyConcurrency > 1 ? 3 : 15) == 0) {
            long most = random.nextInt(20) == 0 ? LONGEST_HANDLER_MILLIS * MILLI : 1;
            return slow(reader, event.record(), claim, time.pause() + random.nextLong(most));
        }
        oracle.processed(reader, partition, offset, claim);
        return Future.succeededFuture();
    }

    /** A handler that takes a while, perhaps longer than the bound that a reader uses. */
    private Future<?> slow(Reader reader, EventRecord<Long> event, long claim, long nanos) {
        Promise<Void> slow = Promise.promise();
        long partition = event.partition();
        long offset = event.offset();
        boolean[] late = new boolean[1];
        boolean[] over = new boolean[1];
        // A short one takes that long too if its process freezes.
        time.after(SHORTEST_TIMEOUT_MILLIS * MILLI, admin, () -> {
            if (!over[0] && !reader.process.crashed) {
                late[0] = true;
                oracle.mayBeGivenUp(reader, partition, offset, claim);
            }
        });
        time.after(nanos, reader.process, () -> {
            over[0] = true;
            if (late[0]) {
                oracle.processedLate(partition, offset, claim);
            } else {
                oracle.processed(reader, partition, offset, claim);
            }
            slow.complete();
        });
        return slow.future();
    }

    private void kill(Reader reader) {
        reader.process.crashed = true;
        String name = random.nextBoolean() ? reader.name : "r" + names++;
        time.after(random.nextLong(200 * MILLI), admin, () -> join(name));
    }

    private void crash() {
        if (!living().isEmpty()) {
            kill(any(living()));
        }
    }

    private void freeze() {
        if (!living().isEmpty()) {
            any(living()).process.frozenUntil = time.nanos() + random.nextLong(3 * LEASE_MILLIS * MILLI);
        }
    }

    private void leave() {
        if (living().size() > 1) {
            Reader reader = any(living());
            GroupMember<Long> member = reader.member;
            if (member != null && reader.process.frozenUntil < time.nanos()) {
                member.leave();
                time.after(member.options().getLeaseMillis() * MILLI, admin, () -> oracle.hasWaited(reader));
            }
        }
    }

    private void reset() {
        if (random.nextInt(3) > 0) {
            return;
        }
        GroupPositions positions = new GroupPositions(log.usedBy(admin), options);
        List<String> known = List.copyOf(store.newest().checkpoints().keySet());
        if (!known.isEmpty() && random.nextBoolean()) {
            positions
                    .atCheckpoint("sim/group", any(known))
                    .onSuccess(target -> adminStore.decide(Resets.reset(decisions, target)));
        } else {
            StreamCut cut = random.nextBoolean() ? log.startCut() : log.endCut();
            positions.at(List.of(cut)).onSuccess(target -> adminStore.decide(Resets.reset(decisions, target)));
        }
    }

    private void checkpoint() {
        String name = "c" + checkpoints++;
        List<String> known = List.copyOf(store.newest().checkpoints().keySet());
        // One place is left for the automatic one.
        if (known.size() + store.newest().meetings().size() >= GroupOptions.DEFAULT_MAX_CHECKPOINTS - 1) {
            String old =
                    known.isEmpty() ? any(List.copyOf(store.newest().meetings().keySet())) : any(known);
            adminStore.decide(state -> Decision.of(new GroupUpdate.CheckpointDropped(old)));
        }
        adminStore.decide(decisions.beginCheckpoint(name, false));
    }

    /** Replays the parked events (one may fail), or drops them. */
    private void settleParked(boolean drops) {
        if (replaying) {
            return;
        }
        replaying = true;
        ParkedEvents parked = new ParkedEvents(place(admin, adminStore), List.of(stream));
        parked.list()
                .compose(events -> {
                    List<Long> ids = events.stream().map(ParkedEvent::id).toList();
                    return drops
                            ? parked.drop(ids)
                            : parked.replay(
                                    ids,
                                    CODEC,
                                    event -> !settling && random.nextInt(20) == 0
                                            ? Future.failedFuture("cannot replay " + event.event())
                                            : Future.succeededFuture());
                })
                .onComplete(done -> replaying = false);
    }

    private void changeOptions() {
        adminStore.decide(decisions.changeOptions(draw(store.newest().settings())));
    }

    private void truncate() {
        SimLog.Events events =
                log.partition(any(List.copyOf(log.startCut().offsets().keySet())));
        events.start = events.start + random.nextLong(events.end - events.start + 1);
    }

    private void scale() {
        if (log.partitions.size() >= MAX_PARTITIONS) {
            return;
        }
        List<SimLog.Events> open = new ArrayList<>(log.open());
        open.sort((a, b) -> Long.compareUnsigned(
                a.description.keys().from(), b.description.keys().from()));
        int first = random.nextInt(open.size());
        boolean merges = first + 1 < open.size() && random.nextBoolean();
        log.scale(open.subList(first, first + (merges ? 2 : 1)), merges && random.nextBoolean() ? 1 : 2);
    }

    /** Ends all faults. Then no work may remain, nor come up. */
    private void settle() {
        settling = true;
        store.faults = 0;
        store.newest().checkpoints().keySet().stream()
                .findFirst()
                .ifPresent(first -> adminStore.decide(state -> Decision.of(new GroupUpdate.CheckpointDropped(first))));
        killers.clear();
        time.run(6 * LEASE_MILLIS * MILLI);
        if (living().isEmpty()) {
            join("r" + names++);
        }
        for (int leases = 0; leases < MOST_LEASES_TO_SETTLE && leftToDo() != null; leases++) {
            settleParked(false);
            time.run(LEASE_MILLIS * MILLI);
            requireRunning();
        }
        requireSettled();
        time.run(3 * LEASE_MILLIS * MILLI);
        requireRunning();
        requireSettled();
    }

    private void requireSettled() {
        String left = leftToDo();
        if (left != null) {
            List<String> seen = living().stream()
                    .map(reader -> String.valueOf(reader.member))
                    .toList();
            throw new AssertionError(left + "; living are " + seen);
        }
    }

    private @Nullable String leftToDo() {
        String left = oracle.leftToDo(living().size());
        for (Reader reader : living()) {
            left = left != null
                    ? left
                    : oracle.otherOptions(Objects.requireNonNull(reader.member).options());
        }
        return left;
    }

    private void requireRunning() {
        if (stopped != null) {
            throw new AssertionError("a reader stopped, or did what it must not: " + stopped.getMessage(), stopped);
        }
    }
}
