package io.strandline.server.impl.security;

import io.strandline.server.security.AuditEvent;
import io.strandline.server.security.Credentials;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The name that credentials show, whether or not they prove it, as the audit trail may hold it. */
final class TriedName {

    private static final String BEARER = "Bearer ";
    private static final String BASIC = "Basic ";
    private static final String NONE = "";
    private static final char UNPRINTED = '?';

    private TriedName() {}

    /** The name of a password, the subject of a token, or the common name of a certificate. Empty if none is shown. */
    static String of(Credentials credentials) {
        String text = credentials.authorization().orElse(NONE);
        if (text.length() > Credentials.MAX_CHARACTERS) {
            return NONE;
        }
        if (credentials.isPassword()) {
            return printed(beforeColon(text.substring(BASIC.length())));
        }
        if (text.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return printed(subject(text.substring(BEARER.length())));
        }
        return printed(credentials
                .certificate()
                .map(shown ->
                        CertificateNames.name(shown.getSubjectX500Principal().getName()))
                .orElse(NONE));
    }

    /** Nothing without a colon: it may be a password. */
    private static String beforeColon(String base64) {
        try {
            String both = new String(Base64.getDecoder().decode(base64.trim()), StandardCharsets.UTF_8);
            return both.substring(0, Math.max(0, both.indexOf(':')));
        } catch (IllegalArgumentException e) {
            return NONE;
        }
    }

    private static String subject(String token) {
        String[] parts = token.trim().split("\\.", -1);
        if (parts.length != 3) {
            return NONE;
        }
        try {
            byte[] claims = Base64.getUrlDecoder().decode(parts[1]);
            return new JsonObject(new String(claims, StandardCharsets.UTF_8)).getValue("sub") instanceof String subject
                    ? subject
                    : NONE;
        } catch (IllegalArgumentException | DecodeException e) {
            return NONE;
        }
    }

    /** Bounded, without letters that change how a line is shown, and without halves of letters. */
    private static String printed(String name) {
        StringBuilder printed = new StringBuilder();
        name.codePoints().limit(AuditEvent.MAX_TRIED_CHARACTERS).forEach(letter -> {
            if (printed.length() + Character.charCount(letter) <= AuditEvent.MAX_TRIED_CHARACTERS) {
                printed.appendCodePoint(isPrinted(letter) ? letter : UNPRINTED);
            }
        });
        return printed.toString();
    }

    private static boolean isPrinted(int letter) {
        return switch (Character.getType(letter)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
