package io.strandline.processing.pipeline;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.json.JsonCodec;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Orders and payments, joined within a second, and the sales of each region in each second: a join before a shuffle, and windows
 * after it. And the same by a plain fold over all events.
 */
final class Shop {

    static final String NOTES = "shop/notes";
    static final String SALES = "shop/sales";
    static final String TOTALS = "shop/totals";

    private static final long WITHIN_MILLIS = 1_000;
    private static final long WINDOW_MILLIS = 1_000;
    private static final long DISORDER_MILLIS = 400;
    private static final int PARTITIONS = 4;

    /** So far in the future that everything before it is over. */
    private static final long CLOSING_MILLIS = 1_000_000_000;

    /** Under so many keys that every partition gets one. */
    private static final int CLOSING = 64;

    /** So many that the writer takes them without back-pressure. */
    private static final int NOTES_AT_ONCE = 1_000;

    private Shop() {}

    /** An order, or its payment. */
    record Note(String order, String region, long millis, long amount, boolean isPayment) {
        static final JsonCodec<Note> CODEC = JsonCodec.of("note", 1, Note.class);
    }

    /** An order with one of its payments, or with none. */
    record Sale(String order, String region, long amount, long paid) {
        static final JsonCodec<Sale> CODEC = JsonCodec.of("sale", 1, Sale.class);

        static Sale of(Note order, @Nullable Note payment) {
            return new Sale(order.order(), order.region(), order.amount(), payment == null ? 0 : payment.amount());
        }
    }

    /** What a region sold in a second. */
    record Total(String region, long second, long sales, long paid) {
        static final JsonCodec<Total> CODEC = JsonCodec.of("total", 1, Total.class);

        static Total none(String region) {
            return new Total(region, 0, 0, 0);
        }

        Total plus(Sale sale) {
            return new Total(region, second, sales + 1, paid + sale.paid());
        }

        Total at(long start) {
            return new Total(region, start, sales, paid);
        }
    }

    /** @param step is called for each event of the source */
    static Pipeline pipeline(Runnable step) {
        KeyedEvents<Note> notes = Pipeline.named("shop", 1)
                .from(NOTES, Note.CODEC)
                .eventTime(
                        note -> {
                            step.run();
                            return note.millis();
                        },
                        Duration.ofMillis(DISORDER_MILLIS))
                .keyByRoutingKey();
        KeyedEvents<Note> orders = notes.filter(note -> !note.isPayment());
        KeyedEvents<Note> payments = notes.filter(Note::isPayment);
        KeyedEvents<Sale> sales = orders.join(payments, Duration.ZERO, Duration.ofMillis(WITHIN_MILLIS))
                .left("paid", Note.CODEC, Note.CODEC, Sale::of);
        sales.to(SALES, Sale.CODEC);
        return sales.keyBy("by-region", Sale.CODEC, Sale::region)
                .window(Windows.tumbling(Duration.ofMillis(WINDOW_MILLIS)))
                .aggregate("totals", Total.CODEC, Total::none, Total::plus)
                .map(window -> window.value().at(window.start()))
                .to(TOTALS, Total.CODEC)
                .build();
    }

    /** Nothing depends on the time of day. */
    static PipelineOptions options() {
        return new PipelineOptions()
                .setCheckpointIntervalMillis(100)
                .setTickIntervalMillis(20)
                .setSilenceMillis(315_360_000_000L);
    }

    static Future<?> create(Strandline log) {
        return log.catalog()
                .createScope("shop")
                .compose(created -> Future.all(List.of(NOTES, SALES, TOTALS).stream()
                        .map(stream ->
                                log.catalog().createStream(stream, new StreamOptions().setPartitions(PARTITIONS)))
                        .toList()));
    }

    /** Events in the order in which they are appended. Times go back by less than the disorder. */
    static List<Note> notes(Random random, int count) {
        List<Note> notes = new ArrayList<>();
        long now = 0;
        for (int i = 0; i < count; i++) {
            now += random.nextInt(3);
            String order = "order-" + (random.nextBoolean() ? i : Math.max(0, i - random.nextInt(800)));
            notes.add(new Note(
                    order,
                    "region-" + random.nextInt(20),
                    now - random.nextInt((int) DISORDER_MILLIS),
                    random.nextInt(100),
                    random.nextInt(3) == 0));
        }
        return notes;
    }

    /** Fails if an event was not taken. */
    static Future<?> append(Strandline log, List<Note> notes) {
        List<Note> all = new ArrayList<>(notes);
        for (int i = 0; i < CLOSING; i++) {
            all.add(new Note("closing-" + i, "none", CLOSING_MILLIS, 0, false));
        }
        return log.createWriter(NOTES, Note.CODEC, new WriterOptions())
                .compose(writer -> append(writer, all, 0).eventually(writer::end));
    }

    private static Future<?> append(EventWriter<Note> writer, List<Note> notes, int from) {
        if (from == notes.size()) {
            return Future.succeededFuture();
        }
        int to = Math.min(notes.size(), from + NOTES_AT_ONCE);
        return Future.all(notes.subList(from, to).stream()
                        .map(note -> writer.append(note.order(), note))
                        .toList())
                .compose(taken -> append(writer, notes, to));
    }

    /** What the pipeline has to give, sorted. */
    record Results(List<String> sales, List<String> totals) {}

    static Results expected(List<Note> notes) {
        Map<String, List<Note>> payments = new HashMap<>();
        notes.stream().filter(Note::isPayment).forEach(note -> payments.computeIfAbsent(
                        note.order(), first -> new ArrayList<>())
                .add(note));
        List<String> sales = new ArrayList<>();
        Map<String, Map<Long, Total>> totals = new TreeMap<>();
        for (Note order : notes) {
            if (!order.isPayment()) {
                List<Note> partners = payments.getOrDefault(order.order(), List.of()).stream()
                        .filter(payment -> payment.millis() >= order.millis()
                                && payment.millis() <= order.millis() + WITHIN_MILLIS)
                        .toList();
                partners.forEach(payment -> sold(Sale.of(order, payment), payment.millis(), sales, totals));
                if (partners.isEmpty()) {
                    sold(Sale.of(order, null), order.millis() + WITHIN_MILLIS, sales, totals);
                }
            }
        }
        List<String> all = new ArrayList<>();
        totals.values()
                .forEach(ofRegion -> ofRegion.forEach(
                        (start, total) -> all.add(total.at(start).toString())));
        return sorted(sales, all);
    }

    private static void sold(Sale sale, long millis, List<String> sales, Map<String, Map<Long, Total>> totals) {
        sales.add(sale.toString());
        totals.computeIfAbsent(sale.region(), first -> new TreeMap<>())
                .merge(
                        Math.floorDiv(millis, WINDOW_MILLIS) * WINDOW_MILLIS,
                        Total.none(sale.region()).plus(sale),
                        (total, one) -> total.plus(sale));
    }

    static Results sorted(List<String> sales, List<String> totals) {
        List<String> sortedSales = new ArrayList<>(sales);
        List<String> sortedTotals = new ArrayList<>(totals);
        Collections.sort(sortedSales);
        Collections.sort(sortedTotals);
        return new Results(sortedSales, sortedTotals);
    }
}
