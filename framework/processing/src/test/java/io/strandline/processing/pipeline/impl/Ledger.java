package io.strandline.processing.pipeline.impl;

import io.strandline.EventCodec;
import io.strandline.Sequence;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.Pipeline;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The computation that the pipeline tests run, its input, and the same computation without a pipeline. Its state depends on
 * the order of the events, and a step emits none, one or two outputs.
 */
public final class Ledger {

    static final String SOURCE = "bank/deposits";
    static final String SINK = "bank/balances";

    static final EventCodec<Balance> BALANCES =
            TextCodec.of("balance", balance -> balance.count() + " " + balance.digest(), text -> {
                int space = text.indexOf(' ');
                return new Balance(Long.parseLong(text.substring(0, space)), Long.parseLong(text.substring(space + 1)));
            });

    private Ledger() {}

    /** State of an account. */
    record Balance(long count, long digest) {

        Balance plus(String deposit) {
            return new Balance(count + 1, 31 * digest + deposit.hashCode());
        }
    }

    /** A deposit is {@code account amount}. */
    static String account(String deposit) {
        return deposit.substring(0, deposit.indexOf(' '));
    }

    static Balance step(Balance before, String deposit, Output output) {
        Balance after = before.plus(deposit);
        String account = account(deposit);
        if (after.count() % 3 != 0) {
            output.emit(account, account + " " + after.count() + " " + after.digest());
        }
        if (after.count() % 4 == 0) {
            output.emit("fourth-" + account, account + " fourth " + after.count());
        }
        return after;
    }

    /** Computes the next state of an account, and emits texts under keys. */
    @FunctionalInterface
    interface TextStep {

        @Nullable
        Balance apply(Balance before, String deposit, Output output) throws Exception;
    }

    /** Takes what a step emits. */
    @FunctionalInterface
    interface Output {

        void emit(String key, String text);
    }

    /** A text under a key. */
    record Keyed(String key, String text) {

        static final EventCodec<Keyed> CODEC = TextCodec.of("string", Keyed::text, text -> new Keyed("", text));
    }

    public static Pipeline pipeline() {
        return pipeline(1, Ledger::step);
    }

    static Pipeline pipeline(int version, TextStep step) {
        return pipeline(version, SOURCE, Keyed.CODEC, step);
    }

    static Pipeline pipeline(int version, String source, EventCodec<Keyed> outputs, TextStep step) {
        return Pipeline.named("ledger", version)
                .from(source, TextCodec.STRING)
                .keyBy(Ledger::account)
                .<Balance, Keyed>process(
                        "balance",
                        BALANCES,
                        account -> new Balance(0, account.length()),
                        (before, deposit, context) ->
                                step.apply(before, deposit, (key, text) -> context.emit(new Keyed(key, text))))
                .to(SINK, outputs, Keyed::key)
                .build();
    }

    /** A pipeline that only keeps the balances. */
    static Pipeline silent(Function<String, @Nullable String> key) {
        return silent(key, BALANCES, Balance::plus);
    }

    static Pipeline silent(
            Function<String, @Nullable String> key,
            EventCodec<Balance> codec,
            BiFunction<Balance, String, @Nullable Balance> plus) {
        return Pipeline.named("ledger", 1)
                .from(SOURCE, TextCodec.STRING)
                .keyBy(key)
                .aggregate("balance", codec, account -> new Balance(0, account.length()), plus)
                .build();
    }

    static void createStreams(MemoryLog log, int partitions) {
        log.createScope("bank");
        log.createStream(SOURCE, new StreamOptions().setPartitions(partitions));
        log.createStream(SINK, new StreamOptions().setPartitions(2));
    }

    static void deposit(MemoryLog log, int count, long seed) {
        deposit(log, SOURCE, count, seed);
    }

    static void deposit(MemoryLog log, String stream, int count, long seed) {
        Random random = new Random(seed);
        List<String> deposits = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            deposits.add("account-" + random.nextInt(20) + " " + random.nextInt(1000));
        }
        append(log, stream, "deposits", deposits);
    }

    /** Appends events to a stream, in the next epoch of a writer and each under its account. */
    static void append(MemoryLog log, String stream, String writer, List<String> events) {
        int epoch = log.admit(stream, writer);
        for (int i = 0; i < events.size(); i++) {
            String event = events.get(i);
            log.append(stream, writer, new Sequence(epoch, i), account(event), event);
        }
    }

    /** For each account what the sink must hold in the order in which it must hold it, one list per routing key. */
    static Map<String, List<String>> expectedOutputs(MemoryLog log) {
        Map<String, List<String>> outputs = new TreeMap<>();
        fold(log, outputs);
        return outputs;
    }

    static SortedMap<String, Balance> expectedBalances(MemoryLog log) {
        return fold(log, new HashMap<>());
    }

    private static SortedMap<String, Balance> fold(MemoryLog log, Map<String, List<String>> outputs) {
        SortedMap<String, Balance> balances = new TreeMap<>();
        for (String deposit : texts(log, SOURCE)) {
            String account = account(deposit);
            Balance before = balances.getOrDefault(account, new Balance(0, account.length()));
            balances.put(account, step(before, deposit, (key, output) -> outputs.computeIfAbsent(
                            String.valueOf(key), first -> new ArrayList<>())
                    .add(output)));
        }
        return balances;
    }

    /** Routing key → outputs in the sink, in order. */
    static Map<String, List<String>> actualOutputs(MemoryLog log) {
        Map<String, List<String>> outputs = new TreeMap<>();
        log.partitions(SINK).forEach(partition -> log.events(SINK, partition)
                .forEach(stored -> outputs.computeIfAbsent(String.valueOf(stored.key()), first -> new ArrayList<>())
                        .add(new String(stored.bytes(), StandardCharsets.UTF_8))));
        return outputs;
    }

    static List<String> texts(MemoryLog log, String stream) {
        List<String> texts = new ArrayList<>();
        log.partitions(stream).forEach(partition -> log.events(stream, partition)
                .forEach(stored -> texts.add(new String(stored.bytes(), StandardCharsets.UTF_8))));
        return texts;
    }
}
