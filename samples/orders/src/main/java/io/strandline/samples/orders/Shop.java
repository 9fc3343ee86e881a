package io.strandline.samples.orders;

import io.strandline.HistoryOptions;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.Strandline;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** What the sample does with its log. Orders are keyed by customer, so each customer's are packed in order. */
final class Shop {

    static final String ORDERS = "shop/orders";
    static final String INVOICES = "shop/invoices";

    private static final long CENTS_A_PIECE = 350;
    private static final long KEPT_BYTES = 1L << 30;

    private final Vertx vertx;
    private final Strandline log;
    private final StateSync sync;

    Shop(Vertx vertx, Strandline log) {
        this.vertx = vertx;
        this.log = log;
        this.sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
    }

    /** Creates the streams, or takes them as they are. */
    Future<StreamDescription> open() {
        StreamOptions options = new StreamOptions().setPartitions(2).setRetention(Retention.maxBytes(KEPT_BYTES));
        return log.catalog()
                .createScope("shop")
                .compose(scope -> log.catalog().createStream(INVOICES, options))
                .compose(invoices -> log.catalog().createStream(ORDERS, options));
    }

    // README: begin transaction
    Future<TransactionStatus> place(Order order, Invoice invoice) {
        return log.transactions().begin().compose(transaction -> {
            transaction.append(ORDERS, Order.CODEC, order.customer(), order);
            transaction.append(INVOICES, Invoice.CODEC, invoice.customer(), invoice);
            return transaction.commit();
        });
    }
    // README: end transaction

    Future<TransactionStatus> place(Order order) {
        return place(order, new Invoice(order.customer(), order.pieces() * CENTS_A_PIECE));
    }

    // README: begin group
    Future<ReaderGroup> pack(String packer, AtomicLong packed) {
        return ReaderGroup.open(vertx, log, sync, "shop/packers", new GroupOptions().setStreams(ORDERS))
                .compose(group -> group.join(packer, Order.CODEC, new GroupReaderOptions())
                        .map(reader -> reader.handler(order -> {
                            packed.addAndGet(order.event().pieces());
                            return Future.succeededFuture();
                        }))
                        .map(group));
    }
    // README: end group

    /** Completes when the packers have passed everything that is in the stream now. */
    Future<Void> awaitPacked(ReaderGroup packers) {
        return log.catalog().endCut(ORDERS).compose(packers::awaitPosition);
    }

    // README: begin scale
    Future<StreamDescription> split() {
        return log.catalog().describe(ORDERS).compose(orders -> {
            PartitionDescription first = orders.partitions().get(0);
            return log.catalog().scale(ORDERS, Set.of(first.id()), first.keys().halves());
        });
    }
    // README: end scale

    /** Every order of one customer, in order. */
    Future<List<Order>> ordersOf(String customer) {
        return log.history(ORDERS, customer, Order.CODEC, new HistoryOptions()).compose(history -> {
            Promise<List<Order>> all = Promise.promise();
            List<Order> orders = new ArrayList<>();
            history.exceptionHandler(all::tryFail)
                    .endHandler(end -> all.tryComplete(orders))
                    .handler(order -> orders.add(order.event()));
            return all.future();
        });
    }
}
