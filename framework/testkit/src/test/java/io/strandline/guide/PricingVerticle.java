package io.strandline.guide;

import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.WriterOptions;
import io.strandline.json.JsonCodec;
import io.strandline.processing.group.ReaderGroup;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;

// GUIDE: begin pricing
/** Asks for the price of each order and appends it. An order has one price in the stream, however often it is delivered. */
final class PricingVerticle extends VerticleBase {
    record Price(String article, int pieces, long cents) {
        static final JsonCodec<Price> CODEC = JsonCodec.of("price", 1, Price.class);
    }

    private final Strandline log;
    private final ReaderGroup group;
    private final Function<Order, Future<Price>> prices;
    private final Map<Long, EventWriter<Price>> writers = new HashMap<>();

    PricingVerticle(Strandline log, ReaderGroup group, Function<Order, Future<Price>> prices) {
        this.log = log;
        this.group = group;
        this.prices = prices;
    }

    @Override
    public Future<?> start() {
        return group.join("pricing-" + UUID.randomUUID(), Order.CODEC).onSuccess(reader -> {
            reader.ended().onFailure(failure -> System.err.println("pricing stopped: " + failure));
            reader.partitionGainedHandler(gained -> open(gained.partition()));
            reader.partitionLostHandler(lost -> close(lost.partition()));
            reader.handler(order -> price(order.record()));
        });
    }

    /** The writer of a partition. It fences that of the reader that had the partition before. */
    private Future<?> open(long partition) {
        WriterOptions options = new WriterOptions().setId("pricing-" + partition);
        return log.createWriter("shop/prices", Price.CODEC, options)
                .onSuccess(writer -> writers.put(partition, writer));
    }

    private void close(long partition) {
        EventWriter<Price> writer = writers.remove(partition);
        if (writer != null) {
            writer.end();
        }
    }

    /** The number of a price is the offset of its order. The log drops a number that it has. */
    private Future<?> price(EventRecord<Order> order) {
        return prices.apply(order.event()).compose(price -> Objects.requireNonNull(writers.get(order.partition()))
                .append(order.key(), price, Sequence.of(order.offset())));
    }
}
// GUIDE: end pricing
