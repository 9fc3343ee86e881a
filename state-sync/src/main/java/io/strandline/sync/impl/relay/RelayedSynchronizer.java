package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.CloseOnce;
import io.strandline.sync.ChangeReader;
import io.strandline.sync.Confirmed;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.vertx.core.Closeable;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One synchronizer: queues its calls, decides them when the relay gives it a turn, and follows the chain of revisions that
 * the relay mails. All fields but the counters belong to its context.
 */
final class RelayedSynchronizer<S, U> implements StateSynchronizer<S, U>, RelayMember, Closeable {

    private final ContextInternal context;
    private final Relay relay;
    private final StateFold<S, U> fold;
    private final SynchronizerOptions options;
    private final BiFunction<RelayedSynchronizer<?, ?>, Relay, Future<Void>> whenClosed;
    private final AtomicInteger openCalls = new AtomicInteger();
    private final AtomicInteger openReaders = new AtomicInteger();

    private final Mail.Box box = new Mail.Box();
    private final Following<S, U> states;
    private final Calls<S, U> calls;
    private final List<FollowingReader<S, U>> readers = new ArrayList<>();
    private final Promise<Void> ended = Promise.promise();
    private Chain chain = Chain.EMPTY;
    /** When the durable state, or one before it, was confirmed. */
    private volatile long confirmedNanos = System.nanoTime();

    private boolean readingMail;
    /** Whether the relay has this member in its queue. */
    private boolean asked;
    /** Whether older revisions have to be read before anything can be decided. */
    private boolean behind;

    private boolean closed;
    private boolean left;

    /** @param whenClosed is told when the last call of a closed synchronizer is answered */
    RelayedSynchronizer(
            ContextInternal context,
            Relay relay,
            StateFold<S, U> fold,
            SynchronizerOptions options,
            BiFunction<RelayedSynchronizer<?, ?>, Relay, Future<Void>> whenClosed) {
        this.context = context;
        this.relay = relay;
        this.fold = fold;
        this.options = options;
        this.whenClosed = whenClosed;
        this.states = new Following<>(fold, this::moved);
        this.calls = new Calls<>(relay.name(), options, fold, states);
    }

    /** Joins the relay and reads the newest state. */
    Future<Revisioned<S>> begin() {
        relay.join(this);
        CloseOnce.endWithVerticle(context, this);
        return fetch().compose(state -> state.revision() == 0 && !options.isCreateIfMissing()
                ? Future.failedFuture(new StrandlineException.NotFound("nobody wrote " + name()))
                : Future.succeededFuture(state));
    }

    // What the application calls, from any thread

    @Override
    public StreamName name() {
        return relay.name();
    }

    @Override
    public Revisioned<S> state() {
        return states.durable().revisioned();
    }

    @Override
    public Confirmed<S> confirmed() {
        Folded<S, U> durable = states.durable();
        long confirmed = relay.confirmedNanos(durable.position(), confirmedNanos);
        long ago = System.nanoTime() - confirmed;
        return new Confirmed<>(durable.revisioned(), TimeUnit.NANOSECONDS.toMillis(Math.max(0, ago)));
    }

    @Override
    public Future<Revisioned<S>> fetch() {
        return submit(Call.Kind.LOOK, seen -> new Decision.Keep());
    }

    @Override
    public Future<Revisioned<S>> update(Function<S, List<U>> decide) {
        return submit(Call.Kind.DECIDED, seen -> {
            List<U> updates = fold.decide(decide, seen.state());
            return updates.isEmpty()
                    ? new Decision.Keep()
                    : new Decision.Append(Revision.Form.CHANGE, fold.encodeUpdates(updates));
        });
    }

    @Override
    public Future<Revisioned<S>> add(List<U> updates) {
        List<U> added = List.copyOf(updates);
        return added.isEmpty()
                ? fetch()
                : submit(
                        Call.Kind.UNCONDITIONAL,
                        seen -> new Decision.Append(Revision.Form.CHANGE, fold.encodeUpdates(added)));
    }

    @Override
    public Future<Revisioned<S>> compareAndSet(long revision, S next) {
        return replace(revision, () -> fold.encodeState(next));
    }

    @Override
    public Future<Revisioned<S>> compareAndDelete(long revision) {
        return replace(revision, fold::encodeInitial);
    }

    private Future<Revisioned<S>> replace(long revision, Supplier<byte[]> whole) {
        return submit(
                Call.Kind.DECIDED,
                seen -> seen.revision() == revision
                        ? new Decision.Append(Revision.Form.WHOLE, whole.get())
                        : new Decision.Refuse(
                                new StrandlineException.Conflict(
                                        name() + " is at revision " + seen.revision() + ", expected was " + revision),
                                seen.revision() < revision));
    }

    private Future<Revisioned<S>> submit(Call.Kind kind, Function<Folded<S, U>, Decision> decide) {
        if (ended.future().isComplete()) {
            return Future.failedFuture(closedHere()); // its context may have ended with Vert.x
        }
        PromiseInternal<Revisioned<S>> reply = reply();
        if (openCalls.incrementAndGet() > options.getMaxOpenCalls()) {
            openCalls.decrementAndGet();
            reply.fail(new StrandlineException.Overloaded(options.getMaxOpenCalls()
                    + " calls are under way at the synchronizer of " + name() + ", the limit"));
            return reply.future();
        }
        Call<S, U> call = new Call<>(kind, decide, reply, openCalls::decrementAndGet);
        context.emit(v -> {
            calls.add(call);
            ask();
        });
        return reply.future();
    }

    private <T> PromiseInternal<T> reply() {
        @Nullable ContextInternal caller = ContextInternal.current();
        return (caller == null ? context : caller).promise();
    }

    @Override
    public Future<Void> compact() {
        if (ended.future().isComplete()) {
            return Future.failedFuture(closedHere());
        }
        PromiseInternal<Void> reply = reply();
        fetch().compose(newest -> snapshot())
                .compose(snapshot -> snapshot.number() == 0 ? Future.succeededFuture() : relay.compact(snapshot))
                .<Void>mapEmpty()
                .onComplete(done -> reply.context().emit(done, reply::handle));
        return reply.future();
    }

    @Override
    public ChangeReader<S, U> changes() {
        if (ended.future().isComplete()) {
            throw closedHere();
        }
        if (openReaders.incrementAndGet() > options.getMaxChangeReaders()) {
            openReaders.decrementAndGet();
            throw new StrandlineException.Overloaded(
                    options.getMaxChangeReaders() + " change readers of " + name() + " are open, the limit");
        }
        FollowingReader<S, U> reader = new FollowingReader<>(
                context, fold, states.durable(), () -> chain, known -> relay.lacks(this, known), this::readerEnded);
        context.emit(v -> {
            if (left) {
                reader.end();
            } else {
                readers.add(reader);
                reader.pump();
            }
        });
        return reader;
    }

    private StrandlineException.Unavailable closedHere() {
        return new StrandlineException.Unavailable("the synchronizer of " + name() + " is closed");
    }

    @Override
    public Future<Void> close() {
        if (ended.future().isComplete()) {
            return ended.future(); // its context may have ended with Vert.x
        }
        PromiseInternal<Void> reply = reply();
        context.emit(v -> {
            closed = true;
            calls.close();
            relay.closes(this);
            leaveIfDone();
            ended.future().onComplete(end -> reply.context().emit(end, reply::handle));
        });
        return reply.future();
    }

    /** The verticle of the context is undeployed. */
    @Override
    public void close(Completable<Void> completion) {
        close().onComplete(completion);
    }

    // What the relay says

    @Override
    public void deliver(Mail mail) {
        if (box.put(mail)) {
            context.emit(v -> readMail());
        }
    }

    @Override
    public Future<Revision> snapshot() {
        return context.future(done -> context.emit(v -> {
            Folded<S, U> state = states.durable();
            try {
                byte[] bytes = state.revision() == 0 ? new byte[0] : fold.encodeState(state.state());
                done.complete(new Revision(state.position(), Revision.Form.WHOLE, bytes));
            } catch (StrandlineException.Invalid invalid) {
                done.fail(invalid);
            }
        }));
    }

    /** A loop, for what this member says to a relay on its own thread brings new mail at once. */
    private void readMail() {
        if (readingMail) {
            return;
        }
        readingMail = true;
        for (Mail mail = box.take(); mail != null; mail = box.take()) {
            read(mail);
        }
        readingMail = false;
        ask();
        leaveIfDone();
    }

    private void read(Mail mail) {
        chain = mail.chain();
        mail.settlements().forEach(this::settle);
        calls.requeue();
        follow();
        Turn turn = mail.turn();
        if (turn != null) {
            asked = false;
            if (turn.claim()) {
                relay.done(turn, resultOf(turn));
            }
        }
    }

    private void settle(Settlement settlement) {
        if (settlement instanceof Settlement.Unread unread) {
            if (behind) {
                calls.failWaiting(unread.failure()); // otherwise a change reader alone lacks something
            }
            return;
        }
        if (settlement instanceof Settlement.Confirmed confirmed) {
            states.confirm(confirmed.revision());
        } else {
            states.discard();
            asked = true; // the relay has put this member in its queue
        }
        calls.settle(settlement);
    }

    private void follow() {
        @Nullable StrandlineException unreadable = null;
        try {
            behind = !states.follow(chain);
        } catch (StrandlineException.Invalid invalid) {
            unreadable = invalid;
            behind = false;
        }
        if (behind) {
            relay.lacks(this, states.durable().position());
        } else {
            confirmedNanos = relay.confirmedNanos(states.durable().position(), confirmedNanos);
            calls.answerLate(unreadable);
        }
        for (FollowingReader<S, U> reader : List.copyOf(readers)) {
            reader.pump();
        }
    }

    private TurnResult resultOf(Turn turn) {
        try {
            if (states.followAll(turn.chain())) {
                TurnResult result = calls.decide(turn);
                asked = result.wantsMore();
                return result;
            }
        } catch (StrandlineException.Invalid unreadable) {
            return calls.refuse(turn, unreadable);
        }
        behind = true;
        relay.lacks(this, states.durable().position());
        return TurnResult.NOTHING;
    }

    private void ask() {
        if (!calls.wantTurn()) {
            return;
        }
        if (behind) {
            relay.lacks(this, states.durable().position());
        } else if (!asked) {
            asked = true;
            relay.wants(this);
        }
    }

    private void moved(Position before, Folded<S, U> now) {
        if (!readers.isEmpty()) {
            for (FollowingReader<S, U> reader : List.copyOf(readers)) {
                reader.moved(before, now);
            }
        }
    }

    private void readerEnded(FollowingReader<S, U> reader) {
        openReaders.decrementAndGet();
        readers.remove(reader);
    }

    private void leaveIfDone() {
        if (closed && !left && calls.areAllAnswered()) {
            left = true;
            context.removeCloseHook(this);
            List.copyOf(readers).forEach(FollowingReader::end);
            whenClosed.apply(this, relay).onComplete(ended);
        }
    }
}
