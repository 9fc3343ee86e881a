package io.strandline.processing.pipeline.impl;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.ReaderOptions;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One process that uses a {@link MemoryLog}. After {@link #crash()} nothing that it does reaches the log or comes back
 * from it any more.
 */
final class MemoryStrandline extends PartialLog {

    final Vertx vertx;
    final MemoryLog log;
    /** Options of the writers that were opened, by their ids. */
    final Map<String, WriterOptions> writers = new ConcurrentHashMap<>();

    private static final AtomicLong ANONYMOUS = new AtomicLong();

    private final Promise<Void> crash = Promise.promise();
    private volatile boolean crashed;
    private volatile String slow = "";
    private volatile long slowMillis;
    private volatile long lost = -1;
    private volatile String refusedCall = "";
    private final AtomicInteger refusals = new AtomicInteger();
    private volatile String heldCall = "";
    private volatile Future<Void> heldUntil = Future.succeededFuture();
    private volatile Consumer<String> watcher = call -> {};
    private volatile Consumer<String> acceptWatcher = stream -> {};

    MemoryStrandline(Vertx vertx, MemoryLog log) {
        this.vertx = vertx;
        this.log = log;
    }

    /** Returns false if it had crashed before. */
    boolean crash() {
        crashed = true;
        return crash.tryComplete();
    }

    /** What each step is to run so that the process crashes at one of them, counted from 0 among the steps of all tasks. */
    Runnable crashingAt(int step) {
        AtomicInteger steps = new AtomicInteger();
        return () -> {
            if (steps.getAndIncrement() == step) {
                crash();
            }
        };
    }

    /** Completes when the process crashes. */
    Future<Void> untilCrash() {
        return crash.future();
    }

    boolean crashed() {
        return crashed;
    }

    /** Has appends to a stream take some time. */
    void slow(String stream, long millis) {
        slow = stream;
        slowMillis = millis;
    }

    long latencyOf(StreamName stream) {
        return stream.toString().equals(slow) ? slowMillis : 0;
    }

    /** Has readers of the source lose the event at an offset of each partition. */
    void lose(long offset) {
        lost = offset;
    }

    boolean losesEvent(StreamName stream, long offset) {
        return offset == lost && stream.toString().equals(Ledger.SOURCE);
    }

    /**
     * Has the next call of a kind wait until a future completes, and fail if that fails.
     *
     * @param call a note of a subscriber, or the opening of a writer, as {@link #watch} names it
     */
    void hold(String call, Future<Void> until) {
        heldUntil = until;
        heldCall = call;
    }

    /** Whether that call has come. */
    boolean isHolding() {
        return heldCall.isEmpty();
    }

    /**
     * Has the next calls of a kind fail with Unavailable.
     *
     * @param call as for {@link #hold}, a subscription, or {@code startCut} and a stream
     */
    void refuse(String call, int times) {
        refusals.set(times);
        refusedCall = call;
    }

    /** How many of them have not come. */
    int refusalsLeft() {
        return Math.max(0, refusals.get());
    }

    private Future<Void> passageOf(String call) {
        if (call.equals(refusedCall) && refusals.getAndDecrement() > 0) {
            return Future.failedFuture(new StrandlineException.Unavailable("refused: " + call));
        }
        if (!call.equals(heldCall)) {
            return Future.succeededFuture();
        }
        Promise<Void> passage = ((ContextInternal) vertx.getOrCreateContext()).promise();
        heldUntil.onComplete(passage);
        heldCall = "";
        return passage.future();
    }

    /** Called for each call that the log is about to take. */
    void watch(Consumer<String> watcher) {
        this.watcher = watcher;
    }

    /** Called for each event that a writer of a stream has taken, and that the log does not have yet. */
    void watchAccepted(Consumer<String> watcher) {
        acceptWatcher = watcher;
    }

    void accepted(String stream) {
        if (!crashed) {
            acceptWatcher.accept(stream);
        }
    }

    void called(String what) {
        if (!crashed) {
            watcher.accept(what);
        }
    }

    private <T> Future<T> answer(Supplier<T> call) {
        ContextInternal caller = (ContextInternal) vertx.getOrCreateContext();
        Promise<T> promise = caller.promise();
        if (!crashed) {
            try {
                promise.complete(call.get());
            } catch (RuntimeException e) {
                promise.fail(e);
            }
        }
        return promise.future();
    }

    @Override
    public <E> Future<EventWriter<E>> createWriter(String stream, EventCodec<E> codec, WriterOptions options) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        String id = Objects.requireNonNullElseGet(options.getId(), () -> "anonymous-" + ANONYMOUS.incrementAndGet());
        String call = "createWriter " + (options.getId() == null ? "anonymous" : id);
        called(call);
        writers.put(id, options);
        return passageOf(call)
                .compose(open -> answer(() -> new MemoryWriter<>(
                        this, context, StreamName.parse(stream), codec, id, log.admit(stream, id), options)));
    }

    @Override
    public <E> Future<EventReader<E>> read(String stream, EventCodec<E> codec, ReaderOptions options) {
        return answer(() -> reader(stream, codec, options, log.endCut(stream).offsets()));
    }

    @Override
    public <E> Future<EventReader<E>> subscribe(String stream, EventCodec<E> codec, ReaderOptions options) {
        called("subscribe " + stream);
        return passageOf("subscribe " + stream)
                .compose(open -> answer(() -> reader(stream, codec, options, new TreeMap<>())));
    }

    private <E> EventReader<E> reader(
            String stream, EventCodec<E> codec, ReaderOptions options, SortedMap<Long, Long> ends) {
        SortedMap<Long, Long> from = new TreeMap<>(
                options.getFrom() instanceof StartPosition.Cut cut
                        ? cut.cut().offsets()
                        : log.startCut(stream).offsets());
        from.forEach((partition, offset) -> log.read(stream, partition, offset));
        return new MemoryReader<>(
                this, (ContextInternal) vertx.getOrCreateContext(), StreamName.parse(stream), codec, from, ends);
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    @Override
    public Future<Boolean> createScope(String scope) {
        return answer(() -> log.createScope(scope));
    }

    @Override
    public Future<StreamDescription> createStream(String stream, StreamOptions options) {
        return answer(() -> log.createStream(stream, options));
    }

    @Override
    public Future<StreamDescription> describe(String stream) {
        called("describe " + stream);
        return answer(() -> log.describe(stream));
    }

    @Override
    public Future<List<StreamName>> streams(String scope) {
        return answer(() -> log.streamsOf(scope).stream().map(StreamName::parse).toList());
    }

    @Override
    public Future<Void> deleteStream(String stream) {
        called("deleteStream " + stream);
        return this.<Boolean>answer(() -> {
                    log.deleteStream(stream);
                    return true;
                })
                .mapEmpty();
    }

    @Override
    public Future<StreamCut> startCut(String stream) {
        return passageOf("startCut " + stream).compose(open -> answer(() -> log.startCut(stream)));
    }

    @Override
    public Future<StreamCut> endCut(String stream) {
        return answer(() -> log.endCut(stream));
    }

    @Override
    public Future<StreamPolicies> policies(String stream) {
        return answer(() -> new StreamPolicies(ScalingPolicy.fixed(), Retention.everything()));
    }

    @Override
    public Future<Long> stampsAheadMillis(String stream) {
        return answer(() -> 0L);
    }

    @Override
    public Future<Void> truncate(String stream, StreamCut before) {
        return this.<Boolean>answer(() -> {
                    log.truncate(stream, before);
                    return true;
                })
                .mapEmpty();
    }

    @Override
    public Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open) {
        return answer(() -> log.scale(stream, seal, open, 0));
    }

    @Override
    public Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed) {
        called("note " + subscriber);
        return passageOf("note " + subscriber).compose(open -> this.<Boolean>answer(() -> {
                    log.commitConsumed(stream, subscriber, consumed);
                    return true;
                })
                .mapEmpty());
    }

    @Override
    public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
        called("forget " + subscriber);
        return answer(() -> log.forgetSubscriber(stream, subscriber));
    }

    @Override
    public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
        return answer(() -> new TreeMap<>(log.subscribers(stream)));
    }

    @Override
    public Future<Void> retireWriter(String stream, String writerId) {
        called("retireWriter " + writerId);
        return this.<Boolean>answer(() -> {
                    log.retireWriter(stream, writerId);
                    return true;
                })
                .mapEmpty();
    }
}
