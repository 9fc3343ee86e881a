package io.strandline.samples.flights;

import io.strandline.StreamCut;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.rxjava3.RxRunningPipeline;
import io.vertx.core.Vertx;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Tells on standard error how far the pipeline is. */
final class Progress {

    private static final long EVERY_MILLIS = 200;

    private final long began = System.nanoTime();
    private long before;
    private long said = -1;
    private long timer;

    void begin(Vertx vertx, RxRunningPipeline pipeline) {
        Checkpoint restored = pipeline.statistics().restored();
        if (restored != null) {
            before = processed(restored.cut());
            say("going on from checkpoint %d, taken after %,d flights", restored.number(), before);
        }
        timer = vertx.setPeriodic(EVERY_MILLIS, tick -> pipeline.delegate()
                .position()
                .onSuccess(position -> tell(processed(position), pipeline.statistics())));
    }

    private void tell(long flights, CheckpointStatistics statistics) {
        if (flights != said) {
            said = flights;
            say("%,d flights processed, %d checkpoints taken", flights, statistics.taken());
        }
    }

    void end(Vertx vertx, Checkpoint end, CheckpointStatistics statistics) {
        vertx.cancelTimer(timer);
        long flights = processed(end.cut()) - before;
        long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        say("%,d flights processed in %,d ms, %,d per second", flights, millis, flights * 1_000 / millis);
        say(
                "%d checkpoints, the last one of %,d bytes in %d ms; none stopped a task for longer than %.3f ms",
                statistics.taken(),
                end.bytes(),
                statistics.lastMillis(),
                statistics.pauses().longestNanos() / 1e6);
    }

    private static long processed(StreamCut cut) {
        return cut.offsets().values().stream().mapToLong(Long::longValue).sum();
    }

    private static void say(String format, Object... numbers) {
        System.err.println(String.format(Locale.ROOT, format, numbers));
    }
}
