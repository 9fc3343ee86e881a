package io.strandline.server.impl.operation;

import io.strandline.StreamName;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the writers with an id are: on one event loop for each log, stream and id, whatever the loops and the doors of its requests are. Two
 * writers of one id would fence each other: what the first has not appended yet fails then, while later numbers of the second are
 * stored, and the log takes the repeats of the first for duplicates.
 *
 * <p>An id is at the loop of the request that came first, until no request and no writer of it is there. So there are as many as requests on
 * the way and writers that are kept. Callable from any thread.
 */
final class WriterHomes {

    private static final Map<Key, Home> HOMES = new ConcurrentHashMap<>();

    /**
     * A writer of a log.
     *
     * @param log the log of one opening, by its identity
     */
    record Key(Object log, StreamName stream, String id) {}

    /** @param stays how many requests and writers are there, 1 or more */
    private record Home(LoopWriters loop, int stays) {}

    private WriterHomes() {}

    /** Where a writer is, until {@link #leave} is called as often. The loop given, if it is nowhere yet. */
    static LoopWriters enter(Key key, LoopWriters first) {
        return HOMES.merge(key, new Home(first, 1), (home, one) -> new Home(home.loop, home.stays + 1)).loop;
    }

    static void leave(Key key) {
        HOMES.computeIfPresent(key, (of, home) -> home.stays == 1 ? null : new Home(home.loop, home.stays - 1));
    }
}
