package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.Texts;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A memory store with faults for the next appends, one each. A fault decides whether the append is made at all. */
public final class FaultyStore implements RevisionStore {

    /** What happens to an append. */
    public interface Fault {
        Future<AppendAnswer> on(Append append);
    }

    /** An append that was asked for, and can be made. */
    public record Append(RevisionStore store, StreamName name, Position expected, List<Revision> next) {
        public Future<AppendAnswer> get() {
            return store.append(name, expected, next);
        }
    }

    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final List<Integer> batches = new CopyOnWriteArrayList<>();
    private final AtomicInteger reads = new AtomicInteger();
    private final HistoryLimits limits;
    private volatile MemoryRevisionStore kept;
    private volatile UnaryOperator<Future<CatchUp>> reading = UnaryOperator.identity();
    private volatile UnaryOperator<Future<Boolean>> compacting = UnaryOperator.identity();
    private volatile boolean silent;

    public FaultyStore() {
        this(HistoryLimits.DEFAULT);
    }

    FaultyStore(HistoryLimits limits) {
        this.limits = limits;
        this.kept = MemoryRevisionStore.create(limits);
    }

    /** Lays down what happens to the next append that has no fault yet. */
    public void next(Fault fault) {
        faults.add(fault);
    }

    /** An append that is made, and whose answer is lost. */
    static Fault losing() {
        return append -> append.get()
                .compose(answer -> Future.failedFuture(new StrandlineException.Unknown("answer lost for the test")));
    }

    /** An append that is made when the gate opens, not before. */
    public static Fault heldBy(Promise<Void> gate) {
        return append -> gate.future().compose(open -> append.get());
    }

    /** An append that is made and never answered. Reports when it has come. */
    static Fault neverAnswered(Promise<Void> come) {
        return append -> {
            come.complete();
            return append.get()
                    .compose(answer -> Promise.<AppendAnswer>promise().future());
        };
    }

    /**
     * An append that is made when the gate opens. Reports when it has come. Calls that are decided before that may go
     * with it, and appends of others before that may be held in its place.
     */
    static Fault heldBy(Promise<Void> gate, Promise<Void> come) {
        return append -> {
            come.complete();
            return heldBy(gate).on(append);
        };
    }

    /** Lays down what happens to the answers of all reads from now on. */
    void reads(UnaryOperator<Future<CatchUp>> reading) {
        this.reading = reading;
    }

    /** Lays down what happens to the answers of all compactions from now on. */
    void compactions(UnaryOperator<Future<Boolean>> compacting) {
        this.compacting = compacting;
    }

    /** Tells watchers nothing from now on. */
    void tellNothing() {
        silent = true;
    }

    void forgetEverything() {
        kept = MemoryRevisionStore.create(limits);
    }

    /** Sizes of all appends asked for, repetitions included. */
    List<Integer> batches() {
        return batches;
    }

    public int readCount() {
        return reads.get();
    }

    Position newest(StreamName name) {
        return Texts.await(kept.readSince(name, new Position(1, new AppendId(UUID.randomUUID(), 1))))
                .newest();
    }

    @Override
    public int maxValueBytes() {
        return limits.maxValueBytes();
    }

    @Override
    public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
        batches.add(next.size());
        Fault fault = faults.poll();
        Append append = new Append(kept, name, expected, next);
        return fault == null ? append.get() : fault.on(append);
    }

    @Override
    public Future<CatchUp> readSince(StreamName name, Position known) {
        reads.incrementAndGet();
        return reading.apply(kept.readSince(name, known));
    }

    @Override
    public Future<Boolean> compact(StreamName name, Revision snapshot) {
        return compacting.apply(kept.compact(name, snapshot));
    }

    @Override
    public Future<Watch> watch(StreamName name, Runnable news) {
        return kept.watch(name, () -> {
            if (!silent) {
                news.run();
            }
        });
    }
}
