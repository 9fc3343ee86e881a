package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StreamOptions;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.Ledger.Balance;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Versions of a pipeline of three stages, each with sinks of its own, and what they must give. Events of two partitions are counted by
 * key in windows, after a shuffle, and the counts are summed up by the beginning of the window, after another one. The times of events
 * rise in each partition, so no event is late.
 */
final class StagedVersions {

    static final String NAME = "visits";
    static final String BY_KEY = "_strandline/shuffle-visits--by-key";
    static final String BY_START = "_strandline/shuffle-visits--by-start";

    static final String OTHER = "bank/others";

    private static final long SIZE = 50;
    private static final long STEP = 10;
    private static final int PARTITIONS = 2;

    private final PipelineFixture fixture;
    private final MemoryLog log;
    /** Of the next event in each partition. */
    private long time;

    StagedVersions(PipelineFixture fixture) {
        this.fixture = fixture;
        this.log = fixture.log;
    }

    void createStreams() {
        Ledger.createStreams(log, PARTITIONS);
        for (int version = 1; version <= 3; version++) {
            createSinks(version);
        }
    }

    void createSinks(int version) {
        log.createStream(counts(version), new StreamOptions().setPartitions(2));
        log.createStream(sums(version), new StreamOptions().setPartitions(3));
    }

    static String counts(int version) {
        return "bank/counts-" + version;
    }

    static String sums(int version) {
        return "bank/sums-" + version;
    }

    static Pipeline version(int version) {
        return version(version, event -> event);
    }

    /** @param before is called for each event before the first shuffle */
    static Pipeline version(int version, UnaryOperator<String> before) {
        return version(version, before, counts(version));
    }

    static Pipeline version(int version, UnaryOperator<String> before, String counts) {
        Pipeline.Builder builder = Pipeline.named(NAME, version);
        Events<String> counted = builder.from(Ledger.SOURCE, TextCodec.STRING)
                .eventTime(StagedVersions::time, Duration.ZERO)
                .map(before)
                .keyBy("by-key", TextCodec.STRING, event -> event.substring(event.indexOf(' ') + 1))
                .window(Windows.tumbling(Duration.ofMillis(SIZE)))
                .count("counts")
                .map(window -> window.start() + " " + window.key() + " " + window.value());
        counted.to(counts, TextCodec.STRING);
        counted.keyBy("by-start", TextCodec.STRING, count -> count.substring(0, count.indexOf(' ')))
                .<Balance, String>process(
                        "sums", Ledger.BALANCES, start -> new Balance(0, 0), (sum, count, context) -> {
                            Balance after = new Balance(
                                    sum.count() + 1,
                                    sum.digest() + Long.parseLong(count.substring(count.lastIndexOf(' ') + 1)));
                            context.emit(context.key() + " " + after.count() + " " + after.digest());
                            return after;
                        })
                .to(sums(version), TextCodec.STRING);
        return builder.build();
    }

    /** Versions that count the events of two sources by key, after one shuffle. */
    static Pipeline merged(int version) {
        Pipeline.Builder builder = Pipeline.named(NAME, version);
        builder.from(Ledger.SOURCE, TextCodec.STRING)
                .merge(builder.from(OTHER, TextCodec.STRING))
                .keyBy("by-key", TextCodec.STRING, event -> event.substring(event.indexOf(' ') + 1))
                .aggregate(
                        "events",
                        Ledger.BALANCES,
                        key -> new Balance(0, 0),
                        (sum, event) -> new Balance(sum.count() + 1, 0))
                .map(sum -> Long.toString(sum.count()))
                .to(counts(version), TextCodec.STRING);
        return builder.build();
    }

    private static long time(String event) {
        return Long.parseLong(event.substring(0, event.indexOf(' ')));
    }

    /** Appends that many events to each partition. Callable from any thread. */
    synchronized void append(int count) {
        for (int i = 0; i < count; i++, time += STEP) {
            int open = log.partitionsNow(Ledger.SOURCE).size();
            for (int partition = 0; partition < open; partition++) {
                append(partition, time, "key-" + (i + partition) % 5);
            }
        }
    }

    private void append(int partition, long at, String key) {
        int epoch = log.admit(Ledger.SOURCE, "events");
        log.append(Ledger.SOURCE, "events", new Sequence(epoch, 0), routingKey(partition), at + " " + key);
    }

    private String routingKey(int index) {
        PartitionDescription partition = log.partitionsNow(Ledger.SOURCE).get(index);
        for (int i = 0; ; i++) {
            byte[] bytes = ("r" + i).getBytes(StandardCharsets.UTF_8);
            if (partition.keys().contains(KeyHash.of(bytes, 0, bytes.length))) {
                return "r" + i;
            }
        }
    }

    /** Appends that many events to the first partition alone. */
    synchronized void appendToFirst(int count) {
        for (int i = 0; i < count; i++, time += STEP) {
            append(0, time, "key-" + i % 5);
        }
    }

    /** An event for each partition that ends all windows before it. */
    synchronized void endWindows() {
        time += 10 * SIZE;
        int open = log.partitionsNow(Ledger.SOURCE).size();
        for (int partition = 0; partition < open; partition++) {
            append(partition, time, "last");
        }
    }

    /** Nothing but events moves event time. */
    PipelineOptions options() {
        return fixture.options().setSilenceMillis(86_400_000);
    }

    Future<RunningPipeline> deploy(MemoryStrandline process, int version) {
        return fixture.deploy(process, version(version), options());
    }

    Future<RunningPipeline> beside(MemoryStrandline process, Pipeline pipeline, @Nullable String checkpoint) {
        return pipeline.runBeside(process.vertx, process, options(), fixture.store(process.vertx), checkpoint);
    }

    RunningPipeline beside(MemoryStrandline process, int version, @Nullable String checkpoint) {
        return await(beside(process, version(version), checkpoint));
    }

    Future<Void> drop(MemoryStrandline process, int version) {
        return version(version).drop(process.vertx, process, options(), fixture.store(process.vertx));
    }

    Future<Void> delete(MemoryStrandline process, int version) {
        return version(version).delete(process.vertx, process, options(), fixture.store(process.vertx));
    }

    /** Appends to a checkpoint stream, as a run does. */
    void append(MemoryStrandline process, String stage, CheckpointEntry entry) {
        await(Hop.to(process.vertx.getOrCreateContext(), () -> CheckpointStream.open(process, stage, fixture.options())
                .compose(stream -> stream.append(entry))));
    }

    /** Scales a stream that is there. */
    void scale(String stream, Random random) {
        if (log.exists(stream)) {
            Scalings.atRandom(log, stream, random);
        }
    }

    // ---- what there must be

    /** Count of each window that has ended by the events that are there, by beginning and key. */
    private Map<String, Integer> expected() {
        Map<String, Integer> counts = new TreeMap<>();
        for (String event : Ledger.texts(log, Ledger.SOURCE)) {
            long start = time(event) / SIZE * SIZE;
            if (start + SIZE <= time) {
                counts.merge(start + " " + event.substring(event.indexOf(' ') + 1), 1, Integer::sum);
            }
        }
        return counts;
    }

    private Set<String> allCounts() {
        Set<String> expected = new HashSet<>();
        expected().forEach((window, count) -> expected.add(window + " " + count));
        return expected;
    }

    /** What is to be counted, and a version has not. */
    Set<String> missing(int version) {
        Set<String> missing = allCounts();
        missing.removeAll(counted(version));
        return missing;
    }

    /** What a version has counted. */
    Set<String> counted(int version) {
        List<String> texts = Ledger.texts(log, counts(version));
        Set<String> counted = new HashSet<>(texts);
        assertThat(texts).as("each count once").hasSize(counted.size());
        return counted;
    }

    /**
     * Checks that a version has given each count once that another one had not given before, and every sum in its order.
     *
     * @param before what the other one had counted when it began
     */
    void assertExact(int version, Set<String> before) {
        Set<String> expected = allCounts();
        assertThat(expected).containsAll(before);
        expected.removeAll(before);
        assertThat(counted(version)).isEqualTo(expected).isNotEmpty();

        Map<String, Balance> known = sums(before);
        for (long partition : log.partitions(sums(version))) {
            log.events(sums(version), partition).forEach(stored -> {
                String[] parts = new String(stored.bytes(), StandardCharsets.UTF_8).split(" ", -1);
                Balance last = known.getOrDefault(parts[0], new Balance(0, 0));
                assertThat(Long.parseLong(parts[1]))
                        .as("counts of %s", parts[0])
                        .isEqualTo(last.count() + 1);
                known.put(parts[0], new Balance(last.count() + 1, Long.parseLong(parts[2])));
            });
        }
        Set<String> all = new HashSet<>(expected);
        all.addAll(before);
        assertThat(known).isEqualTo(sums(all));
    }

    private static Map<String, Balance> sums(Set<String> counts) {
        Map<String, Balance> sums = new HashMap<>();
        counts.forEach(count -> {
            String[] parts = count.split(" ", -1);
            sums.merge(
                    parts[0],
                    new Balance(1, Long.parseLong(parts[2])),
                    (one, other) -> new Balance(one.count() + 1, one.digest() + other.digest()));
        });
        return sums;
    }
}
