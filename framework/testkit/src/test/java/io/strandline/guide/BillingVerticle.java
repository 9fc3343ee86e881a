package io.strandline.guide;

import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.ReaderGroup;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.UUID;
import java.util.function.Function;

// GUIDE: begin billing
/** One reader of the group. Deploy as many as there are cores, in as many processes as can reach the log. */
final class BillingVerticle extends VerticleBase {
    private final ReaderGroup group;
    private final Function<Order, Future<Void>> biller;

    BillingVerticle(ReaderGroup group, Function<Order, Future<Void>> biller) {
        this.group = group;
        this.biller = biller;
    }

    @Override
    public Future<?> start() {
        GroupReaderOptions options = new GroupReaderOptions().setKeyConcurrency(16);
        return group.join("biller-" + UUID.randomUUID(), Order.CODEC, options).onSuccess(reader -> {
            reader.ended().onFailure(failure -> System.err.println("a biller stopped: " + failure));
            reader.handler(order -> biller.apply(order.event()));
        });
    }
}
// GUIDE: end billing
