package io.strandline.server.impl.security;

import io.strandline.server.security.Authenticator;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.server.security.UserFile;
import io.vertx.core.Future;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Authenticates by what was shown: a name with a password, a token, or without both the certificate. */
final class OwnAuthenticator implements Authenticator {

    private static final String BASIC = "basic ";
    private static final String BEARER = "bearer ";

    private final Supplier<UserFile> users;
    private final @Nullable PasswordAuthenticator passwords;
    private final @Nullable TokenAuthenticator tokens;
    private final boolean takesCertificates;

    OwnAuthenticator(
            Supplier<UserFile> users,
            @Nullable PasswordAuthenticator passwords,
            @Nullable TokenAuthenticator tokens,
            boolean takesCertificates) {
        this.users = users;
        this.passwords = passwords;
        this.tokens = tokens;
        this.takesCertificates = takesCertificates;
    }

    @Override
    public Future<Identity> authenticate(Credentials credentials) {
        String text = credentials.authorization().orElse("");
        if (!text.isEmpty()) {
            return byText(text);
        }
        if (!takesCertificates || credentials.certificate().isEmpty()) {
            return NotValid.future();
        }
        Identity identity = CertificateNames.identity(credentials.certificate().get(), users.get());
        return identity == null ? NotValid.future() : Future.succeededFuture(identity);
    }

    private Future<Identity> byText(String text) {
        if (text.length() > Credentials.MAX_CHARACTERS) {
            return NotValid.future();
        }
        String lower =
                text.substring(0, Math.min(text.length(), BEARER.length())).toLowerCase(Locale.ROOT);
        if (passwords != null && lower.startsWith(BASIC)) {
            return passwords.authenticate(text.substring(BASIC.length()).trim());
        }
        if (tokens != null && lower.startsWith(BEARER)) {
            return tokens.authenticate(text.substring(BEARER.length()).trim());
        }
        return NotValid.future();
    }

    /** A user who was removed, or whose password or roles have changed, is to prove again who it is. */
    @Override
    public boolean isCurrent(Identity identity) {
        if (identity.proof().startsWith(PasswordAuthenticator.PROOF)) {
            return PasswordAuthenticator.isCurrent(identity, users.get());
        }
        return !identity.proof().equals(CertificateNames.PROOF) || CertificateNames.isCurrent(identity, users.get());
    }
}
