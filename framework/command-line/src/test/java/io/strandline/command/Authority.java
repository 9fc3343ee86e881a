package io.strandline.command;

import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.Base64;

/**
 * An authority of tests that signs keys of members. What it has made are files named after the authority.
 *
 * @param keys store of its key and of one that it has signed
 */
record Authority(Path keys) {

    private static final String SIGNED = "member";

    /** Makes an authority and a key that it has signed. */
    static Authority make(Path directory, String name) throws IOException, InterruptedException {
        Path keys = directory.resolve(name + ".p12");
        Keytool.makeSigned(keys, "authority", SIGNED);
        return new Authority(keys);
    }

    private KeyStore load() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, Keytool.PASSWORD.toCharArray());
        }
        return store;
    }

    private Path file(String kind) {
        return keys.resolveSibling(keys.getFileName().toString().replace(".p12", "-" + kind));
    }

    private Certificate[] chain() throws IOException, GeneralSecurityException {
        return load().getCertificateChain(SIGNED);
    }

    /** The signed key and the certificates up to the authority's, without the key of that. */
    KeyStore signed() throws IOException, GeneralSecurityException {
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        char[] password = Keytool.PASSWORD.toCharArray();
        own.setKeyEntry(SIGNED, load().getKey(SIGNED, password), password, chain());
        return own;
    }

    /** {@link #signed} as PKCS#12. */
    Path store() throws IOException, GeneralSecurityException {
        Path store = file("member.p12");
        try (OutputStream out = Files.newOutputStream(store)) {
            signed().store(out, Keytool.PASSWORD.toCharArray());
        }
        return store;
    }

    /** The signed key as PEM. */
    Path key() throws IOException, GeneralSecurityException {
        PrivateKey key = (PrivateKey) load().getKey(SIGNED, Keytool.PASSWORD.toCharArray());
        return Files.writeString(file("member.key"), pem("PRIVATE KEY", key.getEncoded()));
    }

    /** The certificate of the signed key, then that of the authority, as PEM. */
    Path certificate() throws IOException, GeneralSecurityException {
        StringBuilder all = new StringBuilder();
        for (Certificate certificate : chain()) {
            all.append(pem("CERTIFICATE", certificate.getEncoded()));
        }
        return Files.writeString(file("member.pem"), all);
    }

    /** The authority's own certificate as PEM. */
    Path trust() throws IOException, GeneralSecurityException {
        return Files.writeString(file("authority.pem"), pem("CERTIFICATE", chain()[1].getEncoded()));
    }

    /** The event bus of an application that is a member. */
    EventBusOptions bus() throws IOException, GeneralSecurityException {
        return new EventBusOptions()
                .setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addKeyPath(key().toString())
                        .addCertPath(certificate().toString()))
                .setTrustOptions(new PemTrustOptions().addCertPath(trust().toString()))
                .setClientAuth(ClientAuth.REQUIRED)
                .setTrustAll(false);
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + what
                + "-----\n";
    }
}
