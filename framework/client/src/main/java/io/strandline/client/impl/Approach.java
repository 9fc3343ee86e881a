package io.strandline.client.impl;

import io.strandline.StrandlineException;
import io.strandline.client.ClientOptions;
import io.strandline.client.TlsOptions;
import io.strandline.client.tls.TlsFiles;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/** What the next connection of a client needs: keys, trusted certificates and credentials, as their files have them now. */
final class Approach {

    /** Longest file of credentials, in bytes. It leaves room in the greeting. */
    private static final int MAX_FILE_BYTES = 32_768;

    private final Vertx vertx;
    private final ClientOptions options;

    Approach(Vertx vertx, ClientOptions options) {
        this.vertx = vertx;
        this.options = options;
    }

    /** How to connect. Fails with Invalid if a file cannot be read. */
    Future<ConnectOptions> to(SocketAddress server) {
        ConnectOptions plain =
                new ConnectOptions().setRemoteAddress(server).setTimeout((int) options.getConnectTimeoutMillis());
        TlsOptions tls = options.getTls();
        return tls == null
                ? Future.succeededFuture(plain.setSsl(false))
                : TlsFiles.read(vertx, tls).map(files -> plain.setSsl(true).setSslOptions(files.forClient()));
    }

    /** What to show. Fails with Invalid if the file cannot be read. */
    Future<byte[]> credentials() {
        String path = options.getCredentialsFile();
        if (path == null) {
            String shown = options.getCredentials();
            return Future.succeededFuture(shown == null ? new byte[0] : shown.getBytes(StandardCharsets.UTF_8));
        }
        return vertx.fileSystem()
                .readFile(path)
                .recover(cause -> Future.failedFuture(
                        new StrandlineException.Invalid("credentialsFile " + path + " cannot be read", cause)))
                .map(bytes -> {
                    if (bytes.length() > MAX_FILE_BYTES) {
                        throw new StrandlineException.Invalid("credentialsFile " + path + " has " + bytes.length()
                                + " bytes, the limit is " + MAX_FILE_BYTES);
                    }
                    return bytes.toString(StandardCharsets.UTF_8).trim().getBytes(StandardCharsets.UTF_8);
                });
    }
}
