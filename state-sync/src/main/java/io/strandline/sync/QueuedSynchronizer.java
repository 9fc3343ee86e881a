package io.strandline.sync;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.Missed;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A synchronizer that runs its calls one after the other on one context: queue → decide → encode → append → apply → reply.
 *
 * <p>All fields but {@code local}, which other threads read, belong to that context.
 */
final class QueuedSynchronizer<S, U> implements StateSynchronizer<S, U> {

    private static final Logger LOG = LoggerFactory.getLogger(QueuedSynchronizer.class);

    private final ContextInternal context;
    private final RevisionStore store;
    private final StreamName name;
    private final StateFold<S, U> fold;
    private final SynchronizerOptions options;
    private final UUID writer = UUID.randomUUID();
    private final SplittableRandom random = new SplittableRandom(writer.getLeastSignificantBits());

    private final Deque<Call<?>> waiting = new ArrayDeque<>();
    private final Promise<Void> ended = Promise.promise();
    private @Nullable Call<?> active;
    private boolean draining;
    private boolean closed;

    private volatile Local<S> local;
    private long appends;
    private boolean heard;
    private long heardAtNanos;

    private record Local<S>(Position position, Revisioned<S> revisioned) {

        static <S> Local<S> of(Position position, S state) {
            return new Local<>(position, new Revisioned<>(position.revision(), state));
        }

        long revision() {
            return position.revision();
        }

        S state() {
            return revisioned.state();
        }
    }

    private record Call<R>(Supplier<Future<R>> work, PromiseInternal<R> reply) {

        void finish(AsyncResult<R> result) {
            reply.context().emit(result, reply::handle);
        }

        void refuse(StrandlineException reason) {
            finish(Future.failedFuture(reason));
        }
    }

    private QueuedSynchronizer(
            ContextInternal context,
            RevisionStore store,
            StreamName name,
            StateModel<S, U> model,
            SynchronizerOptions options) {
        this.context = context;
        this.store = store;
        this.name = name;
        this.fold = new StateFold<>(model, store.maxValueBytes());
        this.options = options;
        this.local = Local.of(Position.NONE, model.initial());
    }

    static <S, U> Future<StateSynchronizer<S, U>> open(
            Vertx vertx, RevisionStore store, StreamName name, StateModel<S, U> model, SynchronizerOptions options) {
        options.validate();
        ContextInternal context = ((ContextInternal) vertx.getOrCreateContext()).unwrap();
        QueuedSynchronizer<S, U> opened = new QueuedSynchronizer<>(context, store, name, model, options);
        return opened.fetch().map(state -> opened);
    }

    @Override
    public StreamName name() {
        return name;
    }

    @Override
    public Revisioned<S> state() {
        return local.revisioned();
    }

    @Override
    public Future<Revisioned<S>> fetch() {
        return submit(this::read);
    }

    @Override
    public Future<Revisioned<S>> update(Function<S, List<U>> decide) {
        return submit(() -> {
            Attempts attempts = new Attempts(context, options, random);
            return isStale() ? read().compose(fresh -> attempt(decide, attempts)) : attempt(decide, attempts);
        });
    }

    @Override
    public Future<Revisioned<S>> compareAndSet(long revision, S next) {
        return submit(() -> replace(revision, () -> fold.encodeState(next)));
    }

    @Override
    public Future<Revisioned<S>> compareAndDelete(long revision) {
        return submit(() -> replace(revision, fold::encodeInitial));
    }

    @Override
    public Future<Void> compact() {
        return submit(this::compactHere);
    }

    @Override
    public Future<Void> close() {
        ContextInternal caller = ContextInternal.current();
        PromiseInternal<Void> reply = (caller == null ? context : caller).promise();
        context.emit(v -> {
            closed = true;
            for (Call<?> call = waiting.poll(); call != null; call = waiting.poll()) {
                call.refuse(new StrandlineException.Unavailable("synchronizer of " + name + " was closed"));
            }
            drain();
            ended.future().onComplete(new Call<Void>(ended::future, reply)::finish);
        });
        return reply.future();
    }

    // The queue

    private <R> Future<R> submit(Supplier<Future<R>> work) {
        ContextInternal caller = ContextInternal.current();
        PromiseInternal<R> reply = (caller == null ? context : caller).promise();
        context.emit(v -> enqueue(new Call<>(work, reply)));
        return reply.future();
    }

    private void enqueue(Call<?> call) {
        if (closed) {
            call.refuse(new StrandlineException.Unavailable("synchronizer of " + name + " is closed"));
        } else if (waiting.size() >= options.getMaxWaitingCalls()) {
            call.refuse(new StrandlineException.Overloaded(waiting.size() + " calls wait at the synchronizer of " + name
                    + ", the limit is " + options.getMaxWaitingCalls()));
        } else {
            waiting.add(call);
            drain();
        }
    }

    /** Starts the next call if none is active. A loop, for calls that are done at once must not nest. */
    private void drain() {
        if (draining) {
            return;
        }
        draining = true;
        while (active == null && !waiting.isEmpty()) {
            start(waiting.remove());
        }
        draining = false;
        if (closed && active == null) {
            ended.tryComplete();
        }
    }

    private <R> void start(Call<R> call) {
        active = call;
        resultOf(call.work()).onComplete(result -> {
            active = null;
            call.finish(result);
            drain();
        });
    }

    private static <R> Future<R> resultOf(Supplier<Future<R>> work) {
        try {
            return work.get();
        } catch (Throwable thrown) {
            return Future.failedFuture(thrown);
        }
    }

    // The work of a call

    private Future<Revisioned<S>> read() {
        return answered(
                        store.readSince(name, local.position()),
                        late -> new StrandlineException.Unavailable("read of " + name + " behind revision "
                                + local.revision() + " was not answered in " + late + " ms"))
                .map(missed -> {
                    catchUp(missed);
                    return local.revisioned();
                });
    }

    private Future<Revisioned<S>> attempt(Function<S, List<U>> decide, Attempts attempts) {
        Local<S> seen = local;
        List<U> updates = fold.decide(decide, seen.state());
        Future<Boolean> settled;
        if (updates.isEmpty()) {
            settled = read().map(newest -> local.position().equals(seen.position()));
        } else {
            settled = commit(seen, Revision.Form.CHANGE, fold.encodeUpdates(updates), attempts);
        }
        return settled.compose(done -> done
                ? Future.succeededFuture(local.revisioned())
                : attempts.next(name, local.revision()).compose(go -> attempt(decide, attempts)));
    }

    private Future<Revisioned<S>> replace(long revision, Supplier<byte[]> whole) {
        if (revision > local.revision()) {
            return read().compose(newest -> replaceSeen(revision, whole));
        }
        return replaceSeen(revision, whole);
    }

    private Future<Revisioned<S>> replaceSeen(long revision, Supplier<byte[]> whole) {
        Local<S> seen = local;
        if (seen.revision() != revision) {
            return Future.failedFuture(conflictAt(revision));
        }
        return commit(seen, Revision.Form.WHOLE, whole.get(), new Attempts(context, options, random))
                .compose(done ->
                        done ? Future.succeededFuture(local.revisioned()) : Future.failedFuture(conflictAt(revision)));
    }

    private StrandlineException conflictAt(long revision) {
        return new StrandlineException.Conflict(
                name + " is at revision " + local.revision() + ", expected was " + revision);
    }

    /**
     * Appends behind what was seen. Completes with false if others were faster: the local state holds then what was missed.
     * The new state is folded from the bytes, and before they are sent: what cannot be read back is never appended, and
     * this synchronizer sees just what others will see.
     */
    private Future<Boolean> commit(Local<S> seen, Revision.Form form, byte[] bytes, Attempts attempts) {
        Position next = seen.position().next(new AppendId(writer, ++appends));
        Local<S> after = Local.of(next, fold.apply(seen.state(), next.revision(), bytes));
        return send(seen, new Revision(next, form, bytes), attempts).map(answer -> {
            if (answer instanceof AppendAnswer.Appended appended) {
                local = after;
                compactIfDue(appended.sinceWhole());
                return true;
            }
            catchUp(((AppendAnswer.Refused) answer).missed());
            return false;
        });
    }

    /** Sends an append until it is appended or refused. A repeat is the same append, with the same id. */
    private Future<AppendAnswer> send(Local<S> seen, Revision revision, Attempts attempts) {
        return answered(
                        store.append(name, seen.position(), List.of(revision)),
                        late -> new StrandlineException.Unknown(
                                "append " + revision.position().id() + " to " + name + " as revision "
                                        + revision.number() + " was not answered in " + late + " ms"))
                .compose(
                        answer -> settle(answer, seen, revision, attempts),
                        failure -> failure instanceof StrandlineException.Unknown && attempts.mayRepeat()
                                ? attempts.next(name, local.revision())
                                        .compose(go -> send(seen, revision, attempts))
                                        .recover(again -> Future.failedFuture(isUndone(again) ? failure : again))
                                : Future.failedFuture(failure));
    }

    /** Whether a failure says that nothing was done; said of a repeat, that tells nothing about the append before it. */
    private static boolean isUndone(Throwable failure) {
        return failure instanceof StrandlineException.Unavailable || failure instanceof StrandlineException.Overloaded;
    }

    private Future<AppendAnswer> settle(AppendAnswer answer, Local<S> seen, Revision revision, Attempts attempts) {
        if (answer instanceof AppendAnswer.Full full) {
            if (attempts.areSpent()) {
                return Future.failedFuture(new StrandlineException.Overloaded("the store of " + name + " is full with "
                        + full.updates() + " updates of " + full.bytes() + " bytes"));
            }
            return compactHere()
                    .compose(done -> attempts.next(name, local.revision()))
                    .compose(go -> send(seen, revision, attempts));
        }
        if (answer instanceof AppendAnswer.Undecided undecided) {
            heard = false;
            return Future.failedFuture(new StrandlineException.Unknown("append "
                    + revision.position().id() + " to " + name + " as revision " + revision.number()
                    + " may have been taken: the store is at revision "
                    + undecided.newest().revision() + " and no longer remembers this writer"));
        }
        return Future.succeededFuture(answer);
    }

    private void catchUp(Missed missed) {
        Local<S> before = local;
        boolean goesOn = missed.base().equals(before.position());
        S state = goesOn ? before.state() : fold.initial();
        for (Revision revision : missed.revisions()) {
            state = fold.apply(state, revision.number(), revision.bytes());
        }
        Position newest = missed.newest();
        if (!goesOn && newest.revision() <= before.revision()) {
            LOG.warn(
                    "store of {} lost revisions: it is at {}, this synchronizer had seen {}",
                    name,
                    newest,
                    before.position());
        }
        local = Local.of(newest, state);
    }

    private void compactIfDue(long sinceWhole) {
        // Whoever appends a multiple does it: one of many synchronizers, without talking about it.
        if (sinceWhole > 0 && sinceWhole % options.getCompactAfter() == 0) {
            PromiseInternal<Void> reply = context.promise();
            waiting.addFirst(new Call<>(this::compactHere, reply));
            reply.future()
                    .onFailure(failure -> LOG.warn(
                            "{} at revision {} was not compacted; its store refuses appends when it is full",
                            name,
                            local.revision(),
                            failure));
        }
    }

    private Future<Void> compactHere() {
        Local<S> seen = local;
        if (seen.revision() == 0) {
            return Future.succeededFuture();
        }
        Revision snapshot = new Revision(seen.position(), Revision.Form.WHOLE, fold.encodeState(seen.state()));
        return answered(
                        store.compact(name, snapshot),
                        late -> new StrandlineException.Unknown("snapshot of " + name + " at revision "
                                + seen.revision() + " was not answered in " + late + " ms"))
                .mapEmpty();
    }

    // The way to the store and back

    private boolean isStale() {
        return !heard
                || System.nanoTime() - heardAtNanos > TimeUnit.MILLISECONDS.toNanos(options.getStaleAfterMillis());
    }

    /** Brings an answer of the store to the context, the only switch of a call, and gives it a deadline. */
    private <T> Future<T> answered(Future<T> answer, Function<Long, StrandlineException> late) {
        Promise<T> here = Promise.promise();
        if (answer.isComplete()) {
            take(answer, here);
            return here.future();
        }
        long millis = options.getCallTimeoutMillis();
        long timer = context.setTimer(millis, fired -> take(Future.failedFuture(late.apply(millis)), here));
        answer.onComplete(result -> context.emit(result, arrived -> {
            context.owner().cancelTimer(timer);
            take(arrived, here);
        }));
        return here.future();
    }

    private <T> void take(AsyncResult<T> result, Promise<T> here) {
        if (here.future().isComplete()) {
            return;
        }
        heard = result.succeeded();
        heardAtNanos = System.nanoTime();
        here.handle(result);
    }
}
