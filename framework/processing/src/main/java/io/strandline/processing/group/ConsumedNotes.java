package io.strandline.processing.group;

import io.strandline.Catalog;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the catalog how far a group has committed, so that retention by consumption waits for it. That may be late, and may
 * fail: retention then only keeps more than it must.
 */
final class ConsumedNotes {

    /** Time between two notes of one reader. */
    static final long INTERVAL_MILLIS = 5_000;

    private static final Logger LOG = LoggerFactory.getLogger(ConsumedNotes.class);

    private final Catalog catalog;
    private final String group;
    private final Map<StreamName, TreeMap<Long, Long>> news = new TreeMap<>();
    private final Set<StreamName> failing = new HashSet<>();
    private long lastNanos;
    private boolean told;
    private int open;

    ConsumedNotes(Catalog catalog, String group) {
        this.catalog = catalog;
        this.group = group;
    }

    /** A position was committed. */
    void add(StreamName stream, long partition, long offset) {
        news.computeIfAbsent(stream, none -> new TreeMap<>()).put(partition, offset);
    }

    /** Tells what is new, if it is time to; one call a stream at a time. */
    void tell(GroupRuntime runtime) {
        long now = runtime.nanoTime();
        if (open > 0 || news.isEmpty() || (told && now - lastNanos < INTERVAL_MILLIS * 1_000_000)) {
            return;
        }
        told = true;
        lastNanos = now;
        Map<StreamName, TreeMap<Long, Long>> cuts = new TreeMap<>(news);
        news.clear();
        cuts.forEach((stream, offsets) -> {
            open++;
            catalog.noteConsumed(stream.toString(), group, new StreamCut(stream, offsets))
                    .onComplete((done, failure) -> runtime.run(() -> {
                        open--;
                        if (failure == null) {
                            failing.remove(stream);
                        } else if (failing.add(stream)) {
                            LOG.warn(
                                    "Retention of {} does not hear of group {} at {}", stream, group, offsets, failure);
                        }
                    }));
        });
    }
}
