package io.strandline.processing.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.disposables.Disposable;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.Truncation;
import io.strandline.processing.group.GroupBatch;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** {@link GroupReader} for RxJava: it belongs to the context on which it joined. */
public final class RxGroupReader<E> {

    private final GroupReader<E> reader;

    RxGroupReader(GroupReader<E> reader) {
        this.reader = reader;
    }

    /** The reader itself. */
    public GroupReader<E> delegate() {
        return reader;
    }

    /**
     * Processes events until the reader ends: completes when it has left or the group has come to its end, and fails with what
     * stopped it. To be subscribed to on the context of the reader. Disposing of it, from any thread, lets the reader leave: what
     * is at the handler is finished, and nothing is handed over afterwards.
     *
     * @param handler an event is processed when what it returns completes
     * @see GroupReader#handler
     */
    public Completable process(Function<GroupEvent<E>, Completable> handler) {
        return begin(() -> reader.handler(event -> future(handler.apply(event))));
    }

    /**
     * As {@link #process}, with events in batches.
     *
     * @param handler a batch is processed when what it returns completes
     * @see GroupReader#batchHandler
     */
    public Completable processBatches(Function<GroupBatch<E>, Completable> handler) {
        return begin(() -> reader.batchHandler(batch -> future(handler.apply(batch))));
    }

    private Completable begin(Runnable start) {
        return Completable.create(emitter -> {
            Context context = Vertx.currentContext();
            emitter.setCancellable(() -> {
                if (context != null) {
                    context.runOnContext(disposed -> reader.close());
                }
            });
            reader.ended().onComplete(done -> emitter.onComplete(), emitter::tryOnError);
            start.run();
        });
    }

    /**
     * Called when events were removed before the group had read them. Must be set before {@link #process} is subscribed
     * to.
     *
     * @see GroupReader#truncationHandler
     */
    public RxGroupReader<E> truncationHandler(Consumer<Truncation> handler) {
        reader.truncationHandler(handler::accept);
        return this;
    }

    /**
     * Called for each checkpoint of the group, between two events. Must be set before {@link #process} is subscribed to.
     *
     * @param handler nothing is delivered until the returned completable completes
     * @see GroupReader#boundaryHandler
     */
    public RxGroupReader<E> boundaryHandler(Function<GroupReader.Boundary, Completable> handler) {
        reader.boundaryHandler(boundary -> future(handler.apply(boundary)));
        return this;
    }

    /**
     * Called when a partition has come to the reader, before any of its events. Must be set before {@link #process} is
     * subscribed to.
     *
     * @param handler no event of the partition is delivered until the returned completable completes
     * @see GroupReader#partitionGainedHandler
     */
    public RxGroupReader<E> partitionGainedHandler(Function<GroupReader.Gained, Completable> handler) {
        reader.partitionGainedHandler(gained -> future(handler.apply(gained)));
        return this;
    }

    /**
     * Called when a partition is no longer the reader's. Must be set before {@link #process} is subscribed to.
     *
     * @see GroupReader#partitionLostHandler
     */
    public RxGroupReader<E> partitionLostHandler(Consumer<GroupReader.Lost> handler) {
        reader.partitionLostHandler(handler::accept);
        return this;
    }

    /** The options of the group that this reader uses now. */
    public GroupOptions options() {
        return reader.options();
    }

    /** For each partition that it has, the offset after the last event that it has processed. */
    public SortedMap<StreamName, StreamCut> position() {
        return reader.position();
    }

    /**
     * Commits the positions now.
     *
     * @see GroupReader#commit
     */
    public Completable commit() {
        return RxReaderGroup.completable(reader::commit);
    }

    /**
     * Gives its partitions back.
     *
     * @see GroupReader#close
     */
    public Completable close() {
        return RxReaderGroup.completable(reader::close);
    }

    static Future<Void> future(Completable completable) {
        Promise<Void> promise = Promise.promise();
        Disposable subscription = completable.subscribe(promise::complete, promise::fail);
        return promise.future().onFailure(failed -> subscription.dispose());
    }
}
