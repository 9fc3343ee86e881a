package io.strandline.server.security;

import io.strandline.StrandlineException;
import java.util.Locale;

/** Which addresses a listener may have, the same for all doors. */
public final class Exposure {

    private Exposure() {}

    /**
     * Checks the address of a listener.
     *
     * @param host where it listens
     * @param isInsecure true if its options allow it everything
     * @param hasTls true if its connections are encrypted
     * @param hasSecurity true if its callers are authenticated
     * @throws StrandlineException.Invalid if other machines may reach it, and it does not encrypt or does not authenticate
     */
    public static void require(String host, boolean isInsecure, boolean hasTls, boolean hasSecurity) {
        String missing = missing(host, isInsecure, hasTls, hasSecurity);
        if (!missing.isEmpty()) {
            throw new StrandlineException.Invalid("host is " + host + ", which other machines may reach, without "
                    + missing + "; give it, or set insecure to allow it");
        }
    }

    /** What an address may not be without: {@code tls}, {@code security}, or both. Empty if nothing is missing. */
    public static String missing(String host, boolean isInsecure, boolean hasTls, boolean hasSecurity) {
        if (isInsecure || isOfThisMachine(host) || (hasTls && hasSecurity)) {
            return "";
        }
        return hasTls ? "security" : hasSecurity ? "tls" : "tls and security";
    }

    /** True if only this machine reaches an address. */
    public static boolean isOfThisMachine(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost") || name.equals("::1") || name.matches("127(\\.\\d{1,3}){3}");
    }
}
