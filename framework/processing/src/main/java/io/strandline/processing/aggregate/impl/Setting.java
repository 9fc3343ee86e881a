package io.strandline.processing.aggregate.impl;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateOptions;
import org.jspecify.annotations.Nullable;

/**
 * What the owners of one kind of aggregates share.
 *
 * @param owners contexts that share what is bounded over all
 * @param generation of all their claims
 */
record Setting<C, E, S>(
        Strandline log,
        Aggregate<C, E, S> aggregate,
        StreamName stream,
        AggregateOptions options,
        int owners,
        ClaimGeneration generation,
        Counters counters) {

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

    /** One owner's part of a bound over all. */
    long share(long bound) {
        return Math.max(1, bound / owners);
    }

    Folded<S> initial() {
        return new Folded<>(aggregate.initial(), options.getCommandIds());
    }
}
