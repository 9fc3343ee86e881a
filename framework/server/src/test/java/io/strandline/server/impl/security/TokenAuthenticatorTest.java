package io.strandline.server.impl.security;

import static io.strandline.server.impl.security.Futures.failure;
import static io.strandline.server.impl.security.Futures.get;
import static io.strandline.server.impl.security.Futures.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.server.security.Grant;
import io.strandline.server.security.Identity;
import io.strandline.server.security.TokenIssuer;
import io.strandline.server.security.TokenOptions;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenAuthenticatorTest {

    private static final Buffer SECRET = Buffer.buffer("0123456789abcdef0123456789abcdef\n");
    private static final Buffer OTHER = Buffer.buffer("fedcba9876543210fedcba9876543210");

    private final Vertx vertx = Vertx.vertx();

    private final List<TokenKeys> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        opened.forEach(TokenKeys::end);
        get(vertx.close());
    }

    private Path file(String name, Buffer content) throws IOException {
        return Files.write(directory.resolve(name), content.getBytes());
    }

    private TokenAuthenticator authenticator(TokenOptions options) {
        TokenKeys keys = new TokenKeys(vertx, options);
        get(keys.begin(10));
        opened.add(keys);
        return new TokenAuthenticator(options, keys::current);
    }

    private TokenAuthenticator bySecret() throws IOException {
        return authenticator(
                new TokenOptions().setKeyFiles(List.of(file("secret", SECRET).toString())));
    }

    private String signed(Buffer key, JsonObject claims, JWTOptions how) {
        return JWTAuth.create(vertx, new JWTAuthOptions().addPubSecKey(TokenIssuer.key("HS256", key)))
                .generateToken(claims.copy(), how.setAlgorithm("HS256"));
    }

    private static JWTOptions expiring() {
        return new JWTOptions().setExpiresInSeconds(60);
    }

    @Test
    void an_issued_token_is_an_identity_with_roles_limits_and_an_end() throws IOException {
        TokenIssuer issuer = TokenIssuer.of(vertx, new TokenOptions(), SECRET);
        List<Grant> limits = List.of(Grant.parse("READ stream:shop/*"));
        String token = issuer.issue("robot", List.of("clerks", "bosses"), Optional.of(limits), 60);
        Identity robot = get(bySecret().authenticate(token));
        assertThat(robot.name()).isEqualTo("robot");
        assertThat(robot.roles()).containsExactly("bosses", "clerks");
        assertThat(robot.limits().orElseThrow()).isEqualTo(limits);
        long now = System.currentTimeMillis();
        assertThat(robot.isExpired(now)).isFalse();
        assertThat(robot.isExpired(now + 61_000)).isTrue();
    }

    @Test
    void a_token_without_limits_has_none_and_one_with_an_empty_list_may_do_nothing() throws IOException {
        TokenAuthenticator authenticator = bySecret();
        TokenIssuer issuer = TokenIssuer.of(vertx, new TokenOptions(), SECRET);
        assertThat(get(authenticator.authenticate(issuer.issue("a", List.of(), Optional.empty(), 60)))
                        .limits())
                .isEmpty();
        assertThat(get(authenticator.authenticate(issuer.issue("a", List.of(), Optional.of(List.of()), 60)))
                        .limits())
                .contains(List.of());
    }

    @Test
    void every_token_that_is_not_valid_has_one_answer() throws IOException {
        TokenAuthenticator authenticator = bySecret();
        JsonObject claims = new JsonObject().put("sub", "robot");
        String good = signed(SECRET, claims, expiring());
        assertThat(get(authenticator.authenticate(good)).name()).isEqualTo("robot");
        List<String> bad = List.of(
                "",
                "x",
                "a.b.c",
                good.substring(0, good.length() - 2),
                signed(OTHER, claims, expiring()),
                signed(SECRET, claims, new JWTOptions()), // no end
                signed(
                        SECRET,
                        claims.copy().put("nbf", System.currentTimeMillis() / 1_000 + 600),
                        expiring()), // not yet
                signed(SECRET, new JsonObject(), expiring()), // no name
                signed(SECRET, new JsonObject().put("sub", 7), expiring()),
                signed(SECRET, new JsonObject().put("sub", "anonymous"), expiring()),
                signed(SECRET, new JsonObject().put("sub", "x".repeat(201)), expiring()),
                signed(SECRET, claims.copy().put("roles", new JsonArray().add(7)), expiring()),
                signed(SECRET, claims.copy().put("grants", new JsonArray().add("READ everything")), expiring()),
                signed(SECRET, claims.copy().put("grants", "READ *"), expiring()),
                unsigned(claims.copy().put("exp", System.currentTimeMillis() / 1_000 + 60)));
        for (String token : bad) {
            assertThat(failure(authenticator.authenticate(token)))
                    .as(token)
                    .isInstanceOf(StrandlineException.Unauthorized.class)
                    .hasMessage(NotValid.MESSAGE);
        }
    }

    @Test
    void a_token_that_has_expired_is_an_identity_that_has() throws IOException {
        JsonObject claims = new JsonObject().put("sub", "robot").put("exp", System.currentTimeMillis() / 1_000 - 10);
        String token = signed(SECRET, claims, new JWTOptions());
        assertThat(get(bySecret().authenticate(token)).isExpired(System.currentTimeMillis()))
                .isTrue();
    }

    private static String unsigned(JsonObject claims) {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return base64.encodeToString("{\"alg\":\"none\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(claims.encode().getBytes(StandardCharsets.UTF_8)) + ".";
    }

    @Test
    void issuer_and_audience_are_compared() throws IOException {
        TokenOptions options = new TokenOptions()
                .setKeyFiles(List.of(file("secret", SECRET).toString()))
                .setIssuer("shop")
                .setAudience("log");
        TokenAuthenticator authenticator = authenticator(options);
        String good = TokenIssuer.of(vertx, options, SECRET).issue("a", List.of(), Optional.empty(), 60);
        assertThat(get(authenticator.authenticate(good)).name()).isEqualTo("a");
        for (TokenOptions other : List.of(
                new TokenOptions(),
                new TokenOptions().setIssuer("shop"),
                new TokenOptions().setIssuer("bank").setAudience("log"),
                new TokenOptions().setIssuer("shop").setAudience("bank"))) {
            String token = TokenIssuer.of(vertx, other, SECRET).issue("a", List.of(), Optional.empty(), 60);
            assertThat(failure(authenticator.authenticate(token))).hasMessage(NotValid.MESSAGE);
        }
    }

    @Test
    void roles_may_be_a_text_under_another_name() throws IOException {
        TokenAuthenticator authenticator = authenticator(new TokenOptions()
                .setKeyFiles(List.of(file("secret", SECRET).toString()))
                .setRolesClaim("scope"));
        JsonObject claims = new JsonObject().put("sub", "a").put("scope", "clerks bosses");
        assertThat(get(authenticator.authenticate(signed(SECRET, claims, expiring())))
                        .roles())
                .containsExactly("bosses", "clerks");
    }

    @Test
    void a_key_is_replaced_without_a_restart() throws IOException {
        Path path = file("secret", SECRET);
        TokenAuthenticator authenticator = authenticator(new TokenOptions().setKeyFiles(List.of(path.toString())));
        String token = TokenIssuer.of(vertx, new TokenOptions(), OTHER).issue("a", List.of(), Optional.empty(), 60);
        assertThat(failure(authenticator.authenticate(token))).hasMessage(NotValid.MESSAGE);
        Files.write(path, OTHER.getBytes());
        until(vertx, () -> authenticator.authenticate(token).succeeded());
    }

    @Test
    void a_key_pair_signs_and_its_public_key_alone_is_no_secret() throws IOException, NoSuchAlgorithmException {
        KeyPair pair = rsa();
        Buffer privateKey = pem("PRIVATE KEY", pair.getPrivate().getEncoded());
        Buffer publicKey = pem("PUBLIC KEY", pair.getPublic().getEncoded());
        TokenOptions options = new TokenOptions()
                .setAlgorithm("RS256")
                .setKeyFiles(List.of(file("public.pem", publicKey).toString()));
        TokenAuthenticator authenticator = authenticator(options);
        String token = TokenIssuer.of(vertx, options, privateKey).issue("a", List.of(), Optional.empty(), 60);
        assertThat(get(authenticator.authenticate(token)).name()).isEqualTo("a");
        // The attack that takes the public key, which everybody has, for a secret.
        String forged = signed(publicKey, new JsonObject().put("sub", "a"), expiring());
        assertThat(failure(authenticator.authenticate(forged))).hasMessage(NotValid.MESSAGE);
    }

    // ---- key sets

    /** An address of what is asked for at each fetch. */
    private String serving(Supplier<JsonArray> keys) {
        HttpServer server = get(vertx.createHttpServer()
                .requestHandler(request -> request.response()
                        .end(new JsonObject().put("keys", keys.get()).encode()))
                .listen(0, "127.0.0.1"));
        return "http://127.0.0.1:" + server.actualPort() + "/keys";
    }

    private static JsonObject key(KeyPair pair, String algorithm, String use) {
        return new JsonObject()
                .put("kty", "RSA")
                .put("alg", algorithm)
                .put("use", use)
                .put("kid", "one")
                .put("n", Base64.getUrlEncoder().withoutPadding().encodeToString(unsignedBytes((RSAPublicKey)
                        pair.getPublic())))
                .put("e", "AQAB");
    }

    /** Keys that verify no token, as Vert.x sees it. */
    private static JsonArray useless(KeyPair pair) {
        return new JsonArray()
                .add(key(pair, "RS256", "enc"))
                .add(key(pair, "RSA-OAEP", "sig"))
                .add(new JsonObject().put("kty", "new").put("use", "sig"))
                .add(new JsonObject())
                .addNull()
                .add("key");
    }

    private String signed(KeyPair pair) {
        return TokenIssuer.of(
                        vertx,
                        new TokenOptions().setAlgorithm("RS256"),
                        pem("PRIVATE KEY", pair.getPrivate().getEncoded()))
                .issue("a", List.of(), Optional.empty(), 60);
    }

    @Test
    void keys_are_fetched_from_an_address() throws NoSuchAlgorithmException {
        KeyPair pair = rsa();
        JsonArray keys = useless(rsa()).add(key(pair, "RS256", "sig"));
        TokenAuthenticator authenticator = authenticator(new TokenOptions().setJwksAddress(serving(() -> keys)));
        assertThat(get(authenticator.authenticate(signed(pair))).name()).isEqualTo("a");
        assertThat(failure(authenticator.authenticate(signed(rsa())))).hasMessage(NotValid.MESSAGE);
    }

    @Test
    void a_set_without_a_key_that_verifies_is_invalid() throws NoSuchAlgorithmException {
        KeyPair pair = rsa();
        for (Object key : useless(pair)) {
            TokenKeys keys =
                    new TokenKeys(vertx, new TokenOptions().setJwksAddress(serving(() -> new JsonArray().add(key))));
            opened.add(keys);
            assertThat(failure(keys.begin(10)))
                    .as(String.valueOf(key))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("none of its 1 keys");
        }
    }

    @Test
    void a_set_without_a_key_that_verifies_leaves_those_before_it() throws NoSuchAlgorithmException {
        KeyPair pair = rsa();
        AtomicReference<JsonArray> keys = new AtomicReference<>(new JsonArray().add(key(pair, "RS256", "sig")));
        AtomicInteger fetches = new AtomicInteger();
        TokenAuthenticator authenticator =
                authenticator(new TokenOptions().setJwksMillis(10).setJwksAddress(serving(() -> {
                    fetches.incrementAndGet();
                    return Objects.requireNonNull(keys.get());
                })));
        keys.set(useless(pair));
        int before = fetches.get();
        until(vertx, () -> fetches.get() >= before + 10);
        assertThat(get(authenticator.authenticate(signed(pair))).name()).isEqualTo("a");
    }

    @Test
    void a_token_without_a_signature_is_not_valid_whatever_keys_there_are() {
        TokenAuthenticator withoutKeys =
                new TokenAuthenticator(new TokenOptions(), () -> JWTAuth.create(vertx, new JWTAuthOptions()));
        String token =
                unsigned(new JsonObject().put("sub", "robot").put("exp", System.currentTimeMillis() / 1_000 + 60));
        String twoParts = token.substring(0, token.length() - 1);
        for (String one : List.of(twoParts, token, token + ".", twoParts + ".AAAA")) {
            assertThat(failure(withoutKeys.authenticate(one))).as(one).hasMessage(NotValid.MESSAGE);
        }
    }

    @Test
    void an_address_without_keys_is_invalid() {
        HttpServer server = get(vertx.createHttpServer()
                .requestHandler(request -> request.response().setStatusCode(404).end("{\"keys\":[]}"))
                .listen(0, "127.0.0.1"));
        TokenKeys keys = new TokenKeys(
                vertx, new TokenOptions().setJwksAddress("http://127.0.0.1:" + server.actualPort() + "/keys"));
        assertThat(failure(keys.begin(10)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("404");
    }

    @Test
    void a_file_with_a_key_that_does_not_verify_is_invalid() throws IOException, GeneralSecurityException {
        KeyPairGenerator curve = KeyPairGenerator.getInstance("EC");
        curve.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = curve.generateKeyPair();
        for (String[] wrong : new String[][] {
            {"RS256", pem("PRIVATE KEY", rsa().getPrivate().getEncoded()).toString()},
            {"ES256", pem("PRIVATE KEY", pair.getPrivate().getEncoded()).toString()},
            {"RS256", pem("PUBLIC KEY", pair.getPublic().getEncoded()).toString()}
        }) {
            Path path = file("wrong.pem", Buffer.buffer(wrong[1]));
            TokenOptions options = new TokenOptions().setAlgorithm(wrong[0]).setKeyFiles(List.of(path.toString()));
            TokenKeys keys = new TokenKeys(vertx, options);
            opened.add(keys);
            assertThat(failure(keys.begin(10)))
                    .as(wrong[0])
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(wrong[0])
                    .hasMessageContaining("wrong.pem");
        }
        TokenOptions elliptic = new TokenOptions()
                .setAlgorithm("ES256")
                .setKeyFiles(List.of(
                        file("ec.pem", pem("PUBLIC KEY", pair.getPublic().getEncoded()))
                                .toString()));
        String token = TokenIssuer.of(
                        vertx, elliptic, pem("PRIVATE KEY", pair.getPrivate().getEncoded()))
                .issue("a", List.of(), Optional.empty(), 60);
        assertThat(get(authenticator(elliptic).authenticate(token)).name()).isEqualTo("a");
    }

    private static byte[] unsignedBytes(RSAPublicKey key) {
        byte[] bytes = key.getModulus().toByteArray();
        return bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    private static KeyPair rsa() throws NoSuchAlgorithmException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2_048);
        return generator.generateKeyPair();
    }

    private static Buffer pem(String what, byte[] key) {
        return Buffer.buffer("-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder().encodeToString(key) + "\n-----END " + what + "-----\n");
    }

    @Test
    void a_key_of_another_kind_is_invalid_and_is_not_in_the_message() throws NoSuchAlgorithmException {
        for (String[] wrong : new String[][] {
            {"HS256", "too short"},
            {"RS256", SECRET.toString()},
            {"HS256", pem("PUBLIC KEY", new byte[9]).toString()},
            {"RS256", pem("PRIVATE KEY", new byte[] {1, 2, 3}).toString()},
            {"RS256", pem("PUBLIC KEY", rsa().getPublic().getEncoded()).toString()} // which does not sign
        }) {
            assertThatThrownBy(() ->
                            TokenIssuer.of(vertx, new TokenOptions().setAlgorithm(wrong[0]), Buffer.buffer(wrong[1])))
                    .as(wrong[0] + " " + wrong[1])
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageNotContaining(SECRET.toString().trim())
                    .hasMessageNotContaining("AQID");
        }
    }

    @Test
    void a_token_has_a_bounded_life() {
        TokenIssuer issuer = TokenIssuer.of(vertx, new TokenOptions(), SECRET);
        for (int seconds : new int[] {0, -1, TokenIssuer.MAX_SECONDS + 1}) {
            assertThatThrownBy(() -> issuer.issue("a", List.of(), Optional.empty(), seconds))
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
    }
}
