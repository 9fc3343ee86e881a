package io.strandline.samples.orders;

import io.strandline.Strandline;
import io.strandline.TransactionStatus;
import io.strandline.processing.group.ReaderGroup;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs the shop. Customers order in transactions, packers pack, and meanwhile the stream of orders is split. Its argument
 * is the directory of the log. The default is {@code data/orders}.
 */
public final class Main {

    private static final int CUSTOMERS = 20;
    private static final int ORDERS_OF_EACH = 10;
    private static final String[] ARTICLES = {"tea", "coffee", "cocoa"};

    private Main() {}

    /**
     * Runs the sample.
     *
     * @param arguments the directory of the log, or nothing
     */
    public static void main(String[] arguments) {
        String directory = arguments.length > 0 ? arguments[0] : "data/orders";
        Vertx vertx = Vertx.vertx();
        run(vertx, directory).onComplete((lines, failure) -> {
            if (failure != null) {
                failure.printStackTrace(System.err);
            } else {
                lines.forEach(System.out::println);
            }
            vertx.close().onComplete(closed -> System.exit(failure == null ? 0 : 1));
        });
    }

    /** Runs the shop once over a log, and says what happened. */
    static Future<List<String>> run(Vertx vertx, String directory) {
        return Strandline.open(vertx, "file:" + directory)
                .compose(log -> runOn(new Shop(vertx, log)).eventually(log::close));
    }

    private static Future<List<String>> runOn(Shop shop) {
        AtomicLong packed = new AtomicLong();
        return shop.open().compose(streams -> shop.pack("packer-1", packed)).compose(one -> shop.pack(
                        "packer-2", packed)
                .compose(two -> sell(shop, one, packed).eventually(two::close))
                .eventually(one::close));
    }

    private static Future<List<String>> sell(Shop shop, ReaderGroup packers, AtomicLong packed) {
        List<String> lines = new ArrayList<>();
        return order(shop, 0, ORDERS_OF_EACH / 2)
                .compose(half -> shop.split())
                .onSuccess(split ->
                        lines.add("orders now have " + split.partitions().size() + " partitions"))
                .compose(split -> order(shop, ORDERS_OF_EACH / 2, ORDERS_OF_EACH))
                .compose(all -> shop.awaitPacked(packers))
                .onSuccess(done -> lines.add("packed " + packed.get() + " pieces"))
                .compose(done -> shop.ordersOf("customer-7"))
                .map(orders -> {
                    lines.add("customer-7 ordered " + orders.size() + " times, last " + orders.get(orders.size() - 1));
                    return lines;
                });
    }

    /** Each customer places one order after the other. Orders of different customers run concurrently. */
    private static Future<Void> order(Shop shop, int from, int to) {
        List<Future<?>> customers = new ArrayList<>();
        for (int customer = 0; customer < CUSTOMERS; customer++) {
            String name = "customer-" + customer;
            Future<TransactionStatus> placed = Future.succeededFuture();
            for (int i = from; i < to; i++) {
                Order order = new Order(name, ARTICLES[i % ARTICLES.length], i + 1);
                placed = placed.compose(before -> shop.place(order));
            }
            customers.add(placed);
        }
        return Future.all(customers).mapEmpty();
    }
}
