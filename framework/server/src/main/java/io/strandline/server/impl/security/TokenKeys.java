package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.strandline.server.security.TokenIssuer;
import io.strandline.server.security.TokenOptions;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The keys by which tokens are verified, of files and of an address, as they are now. */
final class TokenKeys {

    private static final Logger LOG = Logger.of(TokenKeys.class);
    private static final int OK = 200;
    private static final int FETCH_MILLIS = 5_000;
    private static final int MAX_SET_BYTES = 1 << 20;
    private static final int MAX_KEYS = 1_000;

    private final Vertx vertx;
    private final ContextInternal context;
    private final TokenOptions options;
    private final FileWatch<List<Buffer>> files;
    private @Nullable HttpClient client;
    private long timer = -1;
    private boolean isFailing;
    private volatile KeySet fetched = new KeySet(new JsonArray(), new JsonArray());
    private volatile @Nullable Verifier verifier;

    /**
     * A set as it was fetched.
     *
     * @param usable those of its keys that verify tokens
     */
    private record KeySet(JsonArray keys, JsonArray usable) {}

    /** What verifies, made of these files and this set. */
    private record Verifier(long filesVersion, KeySet fetched, JWTAuth keys) {}

    TokenKeys(Vertx vertx, TokenOptions options) {
        this.vertx = vertx;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.options = options;
        this.files = new FileWatch<>(vertx, "the keys of tokens", options.getKeyFiles(), this::checked);
    }

    private List<Buffer> checked(List<Buffer> keys) {
        for (Buffer key : keys) {
            TokenIssuer.requireKey(options.getAlgorithm(), key);
            if (!KeyUse.verify(make(List.of(key), new JsonArray()))) {
                throw new StrandlineException.Invalid(
                        "a key of tokens verifies nothing by " + options.getAlgorithm() + ", it must be a public key");
            }
        }
        return keys;
    }

    Future<Void> begin(long everyMillis) {
        return files.begin(everyMillis).compose(read -> {
            String address = options.getJwksAddress();
            return address == null ? Future.succeededFuture() : beginFetching(address);
        });
    }

    /** What verifies now. */
    JWTAuth current() {
        Verifier known = verifier;
        KeySet set = fetched;
        if (known == null || known.filesVersion != files.version() || !known.fetched.equals(set)) {
            known = new Verifier(files.version(), set, make(files.current(), set.usable));
            verifier = known;
        }
        return known.keys;
    }

    private JWTAuth make(List<Buffer> keys, JsonArray set) {
        // Times are compared by who asks: a token that has expired is another thing than one that is forged.
        JWTOptions rules = new JWTOptions().setIgnoreExpiration(true);
        String issuer = options.getIssuer();
        if (issuer != null) {
            rules.setIssuer(issuer);
        }
        String audience = options.getAudience();
        if (audience != null) {
            rules.addAudience(audience);
        }
        JWTAuthOptions all = new JWTAuthOptions().setJWTOptions(rules);
        keys.forEach(key -> all.addPubSecKey(TokenIssuer.key(options.getAlgorithm(), key)));
        for (Object key : set) {
            all.addJwk((JsonObject) key);
        }
        try {
            return JWTAuth.create(vertx, all);
        } catch (RuntimeException e) { // of the library, with a text that may hold a part of the key
            throw new StrandlineException.Invalid("a key of tokens is none of " + options.getAlgorithm());
        }
    }

    // ---- a set of keys at an address

    private Future<Void> beginFetching(String address) {
        client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(FETCH_MILLIS));
        timer = context.setPeriodic(options.getJwksMillis(), ticked -> fetchAgain(address));
        return fetch(address);
    }

    private void fetchAgain(String address) {
        fetch(address)
                .onComplete((done, failure) -> context.runOnContext(turned -> {
                    if (failure == null) {
                        isFailing = false;
                    } else if (!isFailing) {
                        isFailing = true;
                        LOG.error("keys of tokens stay as they were fetched last: {}", failure.getMessage());
                    }
                }));
    }

    private Future<Void> fetch(String address) {
        return Objects.requireNonNull(client)
                .request(new RequestOptions()
                        .setMethod(HttpMethod.GET)
                        .setAbsoluteURI(address)
                        .setTimeout(FETCH_MILLIS))
                .compose(request -> request.send().compose(TokenKeys::body))
                .map(body -> body.toJsonObject().getJsonArray("keys", new JsonArray()))
                .<Void>map(keys -> {
                    take(keys);
                    return null;
                })
                .recover(cause -> Future.failedFuture(new StrandlineException.Invalid(
                        "no key set was fetched from " + address + ": " + cause.getMessage(), cause)));
    }

    private void take(JsonArray keys) {
        if (keys.isEmpty() || keys.size() > MAX_KEYS) {
            throw new IllegalStateException(keys.size() + " keys, there must be 1 to " + MAX_KEYS);
        }
        if (keys.equals(fetched.keys)) {
            return;
        }
        JsonArray usable = new JsonArray();
        for (Object key : keys) {
            if (key instanceof JsonObject && KeyUse.verify(make(List.of(), new JsonArray().add(key)))) {
                usable.add(key);
            }
        }
        if (usable.isEmpty()) {
            throw new IllegalStateException("none of its " + keys.size() + " keys verifies tokens");
        }
        fetched = new KeySet(keys, usable);
    }

    private static Future<Buffer> body(HttpClientResponse response) {
        if (response.statusCode() != OK) {
            return Future.failedFuture("status " + response.statusCode());
        }
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        response.handler(part -> {
            body.appendBuffer(part);
            if (body.length() > MAX_SET_BYTES) {
                whole.tryFail("more than " + MAX_SET_BYTES + " bytes");
                response.request().reset();
            }
        });
        response.exceptionHandler(whole::tryFail);
        response.endHandler(ended -> whole.tryComplete(body));
        return whole.future();
    }

    void end() {
        files.end();
        vertx.cancelTimer(timer);
        if (client != null) {
            client.close();
        }
    }
}
