package io.strandline.processing;

import io.strandline.Catalog;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * The pipeline as a subscriber of its source, so that retention by consumption keeps what a restart from any retained
 * checkpoint reads: its position is the cut of the oldest one.
 *
 * <p>Belongs to the context of the run.
 */
final class SourceHold {

    /** Time after which a note is repeated that has not moved: a log may forget subscribers that it does not hear of. */
    static final long RENEWAL_MILLIS = 600_000;

    private static final Logger LOG = Logger.of(SourceHold.class);

    private final Pipeline<?, ?, ?> pipeline;
    private final Catalog catalog;
    private final StreamName source;
    private final boolean wanted;

    /** What was noted last. */
    private SortedMap<Long, Long> noted = new TreeMap<>();

    private final LongSupplier nanoTime;
    private long notedNanos;

    private boolean failing;

    /** @param nanoTime as {@link System#nanoTime} */
    SourceHold(Pipeline<?, ?, ?> pipeline, Catalog catalog, PipelineOptions options, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.pipeline = pipeline;
        this.catalog = catalog;
        this.source = pipeline.source();
        this.wanted = options.isHoldRetention();
    }

    /** Name of the subscriber; no group can have it, for theirs contain a slash. */
    static String subscriber(String pipeline) {
        return "pipeline:" + pipeline;
    }

    /** A run begins: completes when retention waits for it, or no longer does if the options do not want that. */
    Future<Void> begin(Map<Long, Long> oldest) {
        return wanted ? note(new TreeMap<>(oldest)) : forget();
    }

    /**
     * A checkpoint was taken, or the newest is still true: notes the oldest retained one if it is another one, or was noted long
     * ago. A failure is only logged: retention keeps more until the next.
     */
    Future<Void> follow(Map<Long, Long> oldest) {
        boolean renews = nanoTime.getAsLong() - notedNanos >= RENEWAL_MILLIS * 1_000_000;
        if (!wanted || (noted.equals(oldest) && !renews)) {
            return Future.succeededFuture();
        }
        return note(new TreeMap<>(oldest))
                .compose(done -> forgetIfDeleted())
                .onSuccess(done -> failing = false)
                .recover(cause -> {
                    if (!failing) {
                        failing = true;
                        LOG.warn("{}: retention of {} does not hear how far it has come", pipeline, source, cause);
                    }
                    return Future.succeededFuture();
                });
    }

    private Future<Void> note(SortedMap<Long, Long> offsets) {
        return catalog.noteConsumed(source.toString(), subscriber(pipeline.name()), new StreamCut(source, offsets))
                .onSuccess(done -> {
                    noted = offsets;
                    notedNanos = nanoTime.getAsLong();
                });
    }

    /** Whoever deletes the pipeline forgets the subscriber after the checkpoint stream; this note may have come later. */
    private Future<Void> forgetIfDeleted() {
        return catalog.describe(CheckpointStream.nameOf(pipeline.name()).toString())
                .<Void>mapEmpty()
                .recover(
                        cause -> cause instanceof StrandlineException.NotFound ? forget() : Future.failedFuture(cause));
    }

    private Future<Void> forget() {
        return catalog.forgetSubscriber(source.toString(), subscriber(pipeline.name()))
                .mapEmpty();
    }
}
