package io.strandline.processing.projection.impl;

import io.strandline.Catalog;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader.Gained;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.projection.ProjectionId;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Keeps the positions of a group at those of the store, or before them.
 *
 * <p>The group learns of a position after the store, so it lags behind, and events between the two are left out when they come. It
 * is past the store where it passed over events and the store was not told before a crash, or where the store was set back, as by
 * the backup of a database. Then the group goes back to where the store is.
 */
final class Alignment<E> {

    private static final Logger LOG = Logger.of(Alignment.class);

    /** How long a reader may take to hear that its group was set back, in milliseconds. */
    private static final long HEARING_MILLIS = 1_000;

    private final ContextInternal context;
    private final Catalog catalog;
    private final ReaderGroup group;
    private final StoreCalls<E> store;
    private final Counters counters;
    private final ProjectionId id;

    Alignment(
            ContextInternal context,
            Catalog catalog,
            ReaderGroup group,
            StoreCalls<E> store,
            Counters counters,
            ProjectionId id) {
        this.context = context;
        this.catalog = catalog;
        this.group = group;
        this.store = store;
        this.counters = counters;
        this.id = id;
    }

    Future<SortedMap<Long, Long>> positions() {
        return store.positions();
    }

    /**
     * Begins a new projection, or finds where an existing one is.
     *
     * @param existed whether the group was there before
     */
    Future<Void> begin(boolean existed) {
        return store.open().compose(open -> store.positions()).compose(stored -> {
            if (!stored.isEmpty()) {
                return align().mapEmpty();
            }
            Future<Void> atBeginning = existed ? toBeginning() : Future.succeededFuture();
            return atBeginning
                    .compose(there -> group.position())
                    .compose(cuts -> store.begin(offsets(cuts)))
                    // Another member may have begun it meanwhile, elsewhere.
                    .compose(begun -> align())
                    .mapEmpty();
        });
    }

    private static SortedMap<Long, Long> offsets(SortedMap<StreamName, StreamCut> cuts) {
        SortedMap<Long, Long> offsets = new TreeMap<>();
        cuts.values().forEach(cut -> offsets.putAll(cut.offsets()));
        return offsets;
    }

    private Future<Void> toBeginning() {
        GroupOptions options = group.options();
        LOG.warn("Projection {}: the store has no positions, so the group goes back to the beginning", id);
        return group.resetTo(options.getFrom())
                .compose(there -> options.getFromCuts().isEmpty()
                        ? Future.succeededFuture()
                        : group.resetTo(options.getFromCuts().toArray(StreamCut[]::new)));
    }

    /**
     * Sets the group back if it is past the store. Completes with true if it was. The group is read first: what other members apply
     * in between then puts the store ahead of it, which is harmless.
     */
    private Future<Boolean> align() {
        return group.position().compose(cuts -> store.positions().compose(stored -> align(cuts, stored)));
    }

    private Future<Boolean> align(SortedMap<StreamName, StreamCut> cuts, SortedMap<Long, Long> stored) {
        List<Future<StoredPositions>> streams = new ArrayList<>();
        group.options()
                .getStreams()
                .forEach(stream -> streams.add(
                        catalog.describe(stream).map(description -> StoredPositions.of(description, stored))));
        return Future.all(streams).compose(all -> {
            List<StreamCut> back = new ArrayList<>();
            for (Future<StoredPositions> stream : streams) {
                StoredPositions positions = stream.result();
                StreamName name = positions.stream().name();
                if (positions.areBehind(cuts.getOrDefault(name, new StreamCut(name, new TreeMap<>())))) {
                    back.add(positions.cut());
                }
            }
            return back.isEmpty() ? Future.succeededFuture(false) : setBack(back);
        });
    }

    private Future<Boolean> setBack(List<StreamCut> cuts) {
        counters.realigned.incrementAndGet();
        LOG.warn("Projection {}: its group is past the store and goes back to {}", id, cuts);
        return group.resetTo(cuts.toArray(StreamCut[]::new)).map(true);
    }

    /**
     * The position of the store in a partition that has come to this member. If the group is past it, the group is set back, and
     * the partition comes again.
     */
    Future<Long> positionAt(Gained gained) {
        return store.positions().compose(stored -> {
            long position = stored.getOrDefault(gained.partition(), 0L);
            if (position >= gained.offset()) {
                return Future.succeededFuture(position);
            }
            return align()
                    // Until then the reader has heard of it, and passes the failure over.
                    .compose(back -> context.owner().timer(HEARING_MILLIS))
                    .compose(heard -> Future.failedFuture(new StrandlineException.Conflict("projection " + id
                            + " is at offset " + position + " of partition " + gained.partition() + " of "
                            + gained.stream() + ", and its group at " + gained.offset())));
        });
    }
}
