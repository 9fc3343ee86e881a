package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A pipeline with a shuffle, and what it must give. Deposits of accounts are summed up by buckets of their amounts, so the
 * deposits of a bucket come from all partitions of all sources. Several tasks feed a bucket in an order that nobody knows
 * before, so a sum is compared by what each output adds to the one before.
 */
final class Buckets {

    static final String SOURCE = Ledger.SOURCE;
    static final String OTHER = "bank/transfers";
    static final String SINK = Ledger.SINK;
    static final String THROUGH = "_strandline/shuffle-buckets--by-bucket";
    static final String NAME = "buckets";

    private Buckets() {}

    static Pipeline pipeline() {
        return pipeline(deposit -> deposit);
    }

    /** @param before is called for each deposit before the shuffle */
    static Pipeline pipeline(UnaryOperator<String> before) {
        return pipeline(before, bucket -> {});
    }

    /**
     * As they are named.
     *
     * @param before is called for each deposit before the shuffle
     * @param after is called with the bucket of each deposit after it
     */
    static Pipeline pipeline(UnaryOperator<String> before, Consumer<String> after) {
        Pipeline.Builder builder = Pipeline.named(NAME, 1);
        sums(builder.from(SOURCE, TextCodec.STRING).map(before), after);
        return builder.build();
    }

    static Pipeline pipeline(int version) {
        Pipeline.Builder builder = Pipeline.named(NAME, version);
        sums(builder.from(SOURCE, TextCodec.STRING));
        return builder.build();
    }

    /** Of two sources. */
    static Pipeline merged() {
        Pipeline.Builder builder = Pipeline.named(NAME, 1);
        sums(builder.from(SOURCE, TextCodec.STRING).merge(builder.from(OTHER, TextCodec.STRING)));
        return builder.build();
    }

    private static void sums(Events<String> deposits) {
        sums(deposits, bucket -> {});
    }

    private static void sums(Events<String> deposits, Consumer<String> before) {
        deposits.keyBy("by-bucket", TextCodec.STRING, Buckets::bucket)
                .<Ledger.Balance, String>process(
                        "sum", Ledger.BALANCES, bucket -> new Ledger.Balance(0, 0), (sum, deposit, context) -> {
                            before.accept(context.key());
                            Ledger.Balance after =
                                    new Ledger.Balance(sum.count() + 1, sum.digest() + deposit.hashCode());
                            context.emit(context.key() + " " + after.count() + " " + after.digest());
                            return after;
                        })
                .to(SINK, TextCodec.STRING);
    }

    static String bucket(String deposit) {
        return "bucket-" + Integer.parseInt(deposit.substring(deposit.indexOf(' ') + 1)) % 7;
    }

    static void createStreams(MemoryLog log, int partitions) {
        Ledger.createStreams(log, partitions);
        log.createStream(OTHER, new StreamOptions().setPartitions(partitions));
    }

    /** Each deposit of these streams is in the sums of its bucket once, and each output is there once and in order. */
    static void assertExact(MemoryLog log, String... sources) {
        Map<String, List<Long>> expected = new TreeMap<>();
        for (String source : sources) {
            for (String deposit : Ledger.texts(log, source)) {
                expected.computeIfAbsent(bucket(deposit), none -> new ArrayList<>())
                        .add((long) deposit.hashCode());
            }
        }
        Map<String, List<Long>> actual = new TreeMap<>();
        Map<String, Long> sums = new TreeMap<>();
        Ledger.actualOutputs(log).forEach((bucket, outputs) -> {
            for (String output : outputs) {
                String[] parts = output.split(" ", -1);
                List<Long> added = actual.computeIfAbsent(bucket, none -> new ArrayList<>());
                long sum = Long.parseLong(parts[2]);
                added.add(sum - sums.getOrDefault(bucket, 0L));
                sums.put(bucket, sum);
                assertThat(parts[0]).isEqualTo(bucket);
                assertThat(Long.parseLong(parts[1])).as("count of %s", bucket).isEqualTo(added.size());
            }
        });
        expected.values().forEach(each -> each.sort(null));
        actual.values().forEach(each -> each.sort(null));
        assertThat(actual).isEqualTo(expected);
    }
}
