package io.strandline.benchmarks.pipeline;

import java.lang.management.ManagementFactory;

/** The heap that is alive. */
final class HeapUse {

    private static final int COLLECTIONS = 3;

    private HeapUse() {}

    /** Bytes that are reachable, after collections of all garbage. */
    static long bytes() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
