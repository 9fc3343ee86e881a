package io.strandline.log;

import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.PipelineAudit;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineDescription.OperatorLoad;
import io.strandline.processing.pipeline.RunningPipeline;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
