package io.strandline.guide;

import io.strandline.Strandline;
import io.strandline.json.JsonCodec;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;

// GUIDE: begin pipeline
/** Counts the views of each page in each minute. */
final class Views {
    record View(String page, long millis) {
        static final JsonCodec<View> CODEC = JsonCodec.of("view", 1, View.class);
    }

    record Count(String page, long minute, long views) {
        static final JsonCodec<Count> CODEC = JsonCodec.of("count", 1, Count.class);
    }

    static final Pipeline PER_MINUTE = Pipeline.named("views-per-minute", 1)
            .from("site/views", View.CODEC)
            .eventTime(View::millis, Duration.ofSeconds(5))
            .keyBy(View::page)
            .window(Windows.tumbling(Duration.ofMinutes(1)))
            .count("minute")
            .map(window -> new Count(window.key(), window.start(), window.value()))
            .to("site/counts", Count.CODEC)
            .build();

    static Future<RunningPipeline> deploy(Vertx vertx, Strandline log) {
        return PER_MINUTE
                .deploy(vertx, log, new PipelineOptions())
                .onSuccess(running -> running.statusHandler(Views::changed));
    }

    private static void changed(PipelineStatus status) {
        if (status.cause() != null) {
            System.err.println("the pipeline is " + status.state() + ": " + status.cause());
        }
    }

    private Views() {}
}
// GUIDE: end pipeline
