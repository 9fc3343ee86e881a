package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Catalog;
import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.StreamCut;
import io.strandline.WriterMark;
import io.strandline.log.Applications;
import io.strandline.log.LogOptions;
import io.strandline.log.RandomScaling;
import io.strandline.processing.pipeline.PipelineAudit.Kind;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineDescription.OperatorLoad;
import io.strandline.spi.OpenNames;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An audit and a description over a log of files. */
class PipelineAuditOnLogTest {

    @TempDir
    Path directory;

    @Test
    void an_audit_over_a_log_of_files_finds_a_pipeline_equal_and_appends_nothing() throws Exception {
        try (PipelineProcess process = new PipelineProcess(directory, new LogOptions().setShards(2))) {
            RunningPipeline running =
                    process.deploy(AccountsPipeline.pipeline(1, AccountsPipeline.STEP), process.options());
            get(AccountsPipeline.deposit(process.vertx, process.log, 300));
            get(running.awaitEnd());
            get(running.checkpoint("from"));
            get(AccountsPipeline.deposit(process.vertx, process.log, 1_000));
            get(running.awaitEnd());
            get(running.checkpoint("to"));
            PipelineAudit audit = get(running.audit("from", "to"));
            assertThat(audit.differences()).isEmpty();
            assertThat(audit.steps()).isEqualTo(700);
            process.assertExact(1_000);
            assertThat(get(process.log.catalog().subscribers(AccountsPipeline.SOURCE)))
                    .doesNotContainKey("pipeline:accounts!!audit");
            get(running.close());
        }
    }

    /** As they are, through a shuffle too, so a repeated step has the same outputs. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void outputs_carry_the_traces_of_their_events_if_they_are_to(boolean traceHeaders) {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            Pipeline pipeline = Pipeline.named("accounts", 1)
                    .from(AccountsPipeline.SOURCE, AccountsPipeline.TEXT)
                    .keyBy("by-account", AccountsPipeline.TEXT, AccountsPipeline::first)
                    .<String, String>process(
                            "account", AccountsPipeline.TEXT, account -> "", (state, deposit, context) -> {
                                context.emit(deposit);
                                return state;
                            })
                    .to(AccountsPipeline.SINK, AccountsPipeline.TEXT, AccountsPipeline::first)
                    .build();
            RunningPipeline running = process.deploy(pipeline, process.options().setTraceHeaders(traceHeaders));
            get(running.checkpoint("from"));
            for (int i = 0; i < 3; i++) {
                Headers headers = Headers.of(Headers.USER, "anna").with(Headers.TRACEPARENT, "trace-" + i);
                String deposit = AccountsPipeline.account(i) + " " + i;
                get(Applications.start(Applications.newContext(process.vertx), () -> process.log
                        .createWriter(AccountsPipeline.SOURCE, AccountsPipeline.TEXT)
                        .compose(writer ->
                                writer.append(NewEvent.of("k", deposit).with(headers)))));
            }
            get(running.awaitEnd());
            get(running.checkpoint("to"));
            assertThat(process.read(AccountsPipeline.SINK)).hasSize(3).allSatisfy(output -> assertThat(output.headers())
                    .isEqualTo(
                            traceHeaders
                                    ? Headers.of(
                                            Headers.TRACEPARENT, "trace-" + AccountsPipeline.second(output.event()))
                                    : Headers.NONE));
            assertThat(get(running.audit("from", "to")).differences()).isEmpty();
            get(running.close());
        }
    }

    /** A stream has so many subscribers at most, and an audit is one. */
    @Test
    void an_audit_that_cannot_begin_leaves_nothing_open() {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            RunningPipeline running =
                    process.deploy(AccountsPipeline.pipeline(1, AccountsPipeline.STEP), process.options());
            get(AccountsPipeline.deposit(process.vertx, process.log, 100));
            get(running.awaitEnd());
            get(running.checkpoint("from"));
            get(AccountsPipeline.deposit(process.vertx, process.log, 200));
            get(running.awaitEnd());
            get(running.checkpoint("to"));
            Catalog catalog = process.log.catalog();
            StreamCut start = get(catalog.startCut(AccountsPipeline.SOURCE));
            List<Future<Void>> others = new ArrayList<>();
            for (int i = get(catalog.subscribers(AccountsPipeline.SOURCE)).size(); i < 1_000; i++) {
                others.add(catalog.commitConsumed(AccountsPipeline.SOURCE, "other-" + i, start));
            }
            get(Future.all(others));
            List<String> open = OpenNames.of(process.vertx);
            assertThatThrownBy(() -> get(running.audit("from", "to"))).hasMessageContaining("has 1000 subscribers");
            assertThat(OpenNames.of(process.vertx)).isEqualTo(open);
            get(running.close());
        }
    }

    @Test
    void a_description_over_a_log_of_files_counts_what_each_operator_took_and_passed_on() {
        try (PipelineProcess process = new PipelineProcess(directory, new LogOptions().setShards(2))) {
            RunningPipeline running =
                    process.deploy(AccountsPipeline.pipeline(1, AccountsPipeline.STEP), process.options());
            get(AccountsPipeline.deposit(process.vertx, process.log, 300));
            get(running.awaitEnd());
            PipelineDescription described = get(running.describe());
            assertThat(described.lag()).isZero();
            assertThat(described.tasks()).hasSize(3).allSatisfy(task -> {
                assertThat(task.hold()).isEqualTo(Hold.NONE);
                assertThat(task.lagMillis()).isZero();
                assertThat(task.watermark()).isPositive();
            });
            List<OperatorLoad> operators = described.operators("accounts");
            assertThat(operators.get(0).in()).isEqualTo(300);
            assertThat(operators.get(0).out()).isEqualTo(300);
            assertThat(operators.get(operators.size() - 1).in())
                    .isEqualTo(described.tasks().stream()
                            .mapToLong(PipelineDescription.Task::outputs)
                            .sum())
                    .isEqualTo(process.read(AccountsPipeline.SINK).size());
            get(running.close());
        }
    }

    // ---- outputs

    /** Runs a pipeline between checkpoints "from" and "to", each after some deposits, and audits what is between them. */
    private static PipelineAudit audit(PipelineProcess process, Pipeline pipeline, Runnable between) {
        RunningPipeline running = process.deploy(pipeline, process.options().setAuditStepsPerSecond(100_000_000));
        get(AccountsPipeline.deposit(process.vertx, process.log, 200));
        get(running.awaitEnd());
        get(running.checkpoint("from"));
        get(AccountsPipeline.deposit(process.vertx, process.log, 400));
        between.run();
        get(AccountsPipeline.deposit(process.vertx, process.log, 600));
        get(running.awaitEnd());
        get(running.checkpoint("to"));
        PipelineAudit audit = get(running.audit("from", "to"));
        get(running.close());
        return audit;
    }

    /** Keeps no state. */
    private static Pipeline mapped(UnaryOperator<String> map) {
        return Pipeline.named("accounts", 1)
                .from(AccountsPipeline.SOURCE, AccountsPipeline.TEXT)
                .map(map)
                .to(AccountsPipeline.SINK, AccountsPipeline.TEXT, AccountsPipeline::first)
                .build();
    }

    private static void assertNamesSink(PipelineAudit audit) {
        assertThat(audit.differences()).as(audit.toText()).isNotEmpty().allSatisfy(difference -> {
            assertThat(difference.kind()).isEqualTo(Kind.OUTPUT);
            assertThat(difference.operator()).isEqualTo(AccountsPipeline.SINK);
            assertThat(difference.key()).isNull();
        });
        assertThat(audit.toText()).contains("DIFFERENT", "to " + AccountsPipeline.SINK, "in its partition ");
    }

    @Test
    void a_random_number_that_reaches_the_sink_alone_is_found() {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            Random random = new Random(1);
            assertNamesSink(audit(process, mapped(deposit -> deposit + " " + random.nextLong()), () -> {}));
            assertThat(process.read(AccountsPipeline.SINK)).hasSize(600);
        }
    }

    @Test
    void an_output_that_only_one_of_the_two_has_is_found() {
        AtomicInteger steps = new AtomicInteger();
        AccountsPipeline.TextStep step = (before, deposit, output) -> {
            boolean isRepeated = steps.incrementAndGet() > 600;
            if (!isRepeated || !AccountsPipeline.first(deposit).equals(AccountsPipeline.account(1))) {
                output.emit(AccountsPipeline.first(deposit), deposit);
            }
            return AccountsPipeline.sum(before, deposit);
        };
        try (PipelineProcess process = new PipelineProcess(directory)) {
            PipelineAudit audit = audit(process, AccountsPipeline.pipeline(1, step), () -> {});
            assertNamesSink(audit);
            assertThat(audit.differences()).hasSize(1);
            String first = audit.differences().get(0).detail();
            assertThat(first)
                    .containsPattern("the first that differs is number \\d+, at offset \\d+ with key "
                            + AccountsPipeline.account(1) + ", in a step up to ");
            long offset = Long.parseLong(first.replaceFirst(".*at offset (\\d+) .*", "$1"));
            long partition = Long.parseLong(first.replaceFirst(".*in its partition (\\d+) .*", "$1"));
            assertThat(process.read(AccountsPipeline.SINK).stream()
                            .filter(output -> output.partition() == partition
                                    && output.event().startsWith(AccountsPipeline.account(1) + " ")
                                    && AccountsPipeline.second(output.event()) >= 200)
                            .mapToLong(EventRecord::offset)
                            .min())
                    .hasValue(offset);
        }
    }

    @Test
    void an_output_to_a_partition_that_had_none_is_found() {
        AtomicInteger steps = new AtomicInteger();
        String rare = AccountsPipeline.account(1);
        AccountsPipeline.TextStep step = (before, deposit, output) -> {
            boolean isRepeated = steps.incrementAndGet() > 600;
            output.emit(isRepeated ? "another" : rare, deposit);
            return AccountsPipeline.sum(before, deposit);
        };
        try (PipelineProcess process = new PipelineProcess(directory)) {
            PipelineAudit audit = audit(process, AccountsPipeline.pipeline(1, step), () -> {});
            assertNamesSink(audit);
            assertThat(audit.toText()).contains("the checkpoint has outputs up to " + WriterMark.NONE);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void outputs_are_found_equal_while_source_and_sink_are_scaled(long seed) throws Exception {
        Random random = new Random(seed);
        RandomScaling source = new RandomScaling(AccountsPipeline.SOURCE, 6, random);
        RandomScaling sink = new RandomScaling(AccountsPipeline.SINK, 6, random);
        Pipeline pipeline = seed == 3
                ? AccountsPipeline.shuffled(1, AccountsPipeline.STEP)
                : AccountsPipeline.pipeline(1, AccountsPipeline.STEP);
        try (PipelineProcess process = new PipelineProcess(directory)) {
            PipelineAudit audit = audit(process, pipeline, () -> {
                for (int i = 0; i < 2; i++) {
                    get(source.next(process.log));
                    get(sink.next(process.log));
                }
            });
            assertThat(audit.differences()).as(audit.toText()).isEmpty();
            process.assertExact(600);
        }
    }

    @Test
    void outputs_of_a_version_before_that_were_kept_are_no_difference() {
        AtomicInteger steps = new AtomicInteger();
        try (PipelineProcess process = new PipelineProcess(directory)) {
            get(AccountsPipeline.deposit(process.vertx, process.log, 100));
            process.runWithoutCheckpoint(version(1, steps), steps, 100);
            RunningPipeline running = process.deploy(
                    version(2, new AtomicInteger()),
                    process.options().setVersionChangeAllowed(true).setAuditStepsPerSecond(100_000_000));
            // The first checkpoint of the version is before outputs that it has not made, and the next one after them.
            get(running.awaitEnd());
            get(running.checkpoint("from"));
            get(AccountsPipeline.deposit(process.vertx, process.log, 300));
            get(running.awaitEnd());
            get(running.checkpoint("to"));
            PipelineAudit audit = get(running.audit("from", "to"));
            assertThat(audit.differences()).as(audit.toText()).isEmpty();
            get(running.close());
        }
    }

    private static Pipeline version(int version, AtomicInteger steps) {
        return AccountsPipeline.pipeline(version, PipelineProcess.counting(steps, (before, deposit, output) -> {
            output.emit(AccountsPipeline.first(deposit), deposit + " by " + version);
            return AccountsPipeline.sum(before, deposit);
        }));
    }
}
