package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The path of all synchronizers of one name in one process to its store. It is the writer.
 *
 * <pre>
 *  members that wait ──▶ a turn, one member at a time ──▶ forming batch ──▶ batch in flight ──▶ durable
 *       ▲                 on the member's context            numbered          one at a time       │
 *       └──────────────────────── refused: decided again, in the same order ◀─────────────────────┘
 * </pre>
 *
 * <p>Turns go on while a batch is in flight, on top of it, so that the next batch is ready when the answer comes. Results
 * that depend on numbered revisions are not reported until the store has these revisions. If they are refused, everything
 * after them is decided again.
 *
 * <p>All of it belongs to one event-loop context. Its members' calls reach it with one context switch, or none.
 */
final class Relay {

    private static final Logger LOG = Logger.of(Relay.class);

    private final ContextInternal context;
    private final StreamName name;
    private final StateSyncOptions options;
    private final int maxValueBytes;
    private final Pace pace;
    private final StoreCalls store;
    private final NewsReads reads;
    private final NewsWatch news;
    private final Turns turns;
    private final Compaction compaction;

    private final Set<RelayMember> members = new LinkedHashSet<>();
    private final Set<RelayMember> closing = new LinkedHashSet<>();
    private final LaggingMembers lagging;

    private Chain chain = Chain.EMPTY;
    private long askedNanos;
    private volatile Confirmation confirmation = new Confirmation(Position.NONE, System.nanoTime());
    private long batches = 1;
    private int room;
    private Batch forming;
    private @Nullable Batch inFlight;

    private boolean running;
    private boolean reading;
    private boolean unsure;
    private boolean paused;

    Relay(ContextInternal context, RevisionStore store, StreamName name, StateSyncOptions options) {
        this.context = context;
        this.name = name;
        this.options = options;
        this.maxValueBytes = store.maxValueBytes();
        UUID writer = UUID.randomUUID();
        this.pace = new Pace(options, new SplittableRandom(writer.getLeastSignificantBits()));
        this.store = new StoreCalls(context, store, name, options, pace);
        this.reads = new NewsReads(context, this.store, name, new News());
        this.news = new NewsWatch(context, this.store, name, options.getRefreshMillis(), new Watched());
        this.room = options.getMaxBatchRevisions();
        this.forming = new Batch(batches, room, maxValueBytes);
        this.turns = new Turns(context, writer, this::run);
        this.lagging = new LaggingMembers(context, this::run);
        this.compaction = new Compaction(context, this.store, name, options);
    }

    /** What a watch of the name asks of this relay. */
    private final class Watched implements NewsWatch.Tasks {

        @Override
        public void read() {
            run(reads::told);
        }

        @Override
        public void look() {
            run(reads::look);
        }

        @Override
        public void remind() {
            run(() -> settle(List.of(), Set.of()));
        }
    }

    /** What the reads of news need of this relay. */
    private final class News implements NewsReads.Receiver {

        @Override
        public void run(Runnable action) {
            Relay.this.run(action);
        }

        @Override
        public boolean isPaused() {
            return paused;
        }

        @Override
        public boolean isAsking() {
            return inFlight != null || reading;
        }

        @Override
        public Position durableEnd() {
            return chain.durableEnd();
        }

        @Override
        public void take(CatchUp news) {
            takeNews(news);
        }

        @Override
        public void confirmed(long askedNanos) {
            Relay.this.confirmed(askedNanos);
        }
    }

    /** A position that was the newest one at a time, as the deciding store confirmed. */
    private record Confirmation(Position end, long nanos) {}

    StreamName name() {
        return name;
    }

    // What members ask for, from any thread

    void join(RelayMember member) {
        enter(() -> {
            if (members.isEmpty()) {
                news.start();
            }
            members.add(member);
            store.bePatient(true);
        });
    }

    /** A member that closes waits for nobody: if all do, calls that the store does not answer are not repeated. */
    void closes(RelayMember member) {
        enter(() -> {
            closing.add(member);
            store.bePatient(!closing.containsAll(members));
        });
    }

    void leave(RelayMember member) {
        enter(() -> {
            members.remove(member);
            closing.remove(member);
            turns.forget(member);
            lagging.forget(member);
        });
    }

    /** Ends the relay, when its last member has left. */
    Future<Void> end() {
        return context.future(ended -> enter(() -> news.stop().onComplete(ended)));
    }

    /**
     * When a position was known for certain to be the newest one, by the monotonic clock. Returns the later of that time
     * and the known one.
     */
    long confirmedNanos(Position position, long known) {
        Confirmation last = confirmation;
        return last.end.equals(position) && last.nanos - known > 0 ? last.nanos : known;
    }

    /** Asks for a turn. */
    void wants(RelayMember member) {
        enter(() -> turns.want(member));
    }

    /** Asks for the revisions after a position that the chain does not reach back to. */
    void lacks(RelayMember member, Position known) {
        enter(() -> lagging.add(member, known));
    }

    /** Brings the result of a turn. */
    void done(Turn ended, TurnResult result) {
        enter(() -> {
            if (!turns.end(ended, result.revisions().size())) {
                return; // the revision it builds on was refused meanwhile, the member knows or will know
            }
            forming.add(ended.member(), result);
            chain = chain.numbered(result.revisions());
            if (result.wantsMore()) {
                turns.want(ended.member());
            }
        });
    }

    /** Hands a snapshot to the store. Completes on the relay's context. */
    Future<Boolean> compact(Revision snapshot) {
        return context.future(done -> enter(() -> store.compact(snapshot).onComplete(done)));
    }

    // The flow

    private void enter(Runnable action) {
        context.emit(v -> run(action));
    }

    /** Runs something and then all that it made possible. What members do at once, on this thread, nests no deeper. */
    private void run(Runnable action) {
        if (running) {
            action.run();
            return;
        }
        running = true;
        try {
            action.run();
            boolean more = true;
            while (more) {
                more = step();
            }
        } finally {
            running = false;
        }
    }

    /** Does the next thing that can be done now, or returns false. */
    private boolean step() {
        boolean storeIsFree = inFlight == null && !reading;
        if (storeIsFree && (unsure || lagging.areDue())) {
            catchUp();
            return true;
        }
        if (!turns.isOut() && turns.areWanted() && !paused && forming.hasRoom()) {
            turns.offer(forming, chain);
            return true;
        }
        if (!turns.isOut() && !paused && storeIsFree && !forming.isEmpty()) {
            send();
            return true;
        }
        return false;
    }

    private void send() {
        Batch batch = forming;
        forming = new Batch(++batches, room, maxValueBytes);
        reads.drop();
        inFlight = batch;
        askedNanos = System.nanoTime();
        if (!batch.revisions().isEmpty()) {
            append(batch, store.appending(chain.durableEnd(), List.copyOf(batch.revisions())));
        } else if (batch.confirms()) {
            store.read(chain.durableEnd())
                    .onComplete((missed, failure) -> run(() -> {
                        inFlight = null;
                        confirmed(batch, missed, failure);
                    }));
        } else {
            // Later, so that a caller who calls again at once does not keep the event loop for itself.
            context.runOnContext(v -> run(() -> {
                inFlight = null;
                stands(batch);
            }));
        }
    }

    private void append(Batch batch, StoreCalls.Appending append) {
        append.send()
                .onComplete((answer, failure) -> run(() -> {
                    if (answer instanceof AppendAnswer.Full full) {
                        makeRoom(batch, append, full);
                    } else {
                        answered(batch, answer, failure);
                    }
                }));
    }

    // What the store answers

    private void answered(Batch batch, @Nullable AppendAnswer answer, @Nullable Throwable failure) {
        inFlight = null;
        if (answer instanceof AppendAnswer.Appended appended) {
            taken(batch, appended);
        } else if (answer instanceof AppendAnswer.Refused refused) {
            lost(batch, refused);
        } else if (answer instanceof AppendAnswer.Undecided undecided) {
            unsure = true;
            fail(
                    batch,
                    new StrandlineException.Unknown("append of "
                            + batch.revisions().size() + " revisions to "
                            + name + " after " + chain.durableEnd() + " may have been taken: the store is at revision "
                            + undecided.newest().revision() + " and no longer remembers this writer"));
        } else if (failure instanceof StrandlineException.Invalid
                && batch.revisions().size() > 1) {
            // One of them is to blame and the others are not: each goes alone.
            room = 1;
            discard(batch, false, false);
        } else {
            unsure = failure instanceof StrandlineException.Unknown;
            fail(batch, failureOf(failure));
        }
    }

    private void taken(Batch batch, AppendAnswer.Appended appended) {
        pace.taken();
        room = Math.min(options.getMaxBatchRevisions(), 2 * room);
        chain = chain.confirmed(batch.revisions().size());
        confirmed(askedNanos);
        stands(batch);
        compaction.afterAppend(batch, appended.sinceWhole());
    }

    private void lost(Batch batch, AppendAnswer.Refused refused) {
        learn(refused.missed());
        confirmed(askedNanos);
        discard(batch, true, true);
        pauseFor(pace.refused(refused.waitMillis()));
    }

    /** Gives no turns and sends nothing for a while. */
    private void pauseFor(long millis) {
        if (millis > 0) {
            paused = true;
            context.setTimer(
                    millis,
                    fired -> run(() -> {
                        paused = false;
                        if (!turns.areWanted()) {
                            reads.resume(); // otherwise the next append's answer brings them
                        }
                    }));
        }
    }

    private void confirmed(Batch batch, @Nullable CatchUp missed, @Nullable Throwable failure) {
        if (missed == null) {
            fail(batch, failureOf(failure));
        } else if (missed.newest().equals(chain.durableEnd())) {
            confirmed(askedNanos);
            stands(batch);
        } else {
            learn(missed);
            confirmed(askedNanos);
            discard(batch, true, true);
        }
    }

    /** Notes that the durable end was the newest position when the store was asked. */
    private void confirmed(long askedNanos) {
        news.confirmed();
        confirmation = new Confirmation(chain.durableEnd(), askedNanos);
    }

    private void stands(Batch batch) {
        long revision = chain.durableEnd().revision();
        settle(List.of(new Settlement.Confirmed(batch.number(), revision)), batch.members());
    }

    /** Applies the store's revisions and drops numbered ones, so a discard must follow. */
    private void learn(CatchUp missed) {
        Position before = chain.durableEnd();
        chain = chain.cut().learned(missed);
        if (!missed.base().equals(before) && missed.newest().revision() < before.revision()) {
            LOG.warn("store of {} lost revisions: it is at {}, and was at {}", name, missed.newest(), before);
        }
    }

    /** Has everything that was numbered decided again, in the same order. */
    private void discard(Batch batch, boolean conflict, boolean fresh) {
        end(batch, new Settlement.Discarded(batch.number(), conflict, fresh), conflict);
    }

    private void fail(Batch batch, StrandlineException failure) {
        boolean appended = !batch.revisions().isEmpty();
        end(batch, new Settlement.Failed(batch.number(), failure, appended), false);
    }

    /** Ends a batch and the forming one, which rests on it. What is decided again comes before what waits already. */
    private void end(Batch batch, Settlement settlement, boolean conflict) {
        turns.takeBack(forming);
        Batch resting = forming;
        forming = new Batch(++batches, room, maxValueBytes);
        chain = chain.cut();
        Set<RelayMember> concerned = new LinkedHashSet<>(batch.members());
        concerned.addAll(resting.members());
        concerned.retainAll(members);
        turns.putFirst(concerned);
        // Its calls may have come after the store had answered, so that answer is not fresh for them.
        Settlement discarded = new Settlement.Discarded(resting.number(), conflict, false);
        settle(batch == resting ? List.of(discarded) : List.of(settlement, discarded), concerned);
    }

    /** Notifies all members. Only those concerned have calls to settle. */
    private void settle(List<Settlement> settlements, Set<RelayMember> concerned) {
        for (RelayMember member : List.copyOf(members)) {
            member.deliver(new Mail(chain, concerned.contains(member) ? settlements : List.of(), null));
        }
    }

    // Reads that no call waits for

    private void catchUp() {
        boolean due = lagging.areDue();
        Position from = due ? lagging.first() : chain.durableEnd();
        Set<RelayMember> lacking = due ? lagging.take() : Set.of();
        unsure = false;
        reading = true;
        reads.drop();
        askedNanos = System.nanoTime();
        store.read(from)
                .onComplete((missed, failure) -> run(() -> {
                    reading = false;
                    if (missed == null) {
                        LOG.debug("{} after {} could not be read", name, from, failure);
                        if (due) {
                            lagging.failed();
                        }
                        settle(List.of(new Settlement.Unread(failureOf(failure))), lacking);
                    } else {
                        if (due) {
                            lagging.served();
                        }
                        takeNews(missed);
                        confirmed(askedNanos);
                    }
                }));
    }

    private void takeNews(CatchUp missed) {
        if (missed.newest().equals(chain.durableEnd())) {
            if (!missed.base().equals(chain.durableEnd())) {
                chain = chain.reachingBackTo(missed);
            }
            settle(List.of(), Set.of());
        } else {
            learn(missed);
            discard(forming, false, false);
        }
    }

    // Room in the store

    /** Compacts for a batch that the store had no room for, and sends it again, the same with the same ids. */
    private void makeRoom(Batch batch, StoreCalls.Appending append, AppendAnswer.Full full) {
        if (batch.compactOnce()) {
            compaction
                    .now(batch)
                    .onComplete((done, failure) -> run(() -> {
                        if (failure == null) {
                            append(batch, append);
                        } else {
                            refused(
                                    batch,
                                    append,
                                    overloaded(full, ", and was not compacted: " + failure.getMessage()));
                        }
                    }));
            return;
        }
        if (batch.revisions().size() > 1 && !append.isDoubtful()) {
            inFlight = null;
            room = batch.revisions().size() / 2;
            discard(batch, false, false);
        } else {
            refused(batch, append, overloaded(full, ", also after a snapshot"));
        }
    }

    private void refused(Batch batch, StoreCalls.Appending append, StrandlineException refusal) {
        inFlight = null;
        unsure = append.isDoubtful();
        fail(batch, append.outcome(refusal));
    }

    private StrandlineException overloaded(AppendAnswer.Full full, String why) {
        return new StrandlineException.Overloaded("the store of " + name + " is full with " + full.updates()
                + " updates of " + full.bytes() + " bytes" + why);
    }

    private static StrandlineException failureOf(@Nullable Throwable failure) {
        return failure instanceof StrandlineException typed
                ? typed
                : new StrandlineException.Unknown("the store failed: " + failure);
    }
}
