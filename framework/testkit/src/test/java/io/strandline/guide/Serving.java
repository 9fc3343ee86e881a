package io.strandline.guide;

import io.strandline.Appended;
import io.strandline.Strandline;
import io.strandline.client.ClientOptions;
import io.strandline.client.TlsOptions;
import io.strandline.server.ServedLog;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

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

    // GUIDE: begin secured
    static Future<StrandlineServer> serveSecured(Vertx vertx, Strandline log, int port, String directory) {
        SecurityOptions who =
                new SecurityOptions().setUsersFile(directory + "/users").setRulesFile(directory + "/rules");
        TlsOptions tls =
                new TlsOptions().setCertificateFile(directory + "/server.pem").setKeyFile(directory + "/server.key");
        return Security.open(vertx, who)
                .compose(security -> StrandlineServer.listen(
                        vertx,
                        ServedLog.of(log).secured(security),
                        new ServerOptions().setHost("0.0.0.0").setPort(port).setTls(tls)));
    }
    // GUIDE: end secured

    // GUIDE: begin credentials
    static Future<Strandline> openSecured(Vertx vertx, String address, String directory) {
        ClientOptions options = new ClientOptions()
                .setTls(new TlsOptions().setTrustFiles(List.of(directory + "/server.pem")))
                .setCredentialsFile(directory + "/credentials"); // such as: Basic YW5uYTpzZWNyZXQ=
        return Strandline.open(vertx, address, options);
    }
    // GUIDE: end credentials
}
