package io.strandline.processing.group;

import io.strandline.Catalog;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Tells the catalog how far a group has committed, so that retention by consumption waits for it, for as long as the group's
 * options want that. It may be late, and may fail: retention then only keeps more than it must.
 */
final class ConsumedNotes {

    /** Time between two notes of one reader. */
    static final long INTERVAL_MILLIS = 5_000;

    private static final Logger LOG = Logger.of(ConsumedNotes.class);

    private final GroupPlace place;
    private final Catalog catalog;
    private final Map<StreamName, TreeMap<Long, Long>> news = new TreeMap<>();
    private final Set<StreamName> told = new TreeSet<>();
    private final Set<StreamName> failing = new HashSet<>();
    private long toldNanos;
    private int open;

    ConsumedNotes(GroupPlace place) {
        this.place = place;
        this.catalog = place.log().catalog();
    }

    /** A position was committed. */
    void add(StreamName stream, long partition, long offset) {
        if (isWanted()) {
            news.computeIfAbsent(stream, none -> new TreeMap<>()).put(partition, offset);
        }
    }

    private boolean isWanted() {
        return place.options().isHoldRetention();
    }

    /** Tells what is new, if it is time to; one call a stream at a time. */
    void tell() {
        if (open > 0) {
            return;
        }
        if (!isWanted()) {
            takeBack();
            return;
        }
        long now = place.runtime().nanoTime();
        if (!news.isEmpty() && (told.isEmpty() || now - toldNanos >= INTERVAL_MILLIS * 1_000_000)) {
            toldNanos = now;
            Map<StreamName, TreeMap<Long, Long>> cuts = new TreeMap<>(news);
            news.clear();
            cuts.forEach((stream, offsets) -> {
                told.add(stream);
                call(stream, catalog.noteConsumed(stream.toString(), place.group(), new StreamCut(stream, offsets)));
            });
        }
    }

    /** What this reader told last may have come after the group was forgotten. */
    private void takeBack() {
        news.clear();
        for (StreamName stream : List.copyOf(told)) {
            told.remove(stream);
            call(stream, catalog.forgetSubscriber(stream.toString(), place.group()));
        }
    }

    private void call(StreamName stream, Future<?> call) {
        open++;
        call.onComplete((done, failure) -> place.runtime().run(() -> {
            open--;
            if (failure == null) {
                failing.remove(stream);
            } else if (failing.add(stream)) {
                LOG.warn("Retention of {} does not hear of group {}", stream, place.group(), failure);
            }
        }));
    }
}
