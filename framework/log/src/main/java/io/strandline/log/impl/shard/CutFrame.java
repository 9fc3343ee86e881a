package io.strandline.log.impl.shard;

import org.jspecify.annotations.Nullable;

/** The newest frame of a life that was forced before a {@link CutMoment}. Used on the shard's executor. */
final class CutFrame {

    private @Nullable CutMoment moment;
    private long frame;

    /** @param forcedUpTo newest frame that is forced already */
    void begin(CutMoment next, long forcedUpTo) {
        moment = next;
        frame = forcedUpTo;
    }

    /** To be called after each force, before anything is applied or answered. */
    void forced(long upToFrame) {
        if (moment != null && !moment.hasPassed()) {
            frame = upToFrame;
        }
    }

    /** Whether it was noted for this moment. */
    boolean isOf(CutMoment of) {
        return moment == of;
    }

    long frame() {
        return frame;
    }

    void end() {
        moment = null;
    }
}
