package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far a stage after a shuffle lags in the other parts of a pipeline, as far as they have noted it in the log. A part notes where its
 * tasks are, as one more subscriber of the internal stream. Retention waits for what its checkpoints hold, which is less. A part that
 * has never run counts from the start of the stream.
 *
 * <p>Belongs to one context.
 */
final class PartLags {

    /** Looks after which a note is repeated that has not moved: a log may forget subscribers that it does not hear of. */
    private static final int LOOKS_PER_RENEWAL = 600;

    private final Pipeline stage;
    private final Catalog catalog;
    private final Catalog own;
    private final String stream;
    private final List<String> names;
    private final List<KeyRange> ranges;

    private @Nullable StreamCut noted;
    private int looksSinceNote;
    private boolean busy;
    private long most;
    private String slowest = "";

    /** @param catalog of the log, where the internal stream has all of its partitions */
    private PartLags(Pipeline stage, Catalog catalog) {
        this.stage = stage;
        this.catalog = catalog;
        this.own = new PartCatalog(catalog, stage.source(), stage.topology().keys());
        this.stream = stage.source().toString();
        this.names = stage.topology().inAllParts();
        this.ranges = KeyRange.equalRanges(names.size());
    }

    /** Null for a stage of a pipeline that is whole. */
    static @Nullable PartLags of(Pipeline stage, Catalog catalog) {
        return stage.topology().part().count() == 1 ? null : new PartLags(stage, catalog);
    }

    /** Events by which the part lags that lags most, when it was looked last. */
    long most() {
        return most;
    }

    /** Name of its stage. */
    String slowest() {
        return slowest;
    }

    /**
     * Notes where the stage is in this part, and looks where the others are. A failure leaves what was known. A note that fails is
     * made again at the next look, and hinders none.
     *
     * @param position of the tasks, or null if they have not answered yet
     */
    void look(@Nullable StreamCut position) {
        if (busy) {
            return;
        }
        busy = true;
        note(position)
                .otherwiseEmpty()
                .compose(done -> catalog.subscribers(stream))
                .compose(notes -> catalog.endCut(stream)
                        .compose(end -> catalog.describe(stream).onSuccess(all -> compare(notes, all, end))))
                .onComplete(looked -> busy = false);
    }

    private Future<Void> note(@Nullable StreamCut position) {
        if (position == null || (position.equals(noted) && ++looksSinceNote < LOOKS_PER_RENEWAL)) {
            return Future.succeededFuture();
        }
        return own.commitConsumed(stream, subscriber(stage.name()), position).onSuccess(done -> {
            noted = position;
            looksSinceNote = 0;
        });
    }

    /** Name of the subscriber that is where the tasks of a stage are. */
    static String subscriber(String stage) {
        return SourceHold.subscriber(stage, SourceHold.POSITION);
    }

    private void compare(Map<String, StreamCut> notes, StreamDescription all, StreamCut end) {
        most = 0;
        for (int part = 0; part < names.size(); part++) {
            String name = names.get(part);
            StreamCut at = notes.getOrDefault(subscriber(name), notes.get(SourceHold.subscriber(name)));
            if (at != null && !name.equals(stage.name())) {
                // A note does not name the sealed partitions before those that it names.
                StreamCut whole = new StreamCut(at.stream(), all.withAncestorEnds(at.offsets()));
                long lag = lag(whole, PartCatalog.view(all, ranges.get(part)), end);
                if (lag > most) {
                    most = lag;
                    slowest = name;
                }
            }
        }
    }

    private static long lag(StreamCut at, StreamDescription view, StreamCut end) {
        SortedMap<Long, Long> offsets = new TreeMap<>(at.offsets());
        offsets.keySet().removeIf(id -> !view.knows(id));
        return StageHandle.distance(view, new StreamCut(at.stream(), offsets), end);
    }
}
