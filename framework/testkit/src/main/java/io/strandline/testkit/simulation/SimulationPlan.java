package io.strandline.testkit.simulation;

import io.strandline.log.LogOptions;
import java.util.SplittableRandom;

/**
 * What one run is like, drawn from its seed: some runs are small and some crowded, some fail often and some never, so
 * that together they reach states that no single mixture would.
 *
 * @param shards number of shards
 * @param lives how many times the log is opened
 * @param callsPerLife calls that clients make in one life
 * @param stepsPerCall steps of the log between two calls, on average
 * @param namedIds ids of named writers, each used by two clients
 * @param anonymousWriters clients without id
 * @param readers clients that read
 * @param failingDisk writes and forces fail at times
 * @param fullDisk the disk is full at times
 * @param earlyAcks writers may ask to be answered before their batches are forced
 * @param longPauses time leaps by hours at times, and partitions remember few writers
 * @param options limits of the log
 */
record SimulationPlan(
        int shards,
        int lives,
        int callsPerLife,
        int stepsPerCall,
        int namedIds,
        int anonymousWriters,
        int readers,
        boolean failingDisk,
        boolean fullDisk,
        boolean earlyAcks,
        boolean longPauses,
        LogOptions options) {

    static SimulationPlan draw(SplittableRandom random) {
        int shards = 1 + random.nextInt(3);
        // Named writers are never forgotten, so that they leave no room for others in a crowded partition.
        boolean crowded = random.nextInt(12) == 0;
        LogOptions options = new LogOptions()
                .setShards(shards)
                .setJournalFileBytes(64 << 10)
                .setJournalGroupBytes(4 << 10 << random.nextInt(4))
                .setTailBytes((64L << 10) * (1 + random.nextInt(3)))
                .setQueuedBytes((64 << 10) * (1 + random.nextInt(2)))
                .setWritersPerPartition(crowded ? 1 + random.nextInt(3) : 10 + random.nextInt(50))
                .setMaxEventBytes(16 << 10)
                .setSectionBytes(32 << 10);
        boolean earlyAcks = random.nextInt(3) == 0;
        if (earlyAcks) {
            // The end of a file is a force, and there would be little to lose.
            options.setJournalFileBytes(256 << 10);
        }
        if (earlyAcks && !crowded) {
            // Writers that lost something come back as others.
            options.setWritersPerPartition(LogOptions.DEFAULT_WRITERS_PER_PARTITION);
        }
        return new SimulationPlan(
                shards,
                2 + random.nextInt(4),
                50 << random.nextInt(4),
                1 + random.nextInt(6),
                crowded ? 0 : random.nextInt(3),
                crowded ? 4 : 1 + random.nextInt(3),
                1 + random.nextInt(4),
                random.nextInt(4) == 0,
                random.nextInt(6) == 0,
                earlyAcks,
                crowded,
                options);
    }

    @Override
    public String toString() {
        return shards + " shards, " + lives + " lives of " + callsPerLife + " calls every " + stepsPerCall + " steps, "
                + namedIds + " ids, " + anonymousWriters + " anonymous writers, " + readers + " readers"
                + (failingDisk ? ", failing disk" : "") + (fullDisk ? ", full disk" : "")
                + (earlyAcks ? ", early acknowledgements" : "")
                + (longPauses ? ", long pauses" : "") + ", " + options.toJson();
    }
}
