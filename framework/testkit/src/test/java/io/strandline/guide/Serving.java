package io.strandline.guide;

import io.strandline.Appended;
import io.strandline.Strandline;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The guide's examples of a log in another process. */
final class Serving {

    private Serving() {}

    // GUIDE: begin serve
    static Future<StrandlineServer> serve(Vertx vertx, Strandline log, int port) {
        return StrandlineServer.listen(vertx, log, new ServerOptions().setPort(port)); // 7475 by default
    }
    // GUIDE: end serve

    // GUIDE: begin remote
    static Future<Appended> order(Vertx vertx, String address) {
        return Strandline.open(vertx, address) // "tcp://127.0.0.1:7475"
                .compose(log -> log.createWriter("shop/orders", Order.CODEC))
                .compose(orders -> orders.append("customer-7", new Order("customer-7", "tea", 2)));
    }
    // GUIDE: end remote
}
