package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.PayloadOutput;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline over a real log. It counts and adds up deposits by account. Each deposit is followed by the account's sum.
 */
public final class AccountsPipeline {

    public static final String SOURCE = "bank/deposits";
    public static final String SINK = "bank/sums";
    static final String SHUFFLE = "_strandline/shuffle-accounts--by-account";
    static final int ACCOUNTS = 23;

    private AccountsPipeline() {}

    /** Text as UTF-8. */
    public static final EventCodec<String> TEXT = new EventCodec<>() {
        @Override
        public EventType typeOf(String event) {
            return EventType.RAW;
        }

        @Override
        public void encode(String event, PayloadOutput out) {
            byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
            out.write(bytes, 0, bytes.length);
        }

        @Override
        public String decode(EventType type, byte[] bytes, int from, int length) {
            return new String(bytes, from, length, StandardCharsets.UTF_8);
        }
    };

    public static Future<?> createStreams(Strandline log) {
        return log.catalog()
                .createScope("bank")
                .compose(created -> log.catalog().createStream(SOURCE, new StreamOptions().setPartitions(3)))
                .compose(created -> log.catalog().createStream(SINK, new StreamOptions().setPartitions(4)));
    }

    static String account(long deposit) {
        return "account-" + deposit * 7 % ACCOUNTS;
    }

    /** Appends the deposits below a number. Deposits that are already there are dropped, however often it is called. */
    public static Future<?> deposit(Vertx vertx, Strandline log, int deposits) {
        return Applications.start(Applications.newContext(vertx), () -> log.createWriter(
                        SOURCE, TEXT, new WriterOptions().setId("teller"))
                .compose(writer -> depositAll(writer, deposits)));
    }

    private static Future<?> depositAll(EventWriter<String> writer, int deposits) {
        List<Future<?>> all = new ArrayList<>();
        for (long deposit = 0; deposit < deposits; deposit++) {
            all.add(writer.append(account(deposit), account(deposit) + " " + deposit, Sequence.of(deposit)));
        }
        return Future.join(all).eventually(writer::end);
    }

    /** Of "one two": "one". */
    static String first(String pair) {
        return pair.substring(0, pair.indexOf(' '));
    }

    /** Of "one two": "two". */
    static long second(String pair) {
        return Long.parseLong(pair.substring(pair.indexOf(' ') + 1));
    }

    static String sum(String before, String deposit) {
        long count = Long.parseLong(first(before)) + 1;
        return count + " " + (second(before) * 31 + second(deposit));
    }

    /** The step of a deterministic pipeline: nothing for every fifth deposit, two outputs for every seventh. */
    public static final TextStep STEP = (before, deposit, output) -> {
        String after = sum(before, deposit);
        String account = first(deposit);
        long count = Long.parseLong(first(after));
        if (count % 5 != 0) {
            output.emit(account, account + " " + after);
        }
        if (count % 7 == 0) {
            output.emit(account, account + " has seven more");
        }
        return after;
    };

    /** Computes the next state of an account, and emits texts under keys. */
    @FunctionalInterface
    interface TextStep {

        @Nullable
        String apply(String state, String deposit, Output output) throws Exception;
    }

    /** Takes what a step emits. */
    @FunctionalInterface
    interface Output {

        void emit(String key, String text);
    }

    /** A text under a key. */
    private record Keyed(String key, String text) {

        static final EventCodec<Keyed> CODEC = new EventCodec<>() {

            @Override
            public EventType typeOf(Keyed event) {
                return TEXT.typeOf(event.text());
            }

            @Override
            public void encode(Keyed event, PayloadOutput out) throws IOException {
                TEXT.encode(event.text(), out);
            }

            @Override
            public Keyed decode(EventType type, byte[] bytes, int from, int length) {
                throw new UnsupportedOperationException("only written");
            }
        };
    }

    public static Pipeline pipeline(int version, TextStep step) {
        Pipeline.Builder builder = Pipeline.named("accounts", version);
        return sums(builder.from(SOURCE, TEXT).keyBy(deposit -> first(deposit)), step);
    }

    /** The same through a shuffle. Its key is the routing key, so the order of an account's deposits is that of the source. */
    static Pipeline shuffled(int version, TextStep step) {
        Pipeline.Builder builder = Pipeline.named("accounts", version);
        return sums(builder.from(SOURCE, TEXT).keyBy("by-account", TEXT, deposit -> first(deposit)), step);
    }

    private static Pipeline sums(KeyedEvents<String> deposits, TextStep step) {
        return deposits.<String, Keyed>process(
                        "account",
                        TEXT,
                        account -> "0 0",
                        (before, deposit, context) ->
                                step.apply(before, deposit, (key, text) -> context.emit(new Keyed(key, text))))
                .to(SINK, Keyed.CODEC, Keyed::key)
                .build();
    }

    /** Account → what the steps emit for it, by a fold over what the source holds. */
    public static Map<String, List<String>> expected(List<EventRecord<String>> source) throws Exception {
        Map<String, String> states = new HashMap<>();
        Map<String, List<String>> outputs = new TreeMap<>();
        for (EventRecord<String> deposit : source) {
            String account = first(deposit.event());
            String before = states.getOrDefault(account, "0 0");
            String after = STEP.apply(before, deposit.event(), (key, output) -> outputs.computeIfAbsent(
                            String.valueOf(key), first -> new ArrayList<>())
                    .add(output));
            states.put(account, String.valueOf(after));
        }
        return outputs;
    }

    /** Account → outputs in the sink, in order. */
    public static Map<String, List<String>> actual(List<EventRecord<String>> sink) {
        Map<String, List<String>> outputs = new TreeMap<>();
        for (EventRecord<String> output : sink) {
            outputs.computeIfAbsent(String.valueOf(output.key()), first -> new ArrayList<>())
                    .add(output.event());
        }
        return outputs;
    }
}
