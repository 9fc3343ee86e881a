package io.strandline.log.impl.catalog;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.shard.Shard;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.CatalogState;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the catalog's state at shard 0, logs changes of it there, and decides which of them run at the same time: a change of
 * the whole catalog runs alone, and changes that concern one key each run beside those of other keys. They begin in the order
 * in which they were asked for.
 */
public final class CatalogChanges {

    /** Changes that may wait for those before them. */
    static final int MAX_WAITING_CHANGES = 10_000;

    /** Changes of single keys that run at the same time. As many share one group of frames. */
    static final int MAX_BESIDE = 256;

    private final ShardHost[] shards;
    private final Supplier<Future<Void>> settled;

    /** Changes that wait for those before. Like all that follows, accessed on shard 0's executor only. */
    private final ArrayDeque<Change<?>> waiting = new ArrayDeque<>();

    /** Keys of the changes that run beside each other. */
    private final Set<String> keys = new HashSet<>();

    private boolean isOneAlone;

    /** Changes that ended as Unknown, so that what they have queued was not known to be durable or gone. */
    private long doubts;

    /** How many of them are known by now. */
    private long doubtsResolved;

    /**
     * A change that was asked for.
     *
     * @param key what it concerns, or null if it runs alone
     * @param mayRunBeside whether it may run beside others
     */
    private record Change<T>(
            @Nullable String key,
            Supplier<Future<Boolean>> mayRunBeside,
            Supplier<Future<T>> action,
            Promise<T> promise) {

        Change<T> alone() {
            return new Change<>(null, mayRunBeside, action, promise);
        }
    }

    /** @param shards all shards of the log */
    public CatalogChanges(ShardHost[] shards) {
        this(shards, () -> shards[0].call(Shard::settled));
    }

    /** @param settled when what is queued at shard 0 now is durable or gone */
    CatalogChanges(ShardHost[] shards, Supplier<Future<Void>> settled) {
        this.shards = shards;
        this.settled = settled;
    }

    private ShardHost home() {
        return shards[0];
    }

    /** Runs a change alone, when all before it are done. */
    public <T> Future<T> change(Supplier<Future<T>> action) {
        return run(new Change<>(null, () -> Future.succeededFuture(false), action, Promise.promise()));
    }

    /**
     * Runs a change that concerns one key, beside those of other keys. All changes of its key that were asked for before it are
     * done then, and all that run alone.
     *
     * @param mayRunBeside is asked when its turn has come. If not, it runs alone, before the next one of its key
     */
    <T> Future<T> changeBeside(String key, Supplier<Future<Boolean>> mayRunBeside, Supplier<Future<T>> action) {
        return run(new Change<>(key, mayRunBeside, action, Promise.promise()));
    }

    private <T> Future<T> run(Change<T> change) {
        home().execute(() -> {
            if (waiting.size() >= MAX_WAITING_CHANGES) {
                Answers.fail(
                        change.promise(),
                        new StrandlineException.Overloaded(
                                waiting.size() + " changes of the catalog wait, the limit is " + MAX_WAITING_CHANGES));
                return;
            }
            waiting.add(change);
            runNext();
        });
        return change.promise().future();
    }

    private void runNext() {
        while (!waiting.isEmpty() && mayBegin(waiting.element().key())) {
            begin(waiting.remove());
        }
    }

    private boolean mayBegin(@Nullable String key) {
        if (key == null) {
            return !isOneAlone && keys.isEmpty();
        }
        return !isOneAlone && keys.size() < MAX_BESIDE && !keys.contains(key);
    }

    private <T> void begin(Change<T> change) {
        String key = change.key();
        if (key == null) {
            isOneAlone = true;
            act(change);
            return;
        }
        keys.add(key);
        whenKnown(change.mayRunBeside()).onComplete((mayRunBeside, failure) -> home().execute(() -> {
            if (mayRunBeside == null) {
                ended(change, Future.failedFuture(failure));
            } else if (mayRunBeside) {
                act(change);
            } else {
                // Its turn has come, so it goes before all that wait.
                keys.remove(key);
                waiting.addFirst(change.alone());
                runNext();
            }
        }));
    }

    private <T> void act(Change<T> change) {
        whenKnown(change.action()).onComplete(result -> home().execute(() -> ended(change, result)));
    }

    /** An exception in a change ends that change alone. What it has queued by then is as uncertain as after Unknown. */
    private <T> Future<T> whenKnown(Supplier<Future<T>> action) {
        return doubts > doubtsResolved ? known().compose(known -> action.get()) : Answers.of(action);
    }

    private <T> void ended(Change<T> change, AsyncResult<T> result) {
        if (result.failed() && isDoubt(result.cause())) {
            doubts++;
        }
        String key = change.key();
        if (key == null) {
            isOneAlone = false;
        } else {
            keys.remove(key);
        }
        Answers.handle(change.promise(), result);
        runNext();
    }

    private static boolean isDoubt(Throwable cause) {
        return cause instanceof StrandlineException.Unknown || !(cause instanceof StrandlineException);
    }

    /** What a change of unknown outcome has queued may become durable yet: nothing is decided before that is known. */
    private Future<Void> known() {
        long until = doubts;
        return settled.get().onSuccess(known -> doubtsResolved = Math.max(doubtsResolved, until));
    }

    /** Queries the applied state. Fails with the exception that the question throws, if any. */
    public <T> Future<T> query(Function<CatalogState, T> question) {
        return home().call(shard -> {
            try {
                return Future.succeededFuture(question.apply(shard.state().catalog()));
            } catch (Throwable e) {
                // A question changes nothing, so that what it throws is its own affair.
                return Future.failedFuture(e);
            }
        });
    }

    /** Completes when the records are durable and applied. */
    Future<Void> log(ControlRecord... records) {
        return home().call(shard -> shard.change(List.of(records)));
    }

    Future<StreamDescription> describe(StreamName name) {
        return query(catalog -> described(catalog, name));
    }

    /**
     * A stream.
     *
     * @throws StrandlineException.NotFound if it does not exist
     */
    static StreamDescription described(CatalogState catalog, StreamName name) {
        StreamDescription stream = catalog.streams().get(name);
        if (stream == null) {
            throw new StrandlineException.NotFound("stream " + name + " does not exist");
        }
        return stream;
    }
}
