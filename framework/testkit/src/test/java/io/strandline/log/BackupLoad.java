package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.Retention;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.WriterOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Full load on a log, and what must hold of each copy of it.
 *
 * <p>Chains count: each writes a number to one stream and, when that is acknowledged, to the next one. So in a copy that is of
 * one moment no stream has a number that the stream before it lacks. Some of the streams are scaled all the time, one forgets its
 * oldest events, and transactions write a number to two streams at once.
 */
final class BackupLoad {

    static final int CHAINS = 6;
    private static final List<String> STREAMS = List.of("load/first", "load/second", "load/third");
    private static final String FORGETTING = "load/forgetting";
    private static final List<String> PAIR = List.of("load/debits", "load/credits");
    private static final int IN_FLIGHT = 8;
    private static final long SCALING_MILLIS = 50;
    private static final byte[] FILL = new byte[400];

    private final Vertx vertx;
    private final Strandline log;
    private final RandomScaling scaling = new RandomScaling(STREAMS.get(1), 8, new Random(7));

    /** Numbers of each chain up to here are acknowledged in all streams; after the chains, the transactions. */
    private final AtomicLongArray acknowledged = new AtomicLongArray(CHAINS + 1);

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Future<Void>> ends = new ArrayList<>();
    private volatile boolean ending;

    BackupLoad(Vertx vertx, Strandline log) {
        this.vertx = vertx;
        this.log = log;
    }

    static void create(Strandline log) {
        Applications.get(log.catalog().createScope("load"));
        for (String stream : STREAMS) {
            Applications.get(log.catalog().createStream(stream, new StreamOptions().setPartitions(4)));
        }
        for (String stream : PAIR) {
            Applications.get(log.catalog().createStream(stream, new StreamOptions().setPartitions(3)));
        }
        Applications.get(log.catalog()
                .createStream(
                        FORGETTING, new StreamOptions().setPartitions(2).setRetention(Retention.maxBytes(256 << 10))));
    }

    void start() {
        for (int chain = 0; chain < CHAINS; chain++) {
            int number = chain;
            Context context = Applications.newContext(vertx);
            List<EventWriter<Buffer>> writers = new ArrayList<>();
            for (String stream : STREAMS) {
                writers.add(Applications.writer(context, log, stream, new WriterOptions().setId("chain-" + chain)));
            }
            EventWriter<Buffer> forgetting = Applications.writer(context, log, FORGETTING, new WriterOptions());
            Promise<Void> end = Promise.promise();
            ends.add(end.future());
            context.runOnContext(go -> new Chain(number, writers, forgetting, end).begin());
        }
        Context context = Applications.newContext(vertx);
        Promise<Void> transactions = Promise.promise();
        ends.add(transactions.future());
        context.runOnContext(go -> transact(1, transactions));
        Promise<Void> scaled = Promise.promise();
        ends.add(scaled.future());
        scale(scaled);
    }

    private void failed(Throwable cause) {
        failure.compareAndSet(null, cause);
        ending = true;
    }

    private final class Chain {

        private final int chain;
        private final List<EventWriter<Buffer>> writers;
        private final EventWriter<Buffer> forgetting;
        private final Promise<Void> end;
        private long next = 1;
        private int inFlight;

        Chain(int chain, List<EventWriter<Buffer>> writers, EventWriter<Buffer> forgetting, Promise<Void> end) {
            this.chain = chain;
            this.writers = writers;
            this.forgetting = forgetting;
            this.end = end;
        }

        void begin() {
            while (!ending && inFlight < IN_FLIGHT) {
                inFlight++;
                send(next++, 0);
            }
            if (ending && inFlight == 0) {
                end.tryComplete();
            }
        }

        private void send(long number, int stream) {
            if (stream == writers.size()) {
                // Answers of one writer come in order.
                acknowledged.set(chain, number);
                inFlight--;
                begin();
                return;
            }
            forgetting.append("chain-" + chain, event(number)).onFailure(BackupLoad.this::failed);
            writers.get(stream)
                    .append("chain-" + chain, event(number), Sequence.of(number))
                    .onSuccess(done -> send(number, stream + 1))
                    .onFailure(cause -> {
                        failed(cause);
                        inFlight--;
                        begin();
                    });
        }
    }

    private static Buffer event(long number) {
        return Buffer.buffer().appendLong(number).appendBytes(FILL);
    }

    private void transact(long number, Promise<Void> end) {
        if (ending) {
            end.complete();
            return;
        }
        log.transactions()
                .begin()
                .compose(transaction -> {
                    for (String stream : PAIR) {
                        for (int key = 0; key < 5; key++) {
                            transaction.append(stream, EventCodec.raw(), "key-" + key, event(number));
                        }
                    }
                    return transaction.commit();
                })
                .onSuccess(status -> {
                    assertThat(status).isEqualTo(TransactionStatus.COMMITTED);
                    acknowledged.set(CHAINS, number);
                    transact(number + 1, end);
                })
                .onFailure(cause -> {
                    failed(cause);
                    end.complete();
                });
    }

    private void scale(Promise<Void> end) {
        if (ending) {
            end.complete();
            return;
        }
        scaling.next(log).onComplete(scaled -> {
            if (scaled.failed()) {
                failed(scaled.cause());
            }
            // A stream remembers a thousand scalings.
            vertx.setTimer(SCALING_MILLIS, timer -> scale(end));
        });
    }

    /** What is acknowledged now. */
    long[] acknowledged() {
        long[] all = new long[CHAINS + 1];
        for (int i = 0; i < all.length; i++) {
            all[i] = acknowledged.get(i);
        }
        return all;
    }

    void awaitProgress(long numbers) {
        long[] from = acknowledged();
        Applications.until(vertx, "every chain goes on by " + numbers, () -> {
            if (failure.get() != null) {
                return true;
            }
            long[] now = acknowledged();
            for (int i = 0; i < now.length; i++) {
                if (now[i] < from[i] + (i < CHAINS ? numbers : 1)) {
                    return false;
                }
            }
            return true;
        });
        assertThat(failure.get()).isNull();
    }

    void end() {
        ending = true;
        ends.forEach(Applications::get);
        assertThat(failure.get()).isNull();
    }

    /** Checks a copy: whole, of one moment, and not before what was acknowledged. Returns the newest number of each chain in the first stream. */
    static long[] check(Vertx vertx, Strandline copy, long[] atLeast) {
        List<Map<String, Long>> streams = new ArrayList<>();
        for (String stream : STREAMS) {
            streams.add(newest(vertx, copy, stream, true));
        }
        newest(vertx, copy, FORGETTING, false);
        long[] found = new long[CHAINS + 1];
        for (int chain = 0; chain < CHAINS; chain++) {
            String key = "chain-" + chain;
            long last = Long.MAX_VALUE;
            for (Map<String, Long> stream : streams) {
                long newest = stream.getOrDefault(key, 0L);
                assertThat(newest).as(key).isBetween(atLeast[chain], last);
                last = newest;
            }
            found[chain] = streams.get(0).getOrDefault(key, 0L);
        }
        found[CHAINS] = checkPairs(vertx, copy, atLeast[CHAINS]);
        return found;
    }

    private static long checkPairs(Vertx vertx, Strandline copy, long atLeast) {
        assertThat(Applications.get(copy.transactions().partsSetAside())).isEmpty();
        Map<String, Long> debits = newest(vertx, copy, PAIR.get(0), true);
        Map<String, Long> credits = newest(vertx, copy, PAIR.get(1), true);
        assertThat(debits).isEqualTo(credits);
        assertThat(debits.values()).doesNotContain(0L).allMatch(number -> number >= atLeast);
        assertThat(debits.values().stream().distinct()).hasSizeLessThanOrEqualTo(1);
        return debits.values().stream().findFirst().orElse(0L);
    }

    /** Key → newest number, where each key's numbers have no gap and no repeat. */
    private static Map<String, Long> newest(Vertx vertx, Strandline log, String stream, boolean isWhole) {
        List<EventRecord<Buffer>> events = Applications.get(Applications.readAll(vertx, log, stream));
        Map<String, Long> newest = new TreeMap<>();
        for (EventRecord<Buffer> event : events) {
            long number = event.event().getLong(0);
            Long before = newest.put(String.valueOf(event.key()), number);
            if (isWhole) {
                assertThat(number).as(stream + " " + event.key()).isEqualTo(before == null ? 1 : before + 1);
            }
        }
        return newest;
    }

    /** A copy goes on as the log would: it knows what it has of each writer. */
    static void checkDedup(Vertx vertx, Strandline copy, long[] newest) {
        for (int chain = 0; chain < CHAINS; chain++) {
            Context context = Applications.newContext(vertx);
            String key = "chain-" + chain;
            EventWriter<Buffer> writer =
                    Applications.writer(context, copy, STREAMS.get(0), new WriterOptions().setId(key));
            long last = newest[chain];
            assertThat(Applications.get(Applications.start(
                                    context, () -> writer.append(key, event(last), Sequence.of(last))))
                            .duplicate())
                    .isTrue();
            assertThat(Applications.get(Applications.start(
                                    context, () -> writer.append(key, event(last + 1), Sequence.of(last + 1))))
                            .duplicate())
                    .isFalse();
        }
        assertThat(newest(vertx, copy, STREAMS.get(0), true).get("chain-0")).isEqualTo(newest[0] + 1);
    }
}
