package io.strandline.server.impl.http;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.server.impl.security.Gate;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Finds out who calls, by the {@code Authorization} header or by the certificate. */
public final class Callers {

    private final Gate gate;
    private final TrustedProxies proxies;

    public Callers(Gate gate, TrustedProxies proxies) {
        this.gate = gate;
        this.proxies = proxies;
    }

    /** Fails with a refusal of 401 if the caller does not prove who it is, and of 503 if its address has failed too often. */
    public Future<Identity> of(Exchange exchange) {
        if (!gate.isGuarded()) {
            return Future.succeededFuture(Identity.ANONYMOUS);
        }
        Credentials credentials = credentials(exchange.request());
        return gate.admit(credentials).recover(failure -> {
            if (failure instanceof StrandlineException.Unauthorized) {
                return Future.failedFuture(new Refusal(Problem.unauthenticated(String.valueOf(failure.getMessage()))));
            }
            long seconds = gate.retryAfterSeconds(credentials.address());
            return Future.failedFuture(
                    seconds > 0
                            ? new Refusal(Problem.of(failure, "authentication").retryAfter(seconds))
                            : failure);
        });
    }

    private Credentials credentials(HttpServerRequest request) {
        String shown = request.getHeader("Authorization");
        if (shown != null && shown.length() > Credentials.MAX_CHARACTERS) {
            throw Refusal.of(
                    "Authorization",
                    "Authorization has " + shown.length() + " characters, the limit is " + Credentials.MAX_CHARACTERS);
        }
        return new Credentials(Optional.ofNullable(shown), certificate(request), addressOf(request), Door.REST);
    }

    private String addressOf(HttpServerRequest request) {
        SocketAddress peer = request.remoteAddress();
        String address = peer == null ? null : peer.hostAddress();
        return address == null
                ? "unknown"
                : proxies.clientOf(address, request.headers().getAll(TrustedProxies.HEADER));
    }

    /** The certificate that the client has shown, which TLS has checked. */
    private static Optional<X509Certificate> certificate(HttpServerRequest request) {
        SSLSession session = request.sslSession();
        if (session == null) {
            return Optional.empty();
        }
        try {
            Certificate first = session.getPeerCertificates()[0];
            return first instanceof X509Certificate known ? Optional.of(known) : Optional.empty();
        } catch (SSLPeerUnverifiedException none) {
            return Optional.empty();
        }
    }
}
