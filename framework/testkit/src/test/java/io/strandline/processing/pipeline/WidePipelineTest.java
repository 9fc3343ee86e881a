package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pipeline over as many partitions as the options let it have, on a log with its default limits. */
class WidePipelineTest {

    private static final String SOURCE = "wide/source";
    private static final String SINK = "wide/sink";
    private static final int EVENTS = 6_000;

    @TempDir
    Path directory;

    private static Pipeline pipeline() {
        return Pipeline.named("wide", 1)
                .from(SOURCE, AccountsPipeline.TEXT)
                .keyBy(event -> event)
                .aggregate("last", AccountsPipeline.TEXT, key -> "", (before, event) -> event)
                .to(SINK, AccountsPipeline.TEXT)
                .build();
    }

    private static void createStreams(PipelineProcess process, int partitions) {
        get(process.log.catalog().createScope("wide"));
        get(process.log.catalog().createStream(SOURCE, new StreamOptions().setPartitions(partitions)));
        get(process.log.catalog().createStream(SINK, new StreamOptions()));
    }

    private static void append(PipelineProcess process, int round) {
        get(Applications.start(Applications.newContext(process.vertx), () -> process.log
                .createWriter(SOURCE, AccountsPipeline.TEXT, new WriterOptions())
                .compose(writer -> {
                    List<Future<?>> all = new ArrayList<>();
                    for (int i = 0; i < EVENTS; i++) {
                        String event = round + " " + i;
                        all.add(writer.append(event, event));
                    }
                    return Future.all(all).eventually(writer::end);
                })));
    }

    @Test
    void as_many_partitions_as_are_documented_are_processed_and_restored() {
        try (PipelineProcess process = new PipelineProcess(directory, new LogOptions())) {
            createStreams(process, PipelineOptions.DEFAULT_MAX_PARTITIONS);
            for (int round = 1; round <= 2; round++) {
                append(process, round);
                RunningPipeline running = get(pipeline().deploy(process.vertx, process.log, process.options()));
                Checkpoint end = get(running.awaitEnd());
                assertThat(end.keys()).isEqualTo((long) round * EVENTS);
                assertThat(running.statistics().restored() == null).isEqualTo(round == 1);
                get(running.close());
            }
            assertThat(process.read(SINK).stream().map(output -> output.event()))
                    .hasSize(2 * EVENTS)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void one_partition_more_is_refused_at_start_with_limit_and_number() {
        try (PipelineProcess process = new PipelineProcess(directory, new LogOptions())) {
            createStreams(process, PipelineOptions.DEFAULT_MAX_PARTITIONS + 1);
            Set<String> before = process.vertx.deploymentIDs();
            assertThat(failure(pipeline().deploy(process.vertx, process.log, process.options())))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("2001 partitions of wide/source")
                    .hasMessageContaining("maxPartitions is 2000");
            assertThat(process.vertx.deploymentIDs()).isEqualTo(before);
        }
    }
}
