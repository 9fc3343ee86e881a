package io.strandline.log.impl.chunk;

import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.spi.Batch;

/** A few bits for each key of a batch, by which most batches without a key are known. A batch that may have any key has all bits. */
final class KeySignature {

    /** A batch of unknown keys. */
    static final long ANY = -1;

    /** Most events of a batch whose keys are looked at. With more, nearly every bit would be set. */
    private static final int MAX_EVENTS = 16;

    private KeySignature() {}

    /** The bits of a key. A batch that has it has all of them. */
    static long of(byte[] key, int from, int length) {
        long hash = KeyHash.of(key, from, length);
        return 1L << hash | 1L << (hash >>> 6);
    }

    /** The bits of all keys of a batch. */
    static long ofBatch(Batch.Records records, byte[] array, int at) {
        if (Batch.count(array, at) > MAX_EVENTS || Batch.isCompressed(array, at)) {
            return ANY;
        }
        try {
            long signature = 0;
            records.reset(array, at);
            while (records.hasNext()) {
                records.next();
                if (records.keyLength() >= 0) {
                    signature |= of(records.bytes(), records.keyFrom(), records.keyLength());
                }
            }
            return signature;
        } catch (StrandlineException malformed) {
            return ANY; // who reads it says so
        }
    }
}
