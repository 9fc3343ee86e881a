package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.Catalog;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The pipeline as a subscriber of its source, so that retention by consumption keeps what a restart from any retained
 * checkpoint reads: its position is the cut of the oldest one.
 *
 * <p>Belongs to the context of the run.
 */
public final class SourceHold {

    /** Time after which a note is repeated that has not moved: a log may forget subscribers that it does not hear of. */
    public static final long RENEWAL_MILLIS = 600_000;

    /** In place of the name of a checkpoint: what an audit reads. No checkpoint can have it. */
    public static final String AUDIT = "!audit";

    /** The same: what holds the events of a pipeline that goes back while it is no subscriber itself. */
    public static final String RETURN = "!return";

    /** The same: where the tasks of a part are, which holds nothing that the part does not hold. It stays from run to run. */
    public static final String POSITION = "!position";

    private static final Logger LOG = Logger.of(SourceHold.class);

    private final Pipeline pipeline;
    private final Catalog catalog;
    private final StreamName source;
    private final String checkpoints;
    private final boolean wanted;
    private final long life;

    /** What was noted last. */
    private SortedMap<Long, Long> noted = new TreeMap<>();

    /** Name of a checkpoint → its cut. */
    private final SortedMap<String, SortedMap<Long, Long>> pinned = new TreeMap<>();

    /** Names that hold nothing any more, and of which the log could not be told yet. */
    private final Set<String> leaving = new TreeSet<>();

    private final LongSupplier nanoTime;
    private long notedNanos;

    private boolean failing;

    /**
     * Holds the pipeline's own internal streams in any case: nothing else says when their events may go.
     *
     * @param life see {@link CheckpointStream#life()}
     * @param nanoTime as {@link System#nanoTime}
     */
    public SourceHold(Pipeline pipeline, Catalog catalog, PipelineOptions options, long life, LongSupplier nanoTime) {
        this.life = life;
        this.nanoTime = nanoTime;
        this.pipeline = pipeline;
        this.catalog = catalog;
        this.source = pipeline.source();
        this.checkpoints = CheckpointStream.nameOf(pipeline.name()).toString();
        this.wanted = options.isHoldRetention() || source.isReserved();
    }

    /** Name of the subscriber at the cut of a checkpoint with a name. */
    public static String subscriber(String pipeline, String checkpoint) {
        return subscriber(pipeline) + "!" + checkpoint;
    }

    /** The checkpoints with names, before the run begins. */
    public void pin(Map<String, StoredManifest> named) {
        named.forEach((name, stored) -> pinned.put(name, stored.manifest().offsets()));
    }

    /** An audit begins at a checkpoint: completes when retention waits for it, whatever the options say. */
    public Future<Void> audit(Map<Long, Long> offsets) {
        return hold(AUDIT, offsets);
    }

    /** The audit has ended. As {@link #unpin}. */
    public Future<Void> endAudit() {
        return unpin(AUDIT);
    }

    /** A checkpoint has a name: completes when retention waits for it. */
    public Future<Void> pin(String checkpoint, Map<Long, Long> offsets) {
        if (wanted) {
            return hold(checkpoint, offsets);
        }
        pinned.put(checkpoint, new TreeMap<>(offsets));
        return Future.succeededFuture();
    }

    /** One that is still to be forgotten is forgotten first, because it may hold less. */
    private Future<Void> hold(String checkpoint, Map<Long, Long> offsets) {
        pinned.put(checkpoint, new TreeMap<>(offsets));
        return (leaving.contains(checkpoint) ? leave(checkpoint) : Future.<Void>succeededFuture())
                .compose(ready -> notePin(checkpoint))
                .onFailure(cause -> {
                    pinned.remove(checkpoint);
                    leaving.add(checkpoint); // it may be noted nevertheless
                });
    }

    /** A checkpoint has a name no longer. If retention cannot be told now, it is told with a later checkpoint, or by a later run. */
    public Future<Void> unpin(String checkpoint) {
        pinned.remove(checkpoint);
        leaving.add(checkpoint);
        return leave(checkpoint);
    }

    private Future<Void> leave(String checkpoint) {
        return forget(subscriber(pipeline.name(), checkpoint)).onSuccess(done -> leaving.remove(checkpoint));
    }

    private Future<Void> leaveAll() {
        return Future.join(List.copyOf(leaving).stream().map(this::leave).toList())
                .mapEmpty();
    }

    private Future<Void> notePin(String checkpoint) {
        SortedMap<Long, Long> offsets = pinned.get(checkpoint);
        return offsets == null ? Future.succeededFuture() : commit(subscriber(pipeline.name(), checkpoint), offsets);
    }

    private Future<Void> commit(String subscriber, SortedMap<Long, Long> offsets) {
        return catalog.commitConsumed(source.toString(), subscriber, new StreamCut(source, offsets));
    }

    private Future<Void> notePins() {
        return Future.join(pinned.keySet().stream().map(this::notePin).toList()).mapEmpty();
    }

    /** Name of the subscriber. No group can have it, because names of groups contain a slash. */
    public static String subscriber(String pipeline) {
        return "pipeline:" + pipeline;
    }

    /**
     * A run begins: completes when retention waits for it, or no longer does if the options do not want that. Fails with Fenced
     * if the pipeline was deleted meanwhile.
     *
     * @param oldest may be before what earlier runs have noted, as when the run begins at an earlier checkpoint
     */
    public Future<Void> begin(Map<Long, Long> oldest) {
        if (!wanted) {
            return forgetAll();
        }
        SortedMap<Long, Long> offsets = new TreeMap<>(oldest);
        return whileAlive(() -> goBack(offsets).compose(back -> note(offsets)));
    }

    /**
     * The run is recorded, so earlier ones hold nothing any more. One may have ended between the last that it said of a name, or of its
     * audit, and the end of its hold.
     */
    public Future<Void> begun() {
        if (!wanted) {
            return Future.succeededFuture();
        }
        String beside = subscriber(pipeline.name(), "");
        return forget(catalog, source, each -> {
            String name = each.startsWith(beside) ? each.substring(beside.length()) : POSITION;
            return !name.equals(POSITION) && !pinned.containsKey(name);
        });
    }

    /**
     * Has the pipeline be no subscriber if it has noted a later position, because positions of subscribers only advance. Until it notes
     * an earlier one, another subscriber holds the events.
     */
    private Future<Void> goBack(SortedMap<Long, Long> to) {
        return compare((position, described) -> isPast(position, to, described))
                .compose(isPast -> isPast
                        ? forget(subscriber(pipeline.name(), RETURN)) // of a start that ended on its way
                                .compose(forgotten -> commit(subscriber(pipeline.name(), RETURN), to))
                                .compose(held -> forget(subscriber(pipeline.name())))
                        : Future.succeededFuture());
    }

    /** Shows that the pipeline is alive where it is, unless a newer run has gone back, which this one does not know yet. */
    private Future<Void> renew(SortedMap<Long, Long> offsets) {
        return compare((position, described) -> isPast(offsets, position, described))
                .compose(isPast -> isPast ? Future.succeededFuture() : note(offsets));
    }

    /** Completes with false if the pipeline has noted no position. */
    private Future<Boolean> compare(BiPredicate<SortedMap<Long, Long>, StreamDescription> test) {
        return catalog.subscribers(source.toString()).compose(all -> {
            StreamCut position = all.get(subscriber(pipeline.name()));
            return position == null
                    ? Future.succeededFuture(false)
                    : catalog.describe(source.toString()).map(described -> test.test(position.offsets(), described));
        });
    }

    /** Whether a position is past another one in any partition. */
    private static boolean isPast(
            SortedMap<Long, Long> position, SortedMap<Long, Long> other, StreamDescription source) {
        Set<Long> passed = source.withAncestors(other.keySet());
        return position.entrySet().stream().anyMatch(at -> {
            Long offset = other.get(at.getKey());
            return offset == null
                    ? at.getValue() > 0 && source.knows(at.getKey()) && !passed.contains(at.getKey())
                    : at.getValue() > offset;
        });
    }

    /**
     * A checkpoint was taken, or the newest is still true: notes the oldest retained one if it is another one, or was noted long
     * ago. Fails with Fenced if the pipeline was deleted. Another failure is only logged: retention keeps more until the next.
     */
    public Future<Void> follow(Map<Long, Long> oldest) {
        boolean moves = !noted.equals(oldest);
        boolean isDue = moves || nanoTime.getAsLong() - notedNanos >= RENEWAL_MILLIS * 1_000_000;
        SortedMap<Long, Long> offsets = new TreeMap<>(oldest);
        Future<Void> followed =
                wanted && isDue ? whileAlive(() -> moves ? note(offsets) : renew(offsets)) : Future.succeededFuture();
        return followed.compose(done -> leaveAll())
                .onSuccess(done -> failing = false)
                .recover(cause -> {
                    if (cause instanceof StrandlineException.Fenced) {
                        return Future.failedFuture(cause);
                    }
                    if (!failing) {
                        failing = true;
                        LOG.warn("{}: retention of {} does not hear how far it has come", pipeline, source, cause);
                    }
                    return Future.succeededFuture();
                });
    }

    private Future<Void> note(SortedMap<Long, Long> offsets) {
        return notePins()
                .compose(pins -> commit(subscriber(pipeline.name()), offsets))
                .onSuccess(done -> {
                    noted = offsets;
                    notedNanos = nanoTime.getAsLong();
                });
    }

    /** A deletion of the pipeline forgets the subscriber after the checkpoint stream. This note may have come later. */
    private Future<Void> whileAlive(Supplier<Future<Void>> noting) {
        return requireAlive(Future::succeededFuture)
                .compose(alive -> noting.get())
                .compose(noted -> requireAlive(this::forgetAll));
    }

    /**
     * Fails with Fenced unless the checkpoint stream is the one that this run has opened.
     *
     * @param whenGone called first if there is none, so that no later pipeline of this name has noted anything
     */
    private Future<Void> requireAlive(Supplier<Future<Void>> whenGone) {
        return catalog.describe(checkpoints)
                .compose(
                        found -> found.knows(life) ? Future.succeededFuture() : Future.failedFuture(deleted()),
                        cause -> cause instanceof StrandlineException.NotFound
                                ? whenGone.get().compose(done -> Future.failedFuture(deleted()))
                                : Future.failedFuture(cause));
    }

    private StrandlineException deleted() {
        return new StrandlineException.Fenced(
                pipeline + " was deleted while it ran: " + checkpoints + " has no partition " + life + " any more");
    }

    /** Has retention of a source wait for a pipeline no longer that does not run any more, nor for its checkpoints with names. */
    public static Future<Void> release(Catalog catalog, StreamName source, String pipeline) {
        String own = subscriber(pipeline);
        return forget(catalog, source, each -> each.equals(own) || each.startsWith(subscriber(pipeline, "")));
    }

    private Future<Void> forgetAll() {
        return release(catalog, source, pipeline.name());
    }

    private static Future<Void> forget(Catalog catalog, StreamName source, Predicate<String> which) {
        return catalog.subscribers(source.toString()).compose(all -> Future.join(all.keySet().stream()
                        .filter(which)
                        .map(each -> catalog.forgetSubscriber(source.toString(), each))
                        .toList())
                .mapEmpty());
    }

    private Future<Void> forget(String subscriber) {
        return catalog.forgetSubscriber(source.toString(), subscriber).mapEmpty();
    }
}
