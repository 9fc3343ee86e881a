package io.strandline.client.tls;

import io.strandline.StrandlineException;
import io.vertx.core.Vertx;
import io.vertx.core.net.KeyCertOptions;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/** Checks that keys belong to their certificates: what one signs, the other verifies. */
final class KeyPairs {

    /** Kind of a key, as TLS names it, and how such a key signs. */
    private static final Map<String, String> SIGNATURES =
            Map.of("EC", "SHA256withECDSA", "RSA", "SHA256withRSA", "EdDSA", "EdDSA");

    private static final byte[] SIGNED = {1, 2, 3, 4};

    private KeyPairs() {}

    /**
     * Blocks for milliseconds.
     *
     * @throws StrandlineException.Invalid if there is no key, or one does not belong to its certificate
     * @throws Exception if the files hold neither
     */
    static void require(@Nullable KeyCertOptions options, Vertx vertx) throws Exception {
        int found = 0;
        if (options != null) {
            for (KeyManager keys : options.getKeyManagerFactory(vertx).getKeyManagers()) {
                if (keys instanceof X509KeyManager known) {
                    found += pairs(known);
                }
            }
        }
        if (found == 0) {
            throw new StrandlineException.Invalid("files for TLS hold no private key with a certificate");
        }
    }

    private static int pairs(X509KeyManager keys) throws GeneralSecurityException {
        int found = 0;
        for (Map.Entry<String, String> kind : SIGNATURES.entrySet()) {
            String[] names = keys.getServerAliases(kind.getKey(), null);
            for (String name : names == null ? new String[0] : names) {
                requirePair(
                        keys.getPrivateKey(name), keys.getCertificateChain(name)[0].getPublicKey(), kind.getValue());
                found++;
            }
        }
        return found;
    }

    private static void requirePair(PrivateKey key, PublicKey certified, String how) throws GeneralSecurityException {
        Signature signing = Signature.getInstance(how);
        signing.initSign(key);
        signing.update(SIGNED);
        byte[] signature = signing.sign();
        Signature verifying = Signature.getInstance(how);
        verifying.initVerify(certified);
        verifying.update(SIGNED);
        if (!verifying.verify(signature)) {
            throw new StrandlineException.Invalid("the private key for TLS does not belong to its certificate");
        }
    }
}
