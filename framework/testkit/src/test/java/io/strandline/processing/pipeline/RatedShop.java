package io.strandline.processing.pipeline;

import static io.strandline.processing.pipeline.AccountsPipeline.TEXT;
import static io.strandline.processing.pipeline.AccountsPipeline.first;

import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.internal.KeyHash;
import io.strandline.log.Applications;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Rates, orders and payments of accounts: a table, a join within a time, and windows, all after shuffles, and what they must give by a
 * plain fold over the source.
 *
 * <pre>
 *   notes ──by-account──▶ rates (table) ─────┐
 *                    ├──▶ orders ──▶ with the rate of the moment ──▶ with its payments ──▶ shop/sales
 *                    ├──▶ payments ───────────────────────────────────┘      │    └── late ones ──▶ shop/late
 *                    └──▶ notes of each account in each window ──▶ shop/windows  └──by-region──▶ sales of each window ──▶ shop/totals
 *                              └── late ones ──▶ shop/missed
 * </pre>
 *
 * A note is {@code account number kind millis}. It is in time in every run, or late in every run: times are off by less than the disorder,
 * or by so much that the first note of each partition makes them late. The notes of an account keep their order, so its results are
 * those of a fold. When an order is given up that nobody paid depends on the other tasks, so these are compared apart from the others.
 */
final class RatedShop {

    static final String NOTES = "shop/notes";
    static final String SALES = "shop/sales";
    static final String WINDOWS = "shop/windows";
    static final String TOTALS = "shop/totals";
    static final String LATE = "shop/late";
    static final String MISSED = "shop/missed";
    static final List<String> SINKS = List.of(SALES, WINDOWS, TOTALS, LATE, MISSED);
    static final List<String> SHUFFLES =
            List.of("_strandline/shuffle-shop--by-account", "_strandline/shuffle-shop--by-region");

    private static final int ACCOUNTS = 29;
    private static final int REGIONS = 7;
    private static final int CHUNK = 40;
    private static final long MILLIS_PER_NOTE = 10;
    private static final long JITTER_MILLIS = 200;
    private static final long DISORDER_MILLIS = 2 * CHUNK * MILLIS_PER_NOTE;
    private static final long WITHIN_MILLIS = 1_500;
    private static final long WINDOW_MILLIS = 500;

    /** The time of the first notes. Those that are late are of the time before half of it. */
    private static final long BASE_MILLIS = 1_000_000;

    private static final long CLOSING_MILLIS = 1_000_000_000;
    private static final String RATE = "rate";
    private static final String ORDER = "order";
    private static final String PAYMENT = "payment";
    private static final String NEVER = "never";

    private RatedShop() {}

    /** Of "one two three": the n-th, from 0. */
    private static String part(String text, int n) {
        return text.split(" ", -1)[n];
    }

    private static String number(String note) {
        return part(note, 1);
    }

    private static Predicate<String> is(String kind) {
        return note -> part(note, 2).equals(kind);
    }

    private static long time(String note) {
        return Long.parseLong(part(note, 3));
    }

    private static String region(String sale) {
        return "region-" + Long.parseLong(number(sale)) % REGIONS;
    }

    /** In the order of the notes. */
    private static String counted(String before, String note) {
        return AccountsPipeline.sum(before, "of " + number(note));
    }

    private static String rated(String order, @Nullable String rate) {
        return order + " " + (rate == null ? "unrated" : number(rate));
    }

    private static String paid(String order, @Nullable String payment) {
        return order + " " + (payment == null ? NEVER : number(payment));
    }

    static Pipeline pipeline() {
        KeyedEvents<String> notes = Pipeline.named("shop", 1)
                .from(NOTES, TEXT)
                .eventTime(RatedShop::time, Duration.ofMillis(DISORDER_MILLIS))
                .keyBy("by-account", TEXT, note -> first(note));
        notes.window(Windows.tumbling(Duration.ofMillis(WINDOW_MILLIS)))
                .lateTo(MISSED, TEXT)
                .aggregate("counts", TEXT, account -> "0 0", RatedShop::counted)
                .map(window -> window.key() + " " + window.start() + " " + window.value())
                .to(WINDOWS, TEXT);
        KeyedTable<String> rates = notes.filter(is(RATE)).asTable("rates", TEXT);
        KeyedEvents<String> orders = notes.filter(is(ORDER)).leftJoin(rates, RatedShop::rated);
        KeyedEvents<String> sales = orders.join(
                        notes.filter(is(PAYMENT)), Duration.ZERO, Duration.ofMillis(WITHIN_MILLIS))
                .leftLateTo(LATE, TEXT)
                .rightLateTo(LATE, TEXT)
                .left("paid", TEXT, TEXT, RatedShop::paid);
        sales.to(SALES, TEXT);
        return sales.keyBy("by-region", TEXT, RatedShop::region)
                .window(Windows.tumbling(Duration.ofMillis(WINDOW_MILLIS)))
                .count("totals")
                .map(window -> window.key() + " " + window.start() + " " + window.value())
                .to(TOTALS, TEXT)
                .build();
    }

    /** Nothing depends on the time of day. */
    static PipelineOptions options() {
        return new PipelineOptions()
                .setShufflePartitions(2)
                .setCheckpointIntervalMillis(86_400_000)
                .setTickIntervalMillis(20)
                .setSilenceMillis(315_360_000_000L)
                .setRetryTimeoutMillis(500);
    }

    static Future<?> createStreams(Strandline log) {
        List<Future<?>> created = new ArrayList<>();
        return log.catalog().createScope("shop").compose(scope -> {
            created.add(log.catalog().createStream(NOTES, new StreamOptions().setPartitions(3)));
            SINKS.forEach(sink -> created.add(log.catalog().createStream(sink, new StreamOptions().setPartitions(2))));
            return Future.join(created);
        });
    }

    /** @param seed decides on the kinds and times of all notes */
    private static String note(long seed, int number) {
        Random random = new Random(seed * 1_000_003 + number);
        String account = "account-" + random.nextInt(ACCOUNTS);
        int of = random.nextInt(20);
        String kind = of < 3 ? RATE : of < 12 ? ORDER : PAYMENT;
        long time = random.nextInt(12) == 0
                ? random.nextInt((int) BASE_MILLIS / 2)
                : BASE_MILLIS + number * MILLIS_PER_NOTE - random.nextInt((int) JITTER_MILLIS);
        return account + " " + number + " " + kind + " " + time;
    }

    /** Appends a note to each partition that makes the late ones late there. */
    static Future<?> begin(Vertx vertx, Strandline log) {
        return toAll(vertx, log, "beginner", "beginning", BASE_MILLIS);
    }

    /** Appends a note to each open partition that ends all windows before it. */
    static Future<?> close(Vertx vertx, Strandline log) {
        return toAll(vertx, log, "closer", "closing", CLOSING_MILLIS);
    }

    private static Future<?> toAll(Vertx vertx, Strandline log, String writer, String name, long millis) {
        return Applications.start(Applications.newContext(vertx), () -> log.catalog()
                .describe(NOTES)
                .compose(source -> log.createWriter(NOTES, TEXT, new WriterOptions().setId(writer))
                        .compose(teller -> toAll(teller, source.partitions(), name, millis))));
    }

    private static Future<?> toAll(
            EventWriter<String> writer, List<PartitionDescription> partitions, String name, long millis) {
        List<Future<?>> all = new ArrayList<>();
        for (PartitionDescription partition : partitions) {
            String key = keyOf(partition, name);
            all.add(writer.append(key, key + " 0 " + RATE + " " + millis, Sequence.of(all.size())));
        }
        return Future.join(all).eventually(writer::end);
    }

    private static String keyOf(PartitionDescription partition, String name) {
        for (int i = 0; ; i++) {
            byte[] key = (name + "-" + i).getBytes(StandardCharsets.UTF_8);
            if (partition.keys().contains(KeyHash.of(key, 0, key.length))) {
                return name + "-" + i;
            }
        }
    }

    /**
     * Appends the notes from one to another number. The next {@value #CHUNK} follow when the former ones are durable, so that nothing is out of
     * order by more than that.
     *
     * @param appended is told below which number all notes are durable
     */
    static Future<?> append(Vertx vertx, Strandline log, long seed, int from, int to, IntConsumer appended) {
        return Applications.start(Applications.newContext(vertx), () -> log.createWriter(
                        NOTES, TEXT, new WriterOptions().setId("teller"))
                .compose(writer -> append(writer, seed, from, to, appended).eventually(writer::end)));
    }

    private static Future<?> append(EventWriter<String> writer, long seed, int from, int to, IntConsumer appended) {
        if (from == to) {
            return Future.succeededFuture();
        }
        int end = Math.min(from + CHUNK, to);
        List<Future<?>> chunk = new ArrayList<>();
        for (int number = from; number < end; number++) {
            String note = note(seed, number);
            chunk.add(writer.append(first(note), note, Sequence.of(number)));
        }
        return Future.join(chunk).compose(durable -> {
            appended.accept(end);
            return append(writer, seed, end, to, appended);
        });
    }

    // ---- what it must give

    /** What a sink holds for each key, in order: of the sales those of orders that nobody paid apart from the others. */
    record Outputs(Map<String, List<String>> byKey) {

        Outputs() {
            this(new TreeMap<>());
        }

        void add(String sink, @Nullable String key, String output) {
            String of = sink + " " + key + (output.endsWith(" " + NEVER) ? " " + NEVER : "");
            byKey.computeIfAbsent(of, first -> new ArrayList<>()).add(output);
        }

        int size() {
            return byKey.values().stream().mapToInt(List::size).sum();
        }

        /** The first key whose outputs are others, or null. */
        @Nullable
        String differenceTo(Outputs expected) {
            TreeMap<String, List<String>> keys = new TreeMap<>(byKey);
            keys.putAll(expected.byKey);
            for (String key : keys.keySet()) {
                List<String> found = byKey.getOrDefault(key, List.of());
                List<String> wanted = expected.byKey.getOrDefault(key, List.of());
                if (!found.equals(wanted)) {
                    return key + " has " + found + ", not " + wanted;
                }
            }
            return null;
        }
    }

    /** The notes of an account so far, and their results. */
    private static final class Account {

        private final Outputs outputs;
        private final Map<String, Map<Long, Long>> totals;
        private final List<String> orders = new ArrayList<>();
        private final List<String> payments = new ArrayList<>();
        private final List<String> unpaid = new ArrayList<>();
        private final Map<Long, String> windows = new TreeMap<>();
        private @Nullable String rate;

        Account(Outputs outputs, Map<String, Map<Long, Long>> totals) {
            this.outputs = outputs;
            this.totals = totals;
        }

        void add(String note) {
            boolean isLate = time(note) < BASE_MILLIS / 2;
            if (isLate) {
                outputs.add(MISSED, first(note), note);
            } else if (time(note) < CLOSING_MILLIS) {
                windows.merge(windowOf(time(note)), counted("0 0", note), (before, one) -> counted(before, note));
            }
            if (is(RATE).test(note)) {
                rate = note;
            } else if (is(ORDER).test(note)) {
                ordered(rated(note, rate), isLate);
            } else if (isLate) {
                outputs.add(LATE, first(note), note);
            } else {
                payments.add(note);
                partners(orders, order -> isPair(order, note)).forEach(order -> sold(order, note));
            }
        }

        private void ordered(String order, boolean isLate) {
            if (isLate) {
                outputs.add(LATE, first(order), order);
                return;
            }
            orders.add(order);
            unpaid.add(order);
            partners(payments, payment -> isPair(order, payment)).forEach(payment -> sold(order, payment));
        }

        private static boolean isPair(String order, String payment) {
            return time(payment) >= time(order) && time(payment) <= time(order) + WITHIN_MILLIS;
        }

        private static List<String> partners(List<String> held, Predicate<String> pairs) {
            return held.stream()
                    .filter(pairs)
                    .sorted(Comparator.comparingLong(RatedShop::time))
                    .toList();
        }

        private void sold(String order, String payment) {
            unpaid.remove(order);
            pass(paid(order, payment), time(payment));
        }

        private void pass(String sale, long millis) {
            outputs.add(SALES, first(sale), sale);
            totals.computeIfAbsent(region(sale), first -> new TreeMap<>()).merge(windowOf(millis), 1L, Long::sum);
        }

        void end(String account) {
            unpaid.sort(Comparator.comparingLong(RatedShop::time));
            unpaid.forEach(order -> pass(paid(order, null), time(order) + WITHIN_MILLIS));
            windows.forEach((start, value) -> outputs.add(WINDOWS, account, account + " " + start + " " + value));
        }
    }

    private static long windowOf(long millis) {
        return millis / WINDOW_MILLIS * WINDOW_MILLIS;
    }

    /** By a fold over what the source holds, when all its windows have ended. */
    static Outputs expected(List<EventRecord<String>> source) {
        Outputs outputs = new Outputs();
        Map<String, Map<Long, Long>> totals = new TreeMap<>();
        Map<String, Account> accounts = new TreeMap<>();
        source.forEach(note -> accounts.computeIfAbsent(first(note.event()), first -> new Account(outputs, totals))
                .add(note.event()));
        accounts.forEach((name, account) -> account.end(name));
        totals.forEach((region, ofRegion) ->
                ofRegion.forEach((start, sales) -> outputs.add(TOTALS, region, region + " " + start + " " + sales)));
        return outputs;
    }
}
