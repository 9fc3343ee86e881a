package io.strandline.benchmarks;

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

    /** What {@link #of} reads, but for the heap. No JSON: a restart is measured from the start of the process. */
    String[] arguments() {
        return new String[] {
            side,
            directory.toString(),
            String.valueOf(partitions),
            String.valueOf(events),
            String.valueOf(warmUp.toMillis()),
            String.valueOf(measured.toMillis())
        };
    }

    static Job of(String[] arguments) {
        return new Job(
                arguments[0],
                Path.of(arguments[1]),
                Integer.parseInt(arguments[2]),
                Long.parseLong(arguments[3]),
                Duration.ofMillis(Long.parseLong(arguments[4])),
                Duration.ofMillis(Long.parseLong(arguments[5])));
    }
}
