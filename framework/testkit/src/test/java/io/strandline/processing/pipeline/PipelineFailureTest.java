package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.strandline.log.LogOptions;
import io.strandline.processing.pipeline.RunningPipeline.ParkedEvent;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events that fail, over a log of files, whose digests compare every output of a replay with what the log has. */
class PipelineFailureTest {

    @TempDir
    Path directory;

    /** Emits before it fails. */
    private static Pipeline failing(AtomicBoolean fails) {
        return AccountsPipeline.pipeline(1, (before, deposit, output) -> {
            String after = AccountsPipeline.STEP.apply(before, deposit, output);
            if (fails.get() && AccountsPipeline.second(deposit) % 50 == 49) {
                throw new IllegalStateException("cannot add " + deposit);
            }
            return after;
        });
    }

    /** All outputs with their places, because a reader of several partitions merges them in any order. */
    private static List<String> outputs(PipelineProcess process) {
        return process.read(AccountsPipeline.SINK).stream()
                .map(record -> record.partition() + "/" + record.offset() + " " + record.event())
                .sorted()
                .toList();
    }

    private static PipelineOptions parking(PipelineProcess process) {
        return process.options()
                .setFailurePolicy(FailurePolicy.PARK)
                .setHoldKeys(true)
                .setMaxAttempts(2)
                .setRetryBackOffMillis(1);
    }

    /** In the replays no step fails any more. What was decided stays decided, and all outputs are those that the log has. */
    @Test
    void a_replay_gives_the_same_outputs_and_parks_nothing_again() {
        try (PipelineProcess process = new PipelineProcess(directory, new LogOptions().setShards(2))) {
            AtomicBoolean fails = new AtomicBoolean(true);
            RunningPipeline running = process.deploy(failing(fails), parking(process));
            get(AccountsPipeline.deposit(process.vertx, process.log, 200));
            get(running.awaitEnd());
            get(running.checkpoint("half"));
            get(AccountsPipeline.deposit(process.vertx, process.log, 400));
            get(running.awaitEnd());
            List<ParkedEvent> parked = get(running.parked());
            assertThat(parked).hasSizeGreaterThan(8).anyMatch(event -> event.cause()
                    .contains("cannot add"));

            List<Long> ids = parked.stream().map(ParkedEvent::id).toList();
            List<String> replayed = new ArrayList<>();
            assertThat(get(running.replay(ids, AccountsPipeline.TEXT, event -> {
                        replayed.add(event.event());
                        return Future.succeededFuture();
                    })))
                    .isEqualTo(parked.size())
                    .isEqualTo(replayed.size());
            get(AccountsPipeline.deposit(process.vertx, process.log, 440));
            get(running.awaitEnd());
            assertThat(get(running.parked())).isEmpty();
            List<String> outputs = outputs(process);
            get(running.close());

            fails.set(false);
            RunningPipeline half = get(failing(fails).restore(process.vertx, process.log, parking(process), "half"));
            get(half.awaitEnd());
            assertThat(outputs(process)).isEqualTo(outputs);
            assertThat(get(half.parked())).isEmpty();
            get(half.close());
        }
    }

    @Test
    void a_reset_gives_the_same_outputs() throws Exception {
        try (PipelineProcess process = new PipelineProcess(directory, new LogOptions().setShards(2))) {
            Pipeline pipeline = failing(new AtomicBoolean());
            RunningPipeline running = process.deploy(pipeline, process.options());
            get(AccountsPipeline.deposit(process.vertx, process.log, 200));
            get(running.awaitEnd());
            get(AccountsPipeline.deposit(process.vertx, process.log, 300));
            get(running.awaitEnd());
            get(running.close());
            List<String> outputs = outputs(process);

            RunningPipeline reset = get(pipeline.reset(process.vertx, process.log, process.options()));
            get(reset.awaitEnd());
            assertThat(reset.statistics().restored()).isNull();
            assertThat(outputs(process)).isEqualTo(outputs);
            get(AccountsPipeline.deposit(process.vertx, process.log, 400));
            get(reset.awaitEnd());
            process.assertExact(400);
            get(reset.close());
        }
    }

    /** Its JSON is larger than the event, and so is the message of a cause that quotes it. */
    @Test
    void an_event_that_is_nearly_as_large_as_the_log_takes_is_parked_by_its_place() {
        LogOptions small = new LogOptions().setShards(1);
        small.setMaxEventBytes(4 << 10);
        try (PipelineProcess process = new PipelineProcess(directory, small)) {
            Pipeline pipeline = AccountsPipeline.pipeline(1, (before, deposit, output) -> {
                throw new IllegalStateException("cannot add " + deposit);
            });
            RunningPipeline running = process.deploy(pipeline, parking(process).setHoldKeys(false));
            String large = "account-1 " + "7".repeat(3_900);
            get(Applications.start(Applications.newContext(process.vertx), () -> process.log
                    .createWriter(AccountsPipeline.SOURCE, AccountsPipeline.TEXT, new WriterOptions())
                    .compose(writer -> writer.append("account-1", large).eventually(writer::end))));
            get(running.awaitEnd());
            List<ParkedEvent> parked = get(running.parked());
            assertThat(parked).singleElement().satisfies(event -> assertThat(event.cause())
                    .hasSizeLessThan(400)
                    .contains("cannot add account-1"));
            List<String> replayed = new ArrayList<>();
            get(running.replay(List.of(parked.get(0).id()), AccountsPipeline.TEXT, event -> {
                replayed.add(event.event());
                return Future.succeededFuture();
            }));
            assertThat(replayed).containsExactly(large);
            get(running.close());
        }
    }
}
