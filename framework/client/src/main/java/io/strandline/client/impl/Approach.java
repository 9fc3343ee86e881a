package io.strandline.client.impl;

import io.strandline.StrandlineException;
import io.strandline.client.ClientOptions;
import io.strandline.client.TlsOptions;
import io.strandline.client.tls.TlsFiles;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

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

    /**
     * What a client shows to a server. Two that show the same are equal.
     *
     * @param credentials text of an Authorization header, empty for none
     * @param tls keys and trusted certificates, or null without TLS
     */
    record Shown(Buffer credentials, @Nullable TlsFiles tls) {}

    /** What to show now. Fails with Invalid, which names the file, if one cannot be read or used. */
    Future<Shown> shown() {
        TlsOptions tls = options.getTls();
        return credentials()
                .compose(credentials -> tls == null
                        ? Future.succeededFuture(new Shown(credentials, null))
                        : TlsFiles.read(vertx, tls)
                                .compose(files -> files.usableByClient(vertx))
                                .map(files -> new Shown(credentials, files)));
    }

    /** How to connect to a server and show this. */
    ConnectOptions to(SocketAddress server, Shown shown) {
        ConnectOptions plain =
                new ConnectOptions().setRemoteAddress(server).setTimeout((int) options.getConnectTimeoutMillis());
        TlsFiles tls = shown.tls();
        return tls == null ? plain.setSsl(false) : plain.setSsl(true).setSslOptions(tls.forClient());
    }

    /** True if who the client is comes from files, so that it may show something else later. */
    boolean mayChange() {
        TlsOptions tls = options.getTls();
        return options.getCredentialsFile() != null
                || (tls != null && (tls.getKeyFile() != null || tls.getKeyStoreFile() != null));
    }

    private Future<Buffer> credentials() {
        String path = options.getCredentialsFile();
        if (path == null) {
            String shown = options.getCredentials();
            return Future.succeededFuture(shown == null ? Buffer.buffer() : Buffer.buffer(shown));
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
                    return Buffer.buffer(bytes.toString(StandardCharsets.UTF_8).trim());
                });
    }
}
