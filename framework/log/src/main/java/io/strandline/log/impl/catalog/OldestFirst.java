package io.strandline.log.impl.catalog;

import io.strandline.log.impl.catalog.KeptEvents.Oldest;
import io.strandline.log.impl.catalog.KeptEvents.Piece;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Takes pieces off the partitions of a stream, the oldest first, until so many bytes are gone. Ages are compared by the
 * time of a piece's last event. Within a partition, pieces are taken in their order.
 */
final class OldestFirst {

    private final PriorityQueue<Line> lines = new PriorityQueue<>(
            Comparator.comparingLong((Line line) -> line.first().lastTime())
                    .thenComparingLong(line -> line.first().partition()));
    private final Map<Long, Long> cuts = new HashMap<>();
    private long taken;
    private boolean ended;

    /** The pieces of one partition that are left. */
    private static final class Line {
        private final Oldest of;
        private int next;

        Line(Oldest of) {
            this.of = of;
        }

        Piece first() {
            return of.pieces().get(next);
        }
    }

    /** Adds a partition with its oldest pieces. */
    void add(Oldest of) {
        if (!of.pieces().isEmpty()) {
            lines.add(new Line(of));
        }
    }

    /** Goes on until this many bytes are taken in all, or nothing is left whose age is known. */
    void take(long bytes) {
        while (taken < bytes && !ended) {
            Line oldest = lines.poll();
            if (oldest == null) {
                return;
            }
            Piece piece = oldest.first();
            taken += piece.bytes();
            cuts.put(piece.partition(), piece.endOffset());
            oldest.next++;
            if (oldest.next < oldest.of.pieces().size()) {
                lines.add(oldest);
            } else {
                ended = oldest.of.isCutShort();
            }
        }
    }

    /** Partition → offset after the pieces that were taken so far. */
    Map<Long, Long> cuts() {
        return Map.copyOf(cuts);
    }

    /** True if it ended early, because the next piece of a partition was not among those that were added. */
    boolean isCutShort() {
        return ended;
    }
}
