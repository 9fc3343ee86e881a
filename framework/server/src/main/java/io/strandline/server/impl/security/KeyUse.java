package io.strandline.server.impl.security;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.NoSuchKeyIdException;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.util.Base64;
import java.util.List;

/**
 * Finds out whether keys verify any token. Vert.x takes keys that it cannot use for that, such as private ones and those for encryption, and
 * passes over keys that it cannot read. Without any key it accepts tokens that have no signature.
 */
final class KeyUse {

    /** What Vert.x verifies, the most common first. */
    private static final List<String> ALGORITHMS = List.of(
            "RS256", "ES256", "HS256", "PS256", "EdDSA", "RS384", "RS512", "ES384", "ES512", "ES256K", "HS384", "HS512",
            "PS384", "PS512");

    private static final String NO_SIGNATURE = "AAAA";

    private KeyUse() {}

    /** True if a token that these keys verify may exist. */
    static boolean verify(JWTAuth keys) {
        return ALGORITHMS.stream().anyMatch(algorithm -> verify(keys, algorithm));
    }

    /** Shows a forged token, and looks at how it is refused. */
    private static boolean verify(JWTAuth keys, String algorithm) {
        String forged =
                part(new JsonObject().put("alg", algorithm)) + "." + part(new JsonObject()) + "." + NO_SIGNATURE;
        Throwable refusal = keys.authenticate(new TokenCredentials(forged)).cause();
        boolean hasNoKey = refusal instanceof NoSuchKeyIdException || refusal instanceof IllegalStateException;
        return refusal != null && !hasNoKey && !(refusal.getCause() instanceof InvalidKeyException);
    }

    private static String part(JsonObject json) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(json.encode().getBytes(StandardCharsets.UTF_8));
    }
}
