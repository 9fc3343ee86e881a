package io.strandline.testkit.simulation;

import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * What happens to the streams of a run, and how that is drawn: from numbers of its own, so that a seed without such changes
 * goes on as it always did.
 */
final class StreamChanges {

    private static final long OWN_NUMBERS = 0x5EED_CA7A_1062_0001L;
    private static final int CALLS_PER_PAUSE = 25;
    private static final int LONGEST_PAUSE_MILLIS = 300;

    private final Set<StreamChange> kinds;
    final SplittableRandom random;

    StreamChanges(long seed, Set<StreamChange> kinds) {
        this.kinds = Set.copyOf(kinds);
        this.random = new SplittableRandom(seed ^ OWN_NUMBERS);
    }

    boolean has(StreamChange kind) {
        return kinds.contains(kind);
    }

    /** The option of a test that makes them happen again. */
    static String replay(Set<StreamChange> kinds) {
        return kinds.isEmpty()
                ? ""
                : " -Dstrandline.changes="
                        + kinds.stream().map(StreamChange::name).collect(Collectors.joining(","));
    }

    /** Narrows the limits of the log, so that a short run meets them. */
    void drawLimits(LogOptions options) {
        if (has(StreamChange.RETENTION)) {
            options.setRetentionIntervalMillis(10L << random.nextInt(5));
        }
    }

    /** How a stream is created. */
    StreamOptions drawStream(int partitions) {
        StreamOptions options = new StreamOptions().setPartitions(partitions);
        if (has(StreamChange.RETENTION)) {
            options.setRetention(drawRule());
        }
        if (has(StreamChange.POLICIES) && random.nextInt(3) > 0) {
            options.setScaling(drawPolicy());
        }
        return options;
    }

    Retention drawRule() {
        long age = random.nextInt(3) == 0 ? 20L << random.nextInt(6) : 0;
        long bytes = random.nextInt(3) == 0 ? 2_000L << random.nextInt(6) : 0;
        boolean untilConsumed = random.nextBoolean();
        long hardBytes = untilConsumed && random.nextInt(3) == 0 ? Math.max(bytes, 4_000L << random.nextInt(5)) : 0;
        return new Retention(age, bytes, untilConsumed, hardBytes);
    }

    private ScalingPolicy drawPolicy() {
        ScalingPolicy policy = random.nextBoolean()
                ? ScalingPolicy.eventRate(50L << random.nextInt(7))
                : ScalingPolicy.byteRate(8_000L << random.nextInt(7));
        int least = 1 + random.nextInt(2);
        return policy.withPartitions(least, least + 1 + random.nextInt(5)).withCoolDown(100L << random.nextInt(4));
    }

    /** How long the log gets no request after a call, in milliseconds, so that rules and policies have their time. */
    long drawPause() {
        boolean isTimed = has(StreamChange.POLICIES) || has(StreamChange.RETENTION);
        return isTimed && random.nextInt(CALLS_PER_PAUSE) == 0 ? random.nextInt(LONGEST_PAUSE_MILLIS) : 0;
    }
}
