package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;

import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.Ledger.Balance;
import io.strandline.processing.pipeline.impl.Ledger.Keyed;
import io.strandline.processing.pipeline.impl.Ledger.TextStep;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Versions of the {@link Ledger} that run beside each other. Each marks its outputs, and has a sink of its own. */
final class Corrections {

    private final PipelineFixture fixture;

    Corrections(PipelineFixture fixture) {
        this.fixture = fixture;
    }

    /** Version 1 has the sink of the ledger. */
    static String sink(int version) {
        return version == 1 ? Ledger.SINK : Ledger.SINK + "-" + version;
    }

    void createStreams() {
        Ledger.createStreams(fixture.log, 2);
        for (int version = 2; version <= 3; version++) {
            fixture.log.createStream(sink(version), new StreamOptions().setPartitions(3));
        }
    }

    static Pipeline version(int version) {
        return version(version, Ledger::step);
    }

    static Pipeline version(int version, TextStep step) {
        return version(version, sink(version), step);
    }

    static Pipeline version(int version, String sink, TextStep step) {
        return Pipeline.named("ledger", version)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .keyBy(Ledger::account)
                .<Balance, Keyed>process(
                        "balance",
                        Ledger.BALANCES,
                        account -> new Balance(0, account.length()),
                        (before, deposit, context) -> step.apply(
                                before, deposit, (key, text) -> context.emit(new Keyed(key, marked(version, text)))))
                .to(sink, Keyed.CODEC, Keyed::key)
                .build();
    }

    private static String marked(int version, String text) {
        return version == 1 ? text : text + " by " + version;
    }

    PipelineOptions options() {
        return fixture.options();
    }

    Future<RunningPipeline> deploy(MemoryStrandline process, int version) {
        return version(version).deploy(process.vertx, process, options(), fixture.store(process.vertx));
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
    void append(MemoryStrandline process, String pipeline, CheckpointEntry... entries) {
        await(Hop.to(
                process.vertx.getOrCreateContext(), () -> CheckpointStream.open(process, pipeline, fixture.options())
                        .compose(stream -> Future.all(
                                Stream.of(entries).map(stream::append).toList()))));
    }

    /**
     * What a version must have appended, by routing key.
     *
     * @param before the outputs of the ledger when it began, which it leaves out
     */
    Map<String, List<String>> expected(int version, Map<String, List<String>> before) {
        Map<String, List<String>> expected = new TreeMap<>();
        Ledger.expectedOutputs(fixture.log).forEach((key, outputs) -> {
            List<String> rest = outputs.stream()
                    .skip(before.getOrDefault(key, List.of()).size())
                    .map(text -> marked(version, text))
                    .toList();
            if (!rest.isEmpty()) {
                expected.put(key, rest);
            }
        });
        return expected;
    }

    /** What it has appended. */
    Map<String, List<String>> actual(int version) {
        Map<String, List<String>> outputs = new TreeMap<>();
        fixture.log.partitions(sink(version)).forEach(partition -> fixture.log
                .events(sink(version), partition)
                .forEach(stored -> outputs.computeIfAbsent(String.valueOf(stored.key()), first -> new ArrayList<>())
                        .add(new String(stored.bytes(), StandardCharsets.UTF_8))));
        return outputs;
    }
}
