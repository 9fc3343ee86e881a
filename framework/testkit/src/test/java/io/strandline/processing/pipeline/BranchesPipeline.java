package io.strandline.processing.pipeline;

import static io.strandline.processing.pipeline.AccountsPipeline.TEXT;
import static io.strandline.processing.pipeline.AccountsPipeline.first;
import static io.strandline.processing.pipeline.AccountsPipeline.second;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline of three stages over the deposits of {@link AccountsPipeline}, and what it must give.
 *
 * <pre>
 *   deposits ──▶ number within its account ──by-branch──▶ number within its branch ──▶ bank/sums
 *                                                              └──by-teller──▶ count of each window ──▶ bank/windows
 * </pre>
 *
 * The deposits of a branch come from many tasks, in an order that nobody knows before. So an output has its number within the branch,
 * and the deposits of an account must have kept their order. A window must have waited for all of them.
 */
final class BranchesPipeline {

    static final String WINDOWS = "bank/windows";
    static final List<String> SHUFFLES =
            List.of("_strandline/shuffle-branches--by-branch", "_strandline/shuffle-branches--by-teller");

    private static final int BRANCHES = 11;
    private static final int TELLERS = 5;
    private static final long MILLIS_PER_DEPOSIT = 10;
    private static final long WINDOW_MILLIS = 500;
    /** More than the deposits that are under way at a time. */
    private static final long DISORDER_MILLIS = 200 * MILLIS_PER_DEPOSIT;

    /** Number of a deposit that ends all windows before it. */
    private static final long CLOSING = 1_000_000;

    private BranchesPipeline() {}

    static Pipeline pipeline() {
        Pipeline.Builder builder = Pipeline.named("branches", 1);
        KeyedEvents<String> numbered = builder.from(AccountsPipeline.SOURCE, TEXT)
                .eventTime(BranchesPipeline::time, Duration.ofMillis(DISORDER_MILLIS))
                .keyBy(deposit -> first(deposit))
                .process("account", TEXT, account -> "0", (before, deposit, context) -> {
                    String count = next(before);
                    context.emit(deposit + " " + count);
                    return count;
                });
        KeyedEvents<String> ofBranches = numbered.keyBy("by-branch", TEXT, deposit -> branch(number(deposit)))
                .process("branch", TEXT, branch -> "0", (before, deposit, context) -> {
                    String count = next(before);
                    context.emit(count + " " + deposit);
                    return count;
                });
        ofBranches.to(AccountsPipeline.SINK, TEXT);
        ofBranches
                .keyBy("by-teller", TEXT, output -> teller(number(output.substring(output.indexOf(' ') + 1))))
                .window(Windows.tumbling(Duration.ofMillis(WINDOW_MILLIS)))
                .count("teller")
                .map(window -> window.key() + " " + window.start() + " " + window.value())
                .to(WINDOWS, TEXT);
        return builder.build();
    }

    private static String next(String count) {
        return Long.toString(Long.parseLong(count) + 1);
    }

    /** Of "account number count". */
    private static long number(String deposit) {
        String[] parts = deposit.split(" ", -1);
        return Long.parseLong(parts[1]);
    }

    private static long time(String deposit) {
        return second(deposit) * MILLIS_PER_DEPOSIT;
    }

    private static String branch(long deposit) {
        return "branch-" + deposit % BRANCHES;
    }

    private static String teller(long deposit) {
        return "teller-" + deposit % TELLERS;
    }

    static Future<?> createStreams(Strandline log) {
        return AccountsPipeline.createStreams(log)
                .compose(created -> log.catalog().createStream(WINDOWS, new StreamOptions().setPartitions(2)));
    }

    /** Appends a deposit to each open partition that ends all windows before it. Completes with their number. */
    static Future<Integer> close(Vertx vertx, Strandline log, int deposits) {
        return Applications.start(Applications.newContext(vertx), () -> log.catalog()
                .describe(AccountsPipeline.SOURCE)
                .compose(source -> log.createWriter(AccountsPipeline.SOURCE, TEXT, new WriterOptions().setId("teller"))
                        .compose(writer -> closeAll(writer, source.partitions(), deposits))));
    }

    private static Future<Integer> closeAll(
            EventWriter<String> writer, List<PartitionDescription> partitions, long deposits) {
        List<Future<?>> all = new ArrayList<>();
        for (PartitionDescription partition : partitions) {
            String key = keyOf(partition);
            all.add(writer.append(key, key + " " + CLOSING, Sequence.of(deposits + all.size())));
        }
        return Future.join(all).eventually(writer::end).map(all.size());
    }

    private static String keyOf(PartitionDescription partition) {
        for (int i = 0; ; i++) {
            byte[] key = ("closing-" + i).getBytes(StandardCharsets.UTF_8);
            if (partition.keys().contains(KeyHash.of(key, 0, key.length))) {
                return "closing-" + i;
            }
        }
    }

    /** Each window of a teller that has ended. */
    static List<String> expectedWindows(List<EventRecord<String>> source) {
        Map<String, Integer> counts = new TreeMap<>();
        for (EventRecord<String> deposit : source) {
            long number = second(deposit.event());
            if (number < CLOSING) {
                long start = number * MILLIS_PER_DEPOSIT / WINDOW_MILLIS * WINDOW_MILLIS;
                counts.merge(teller(number) + " " + start, 1, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .map(count -> count.getKey() + " " + count.getValue())
                .sorted()
                .toList();
    }

    static List<String> windows(List<EventRecord<String>> sink) {
        return sink.stream().map(EventRecord::event).sorted().toList();
    }

    /** What is wrong with the outputs of the branches, or null: each deposit is there once, and those of an account in their order. */
    static @Nullable String defect(List<EventRecord<String>> source, List<EventRecord<String>> sink) {
        Map<String, List<String>> expected = new TreeMap<>();
        Map<String, Integer> counts = new HashMap<>();
        for (EventRecord<String> deposit : source) {
            String account = first(deposit.event());
            int count = counts.merge(account, 1, Integer::sum);
            expected.computeIfAbsent(branch(second(deposit.event())) + " " + account, none -> new ArrayList<>())
                    .add(deposit.event() + " " + count);
        }
        Map<String, List<String>> actual = new TreeMap<>();
        Map<String, Integer> numbers = new HashMap<>();
        for (EventRecord<String> output : sink) {
            String branch = String.valueOf(output.key());
            int number = numbers.merge(branch, 1, Integer::sum);
            if (Integer.parseInt(first(output.event())) != number) {
                return "output " + number + " of " + branch + " is " + output.event();
            }
            String deposit = output.event().substring(output.event().indexOf(' ') + 1);
            actual.computeIfAbsent(branch + " " + first(deposit), none -> new ArrayList<>())
                    .add(deposit);
        }
        return actual.equals(expected) ? null : "the deposits of the branches are " + actual + ", not " + expected;
    }
}
