package io.strandline.log;

import io.strandline.spi.ParcelArrays;

/**
 * A lent array of a parcel in memory. It is given back when the last of its batches is in a chunk, and never if it was handed to
 * somebody whose end of use the shard does not see. Belongs to the shard's executor.
 */
final class LentArray {

    private final byte[] bytes;
    private final ParcelArrays home;
    private int batches;

    /** @param batches how many of its batches were accepted */
    LentArray(byte[] bytes, int batches, ParcelArrays home) {
        this.bytes = bytes;
        this.batches = batches;
        this.home = home;
    }

    /** One of its batches has left memory, because it is in a chunk. */
    void stored() {
        batches--;
        if (batches == 0) {
            home.giveBack(bytes);
        }
    }

    /** Somebody else may use the array from now on, or still uses it: it is left to the garbage collector. */
    void handedOut() {
        batches = 0;
    }
}
