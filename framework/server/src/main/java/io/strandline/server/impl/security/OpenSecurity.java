package io.strandline.server.impl.security;

import io.strandline.server.security.Authenticator;
import io.strandline.server.security.Authorization;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.vertx.core.Future;
import java.util.function.Supplier;

/** Security as it was opened. */
final class OpenSecurity implements Security {

    private final Authenticator authenticator;
    private final Authorization authorization;
    private final SecurityOptions options;
    private final Supplier<Future<Void>> end;

    OpenSecurity(
            Authenticator authenticator,
            Authorization authorization,
            SecurityOptions options,
            Supplier<Future<Void>> end) {
        this.authenticator = authenticator;
        this.authorization = authorization;
        this.options = options;
        this.end = end;
    }

    @Override
    public Authenticator authenticator() {
        return authenticator;
    }

    @Override
    public Authorization authorization() {
        return authorization;
    }

    @Override
    public SecurityOptions options() {
        return new SecurityOptions(options);
    }

    @Override
    public Future<Void> close() {
        return end.get();
    }
}
