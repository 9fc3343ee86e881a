package io.strandline.processing.aggregate.impl;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateOptions;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the owners of one kind of aggregates share.
 *
 * @param owners contexts that share what is bounded over all
 * @param nanoTime the clock that measures how long a rebuild takes, as {@link System#nanoTime}
 */
record Setting<C, E, S>(
        Strandline log,
        Aggregate<C, E, S> aggregate,
        StreamName stream,
        AggregateOptions options,
        int owners,
        Counters counters,
        LongSupplier nanoTime) {

    /** Longest name of a stream of aggregates without its scope, in characters. */
    static final int MAX_STREAM_LENGTH = StreamName.MAX_PART_LENGTH - "-snapshots".length();

    /** The stream of the snapshots, each under the id of its aggregate. Null if there are none. */
    @Nullable
    StreamName snapshotStream() {
        return stateCodec() == null ? null : snapshotsOf(stream);
    }

    static StreamName snapshotsOf(StreamName stream) {
        return new StreamName(stream.scope(), stream.stream() + "-snapshots");
    }

    @Nullable
    EventCodec<S> stateCodec() {
        return aggregate.stateCodec();
    }

    /** Whether an aggregate is worth a snapshot after its newest durable event. */
    boolean isSnapshotDue(Folded<S> folded) {
        return stateCodec() != null
                && folded.placeIsExact
                && (isReached(folded.eventsSinceSnapshot, folded.patience * options.getSnapshotEvents())
                        || isReached(folded.bytesSinceSnapshot, folded.patience * options.getSnapshotBytes()));
    }

    /** Whether an aggregate that was just rebuilt is worth a snapshot, so that the next time is shorter. */
    boolean isSnapshotDueAfterRebuild(Folded<S> folded) {
        return stateCodec() != null
                && folded.eventsSinceSnapshot > 0
                && isReached(TimeUnit.NANOSECONDS.toMillis(folded.rebuildNanos), options.getSnapshotRebuildMillis());
    }

    private static boolean isReached(long now, long bound) {
        return bound > 0 && now >= bound;
    }

    /** One owner's part of a bound over all. */
    long share(long bound) {
        return Math.max(1, bound / owners);
    }

    StrandlineException closed() {
        return new StrandlineException.Unavailable(named() + " are closed");
    }

    /** What messages call these aggregates. */
    String named() {
        return "aggregates " + aggregate.name() + " of " + stream;
    }

    /** The position of an aggregate without events. */
    StreamCut nowhere() {
        return new StreamCut(stream, Collections.emptySortedMap());
    }

    /** Whether a call may be executed again if its first execution was not answered: aggregates remember what it has done. */
    boolean isRepeatable(Call<C, S> call) {
        return call.command == null || (call.commandId != null && options.getCommandIds() > 0);
    }

    Folded<S> initial() {
        return new Folded<>(aggregate.initial(), options.getCommandIds());
    }
}
