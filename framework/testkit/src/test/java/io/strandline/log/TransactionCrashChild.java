package io.strandline.log;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.Transaction;
import io.strandline.TransactionDescription;
import io.strandline.TransactionOptions;
import io.strandline.TransactionStatus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The process that {@link TransactionCrashTest} kills: finishes what the process before it left, then fills and ends
 * transactions without end, and says what it asks and what it was told. A line counts when it ends in a full stop.
 *
 * <pre>
 * O .                    the log is open
 * U id status events .   a transaction of an earlier process was found, with so many events
 * C id events .          a transaction with so many events is about to be committed
 * G id events .          so is one of an earlier process
 * D id .                 its commit was confirmed
 * X id .  Y id .         a transaction is about to be aborted; that was confirmed
 * F text .               something failed that should not
 * </pre>
 */
final class TransactionCrashChild {

    static final List<String> STREAMS = List.of("crash/accounts", "crash/ledger", "crash/notices");
    private static final int PARTITIONS = 4;
    private static final int APPLICATIONS = 6;
    private static final int MAX_EVENTS = 12;

    private final Vertx vertx = Vertx.vertx();
    private final String life;
    private final Random random;

    private TransactionCrashChild(String life, long seed) {
        this.life = life;
        this.random = new Random(seed);
    }

    /** Arguments: directory, life, seed. */
    public static void main(String[] arguments) {
        CrashChild.dieWithParent();
        new TransactionCrashChild(arguments[1], Long.parseLong(arguments[2])).run(Path.of(arguments[0]));
    }

    private void run(Path directory) {
        new FileEngine()
                .open(vertx, "file:" + directory, CrashChild.options())
                .compose(log -> create(log).map(log))
                .onSuccess(log -> {
                    CrashChild.say("O");
                    finishOwn(log)
                            .onSuccess(finished -> work(log))
                            .onFailure(cause -> CrashChild.failed("finish", cause));
                })
                .onFailure(cause -> CrashChild.failed("open", cause));
    }

    private static Future<Void> create(Strandline log) {
        return log.catalog().createScope("crash").compose(created -> {
            List<Future<?>> streams = new ArrayList<>();
            for (String stream : STREAMS) {
                streams.add(log.catalog().createStream(stream, new StreamOptions().setPartitions(PARTITIONS)));
            }
            return Future.all(streams).mapEmpty();
        });
    }

    /** The stream of an event, the same in every process. */
    static String stream(String transaction, int event) {
        return STREAMS.get(new Random(transaction.hashCode() * 31L + event).nextInt(STREAMS.size()));
    }

    /** What names an event, and makes it large at times. */
    static Buffer payload(String transaction, int event) {
        int padding = new Random(event * 31L + transaction.hashCode()).nextInt(500);
        return Buffer.buffer(transaction + "#" + event + " " + "x".repeat(padding));
    }

    // ---- transactions of processes before

    private Future<Void> finishOwn(Strandline log) {
        return log.transactions().unfinished().compose(all -> {
            List<Future<?>> finished = new ArrayList<>();
            for (TransactionDescription left : all) {
                CrashChild.say("U " + left.id() + " " + left.status() + " " + left.events());
                boolean commit = left.status() == TransactionStatus.COMMITTING || random.nextBoolean();
                finished.add(Applications.start(Applications.newContext(vertx), () -> log.transactions()
                        .find(left.id())
                        .compose(found -> commit ? commit("G", found, left.events()) : abort(found))));
            }
            return Future.all(finished).mapEmpty();
        });
    }

    private static Future<TransactionStatus> commit(String word, Transaction transaction, long events) {
        CrashChild.say(word + " " + transaction.id() + " " + events);
        return transaction.commit().onSuccess(done -> CrashChild.say("D " + transaction.id()));
    }

    private static Future<TransactionStatus> abort(Transaction transaction) {
        CrashChild.say("X " + transaction.id());
        return transaction.abort().onSuccess(done -> CrashChild.say("Y " + transaction.id()));
    }

    // ---- new ones

    private void work(Strandline log) {
        for (int i = 0; i < APPLICATIONS; i++) {
            String name = "app" + i + "-" + life;
            Context context = Applications.newContext(vertx);
            context.runOnContext(nothing -> next(log, name, 0, new Random(random.nextLong())));
        }
    }

    private static void next(Strandline log, String name, int number, Random random) {
        String id = name + "-" + number;
        log.transactions()
                .begin(new TransactionOptions().setId(id))
                .compose(transaction -> fill(transaction, 0, 1 + random.nextInt(MAX_EVENTS), random))
                .onSuccess(done -> next(log, name, number + 1, random))
                .onFailure(cause -> CrashChild.failed(id, cause));
    }

    /**
     * Appends the events from a given one on: some at once, waiting for them, and the others without waiting. Then ends
     * the transaction.
     */
    private static Future<?> fill(Transaction transaction, int from, int events, Random random) {
        int to = from + 1 + random.nextInt(events - from);
        List<Future<Void>> appended = new ArrayList<>();
        for (int event = from; event < to; event++) {
            String key = random.nextInt(4) == 0 ? null : "key" + random.nextInt(20);
            appended.add(transaction.append(
                    stream(transaction.id(), event), EventCodec.raw(), key, payload(transaction.id(), event)));
        }
        if (to < events) {
            return Future.all(appended).compose(kept -> fill(transaction, to, events, random));
        }
        return switch (random.nextInt(12)) {
            // It is left to the process that comes next.
            case 0 -> Future.all(appended);
            case 1, 2 -> Future.all(appended).compose(kept -> abort(transaction));
            default -> commit("C", transaction, events);
        };
    }
}
