package io.strandline.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.Decided;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.HistoryOptions;
import io.strandline.OnTruncated;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineOptions;
import io.strandline.Truncation;
import io.strandline.Versioned;
import io.strandline.WriterOptions;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * {@link Strandline} for RxJava: each call is made when it is subscribed to, and each subscription makes its own.
 *
 * <p>With the generated Vert.x API for RxJava, pass {@code vertx.getDelegate()}.
 */
public final class RxStrandline {

    private final Vertx vertx;
    private final Strandline log;

    private RxStrandline(Vertx vertx, Strandline log) {
        this.vertx = vertx;
        this.log = log;
    }

    /**
     * Opens the log at an address.
     *
     * @see Strandline#open(Vertx, String, StrandlineOptions)
     */
    public static Single<RxStrandline> open(Vertx vertx, String address, StrandlineOptions options) {
        StrandlineOptions own = new StrandlineOptions(options);
        return Subscribed.single(() -> Strandline.open(vertx, address, own)).map(log -> of(vertx, log));
    }

    /** The same log, seen through RxJava. */
    public static RxStrandline of(Vertx vertx, Strandline log) {
        return new RxStrandline(vertx, log);
    }

    /** The log itself. */
    public Strandline delegate() {
        return log;
    }

    /** The scopes and streams of this log. */
    public RxCatalog catalog() {
        return new RxCatalog(log.catalog());
    }

    /**
     * Creates a writer on the context of the subscriber.
     *
     * @see Strandline#createWriter(String, EventCodec, WriterOptions)
     */
    public <E> Single<RxEventWriter<E>> createWriter(String stream, EventCodec<E> codec, WriterOptions options) {
        WriterOptions own = new WriterOptions(options);
        return Single.defer(() -> {
            ContextInternal context = context();
            return Subscribed.single(context, () -> log.createWriter(stream, codec, own))
                    .map(writer -> new RxEventWriter<>(context, writer));
        });
    }

    /**
     * As {@link #createWriter(String, EventCodec, WriterOptions)}, with the default options.
     *
     * @see Strandline#createWriter(String, EventCodec)
     */
    public <E> Single<RxEventWriter<E>> createWriter(String stream, EventCodec<E> codec) {
        return createWriter(stream, codec, new WriterOptions());
    }

    /**
     * Reads a stream up to the end that it has when the subscription begins. Events are read as they are requested, and
     * cancelling closes the reader. Everything is signalled on the context of the subscriber.
     *
     * @see Strandline#read(String, EventCodec, ReaderOptions)
     */
    public <E> Flowable<EventRecord<E>> read(String stream, EventCodec<E> codec, ReaderOptions options) {
        ReaderOptions own = new ReaderOptions(options);
        return new ReaderFlowable<>(this::context, () -> log.read(stream, codec, own));
    }

    /**
     * As {@link #read(String, EventCodec, ReaderOptions)}, with the default options.
     *
     * @see Strandline#read(String, EventCodec)
     */
    public <E> Flowable<EventRecord<E>> read(String stream, EventCodec<E> codec) {
        return read(stream, codec, new ReaderOptions());
    }

    /**
     * As {@link #read(String, EventCodec, ReaderOptions)}, but without end.
     *
     * @see Strandline#subscribe(String, EventCodec, ReaderOptions)
     */
    public <E> Flowable<EventRecord<E>> subscribe(String stream, EventCodec<E> codec, ReaderOptions options) {
        ReaderOptions own = new ReaderOptions(options);
        return new ReaderFlowable<>(this::context, () -> log.subscribe(stream, codec, own));
    }

    /**
     * As {@link #subscribe(String, EventCodec, ReaderOptions)}, with the default options.
     *
     * @see Strandline#subscribe(String, EventCodec)
     */
    public <E> Flowable<EventRecord<E>> subscribe(String stream, EventCodec<E> codec) {
        return subscribe(stream, codec, new ReaderOptions());
    }

    /**
     * As {@link #read(String, EventCodec, ReaderOptions)}, but also reports events that were removed before they were
     * read, if {@link OnTruncated#SKIP} was chosen.
     *
     * @param skipped called on the context of the subscriber, between the events before the gap and those after it,
     *     regardless of demand. An exception that it throws ends the subscription
     * @see EventReader#truncationHandler
     */
    public <E> Flowable<EventRecord<E>> read(
            String stream, EventCodec<E> codec, ReaderOptions options, Consumer<Truncation> skipped) {
        ReaderOptions own = new ReaderOptions(options);
        return new ReaderFlowable<>(this::context, () -> log.read(stream, codec, own), skipped);
    }

    /**
     * As {@link #read(String, EventCodec, ReaderOptions, Consumer)}, but without end.
     *
     * @see Strandline#subscribe(String, EventCodec, ReaderOptions)
     */
    public <E> Flowable<EventRecord<E>> subscribe(
            String stream, EventCodec<E> codec, ReaderOptions options, Consumer<Truncation> skipped) {
        ReaderOptions own = new ReaderOptions(options);
        return new ReaderFlowable<>(this::context, () -> log.subscribe(stream, codec, own), skipped);
    }

    /**
     * Reads the events of one key. Events are read as they are requested, and cancelling closes the reader. Everything is
     * signalled on the context of the subscriber.
     *
     * @see Strandline#history(String, String, EventCodec, HistoryOptions)
     */
    public <E> Flowable<EventRecord<E>> history(
            String stream, String key, EventCodec<E> codec, HistoryOptions options) {
        HistoryOptions own = new HistoryOptions(options);
        return new ReaderFlowable<>(this::context, () -> log.history(stream, key, codec, own));
    }

    /**
     * As {@link #history(String, String, EventCodec, HistoryOptions)}, with the default options.
     *
     * @see Strandline#history(String, String, EventCodec)
     */
    public <E> Flowable<EventRecord<E>> history(String stream, String key, EventCodec<E> codec) {
        return history(stream, key, codec, new HistoryOptions());
    }

    /**
     * Computes a state from all events of one key, on the context of the subscriber.
     *
     * @see Strandline#fold
     */
    public <E, S> Single<Versioned<S>> fold(
            String stream, String key, EventCodec<E> codec, S initial, BiFunction<S, E, S> evolve) {
        return Single.defer(() -> Subscribed.single(context(), () -> log.fold(stream, key, codec, initial, evolve)));
    }

    /**
     * Decides on the history of one key, on the context of the writer.
     *
     * @see Strandline#decide
     */
    public <E, S> Single<Decided<E, S>> decide(
            RxEventWriter<E> writer,
            EventCodec<E> codec,
            String key,
            S initial,
            BiFunction<S, E, S> evolve,
            Function<S, List<E>> decide) {
        return Subscribed.single(
                writer.context(), () -> log.decide(writer.delegate(), codec, key, initial, evolve, decide));
    }

    /** The transactions of this log. */
    public RxTransactions transactions() {
        return new RxTransactions(this::context, log.transactions());
    }

    /**
     * Closes the log.
     *
     * @see Strandline#close
     */
    public Completable close() {
        return Subscribed.completable(log::close);
    }

    private ContextInternal context() {
        return (ContextInternal) vertx.getOrCreateContext();
    }
}
