package io.strandline.guide;

import io.strandline.Strandline;
import io.strandline.StrandlineVerticle;
import io.strandline.StreamOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;

// GUIDE: begin verticle
/** Appends the orders that come over the event bus, and answers when they are durable. */
final class OrderVerticle extends VerticleBase {

    @Override
    public Future<?> start() {
        return StrandlineVerticle.log(vertx)
                .compose(log -> createStreams(log).compose(created -> log.createWriter("shop/orders", Order.CODEC)))
                .compose(orders -> vertx.eventBus()
                        .<JsonObject>consumer("orders", message -> {
                            Order order = message.body().mapTo(Order.class);
                            orders.append(order.customer(), order)
                                    .onSuccess(appended -> message.reply(appended.offset()))
                                    .onFailure(failure -> message.fail(503, failure.getMessage()));
                        })
                        .completion());
    }

    /** Creates the stream and its scope if they are missing, so it may run at every start. */
    private static Future<?> createStreams(Strandline log) {
        return log.catalog()
                .createStream(
                        "shop/orders", new StreamOptions().setPartitions(4).setCreateScope(true));
    }
}
// GUIDE: end verticle
