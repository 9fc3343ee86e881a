package io.strandline.guide;

import io.strandline.guide.Views.Count;
import io.strandline.guide.Views.View;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Windows;
import io.vertx.core.Future;
import java.time.Duration;

// GUIDE: begin handling
/** Writes the busy minutes of each page where no stream is. */
final class Busy {
    /** A table of another system. To put the same row again changes nothing. */
    interface Board {
        Future<Void> put(String id, Count row);
    }

    static Pipeline minutes(Board board) {
        return Pipeline.named("busy-minutes", 1)
                .from("site/views", View.CODEC)
                .eventTime(View::millis, Duration.ofSeconds(5))
                .keyBy(View::page)
                .window(Windows.tumbling(Duration.ofMinutes(1)))
                .count("minute")
                .filter(window -> window.value() >= 30)
                .map(window -> new Count(window.key(), window.start(), window.value()))
                .handle("board", output -> board.put(output.position().id(), output.event()))
                .build();
    }

    private Busy() {}
}
// GUIDE: end handling
