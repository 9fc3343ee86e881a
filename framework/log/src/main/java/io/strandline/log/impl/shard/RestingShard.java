package io.strandline.log.impl.shard;

import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.spi.ParcelArrays;

/**
 * Notices that nothing comes to a shard any more: leaves a proof that the last frame was forced, and later lets go of arrays
 * for parcels. Runs on the shard's executor.
 */
final class RestingShard {

    /** How long a shard is idle before it leaves a proof that its last frame was forced, in milliseconds. */
    private static final long IDLE_MILLIS = 20;

    /** How long a shard is idle before it lets go of arrays for parcels, in milliseconds. */
    private static final long KEPT_ARRAYS_MILLIS = 1_000;

    private final Shard shard;
    private final ParcelArrays parcelArrays;
    private FrameKind lastKind = FrameKind.PROOF;
    private boolean isTimed;

    RestingShard(Shard shard, ParcelArrays parcelArrays) {
        this.shard = shard;
        this.parcelArrays = parcelArrays;
    }

    /** A frame of this kind is the last one now. */
    void queued(FrameKind kind) {
        lastKind = kind;
    }

    /** Looks after a while whether anything came. */
    void watch() {
        if (!isTimed && lastKind != FrameKind.PROOF) {
            isTimed = true;
            long seen = shard.lastQueued();
            shard.after(IDLE_MILLIS, () -> look(seen));
        }
    }

    private void look(long lastSeen) {
        isTimed = false;
        if (!shard.serves()) {
            // The reserve for a full disk is not for proofs. The next frame brings a proof.
            return;
        }
        if (shard.lastQueued() == lastSeen && shard.isForced(lastSeen) && lastKind != FrameKind.PROOF) {
            long proof = shard.queue(FrameKind.PROOF, FrameBody.EMPTY, null);
            if (parcelArrays.kept() > 0) {
                shard.after(KEPT_ARRAYS_MILLIS, () -> letGoOfArrays(proof));
            }
        } else {
            watch();
        }
    }

    /** A shard that rests holds no memory for the next load. */
    private void letGoOfArrays(long lastSeen) {
        if (shard.lastQueued() == lastSeen) {
            parcelArrays.clear();
        }
    }
}
