package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Retention;
import io.strandline.StreamCut;
import io.strandline.log.LogOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Retention by consumption waits for pipelines: for what a restart from any retained checkpoint reads. */
class PipelineRetentionTest {

    private static final String SUBSCRIBER = "pipeline:accounts";

    @TempDir
    Path directory;

    private static Pipeline pipeline() {
        return AccountsPipeline.pipeline(1, AccountsPipeline.STEP);
    }

    private PipelineProcess process() {
        return new PipelineProcess(directory, new LogOptions().setShards(2).setRetentionIntervalMillis(100));
    }

    /** Another subscriber that has read all there is, so that only the pipeline can hold anything. */
    private static void readByOthers(PipelineProcess process) {
        get(process.log
                .catalog()
                .commitConsumed(
                        AccountsPipeline.SOURCE,
                        "others",
                        get(process.log.catalog().endCut(AccountsPipeline.SOURCE))));
    }

    private static void untilStartIs(PipelineProcess process, StreamCut expected) {
        AtomicReference<StreamCut> start = new AtomicReference<>();
        until(process.vertx, "the source starts at " + expected, () -> {
            process.log.catalog().startCut(AccountsPipeline.SOURCE).onSuccess(start::set);
            return expected.equals(start.get());
        });
    }

    @Test
    void keeps_what_the_oldest_retained_checkpoint_needs_and_no_more() throws Exception {
        try (PipelineProcess process = process()) {
            get(process.log.catalog().setRetention(AccountsPipeline.SOURCE, Retention.untilConsumed(0)));
            PipelineOptions options = process.options().setRetainedCheckpoints(3);
            RunningPipeline running = process.deploy(pipeline(), options);
            assertThat(get(process.log.catalog().subscribers(AccountsPipeline.SOURCE)))
                    .containsOnlyKeys(SUBSCRIBER);
            List<Checkpoint> checkpoints = new ArrayList<>();
            for (int round = 1; round <= 6; round++) {
                get(AccountsPipeline.deposit(process.vertx, process.log, round * 100));
                readByOthers(process);
                checkpoints.add(get(running.awaitEnd()));
            }
            StreamCut oldest = checkpoints.get(3).cut();
            assertThat(get(process.log.catalog().subscribers(AccountsPipeline.SOURCE)))
                    .containsEntry(SUBSCRIBER, oldest);
            untilStartIs(process, oldest);
            get(running.close());

            // The newest two are damaged.
            for (String file : process.snapshots("accounts")) {
                if (!file.contains("-c" + checkpoints.get(3).number() + "-")) {
                    Files.delete(directory.resolve("checkpoints/accounts").resolve(file));
                }
            }
            RunningPipeline again = process.deploy(pipeline(), options);
            assertThat(again.statistics().restored()).isEqualTo(checkpoints.get(3));
            assertThat(get(again.awaitEnd()).cut())
                    .isEqualTo(get(process.log.catalog().endCut(AccountsPipeline.SOURCE)));
            get(again.close());
        }
    }

    @Test
    void waits_neither_for_one_that_was_deleted_nor_for_one_that_does_not_want_it() {
        try (PipelineProcess process = process()) {
            get(process.log.catalog().setRetention(AccountsPipeline.SOURCE, Retention.untilConsumed(0)));
            get(AccountsPipeline.deposit(process.vertx, process.log, 100));
            RunningPipeline running = process.deploy(pipeline(), process.options());
            readByOthers(process);
            get(running.awaitEnd());
            get(running.close());
            RunningPipeline again = process.deploy(pipeline(), process.options().setHoldRetention(false));
            assertThat(get(process.log.catalog().subscribers(AccountsPipeline.SOURCE)))
                    .containsOnlyKeys("others");
            get(again.close());
            process.deploy(pipeline(), process.options());
            assertThat(get(process.log.catalog().subscribers(AccountsPipeline.SOURCE)))
                    .containsOnlyKeys("others", SUBSCRIBER);

            get(pipeline().delete(process.vertx, process.log, process.options()));
            assertThat(get(process.log.catalog().subscribers(AccountsPipeline.SOURCE)))
                    .containsOnlyKeys("others");
            assertThat(directory.resolve("checkpoints/accounts")).doesNotExist();
            assertThat(get(process.log.catalog().scopes())).containsExactly("bank");
            untilStartIs(process, get(process.log.catalog().endCut(AccountsPipeline.SOURCE)));
        }
    }
}
