package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.strandline.server.security.Grant;
import io.strandline.server.security.Identity;
import io.strandline.server.security.TokenOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Callers that show a token. Its signature is verified by Vert.x, with the keys of now. Callable from any thread. */
final class TokenAuthenticator {

    private static final String PROOF = "token";
    private static final String GRANTS = "grants";

    private final TokenOptions options;
    private final Supplier<JWTAuth> keys;

    TokenAuthenticator(TokenOptions options, Supplier<JWTAuth> keys) {
        this.options = options;
        this.keys = keys;
    }

    Future<Identity> authenticate(String token) {
        if (!isSigned(token)) {
            return NotValid.future();
        }
        return keys.get().authenticate(new TokenCredentials(token)).transform((user, failure) -> {
            Identity identity = failure == null ? identity(user.principal(), user.attributes()) : null;
            return identity == null ? NotValid.future() : Future.succeededFuture(identity);
        });
    }

    /** True if it has a head, claims and a signature. Vert.x accepts a token without one when it has no keys. */
    private static boolean isSigned(String token) {
        String[] parts = token.split("\\.", -1);
        return parts.length == 3 && Arrays.stream(parts).noneMatch(String::isEmpty);
    }

    /**
     * Null if a claim is missing or of another type, or if its time has not begun. Vert.x has verified the rest but the end, which the
     * identity has.
     */
    private @Nullable Identity identity(JsonObject principal, JsonObject attributes) {
        JsonObject claims = attributes.getJsonObject("accessToken", principal);
        try {
            Object expires = claims.getValue("exp");
            Object subject = claims.getValue("sub");
            if (!(expires instanceof Number seconds) || !(subject instanceof String name)) {
                return null;
            }
            if (name.equals(Identity.ANONYMOUS.name())) {
                return null;
            }
            if (claims.getValue("nbf") instanceof Number begin
                    && System.currentTimeMillis()
                            < TimeUnit.SECONDS.toMillis(begin.longValue() - options.getLeewaySeconds())) {
                return null;
            }
            long atMillis = TimeUnit.SECONDS.toMillis(seconds.longValue() + options.getLeewaySeconds());
            return new Identity(name, roles(claims), atMillis, limits(claims), PROOF, "");
        } catch (StrandlineException.Invalid | ClassCastException e) {
            return null;
        }
    }

    private SortedSet<String> roles(JsonObject claims) {
        Object value = claims.getValue(options.getRolesClaim());
        SortedSet<String> roles = new TreeSet<>();
        if (value instanceof String text) {
            roles.addAll(Arrays.asList(text.trim().split("\\s+", -1)));
        } else if (value instanceof JsonArray array) {
            array.forEach(role -> roles.add((String) role));
        }
        return roles;
    }

    private static Optional<List<Grant>> limits(JsonObject claims) {
        if (!claims.containsKey(GRANTS)) {
            return Optional.empty();
        }
        List<Grant> limits = new ArrayList<>();
        claims.getJsonArray(GRANTS, new JsonArray()).forEach(grant -> limits.add(Grant.parse((String) grant)));
        return Optional.of(limits);
    }
}
