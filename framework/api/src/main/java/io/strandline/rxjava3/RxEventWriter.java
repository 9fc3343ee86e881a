package io.strandline.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link EventWriter} for RxJava. Each append is made when it is subscribed to, once for each subscription, and signals
 * on the writer's context. It may be used from any thread. Appends that one thread subscribes to keep their order.
 */
public final class RxEventWriter<E> {

    private final ContextInternal context;
    private final EventWriter<E> writer;

    RxEventWriter(ContextInternal context, EventWriter<E> writer) {
        this.context = context;
        this.writer = writer;
    }

    /** The writer itself, which belongs to its context. */
    public EventWriter<E> delegate() {
        return writer;
    }

    /** The context of the writer. */
    ContextInternal context() {
        return context;
    }

    /** The stream this writer appends to. */
    public StreamName stream() {
        return writer.stream();
    }

    /**
     * Appends one event.
     *
     * @see EventWriter#append(String, Object)
     */
    public Single<Appended> append(@Nullable String key, E event) {
        return Subscribed.single(context, () -> writer.append(key, event));
    }

    /**
     * Appends one event without a routing key.
     *
     * @see EventWriter#append(Object)
     */
    public Single<Appended> append(E event) {
        return Subscribed.single(context, () -> writer.append(event));
    }

    /**
     * Appends one event under the application's own number.
     *
     * @see EventWriter#append(String, Object, Sequence)
     */
    public Single<Appended> append(@Nullable String key, E event, Sequence sequence) {
        return Subscribed.single(context, () -> writer.append(key, event, sequence));
    }

    /**
     * Appends one event with its headers.
     *
     * @see EventWriter#append(NewEvent)
     */
    public Single<Appended> append(NewEvent<E> event) {
        return Subscribed.single(context, () -> writer.append(event));
    }

    /**
     * Appends events with one routing key and the same headers atomically.
     *
     * @see EventWriter#appendBatch(String, List, Headers)
     */
    public Single<Appended> appendBatch(@Nullable String key, List<E> events, Headers headers) {
        return Subscribed.single(context, () -> writer.appendBatch(key, events, headers));
    }

    /**
     * Appends events with the same headers atomically if the next offset is the expected one.
     *
     * @see EventWriter#appendIf(String, List, long, Headers)
     */
    public Single<Appended> appendIf(String key, List<E> events, long expectedOffset, Headers headers) {
        return Subscribed.single(context, () -> writer.appendIf(key, events, expectedOffset, headers));
    }

    /**
     * Appends events with the same headers atomically if their key has no event after a position.
     *
     * @see EventWriter#appendIfUnchanged(String, List, StreamCut, Headers)
     */
    public Single<Appended> appendIfUnchanged(String key, List<E> events, StreamCut since, Headers headers) {
        return Subscribed.single(context, () -> writer.appendIfUnchanged(key, events, since, headers));
    }

    /**
     * Appends events with the same headers atomically if neither their key nor others have an event after a position.
     *
     * @see EventWriter#appendIfUnchanged(String, List, StreamCut, List, Headers)
     */
    public Single<Appended> appendIfUnchanged(
            String key, List<E> events, StreamCut since, List<KeyCondition> others, Headers headers) {
        return Subscribed.single(context, () -> writer.appendIfUnchanged(key, events, since, others, headers));
    }

    /**
     * Appends events atomically if their key has no event after a position.
     *
     * @see EventWriter#appendIfUnchanged(String, List, StreamCut)
     */
    public Single<Appended> appendIfUnchanged(String key, List<E> events, StreamCut since) {
        return Subscribed.single(context, () -> writer.appendIfUnchanged(key, events, since));
    }

    /**
     * Appends events with one routing key atomically.
     *
     * @see EventWriter#appendBatch(String, List)
     */
    public Single<Appended> appendBatch(@Nullable String key, List<E> events) {
        return Subscribed.single(context, () -> writer.appendBatch(key, events));
    }

    /**
     * Appends events atomically if the next offset is the expected one.
     *
     * @see EventWriter#appendIf(String, List, long)
     */
    public Single<Appended> appendIf(String key, List<E> events, long expectedOffset) {
        return Subscribed.single(context, () -> writer.appendIf(key, events, expectedOffset));
    }

    /**
     * Proves that the writer still holds its claim.
     *
     * @see EventWriter#barrier
     */
    public Completable barrier() {
        return Subscribed.completable(context, writer::barrier);
    }

    /**
     * Generation of the claim of this writer.
     *
     * @see EventWriter#claimGeneration
     */
    public long claimGeneration() {
        return writer.claimGeneration();
    }

    /**
     * Appends all events in their order, and completes when all are durable. It requests more only while the writer is
     * not full, and uses the writer's drain handler meanwhile. On the first append that fails it cancels its source and
     * fails. Later events that were already handed to the writer may still be appended.
     */
    public Completable appendAll(Flowable<NewEvent<E>> events) {
        return Completable.create(emitter -> {
            AppendAll<E> all = new AppendAll<>(context, writer, emitter);
            emitter.setCancellable(all::cancel);
            events.subscribe(all);
        });
    }

    /**
     * How many appends have failed so far.
     *
     * @see EventWriter#failedAppends
     */
    public long failedAppends() {
        return writer.failedAppends();
    }

    /**
     * Why the first of them has failed, or null.
     *
     * @see EventWriter#firstFailure
     */
    public @Nullable StrandlineException firstFailure() {
        return writer.firstFailure();
    }

    /** Completes when every append made before has completed or failed. */
    public Completable flush() {
        return Subscribed.completable(context, writer::flush);
    }

    /** Flushes and closes the writer. */
    public Completable end() {
        return Subscribed.completable(context, writer::end);
    }
}
