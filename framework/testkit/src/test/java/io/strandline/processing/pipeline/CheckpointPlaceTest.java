package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a pipeline without a checkpoint directory has its snapshots: beside the log, and gone with it. */
class CheckpointPlaceTest {

    private static final Pipeline PIPELINE = AccountsPipeline.pipeline(1, AccountsPipeline.STEP);

    @TempDir
    Path directory = Path.of("");

    private Path snapshots() {
        return directory.resolve("log/checkpoints/accounts");
    }

    private static void runToEnd(PipelineProcess process, int deposits) throws Exception {
        get(AccountsPipeline.deposit(process.vertx, process.log, deposits));
        RunningPipeline running = process.deploy(PIPELINE, new PipelineOptions());
        get(running.awaitEnd());
        get(running.close());
        process.assertExact(deposits);
    }

    @Test
    void it_is_in_the_data_directory_and_the_next_process_finds_it() throws Exception {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            runToEnd(process, 100);
            assertThat(snapshots()).isDirectoryContaining("glob:**e*-c*-p*.snapshot");
        }
        try (PipelineProcess process = new PipelineProcess(directory)) {
            RunningPipeline running = process.deploy(PIPELINE, new PipelineOptions());
            assertThat(running.statistics().restored()).isNotNull();
            get(running.close());
            runToEnd(process, 200);
        }
    }

    @Test
    void a_deletion_leaves_nothing_there() throws Exception {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            runToEnd(process, 100);
            get(PIPELINE.delete(process.vertx, process.log, new PipelineOptions()));
            assertThat(snapshots()).doesNotExist();
        }
    }

    /** It goes on where it was, from the directory that is named from now on. */
    @Test
    void a_directory_that_is_named_later_may_be_the_same_one() throws Exception {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            runToEnd(process, 100);
            String named = directory.resolve("log/checkpoints").toString();
            RunningPipeline running = process.deploy(PIPELINE, new PipelineOptions().setCheckpointDirectory(named));
            assertThat(running.statistics().restored()).isNotNull();
            get(running.close());
        }
    }

    @Test
    void a_place_that_cannot_be_written_is_unavailable_and_named() throws Exception {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            Files.createFile(directory.resolve("log/checkpoints"));
            assertThat(failure(PIPELINE.deploy(process.vertx, process.log, new PipelineOptions())))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("log/checkpoints/accounts")
                    .hasMessageContaining("cannot be written");
        }
    }
}
