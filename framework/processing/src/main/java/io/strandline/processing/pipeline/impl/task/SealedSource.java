package io.strandline.processing.pipeline.impl.task;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.vertx.core.Future;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Asks a source what took over from partitions that were read to their ends. Readers see a seal before the catalog shows it, so
 * it asks again for as long as the options allow.
 *
 * <p>Belongs to the context of the caller.
 */
public final class SealedSource {

    private final RunSetting run;
    private final BooleanSupplier isOver;

    /** @param isOver whether nobody waits for the answer any more */
    public SealedSource(RunSetting run, BooleanSupplier isOver) {
        this.run = run;
        this.isOver = isOver;
    }

    /** Completes with a description that has the seals of the partitions. They are given with their ends. */
    public Future<StreamDescription> describe(Supplier<Map<Long, Long>> ended) {
        return Outage.during(run, cause -> isOver.getAsBoolean(), () -> run.log()
                .catalog()
                .describe(run.pipeline().source().toString())
                .compose(source -> requireSealed(source, ended.get())));
    }

    private Future<StreamDescription> requireSealed(StreamDescription source, Map<Long, Long> ended) {
        for (Map.Entry<Long, Long> end : ended.entrySet()) {
            if (source.sealed(end.getKey()) == null) {
                return Future.failedFuture(new StrandlineException.Unavailable("partition " + end.getKey() + " of "
                        + run.pipeline().source() + " ended at offset " + end.getValue()
                        + ", and the source does not say what took over"));
            }
        }
        return Future.succeededFuture(source);
    }
}
