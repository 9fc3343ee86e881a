package io.strandline.server.security;

import io.strandline.client.operation.Door;
import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * What a caller has shown.
 *
 * @param authorization the text of an {@code Authorization} header, such as {@code Basic YW5uYTpzZWNyZXQ=} or {@code Bearer eyJ…},
 *     up to {@value #MAX_CHARACTERS} characters. The client of Strandline sends the same text in its greeting
 * @param certificate the certificate of the caller, which TLS has checked
 * @param address where the caller is, without its port. Failures are counted by it. Over the event bus, which tells no address, the user that is
 *     named
 * @param door the way it comes
 */
public record Credentials(
        Optional<String> authorization, Optional<X509Certificate> certificate, String address, Door door) {

    public static final int MAX_CHARACTERS = 16_384;

    private static final String BASIC = "Basic ";

    /** True if nothing was shown. */
    public boolean isEmpty() {
        return authorization.isEmpty() && certificate.isEmpty();
    }

    /** True if a name and a password were shown. */
    public boolean isPassword() {
        String text = authorization.orElse("");
        return text.regionMatches(true, 0, BASIC, 0, BASIC.length());
    }

    /** Without what must stay secret. */
    @Override
    public String toString() {
        return "credentials of " + address + " over " + door;
    }
}
