package io.strandline.log.impl.catalog;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.shard.Shard;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.CatalogState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** Asks the catalog's state at shard 0, logs changes of it there, and runs them one after the other. */
public final class CatalogChanges {

    /** Changes that may wait for the one before them. */
    static final int MAX_WAITING_CHANGES = 10_000;

    private final ShardHost[] shards;

    /** Changes that wait for the one before. Accessed on shard 0's executor only. */
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    private boolean busy;

    /** A change ended as Unknown, and what it has queued is not known to be durable or gone. */
    private boolean isDoubtful;

    /** @param shards shards of the log. The array may be filled later, before the first call */
    public CatalogChanges(ShardHost[] shards) {
        this.shards = shards;
    }

    private ShardHost home() {
        return shards[0];
    }

    /** Runs a change when all before it are done. */
    public <T> Future<T> change(Supplier<Future<T>> action) {
        Promise<T> promise = Promise.promise();
        home().execute(() -> {
            if (waiting.size() >= MAX_WAITING_CHANGES) {
                Answers.fail(
                        promise,
                        new StrandlineException.Overloaded(
                                waiting.size() + " changes of the catalog wait, the limit is " + MAX_WAITING_CHANGES));
                return;
            }
            // An exception in a change ends that change alone. What it has queued by then is as uncertain as after
            // Unknown.
            waiting.add(() -> (isDoubtful ? known().compose(known -> action.get()) : Answers.of(action))
                    .onComplete(result -> home().execute(() -> {
                        isDoubtful |= result.failed() && isDoubt(result.cause());
                        busy = false;
                        Answers.handle(promise, result);
                        runNext();
                    })));
            runNext();
        });
        return promise.future();
    }

    private static boolean isDoubt(Throwable cause) {
        return cause instanceof StrandlineException.Unknown || !(cause instanceof StrandlineException);
    }

    /** What a change of unknown outcome has queued may become durable yet: nothing is decided before that is known. */
    private Future<Void> known() {
        return home().call(Shard::settled).onSuccess(settled -> isDoubtful = false);
    }

    private void runNext() {
        if (!busy && !waiting.isEmpty()) {
            busy = true;
            waiting.remove().run();
        }
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
        return query(catalog -> {
            StreamDescription stream = catalog.streams().get(name);
            if (stream == null) {
                throw new StrandlineException.NotFound("stream " + name + " does not exist");
            }
            return stream;
        });
    }
}
