package io.strandline.server.impl;

import io.strandline.PartitionDescription;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The reads of one connection that wait for events. Belongs to the connection's context. */
final class Waits {

    private final LogPort port;
    private final Map<Long, Wait> waiting = new HashMap<>();

    private record Wait(PartitionDescription partition, Future<ReadSlice> slice) {}

    Waits(LogPort port) {
        this.port = port;
    }

    boolean has(long id) {
        return waiting.containsKey(id);
    }

    int count() {
        return waiting.size();
    }

    void add(long id, PartitionDescription partition, Future<ReadSlice> slice) {
        waiting.put(id, new Wait(partition, slice));
    }

    void remove(long id) {
        waiting.remove(id);
    }

    /** Has a wait answered, with what there is. */
    void cancel(long id) {
        Wait wait = waiting.get(id);
        if (wait != null) {
            port.stopWaiting(wait.partition(), wait.slice());
        }
    }

    /** Has all waits answered. */
    void cancelAll() {
        for (long id : List.copyOf(waiting.keySet())) {
            cancel(id);
        }
    }
}
