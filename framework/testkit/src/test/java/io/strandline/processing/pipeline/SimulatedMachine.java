package io.strandline.processing.pipeline;

import io.strandline.Strandline;
import io.strandline.log.HookedLogs;
import io.strandline.log.LogOptions;
import io.strandline.log.impl.file.DiskSideFiles;
import io.strandline.log.impl.file.LogHome;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.spi.Disk;
import io.strandline.processing.pipeline.impl.checkpoint.FileCheckpointStore;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.spi.SideFiles;
import io.strandline.spi.backup.LogIdentity;
import io.strandline.testkit.DiskOperation;
import io.strandline.testkit.SharedDisk;
import io.strandline.testkit.SimulatedDisk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A machine with one disk, on which a log and the snapshots of its pipelines are, and which goes through several lives. */
final class SimulatedMachine {

    private static final int SHARDS = 2;
    private static final int RECOVERY_OPERATIONS = 150;

    /** How a life comes to its end. */
    enum Fault {
        POWER_CUT,
        POWER_CUT_AT_ONCE,
        FAILING_OPERATION,
        FULL,
        STALLED_SHARD,
        NONE;

        /** Any of them. */
        static Fault any(Random random) {
            Fault[] all = values();
            return all[random.nextInt(all.length)];
        }

        /** Whether nothing may notice the fault, so that only time ends the life. */
        boolean isQuiet() {
            return this == FULL || this == STALLED_SHARD || this == FAILING_OPERATION;
        }
    }

    /** The place of the log, which remembers that it was created. */
    private final class Home implements LogHome {

        @Override
        public Disk disk() {
            return disk;
        }

        @Override
        public @Nullable Integer shards() {
            return shards;
        }

        @Override
        public LogIdentity identity() {
            return LogIdentity.UNKNOWN;
        }

        @Override
        public void describe(int count) {
            shards = count;
        }

        @Override
        public void close() {
            // Nobody else opens it.
        }
    }

    private final Random random;
    private final int operations;
    private volatile SharedDisk disk;
    private volatile @Nullable Integer shards;

    /** @param operations of the disk in one life: about so many */
    SimulatedMachine(long seed, Random random, int operations) {
        this.random = random;
        this.operations = operations;
        this.disk = new SharedDisk(new SimulatedDisk(seed));
    }

    SharedDisk disk() {
        return disk;
    }

    Future<Strandline> open(Vertx vertx) {
        LogOptions options =
                new LogOptions().setShards(SHARDS).setJournalFileBytes(64 << 10).setTailBytes(128 << 10);
        return HookedLogs.open(vertx, "simulated:", Home::new, options);
    }

    /** The snapshots that are next to the log, for as long as this life lasts. */
    CheckpointStore store(Vertx vertx) {
        SharedDisk mine = disk;
        return new FileCheckpointStore(
                vertx, name -> new DiskSideFiles(mine, SideFiles.CHECKPOINTS + "/" + name, "simulated"));
    }

    /** Begins a life whose log is not open yet. */
    void turnOn(Fault fault) {
        disk.with(simulated -> simulated.setCapacity(Long.MAX_VALUE));
        if (fault == Fault.POWER_CUT_AT_ONCE) {
            long at = 1L + random.nextInt(RECOVERY_OPERATIONS);
            disk.with(simulated -> simulated.faults().crashAt(at));
        }
    }

    /** Decides on the fault of a life whose log is open. It begins when what is returned is run, on any thread. */
    Runnable plan(Fault fault) {
        int operation = 1 + random.nextInt(operations);
        return switch (fault) {
            case POWER_CUT -> () -> disk.with(simulated -> simulated.faults().crashAt(operation));
            case FAILING_OPERATION -> {
                DiskOperation[] kinds = {
                    DiskOperation.WRITE, DiskOperation.FORCE, DiskOperation.CREATE, DiskOperation.FORCE_DIRECTORY
                };
                DiskOperation kind = kinds[random.nextInt(kinds.length)];
                yield () -> disk.with(simulated -> simulated.faults().failAt(kind, 1 + operation / 10));
            }
            case FULL -> () -> disk.with(simulated -> simulated.setCapacity(simulated.usedBytes() + 40L * operation));
            case STALLED_SHARD -> {
                String shard = ShardDirectories.directory(random.nextInt(SHARDS));
                yield () -> disk.stall(shard);
            }
            case POWER_CUT_AT_ONCE, NONE -> () -> {};
        };
    }

    /** Cuts the power, unless that happened already. What is there afterwards is what the next life finds. */
    void crash() {
        disk = disk.crash();
    }
}
