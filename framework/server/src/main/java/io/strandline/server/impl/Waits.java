package io.strandline.server.impl;

import io.strandline.PartitionDescription;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The reads of one connection that wait for events. Belongs to the connection's context. */
final class Waits {

    private final LogPort port;
    private final DoorCounts counts;
    private final Map<Long, Wait> waiting = new HashMap<>();

    /** A wait, which begins when its caller is permitted. */
    private static final class Wait {

        private final PartitionDescription partition;
        private @Nullable Future<ReadSlice> slice;
        private boolean isCancelled;

        Wait(PartitionDescription partition) {
            this.partition = partition;
        }
    }

    /** @param counts where waits are counted for others */
    Waits(LogPort port, DoorCounts counts) {
        this.port = port;
        this.counts = counts;
    }

    boolean has(long id) {
        return waiting.containsKey(id);
    }

    int count() {
        return waiting.size();
    }

    void add(long id, PartitionDescription partition) {
        waiting.put(id, new Wait(partition));
        counts.streams(1);
    }

    /** The log has been asked. */
    void begun(long id, Future<ReadSlice> slice) {
        Wait wait = waiting.get(id);
        if (wait != null) {
            wait.slice = slice;
            if (wait.isCancelled) {
                port.stopWaiting(wait.partition, slice);
            }
        }
    }

    void remove(long id) {
        if (waiting.remove(id) != null) {
            counts.streams(-1);
        }
    }

    /** Has a wait answered, with what there is. */
    void cancel(long id) {
        Wait wait = waiting.get(id);
        if (wait == null) {
            return;
        }
        wait.isCancelled = true;
        Future<ReadSlice> slice = wait.slice;
        if (slice != null) {
            port.stopWaiting(wait.partition, slice);
        }
    }

    /** Has all waits answered. */
    void cancelAll() {
        for (long id : List.copyOf(waiting.keySet())) {
            cancel(id);
        }
    }
}
