package io.strandline.benchmarks;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The work of a {@link Side} in its JVM.
 *
 * @param side class name of the side, because a peer's class is not always on the class path
 * @param directory where the side keeps its data
 * @param partitions partitions of the stream
 * @param events how many events the stream holds or gets. 0 for a side that is limited by time alone
 * @param warmUp time at full load before the measured window
 * @param measured length of the measured window
 * @param heap of the JVM, as its option says it
 */
public record Job(
        String side, Path directory, int partitions, long events, Duration warmUp, Duration measured, String heap) {

    /** A job with a heap of {@value ChildJvm#HEAP}. */
    public Job(String side, Path directory, int partitions, long events, Duration warmUp, Duration measured) {
        this(side, directory, partitions, events, warmUp, measured, ChildJvm.HEAP);
    }

    /** The same job with another heap. */
    public Job withHeap(String other) {
        return new Job(side, directory, partitions, events, warmUp, measured, other);
    }

    /** The same job with another warm-up. */
    public Job withWarmUp(Duration time) {
        return new Job(side, directory, partitions, events, time, measured, heap);
    }

    /** The same job in another directory. */
    public Job withDirectory(Path other) {
        return new Job(side, other, partitions, events, warmUp, measured, heap);
    }

    /** The same for a load that is warm already. */
    public Job warm() {
        return withWarmUp(Duration.ZERO);
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("side", side)
                .put("directory", directory.toString())
                .put("partitions", partitions)
                .put("events", events)
                .put("warmUpMillis", warmUp.toMillis())
                .put("measuredMillis", measured.toMillis());
    }

    static Job fromJson(JsonObject json) {
        return new Job(
                json.getString("side"),
                Path.of(json.getString("directory")),
                json.getInteger("partitions"),
                json.getLong("events"),
                Duration.ofMillis(json.getLong("warmUpMillis")),
                Duration.ofMillis(json.getLong("measuredMillis")));
    }
}
