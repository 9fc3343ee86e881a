package io.strandline.log.impl.chunk;

import java.io.IOException;

/** The batches that become one section of a chunk. */
interface SectionSource {

    /** Id of the partition. */
    long partition();

    /**
     * Hands out all batches, in runs of consecutive ones, in the order of their offsets. Called once, on a thread that may
     * block. A run belongs to the visitor until it returns.
     */
    void forEachRun(RunVisitor visitor) throws IOException;

    /** Takes the next run. */
    interface RunVisitor {
        void run(BatchRun batches) throws IOException;
    }
}
