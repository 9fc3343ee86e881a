package io.strandline.server.security;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Issues bearer tokens (JWT) that expire, and that may be limited to some resources. Callable from any thread. */
public final class TokenIssuer {

    /** Longest life of a token, in seconds: ten years. */
    public static final int MAX_SECONDS = 10 * 365 * 24 * 3_600;

    private static final int MIN_SECRET_BYTES = 32;
    private static final String PEM = "-----BEGIN";

    private final TokenOptions options;
    private final JWTAuth keys;

    private TokenIssuer(TokenOptions options, JWTAuth keys) {
        this.options = options;
        this.keys = keys;
    }

    /**
     * Makes an issuer.
     *
     * @param options algorithm, issuer, audience and claim of the roles. Their {@code keyFiles} are not read
     * @param key the private key as PEM, or for {@code HS256} the secret of 32 bytes or more, as in a file of {@link
     *     TokenOptions#getKeyFiles}
     * @throws StrandlineException.Invalid if it is no key that signs by the algorithm. The message does not hold it
     */
    public static TokenIssuer of(Vertx vertx, TokenOptions options, Buffer key) {
        TokenOptions copy = new TokenOptions(options);
        requireKey(copy.getAlgorithm(), key);
        try {
            JWTAuth keys = JWTAuth.create(vertx, new JWTAuthOptions().addPubSecKey(key(copy.getAlgorithm(), key)));
            // A public key is taken, and does not sign.
            keys.generateToken(new JsonObject(), new JWTOptions().setAlgorithm(copy.getAlgorithm()));
            return new TokenIssuer(copy, keys);
        } catch (RuntimeException e) { // of the library, with a text that may hold a part of the key
            throw new StrandlineException.Invalid("the key is none of " + copy.getAlgorithm());
        }
    }

    /**
     * Checks the form of a key.
     *
     * @throws StrandlineException.Invalid if it is neither PEM nor a secret that is long enough
     */
    public static void requireKey(String algorithm, Buffer key) {
        boolean isPem = key.toString(StandardCharsets.UTF_8).contains(PEM);
        boolean isSecret = algorithm.startsWith("HS");
        if (isPem == isSecret) {
            throw new StrandlineException.Invalid(
                    "the key of " + algorithm + " must be " + (isSecret ? "a secret, not PEM" : "PEM"));
        }
        int length = key.toString(StandardCharsets.UTF_8).trim().length();
        if (isSecret && length < MIN_SECRET_BYTES) {
            throw new StrandlineException.Invalid(
                    "the secret has " + length + " characters, it must have " + MIN_SECRET_BYTES + " or more");
        }
    }

    /** A key as Vert.x wants it. A secret is taken without the line break after it. */
    public static PubSecKeyOptions key(String algorithm, Buffer key) {
        String text = key.toString(StandardCharsets.UTF_8);
        return new PubSecKeyOptions()
                .setAlgorithm(algorithm)
                .setBuffer(text.contains(PEM) ? key : Buffer.buffer(text.trim()));
    }

    /**
     * Issues a token.
     *
     * @param name name of the caller
     * @param roles its roles
     * @param limits what it may do at most, whatever the rules permit. Empty for no limit
     * @param seconds how long it is valid, 1 to {@value #MAX_SECONDS}
     * @throws StrandlineException.Invalid if a value is out of its bounds
     */
    public String issue(String name, Collection<String> roles, Optional<List<Grant>> limits, int seconds) {
        Limits.require("seconds", seconds, 1, MAX_SECONDS);
        Identity.of(name, roles);
        JsonObject claims =
                new JsonObject().put("sub", name).put(options.getRolesClaim(), new JsonArray(List.copyOf(roles)));
        limits.ifPresent(grants -> claims.put(
                "grants", new JsonArray(grants.stream().map(Grant::toString).toList())));
        JWTOptions how = new JWTOptions().setAlgorithm(options.getAlgorithm()).setExpiresInSeconds(seconds);
        String issuer = options.getIssuer();
        if (issuer != null) {
            how.setIssuer(issuer);
        }
        String audience = options.getAudience();
        if (audience != null) {
            how.addAudience(audience);
        }
        return keys.generateToken(claims, how);
    }
}
