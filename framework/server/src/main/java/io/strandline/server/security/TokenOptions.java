package io.strandline.server.security;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How bearer tokens (JWT) are verified and issued. A token must have {@code sub}, the name of the caller, and {@code exp}. {@code roles} are its
 * roles, and {@code grants}, if they are there, what it may do at most: texts as {@link Grant} reads them.
 */
public class TokenOptions {

    public static final String DEFAULT_ALGORITHM = "HS256";
    public static final String DEFAULT_ROLES_CLAIM = "roles";
    public static final long DEFAULT_JWKS_MILLIS = 300_000;
    public static final int DEFAULT_LEEWAY_SECONDS = 0;

    private static final int MAX_FILES = 100;
    private static final Set<String> ALGORITHMS = Set.of(
            "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512");

    private String algorithm = DEFAULT_ALGORITHM;
    private List<String> keyFiles = List.of();
    private @Nullable String jwksAddress;
    private long jwksMillis = DEFAULT_JWKS_MILLIS;
    private @Nullable String issuer;
    private @Nullable String audience;
    private String rolesClaim = DEFAULT_ROLES_CLAIM;
    private int leewaySeconds = DEFAULT_LEEWAY_SECONDS;

    public TokenOptions() {}

    public TokenOptions(TokenOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public TokenOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("token options", json);
        this.algorithm = in.text("algorithm", DEFAULT_ALGORITHM);
        this.keyFiles = List.copyOf(in.texts("keyFiles"));
        this.jwksAddress = in.text("jwksAddress");
        this.jwksMillis = in.whole("jwksMillis", DEFAULT_JWKS_MILLIS);
        this.issuer = in.text("issuer");
        this.audience = in.text("audience");
        this.rolesClaim = in.text("rolesClaim", DEFAULT_ROLES_CLAIM);
        this.leewaySeconds = in.integer("leewaySeconds", DEFAULT_LEEWAY_SECONDS);
        in.end();
    }

    /** Algorithm of the keys in {@code keyFiles}. {@code HS256} by default. A token that names another one is not valid. */
    public String getAlgorithm() {
        return algorithm;
    }

    /**
     * Sets the algorithm.
     *
     * @param algorithm HS256, RS256, ES256 or PS256, also with 384 and 512
     */
    public TokenOptions setAlgorithm(String algorithm) {
        this.algorithm = Limits.requireGiven("algorithm", algorithm);
        return this;
    }

    /**
     * Files with keys by which tokens are verified: public keys as PEM, or for {@code HS256} a secret of 32 bytes or more. None by default.
     * Several, while a key is replaced. They are read again when they change.
     */
    public List<String> getKeyFiles() {
        return keyFiles;
    }

    /**
     * Sets the files with keys.
     *
     * @param keyFiles up to 100 paths
     */
    public TokenOptions setKeyFiles(List<String> keyFiles) {
        this.keyFiles = List.copyOf(Limits.requireGiven("keyFiles", keyFiles));
        return this;
    }

    /** Address from which keys are fetched as a JSON Web Key Set, {@code https:} or on this machine. None by default. */
    public @Nullable String getJwksAddress() {
        return jwksAddress;
    }

    /**
     * Sets the address of a key set.
     *
     * @param jwksAddress a URL, or null
     */
    public TokenOptions setJwksAddress(@Nullable String jwksAddress) {
        this.jwksAddress = jwksAddress;
        return this;
    }

    /**
     * Time between two fetches of the key set, in milliseconds. 5 minutes by default. A fetch that fails, or finds no key that verifies tokens,
     * leaves the keys as they are.
     */
    public long getJwksMillis() {
        return jwksMillis;
    }

    /**
     * Sets the time between two fetches.
     *
     * @param jwksMillis 1,000 to 86,400,000
     */
    public TokenOptions setJwksMillis(long jwksMillis) {
        this.jwksMillis = jwksMillis;
        return this;
    }

    /** What {@code iss} of a token must be. Anything by default. */
    public @Nullable String getIssuer() {
        return issuer;
    }

    /**
     * Sets the issuer.
     *
     * @param issuer its name, or null
     */
    public TokenOptions setIssuer(@Nullable String issuer) {
        this.issuer = issuer;
        return this;
    }

    /** What {@code aud} of a token must contain. Anything by default. */
    public @Nullable String getAudience() {
        return audience;
    }

    /**
     * Sets the audience.
     *
     * @param audience its name, or null
     */
    public TokenOptions setAudience(@Nullable String audience) {
        this.audience = audience;
        return this;
    }

    /** The claim with the roles: an array of texts, or a text with spaces between them. {@code roles} by default. */
    public String getRolesClaim() {
        return rolesClaim;
    }

    /**
     * Sets the claim with the roles.
     *
     * @param rolesClaim its name
     */
    public TokenOptions setRolesClaim(String rolesClaim) {
        this.rolesClaim = Limits.requireGiven("rolesClaim", rolesClaim);
        return this;
    }

    /** How far the clocks of issuer and server may differ, in seconds. 0 by default. */
    public int getLeewaySeconds() {
        return leewaySeconds;
    }

    /**
     * Sets how far clocks may differ.
     *
     * @param leewaySeconds 0 to 600
     */
    public TokenOptions setLeewaySeconds(int leewaySeconds) {
        this.leewaySeconds = leewaySeconds;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        if (!ALGORITHMS.contains(algorithm)) {
            throw new StrandlineException.Invalid(
                    "algorithm is " + algorithm + ", it must be one of " + new TreeSet<>(ALGORITHMS));
        }
        Limits.require("keyFiles", keyFiles.size(), 0, MAX_FILES);
        Limits.require("jwksMillis", jwksMillis, 1_000, 86_400_000);
        Limits.require("leewaySeconds", leewaySeconds, 0, 600);
        if (keyFiles.isEmpty() && jwksAddress == null) {
            throw new StrandlineException.Invalid("keyFiles and jwksAddress are not given, tokens need one of them");
        }
        if (jwksAddress != null
                && !jwksAddress.startsWith("https://")
                && !jwksAddress.matches("http://(localhost|127\\.[0-9.]+|\\[::1\\])(:[0-9]+)?(/.*)?")) {
            throw new StrandlineException.Invalid(
                    "jwksAddress is " + jwksAddress + ", it must be https: or on this machine");
        }
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("algorithm", algorithm)
                .put("keyFiles", new JsonArray(keyFiles))
                .put("jwksAddress", jwksAddress)
                .put("jwksMillis", jwksMillis)
                .put("issuer", issuer)
                .put("audience", audience)
                .put("rolesClaim", rolesClaim)
                .put("leewaySeconds", leewaySeconds);
    }
}
