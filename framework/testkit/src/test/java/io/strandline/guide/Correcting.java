package io.strandline.guide;

import io.strandline.Strandline;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineSwitch;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;

// GUIDE: begin correcting
/** Computes the counts again from a checkpoint on, without robots, beside the version that counted them. */
final class Correcting {
    static final Pipeline WITHOUT_ROBOTS = Pipeline.named("views-per-minute", 2)
            .from("site/views", Views.View.CODEC)
            .eventTime(Views.View::millis, Duration.ofSeconds(5))
            .filter(view -> !view.page().startsWith("/robots"))
            .keyBy(Views.View::page)
            .window(Windows.tumbling(Duration.ofMinutes(1)))
            .count("minute")
            .map(window -> new Views.Count(window.key(), window.start(), window.value()))
            .to("site/counts-without-robots", Views.Count.CODEC)
            .build();

    static Future<RunningPipeline> beside(Vertx vertx, Strandline log) {
        return WITHOUT_ROBOTS.runBeside(vertx, log, new PipelineOptions(), "monday");
    }

    /** When the counts of both have been compared. */
    static Future<PipelineSwitch> putRight(Vertx vertx, Strandline log, RunningPipeline former, RunningPipeline next) {
        return former.switchTo(next)
                .compose(done ->
                        Views.PER_MINUTE.drop(vertx, log, new PipelineOptions()).map(done));
    }

    private Correcting() {}
}
// GUIDE: end correcting
