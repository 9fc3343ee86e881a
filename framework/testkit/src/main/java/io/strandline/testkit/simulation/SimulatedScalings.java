package io.strandline.testkit.simulation;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.testkit.simulation.model.AskedScaling;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** Splits and merges streams by hand, one scaling after the other, whatever else goes on with them. */
final class SimulatedScalings {

    private final Clients clients;
    private final CatalogCaller caller;
    private final SplittableRandom random;
    private final List<String> streams;
    private final Predicate<Throwable> gone;
    private int done;

    SimulatedScalings(Clients clients, List<String> streams) {
        this(clients, streams, failure -> false);
    }

    /** @param gone true for a failure that says that the stream was deleted, which happens to it at times */
    SimulatedScalings(Clients clients, List<String> streams, Predicate<Throwable> gone) {
        this.gone = gone;
        this.clients = clients;
        this.caller = new CatalogCaller(clients, this::act);
        this.random = clients.changes.random;
        this.streams = streams;
    }

    /** The process is gone. */
    void lost() {
        caller.lost();
    }

    boolean isDone() {
        return caller.isDone();
    }

    /** Number of scalings that are done, as the log told. */
    int done() {
        return done;
    }

    void act() {
        if (!caller.isBusy() && !clients.draining) {
            String stream = streams.get(random.nextInt(streams.size()));
            caller.call(() -> "describe " + stream, caller.catalog().describe(stream), this::scale, gone);
        }
    }

    private void scale(StreamDescription stream) {
        AskedScaling asked = AskedScaling.draw(random, stream.partitions());
        int before = done;
        caller.begin(() -> caller.call(
                () -> "scale " + stream.name() + " by " + asked,
                caller.catalog().scale(stream.name().toString(), asked.seal(), asked.open()),
                scaled -> done = before + 1,
                failure -> {
                    // An earlier try got through.
                    boolean isSealed = failure instanceof StrandlineException.Sealed;
                    done = isSealed ? before + 1 : done;
                    return isSealed || gone.test(failure);
                }));
    }
}
