package io.strandline.client.tls;

import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TCPSSLOptions;
import io.vertx.core.net.TrustOptions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the files of {@link TlsOptions} held when they were read. Two readings with the same bytes are equal.
 *
 * <p>The bytes go to Vert.x by value and not by path, so that it tells a renewed certificate from the one before.
 */
public final class TlsFiles {

    /** The newest first. What is older is refused in the handshake. */
    public static final Set<String> PROTOCOLS = new LinkedHashSet<>(List.of("TLSv1.3", "TLSv1.2"));

    /** The name that Vert.x gives to the comparison of a certificate with the host of an address. */
    private static final String BY_HOST = "HTTPS";

    private final TlsOptions options;
    private final List<Buffer> bytes;
    private final @Nullable KeyCertOptions key;
    private final @Nullable TrustOptions trust;

    private TlsFiles(TlsOptions options, List<Buffer> bytes) {
        this.options = options;
        this.bytes = bytes;
        int at = 0;
        KeyCertOptions ownKey = null;
        if (options.getKeyFile() != null) {
            ownKey = new PemKeyCertOptions().setKeyValue(bytes.get(at++)).setCertValue(bytes.get(at++));
        } else if (options.getKeyStoreFile() != null) {
            ownKey = store(bytes.get(at++), options.getKeyStorePassword());
        }
        this.key = ownKey;
        TrustOptions trusted = null;
        if (options.getTrustStoreFile() != null) {
            trusted = store(bytes.get(at), options.getTrustStorePassword());
        } else if (!options.getTrustFiles().isEmpty()) {
            PemTrustOptions pem = new PemTrustOptions();
            bytes.subList(at, bytes.size()).forEach(pem::addCertValue);
            trusted = pem;
        }
        this.trust = trusted;
    }

    private static PfxOptions store(Buffer bytes, @Nullable String password) {
        return new PfxOptions().setValue(bytes).setPassword(password == null ? "" : password);
    }

    /**
     * Reads the files, on a worker. Fails with {@link StrandlineException.Invalid} if one cannot be read.
     *
     * @param options checked
     */
    public static Future<TlsFiles> read(Vertx vertx, TlsOptions options) {
        List<Future<Buffer>> reading = new ArrayList<>();
        for (String path : paths(options)) {
            reading.add(vertx.fileSystem()
                    .readFile(path)
                    .recover(cause -> Future.failedFuture(
                            new StrandlineException.Invalid("file " + path + " for TLS cannot be read", cause))));
        }
        return Future.all(reading).map(all -> new TlsFiles(options, all.list()));
    }

    private static List<String> paths(TlsOptions options) {
        List<String> paths = new ArrayList<>();
        String keyFile = options.getKeyFile();
        String keyStore = options.getKeyStoreFile();
        if (keyFile != null) {
            paths.add(keyFile);
            paths.add(Objects.requireNonNull(options.getCertificateFile()));
        } else if (keyStore != null) {
            paths.add(keyStore);
        }
        String trustStore = options.getTrustStoreFile();
        if (trustStore != null) {
            paths.add(trustStore);
        } else {
            paths.addAll(options.getTrustFiles());
        }
        return paths;
    }

    /**
     * Completes with these if a server can use them. Fails with {@link StrandlineException.Invalid} if not, as between the writing of a new
     * key and of its certificate. Vert.x itself would take such files, and then refuse each connection.
     */
    public Future<TlsFiles> usable(Vertx vertx) {
        return vertx.executeBlocking(() -> {
            requireKey(vertx);
            requireTrust(vertx);
            return this;
        });
    }

    /** As {@link #usable}, for a client, which may have no key. */
    public Future<TlsFiles> usableByClient(Vertx vertx) {
        return key == null && trust == null
                ? Future.succeededFuture(this)
                : vertx.executeBlocking(() -> {
                    if (key != null) {
                        requireKey(vertx);
                    }
                    requireTrust(vertx);
                    return this;
                });
    }

    private void requireKey(Vertx vertx) {
        List<String> files = paths(options);
        require(files.subList(0, Math.min(files.size(), keyFiles())), () -> KeyPairs.require(key, vertx));
    }

    private int keyFiles() {
        return options.getKeyFile() != null ? 2 : options.getKeyStoreFile() != null ? 1 : 0;
    }

    /** Each file on its own, so that a failure names the one that is wrong. */
    private void requireTrust(Vertx vertx) {
        if (trust == null) {
            return;
        }
        List<String> files = paths(options);
        for (int i = keyFiles(); i < files.size(); i++) {
            TrustOptions one =
                    trust instanceof PemTrustOptions ? new PemTrustOptions().addCertValue(bytes.get(i)) : trust;
            require(List.of(files.get(i)), () -> one.getTrustManagerFactory(vertx));
        }
    }

    private interface Use {
        void make() throws Exception;
    }

    private static void require(List<String> files, Use use) {
        try {
            use.make();
        } catch (StrandlineException e) {
            throw e;
        } catch (Exception e) {
            throw new StrandlineException.Invalid("files " + files + " for TLS cannot be used: " + reason(e), e);
        }
    }

    /** What the outermost failure says that does not just repeat its cause. */
    private static String reason(Throwable failure) {
        Throwable cause = failure.getCause();
        String message = failure.getMessage();
        if (cause != null && (message == null || message.equals(cause.toString()))) {
            return reason(cause);
        }
        return message == null ? failure.getClass().getSimpleName() : message;
    }

    /** What a server that runs is to use from its next connection on. */
    public ServerSSLOptions forServer() {
        ServerSSLOptions ssl = new ServerSSLOptions();
        ssl.setClientAuth(clientAuth());
        fill(ssl);
        return ssl;
    }

    /** What a client is to use for its next connection. */
    public ClientSSLOptions forClient() {
        ClientSSLOptions ssl = new ClientSSLOptions();
        ssl.setHostnameVerificationAlgorithm(options.isVerifyHost() ? BY_HOST : "");
        fill(ssl);
        return ssl;
    }

    private void fill(SSLOptions ssl) {
        ssl.setEnabledSecureTransportProtocols(PROTOCOLS);
        if (key != null) {
            ssl.setKeyCertOptions(key);
        }
        if (trust != null) {
            ssl.setTrustOptions(trust);
        }
    }

    /** Sets it in the options of a server that does not run yet, over TCP or HTTP. */
    public void fillServer(TCPSSLOptions server) {
        server.setSsl(true).setEnabledSecureTransportProtocols(PROTOCOLS);
        if (key != null) {
            server.setKeyCertOptions(key);
        }
        if (trust != null) {
            server.setTrustOptions(trust);
        }
    }

    /** Whether a server asks for certificates of clients, which options of a server take apart from the rest. */
    public ClientAuth clientAuth() {
        return switch (options.getClientCertificates()) {
            case NONE -> ClientAuth.NONE;
            case OPTIONAL -> ClientAuth.REQUEST;
            case REQUIRED -> ClientAuth.REQUIRED;
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TlsFiles files && bytes.equals(files.bytes);
    }

    @Override
    public int hashCode() {
        return bytes.hashCode();
    }
}
