package io.strandline.testkit.simulation;

import io.strandline.PartitionDescription;
import io.strandline.StreamCut;
import io.strandline.spi.LogPort;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.PartitionModel;
import io.strandline.testkit.simulation.model.StreamModel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads all partitions of all streams, while no append is on its way, and compares them with what is known. */
final class FullRead {

    private static final int READ_BYTES = 32 << 10;

    /** A stream that scales by itself may change between two questions. */
    private static final int MAX_TRIES = 20;

    private final SimulatedMachine machine;
    private final Clients clients;
    private final LogPort port;

    FullRead(SimulatedMachine machine, Clients clients, LogPort port) {
        this.machine = machine;
        this.clients = clients;
        this.port = port;
    }

    void run() {
        for (StreamModel stream : List.copyOf(clients.catalog.newest())) {
            StreamModel found = describe(stream);
            if (found != null) {
                read(found);
            }
        }
        machine.throwViolation();
    }

    private @Nullable StreamModel describe(StreamModel stream) {
        var described = machine.ask(clients, "describe " + stream, () -> port.catalog()
                .describe(stream.name().toString()));
        if (described == null) {
            clients.catalog.notFound(stream.name());
            return null;
        }
        StreamModel found = clients.catalog.described(described);
        clients.violations.require(
                !stream.deleted() || found != stream, Invariant.CATALOG_PERSISTS, () -> stream + " is described");
        return found;
    }

    private void read(StreamModel stream) {
        StreamCut end = cuts(stream);
        for (PartitionModel partition : List.copyOf(stream.partitionList())) {
            Long openEnd = end.offsets().get(partition.id());
            // A policy may have sealed it, and not be done.
            boolean isSealed = partition.bounds().sealedAt() >= 0;
            clients.violations.require(
                    openEnd == null ? isSealed : !isSealed || stream.isGoverned(),
                    Invariant.CATALOG_PERSISTS,
                    () -> "partition " + partition.id() + " is sealed at "
                            + partition.bounds().sealedAt() + ", the end cut is " + end.offsets());
            machine.throwViolation();
            read(stream, partition, openEnd == null ? partition.bounds().sealedAt() : openEnd, openEnd == null);
            machine.throwViolation();
        }
        stream.wasReadInFull();
    }

    /** Asks for the cuts, and returns the one of the ends, of the partitions that are known. */
    private StreamCut cuts(StreamModel stream) {
        String name = stream.name().toString();
        for (int i = 0; i < MAX_TRIES; i++) {
            var start = machine.ask(
                    clients, "start cut of " + name, () -> port.catalog().startCut(name));
            var end = machine.ask(
                    clients, "end cut of " + name, () -> port.catalog().endCut(name));
            if (start == null || end == null) {
                throw lacks(stream, "a cut");
            }
            if (end.offsets().keySet().equals(openPartitions(stream))) {
                stream.starts(start, stream.startsSeen(), false);
                return end;
            }
            describe(stream);
            machine.throwViolation();
        }
        throw lacks(stream, "partitions that stay");
    }

    private static Set<Long> openPartitions(StreamModel stream) {
        Set<Long> open = new HashSet<>();
        for (PartitionDescription partition : stream.description().partitions()) {
            open.add(partition.id());
        }
        return open;
    }

    private void read(StreamModel stream, PartitionModel partition, long to, boolean sealed) {
        long from = start(stream, partition, to);
        long position = from;
        while (position < to) {
            long at = position;
            var slice = machine.ask(
                    clients,
                    "a read of partition " + partition.id() + " from " + at + " in " + from + " to " + to,
                    () -> port.read(partition.description(), at, READ_BYTES));
            if (slice == null) {
                // Retention goes on: what is gone may be gone, as the start tells.
                from = start(stream, partition, to);
                if (from <= at) {
                    throw lacks(stream, "offset " + at + " of partition " + partition.id());
                }
                position = from;
                continue;
            }
            position = partition.shown(slice, at, from, to, sealed);
            machine.throwViolation();
            if (position <= at) {
                clients.violations.report(
                        Invariant.DENSE_OFFSETS, "a read of partition " + partition.id() + " stands still");
                machine.throwViolation();
            }
        }
        partition.wasReadInFull(Math.max(from, partition.bounds().startSeen()), to);
    }

    private long start(StreamModel stream, PartitionModel partition, long end) {
        var last = machine.ask(
                clients, "the end of partition " + partition.id(), () -> port.read(partition.description(), end, 1));
        if (last == null) {
            throw lacks(stream, "partition " + partition.id());
        }
        partition.bounds().seenStart(last.startOffset(), partition.bounds().startSeen());
        return last.startOffset();
    }

    private RuntimeException lacks(StreamModel stream, String what) {
        clients.violations.report(Invariant.CATALOG_PERSISTS, stream + " lacks " + what);
        machine.throwViolation();
        return new IllegalStateException(stream + " lacks " + what);
    }
}
