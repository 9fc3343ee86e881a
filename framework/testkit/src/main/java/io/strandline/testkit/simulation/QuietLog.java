package io.strandline.testkit.simulation;

import io.strandline.StreamCut;
import io.strandline.log.LogOptions;
import io.strandline.spi.LogPort;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.PartitionModel;
import io.strandline.testkit.simulation.model.RetentionModel;
import io.strandline.testkit.simulation.model.StreamModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** A log that gets no more requests. Its streams come within their rules, and space is freed. */
final class QuietLog {

    /** More than all ages of rules and jumps of the clock together. */
    private static final long AGING_MILLIS = 10_000;

    private static final long SETTLING_MILLIS = 500;

    /** Files of a shard's journal: those that a flush waits for, the one that is written, and spares. */
    private static final int MAX_JOURNAL_FILES = 10;

    private final SimulatedMachine machine;
    private final Clients clients;
    private final LogPort port;

    QuietLog(SimulatedMachine machine, Clients clients, LogPort port) {
        this.machine = machine;
        this.clients = clients;
        this.port = port;
    }

    /** Lets everything grow old, so that a read of everything finds what the rules leave. */
    void age(LogOptions options) {
        machine.scheduler.advanceMillis(AGING_MILLIS);
        machine.pass(SETTLING_MILLIS + 2 * options.getRetentionIntervalMillis());
    }

    /** To be called when everything was read. */
    void requireWithinRules() {
        for (StreamModel stream : clients.catalog.present()) {
            RetentionModel retention = stream.retention();
            long kept = stream.partitionList().stream()
                    .mapToLong(PartitionModel::bytesKept)
                    .sum();
            clients.violations.require(
                    retention.bound() == 0 || kept <= retention.bound(),
                    Invariant.SPACE_COMES_BACK,
                    () -> stream + " keeps " + kept + " bytes by " + retention);
            for (PartitionModel partition : stream.partitionList()) {
                clients.violations.require(
                        !retention.isByAge()
                                || partition.bounds().startSeen()
                                        == partition.bounds().endSeen(),
                        Invariant.SPACE_COMES_BACK,
                        () -> "partition " + partition.id() + " of " + stream + " keeps "
                                + (partition.bounds().endSeen()
                                        - partition.bounds().startSeen())
                                + " events of long ago by "
                                + retention);
            }
        }
        machine.throwViolation();
    }

    /** Truncates everything, and finds no chunk and few journal files left. */
    void requireSpaceComesBack(int shards) {
        for (StreamModel stream : clients.catalog.present()) {
            String name = stream.name().toString();
            StreamCut end = machine.await("end cut of " + name, port.catalog().endCut(name));
            machine.await("truncation of " + name, port.catalog().truncate(name, end));
        }
        machine.pass(SETTLING_MILLIS);
        for (int shard = 0; shard < shards; shard++) {
            List<String> chunks = files("shard-" + shard + "/chunks", ".chunk");
            List<String> journal = files("shard-" + shard + "/journal", "");
            clients.violations.require(
                    chunks.isEmpty() && journal.size() <= MAX_JOURNAL_FILES,
                    Invariant.SPACE_COMES_BACK,
                    () -> "everything is truncated, and there are the chunks " + chunks + " and the journal files "
                            + journal);
        }
        machine.throwViolation();
    }

    private List<String> files(String directory, String ending) {
        SimulatedDisk disk = machine.disk();
        try {
            return disk.list(directory).stream()
                    .filter(name -> name.endsWith(ending))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
