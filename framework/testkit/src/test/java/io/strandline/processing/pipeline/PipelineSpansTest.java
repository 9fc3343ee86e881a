package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Headers;
import io.strandline.Strandline;
import io.strandline.log.FakeTracer;
import io.strandline.log.FakeTracer.Span;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pipeline is no span, also if a request of the application begins it and asks for its checkpoints. */
class PipelineSpansTest {

    @TempDir
    Path directory;

    @Test
    void what_a_pipeline_appends_is_no_part_of_the_trace_that_began_it() {
        FakeTracer tracer = new FakeTracer();
        Vertx vertx = tracer.vertx();
        Span request = tracer.begin("request");
        Context context = newContext(vertx);
        Strandline log = get(Strandline.open(vertx, "memory:"));
        get(AccountsPipeline.createStreams(log));
        PipelineOptions options = new PipelineOptions().setCheckpointDirectory(directory.toString());
        RunningPipeline running =
                get(tracer.within(request, context, () -> AccountsPipeline.shuffled(1, AccountsPipeline.STEP)
                        .deploy(vertx, log, options)));
        get(AccountsPipeline.deposit(vertx, log, 100));
        get(running.awaitEnd());
        get(tracer.within(request, context, () -> running.checkpoint("of-the-request")));
        get(running.close());
        assertThat(tracer.spans()).isEmpty();
        assertThat(get(readAll(vertx, log, AccountsPipeline.SINK)))
                .isNotEmpty()
                .allSatisfy(output -> assertThat(output.headers()).isEqualTo(Headers.NONE));
        get(log.close());
        get(vertx.close());
    }
}
