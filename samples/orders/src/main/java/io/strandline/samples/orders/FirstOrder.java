package io.strandline.samples.orders;

import io.strandline.EventReader;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.json.JsonCodec;
import io.vertx.core.Vertx;

/** Appends an order to a log in the directory {@code data}, and prints all orders that the log has. */
public final class FirstOrder {

    record Order(String customer, String article, int pieces) {
        static final JsonCodec<Order> CODEC = JsonCodec.of("order", 1, Order.class);
    }

    public static void main(String[] arguments) {
        Vertx vertx = Vertx.vertx();
        StreamOptions options = new StreamOptions().setPartitions(16).setCreateScope(true);
        Strandline.open(vertx, "file:./data")
                .compose(log -> log.catalog()
                        .createStream("shop/orders", options)
                        .compose(stream -> log.createWriter("shop/orders", Order.CODEC))
                        .compose(writer -> writer.append("customer-7", new Order("customer-7", "tea", 2)))
                        .compose(appended -> log.read("shop/orders", Order.CODEC))
                        .compose(EventReader::toList))
                .onSuccess(orders -> orders.forEach(order -> System.out.println(order.offset() + " " + order.event())))
                .onFailure(Throwable::printStackTrace)
                .eventually(vertx::close);
    }
}
