package io.strandline.processing.aggregate.impl;

import io.strandline.StreamDescription;
import io.strandline.processing.aggregate.Aggregates;
import io.vertx.core.Future;
import java.util.List;

/** Which partitions of a stream are owned here, and who takes the calls for the others. */
interface Ownership<C, E, S> {

    /**
     * Begins to own, and to take calls from elsewhere.
     *
     * @param verticles the contexts that own partitions, which are deployed
     * @param aggregates what calls from elsewhere are made of
     */
    Future<?> begin(StreamDescription stream, List<OwnerVerticle<C, E, S>> verticles, Aggregates<C, S> aggregates);

    /** Brings a call to its owner. From any thread. Throws RejectedExecutionException if Vert.x is closed. */
    void route(Call<C, S> call);

    /** Takes no more calls from elsewhere, and gives back what others can have. The rest is closed with the verticles. */
    Future<?> close();
}
