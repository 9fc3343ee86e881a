package io.strandline.client;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys and certificates of one end of a connection, for servers and clients alike. TLS 1.2 and 1.3 are spoken, nothing older.
 *
 * <p>A key is either a PEM file beside its certificate chain, or a PKCS#12 file. Trusted certificates are PEM files, or a PKCS#12
 * file. Files are read again while the server or client runs, so a certificate is renewed without a restart.
 */
public class TlsOptions {

    public static final long DEFAULT_RELOAD_MILLIS = 10_000;

    private static final int MAX_FILES = 100;

    /** What a server wants of its clients. */
    public enum ClientCertificates {
        /** Clients show no certificate. */
        NONE,
        /** A client may show a certificate that is trusted, and others connect without. */
        OPTIONAL,
        /** A client without a trusted certificate is not connected. */
        REQUIRED
    }

    private @Nullable String certificateFile;
    private @Nullable String keyFile;
    private @Nullable String keyStoreFile;
    private @Nullable String keyStorePassword;
    private List<String> trustFiles = List.of();
    private @Nullable String trustStoreFile;
    private @Nullable String trustStorePassword;
    private ClientCertificates clientCertificates = ClientCertificates.NONE;
    private boolean verifyHost = true;
    private long reloadMillis = DEFAULT_RELOAD_MILLIS;

    public TlsOptions() {}

    public TlsOptions(TlsOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public TlsOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("TLS options", json);
        this.certificateFile = in.text("certificateFile");
        this.keyFile = in.text("keyFile");
        this.keyStoreFile = in.text("keyStoreFile");
        this.keyStorePassword = in.text("keyStorePassword");
        this.trustFiles = List.copyOf(in.texts("trustFiles"));
        this.trustStoreFile = in.text("trustStoreFile");
        this.trustStorePassword = in.text("trustStorePassword");
        this.clientCertificates = in.constant("clientCertificates", ClientCertificates.NONE);
        this.verifyHost = in.flag("verifyHost", true);
        this.reloadMillis = in.whole("reloadMillis", DEFAULT_RELOAD_MILLIS);
        in.end();
    }

    /** PEM file with the certificate of this end first, and those that signed it. Needs {@code keyFile}. None by default. */
    public @Nullable String getCertificateFile() {
        return certificateFile;
    }

    /**
     * Sets the file of the certificate.
     *
     * @param certificateFile a path, or null
     */
    public TlsOptions setCertificateFile(@Nullable String certificateFile) {
        this.certificateFile = certificateFile;
        return this;
    }

    /** PEM file with the private key of the certificate, in PKCS#8, not encrypted. None by default. */
    public @Nullable String getKeyFile() {
        return keyFile;
    }

    /**
     * Sets the file of the private key.
     *
     * @param keyFile a path, or null
     */
    public TlsOptions setKeyFile(@Nullable String keyFile) {
        this.keyFile = keyFile;
        return this;
    }

    /** PKCS#12 file with key and certificates, in place of the PEM files. None by default. */
    public @Nullable String getKeyStoreFile() {
        return keyStoreFile;
    }

    /**
     * Sets the file with key and certificates.
     *
     * @param keyStoreFile a path, or null
     */
    public TlsOptions setKeyStoreFile(@Nullable String keyStoreFile) {
        this.keyStoreFile = keyStoreFile;
        return this;
    }

    /** Password of {@code keyStoreFile}. None by default. */
    public @Nullable String getKeyStorePassword() {
        return keyStorePassword;
    }

    /**
     * Sets the password of the file with key and certificates.
     *
     * @param keyStorePassword a password, or null
     */
    public TlsOptions setKeyStorePassword(@Nullable String keyStorePassword) {
        this.keyStorePassword = keyStorePassword;
        return this;
    }

    /**
     * PEM files with the certificates by which the other end is trusted. None by default: a client then trusts what its JVM trusts,
     * and a server no certificate of a client.
     */
    public List<String> getTrustFiles() {
        return trustFiles;
    }

    /**
     * Sets the files of trusted certificates.
     *
     * @param trustFiles up to 100 paths
     */
    public TlsOptions setTrustFiles(List<String> trustFiles) {
        this.trustFiles = List.copyOf(Limits.requireGiven("trustFiles", trustFiles));
        return this;
    }

    /** PKCS#12 file with trusted certificates, in place of {@code trustFiles}. None by default. */
    public @Nullable String getTrustStoreFile() {
        return trustStoreFile;
    }

    /**
     * Sets the file of trusted certificates.
     *
     * @param trustStoreFile a path, or null
     */
    public TlsOptions setTrustStoreFile(@Nullable String trustStoreFile) {
        this.trustStoreFile = trustStoreFile;
        return this;
    }

    /** Password of {@code trustStoreFile}. None by default. */
    public @Nullable String getTrustStorePassword() {
        return trustStorePassword;
    }

    /**
     * Sets the password of the file of trusted certificates.
     *
     * @param trustStorePassword a password, or null
     */
    public TlsOptions setTrustStorePassword(@Nullable String trustStorePassword) {
        this.trustStorePassword = trustStorePassword;
        return this;
    }

    /** Whether a server asks its clients for certificates. {@code none} by default. A client passes over it. */
    public ClientCertificates getClientCertificates() {
        return clientCertificates;
    }

    /**
     * Sets whether clients show certificates. {@code optional} and {@code required} need trusted certificates.
     *
     * @param clientCertificates none, optional or required
     */
    public TlsOptions setClientCertificates(ClientCertificates clientCertificates) {
        this.clientCertificates = Limits.requireGiven("clientCertificates", clientCertificates);
        return this;
    }

    /**
     * Whether a client wants the server's certificate to name the host of the address. True by default. Without it every holder of a
     * trusted certificate can pass for the server. A server passes over it.
     */
    public boolean isVerifyHost() {
        return verifyHost;
    }

    /** Sets whether the certificate must name the host. */
    public TlsOptions setVerifyHost(boolean verifyHost) {
        this.verifyHost = verifyHost;
        return this;
    }

    /**
     * Time between two looks of a server at its files, in milliseconds. 10 s by default. The next connections have what a changed file
     * holds. Files that cannot be used change nothing. A client reads its files for each connection.
     */
    public long getReloadMillis() {
        return reloadMillis;
    }

    /**
     * Sets the time between two looks at the files.
     *
     * @param reloadMillis 10 to 86,400,000
     */
    public TlsOptions setReloadMillis(long reloadMillis) {
        this.reloadMillis = reloadMillis;
        return this;
    }

    /** True if there is a key, which a server needs. */
    public boolean hasKey() {
        return keyFile != null || keyStoreFile != null;
    }

    /** True if there are trusted certificates of its own. */
    public boolean hasTrust() {
        return !trustFiles.isEmpty() || trustStoreFile != null;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds, or two exclude each other
     */
    public void validate() {
        Limits.require("trustFiles", trustFiles.size(), 0, MAX_FILES);
        Limits.require("reloadMillis", reloadMillis, 10, 86_400_000);
        if ((keyFile == null) != (certificateFile == null)) {
            throw new StrandlineException.Invalid("certificateFile is " + certificateFile + " and keyFile is " + keyFile
                    + ", they must be given together");
        }
        if (keyFile != null && keyStoreFile != null) {
            throw new StrandlineException.Invalid(
                    "keyFile is " + keyFile + " and keyStoreFile is " + keyStoreFile + ", only one can be given");
        }
        if (!trustFiles.isEmpty() && trustStoreFile != null) {
            throw new StrandlineException.Invalid("trustFiles are " + trustFiles + " and trustStoreFile is "
                    + trustStoreFile + ", only one can be given");
        }
    }

    /**
     * Checks every value, for a server.
     *
     * @throws StrandlineException.Invalid as {@link #validate}, or if a server cannot work with them
     */
    public void validateForServer() {
        validate();
        if (!hasKey()) {
            throw new StrandlineException.Invalid(
                    "keyFile and keyStoreFile are null, a server must have one of them for TLS");
        }
        if (clientCertificates != ClientCertificates.NONE && !hasTrust()) {
            throw new StrandlineException.Invalid("clientCertificates is " + OptionsJson.nameOf(clientCertificates)
                    + ", which needs trustFiles or trustStoreFile");
        }
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("certificateFile", certificateFile)
                .put("keyFile", keyFile)
                .put("keyStoreFile", keyStoreFile)
                .put("keyStorePassword", keyStorePassword)
                .put("trustFiles", new JsonArray(trustFiles))
                .put("trustStoreFile", trustStoreFile)
                .put("trustStorePassword", trustStorePassword)
                .put("clientCertificates", OptionsJson.nameOf(clientCertificates))
                .put("verifyHost", verifyHost)
                .put("reloadMillis", reloadMillis);
    }
}
