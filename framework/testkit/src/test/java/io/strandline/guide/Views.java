package io.strandline.guide;

import io.strandline.Strandline;
import io.strandline.json.JsonCodec;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

// GUIDE: begin pipeline
/** Counts the views of each page in each minute. */
final class Views {
    record View(String page, long millis) {
        static final JsonCodec<View> CODEC = JsonCodec.of("view", 1, View.class);
    }

    record Count(String page, long minute, int views) {
        static final JsonCodec<Count> CODEC = JsonCodec.of("count", 1, Count.class);

        Count plus(View view) {
            long of = view.millis() / 60_000;
            return new Count(page, of, of == minute ? views + 1 : 1);
        }
    }

    static final Pipeline<View, Count, Count> PER_MINUTE = Pipeline.named("views-per-minute", 1)
            .from("site/views", View.CODEC)
            .keyBy(View::page)
            .state(Count.CODEC, page -> new Count(page, 0, 0))
            .to("site/counts", Count.CODEC)
            .step((count, view, output) -> {
                Count next = count.plus(view);
                output.emit(next.page(), next);
                return next;
            });

    static Future<RunningPipeline> deploy(Vertx vertx, Strandline log) {
        return PER_MINUTE.deploy(vertx, log, new PipelineOptions()).onSuccess(running -> running.ended()
                .onFailure(failure -> System.err.println("the pipeline stopped: " + failure)));
    }

    private Views() {}
}
// GUIDE: end pipeline
