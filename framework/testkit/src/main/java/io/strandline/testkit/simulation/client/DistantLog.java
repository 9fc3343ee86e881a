package io.strandline.testkit.simulation.client;

import io.strandline.Catalog;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.LogPort;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.RetryTime;
import io.strandline.spi.TransactionPort;
import io.strandline.spi.WriterGrant;
import io.strandline.testkit.SimulatedScheduler;
import io.strandline.testkit.SimulatedScheduler.ClientThread;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A log as a client in another process has it: each call and each answer takes its time, and either may be lost. It outlives
 * the log's process, and serves again when the log is opened again.
 *
 * <p>It keeps what {@link LogPort} orders. Parcels for one shard arrive in the order of the calls. A parcel whose future has
 * failed has arrived or never does. Answers come in any order.
 */
public final class DistantLog implements LogPort {

    /** After this time without an answer a call fails with Unknown, in milliseconds. */
    public static final long ANSWER_MILLIS = 3_000;

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long LATE_MILLIS = 4_000;
    private static final int CALLS_PER_SABOTAGE = 20;

    /** What happens to a call. */
    private enum Fate {
        ARRIVES,
        REFUSED,
        LOST,
        ANSWER_LOST,
        REPEATED
    }

    private final SimulatedScheduler scheduler;
    private final ClientThread thread;
    private final SplittableRandom random;
    private final RetryTime time;
    private final long[] arrivals;
    private final int maxEventBytes;
    private final Sabotage sabotage;
    private final int callsPerTrouble;
    private final int longestMicros;
    private final Catalog catalog;
    private final Set<Call<?>> calls = new LinkedHashSet<>();
    private @Nullable LogPort log;
    private BooleanSupplier gone = () -> true;
    private boolean calm;
    private long lateUntil = Long.MIN_VALUE;

    /**
     * A link to a log that is not open yet.
     *
     * @param name of its thread
     * @param sabotage what it does at times though it may not
     */
    public DistantLog(
            SimulatedScheduler scheduler,
            String name,
            SplittableRandom random,
            int shards,
            int maxEventBytes,
            Sabotage sabotage) {
        this.scheduler = scheduler;
        this.thread = scheduler.client(name);
        this.random = random;
        this.time = RetryTime.seeded(scheduler::monotonicNanos, random.nextLong());
        this.arrivals = new long[shards + 1];
        this.maxEventBytes = maxEventBytes;
        this.sabotage = sabotage;
        // Some links are good and fast, some are bad and slow.
        this.callsPerTrouble = 3 << random.nextInt(7);
        this.longestMicros = 50 << random.nextInt(11);
        this.catalog = (Catalog) Proxy.newProxyInstance(
                Catalog.class.getClassLoader(),
                new Class<?>[] {Catalog.class},
                (proxy, method, arguments) -> call(last(), port -> invoke(method, port.catalog(), arguments)));
    }

    private static Future<?> invoke(Method method, Catalog catalog, Object[] arguments) {
        try {
            return (Future<?>) method.invoke(catalog, arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(method + " of the catalog threw", e);
        }
    }

    /** A call that is not answered. */
    private static final class Call<T> {

        private final Promise<T> promise = Promise.promise();
        private boolean over;
    }

    // ---- the link

    /** The log is open. {@code isGone} tells when its machine is. */
    public void connect(LogPort opened, BooleanSupplier isGone) {
        log = opened;
        gone = isGone;
    }

    /** The process of the log is gone. What is not answered is unknown. */
    public void disconnect() {
        log = null;
        gone = () -> true;
        reset();
    }

    /** The link breaks, and is there again at once. */
    public void reset() {
        List<Call<?>> broken = List.copyOf(calls);
        broken.forEach(this::leave);
        thread.execute(() -> broken.forEach(call -> fail(call, "the link is broken")));
    }

    /** From now on nothing is lost. */
    public void calm() {
        calm = true;
    }

    /** The process of the client is gone. What it has sent may still arrive. */
    public void abandon() {
        calls.forEach(call -> call.over = random.nextBoolean());
        calls.clear();
    }

    /** Nothing is on its way any more. */
    public void end() {
        thread.end();
    }

    private void leave(Call<?> call) {
        call.over = true;
        calls.remove(call);
    }

    private static void fail(Call<?> call, String why) {
        call.promise.tryFail(new StrandlineException.Unknown(why));
    }

    private int last() {
        return arrivals.length - 1;
    }

    private <T> Future<T> call(int order, Function<LogPort, Future<T>> ask) {
        return call(order, ask, null);
    }

    /** @param repeat asks a second time, or null for a call that a link must not repeat by itself */
    private <T> Future<T> call(
            int order, Function<LogPort, Future<T>> ask, @Nullable Function<LogPort, Future<T>> repeat) {
        Call<T> call = new Call<>();
        calls.add(call);
        Fate fate = fate();
        long now = scheduler.monotonicNanos();
        if (fate == Fate.REFUSED) {
            thread.after(pause(), () -> end(call, null, new StrandlineException.Unavailable("the link is busy")));
        } else if (fate != Fate.LOST) {
            arrivals[order] = Math.max(arrivals[order], now + pause());
            thread.after(arrivals[order] - now, () -> arrive(call, fate, ask, repeat));
        }
        long patience = fate == Fate.LOST ? 1 + random.nextLong(ANSWER_MILLIS) : ANSWER_MILLIS;
        Runnable cancel = thread.after(patience * NANOS_PER_MILLI, () -> giveUp(call));
        call.promise.future().onComplete(ended -> cancel.run());
        return call.promise.future();
    }

    private void giveUp(Call<?> call) {
        if (!call.over) {
            leave(call);
            fail(call, "no answer");
        }
    }

    private Fate fate() {
        if (calm || random.nextInt(callsPerTrouble) > 0) {
            return Fate.ARRIVES;
        }
        return Fate.values()[1 + random.nextInt(Fate.values().length - 1)];
    }

    private long pause() {
        int micros = 1 + random.nextInt(longestMicros);
        return 1_000L * (calm ? Math.min(micros, 1_000) : random.nextInt(50) == 0 ? micros * 20L : micros);
    }

    private <T> void arrive(
            Call<T> call, Fate fate, Function<LogPort, Future<T>> ask, @Nullable Function<LogPort, Future<T>> repeat) {
        if (call.over) {
            return;
        }
        LogPort port = log;
        if (port == null) {
            end(call, null, new StrandlineException.Unavailable("the log is not open"));
            return;
        }
        Future<T> answer = ask.apply(port);
        if (fate == Fate.REPEATED && repeat != null) {
            answer = repeat.apply(port);
        }
        if (fate == Fate.ANSWER_LOST) {
            thread.after(pause(), () -> giveUp(call));
            return;
        }
        BooleanSupplier isGone = gone;
        answer.onComplete((value, failure) -> {
            if (!isGone.getAsBoolean()) {
                thread.after(pause(), () -> end(call, value, failure));
            }
        });
    }

    private <T> void end(Call<T> call, @Nullable T value, @Nullable Throwable failure) {
        if (!call.over) {
            leave(call);
            if (failure == null) {
                call.promise.tryComplete(value);
            } else {
                call.promise.tryFail(failure);
            }
        }
    }

    // ---- the port

    @Override
    public String address() {
        return "distant:";
    }

    @Override
    public int shards() {
        return arrivals.length - 1;
    }

    @Override
    public int maxEventBytes() {
        return maxEventBytes;
    }

    @Override
    public RetryTime retryTime() {
        return time;
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public Future<WriterGrant> admitWriter(StreamName stream, @Nullable String id) {
        return call(last(), port -> port.admitWriter(stream, id));
    }

    @Override
    public Future<WriterGrant> claim(StreamName stream, long partition, long generation) {
        return call(last(), port -> port.claim(stream, partition, generation));
    }

    @Override
    public Future<Void> barrier(WriterGrant held) {
        return call(last(), port -> port.barrier(held));
    }

    @Override
    public Future<WriterGrant> readmitWriter(WriterGrant held, @Nullable String id) {
        return call(last(), port -> port.readmitWriter(held, id));
    }

    @Override
    public Future<WriterGrant> refreshWriter(WriterGrant held, @Nullable String id) {
        return call(last(), port -> port.refreshWriter(held, id));
    }

    @Override
    public Future<StreamDescription> layout(StreamName stream) {
        return call(last(), port -> port.layout(stream));
    }

    @Override
    public Future<Long> offsetAt(PartitionDescription partition, long stamp) {
        return call(last(), port -> port.offsetAt(partition, stamp));
    }

    @Override
    public TransactionPort transactions() {
        throw new UnsupportedOperationException("transactions are not simulated here");
    }

    @Override
    public Future<ParcelReply> append(Parcel parcel) {
        // The log writes into the bytes that it is given, and the next call may need them as they are.
        Parcel second = Sabotage.copy(parcel);
        Parcel first = Sabotage.copy(parcel);
        boolean sabotaged = sabotage != Sabotage.NONE
                && !calm
                && (random.nextInt(CALLS_PER_SABOTAGE) == 0 || sabotage == Sabotage.OTHER_KEYS_FORGOTTEN);
        if (sabotage == Sabotage.LATE && isLate(sabotaged)) {
            return late(first);
        }
        Sabotage what = sabotaged ? sabotage : Sabotage.NONE;
        return call(parcel.shard(), port -> what.append(port, first), port -> port.append(second));
    }

    private boolean isLate(boolean begins) {
        long now = scheduler.monotonicNanos();
        if (begins) {
            lateUntil = now + LATE_MILLIS * NANOS_PER_MILLI / 2;
        }
        return now < lateUntil;
    }

    private Future<ParcelReply> late(Parcel parcel) {
        thread.after(LATE_MILLIS * NANOS_PER_MILLI, () -> {
            LogPort port = log;
            if (port != null) {
                port.append(parcel);
            }
        });
        return Future.failedFuture(new StrandlineException.Unknown("the parcel was sabotaged"));
    }

    @Override
    public Future<ReadSlice> read(PartitionDescription partition, long offset, int maxBytes) {
        return call(last(), port -> port.read(partition, offset, maxBytes));
    }

    @Override
    public Future<ReadSlice> awaitEvents(PartitionDescription partition, long offset, int maxBytes) {
        return call(last(), port -> port.awaitEvents(partition, offset, maxBytes));
    }

    @Override
    public void stopWaiting(PartitionDescription partition, Future<ReadSlice> wait) {
        throw new UnsupportedOperationException("subscriptions are not simulated here");
    }

    @Override
    public Future<HistorySlice> history(PartitionDescription partition, HistoryRequest request) {
        return call(last(), port -> port.history(partition, request));
    }

    /** Ends the link, not the log. */
    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
