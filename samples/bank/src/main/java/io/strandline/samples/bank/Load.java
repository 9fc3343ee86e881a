package io.strandline.samples.bank;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonObject;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/** Clients of the HTTP API: they open accounts, and then send money to each other, many at a time. */
final class Load {

    private static final int CONNECTIONS = 64;
    private static final int INITIAL_CENTS = 100_000;
    private static final int MOST_CENTS = 5_000;
    private static final int MAX_ATTEMPTS = 20;
    private static final long PAUSE_MILLIS = 200;

    private final Vertx vertx;
    private final HttpClient client;
    private final int accounts;
    private final Random random;

    private long sent;
    private long rejected;

    Load(Vertx vertx, int port, int accounts, long seed) {
        this.vertx = vertx;
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setDefaultHost("127.0.0.1").setDefaultPort(port),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS));
        this.accounts = accounts;
        this.random = new Random(seed);
    }

    static String name(int account) {
        return "account-" + account;
    }

    /** Gives its first money to every account that has none yet. */
    Future<Void> openAccounts() {
        return Future.join(IntStream.range(0, accounts)
                        .mapToObj(account -> open("/accounts/" + name(account), "opening-" + name(account)))
                        .toList())
                .mapEmpty();
    }

    private Future<Integer> open(String path, String key) {
        return client.request(HttpMethod.GET, path)
                .compose(request -> request.send())
                .compose(response -> response.end().map(response.statusCode()))
                .compose(status -> status == 404
                        ? post(path + "/deposit", new JsonObject().put("amount", INITIAL_CENTS), key)
                        : Future.succeededFuture(status));
    }

    /**
     * Sends transfers, as many at a time as there are connections.
     *
     * @param progress hears after each how many were sent
     */
    Future<Void> transfers(int count, LongConsumer progress) {
        return Future.join(IntStream.range(0, CONNECTIONS)
                        .mapToObj(connection -> {
                            Promise<Void> done = Promise.promise();
                            next(count, progress, done);
                            return done.future();
                        })
                        .toList())
                .mapEmpty();
    }

    /** One after the other on one connection, without a chain of futures that grows with each. */
    private void next(int count, LongConsumer progress, Promise<Void> done) {
        if (sent == count) {
            done.complete();
            return;
        }
        progress.accept(++sent);
        int from = random.nextInt(accounts);
        int to = (from + 1 + random.nextInt(accounts - 1)) % accounts;
        JsonObject transfer = new JsonObject().put("to", name(to)).put("amount", 1 + random.nextInt(MOST_CENTS));
        post(
                        "/accounts/" + name(from) + "/transfer",
                        transfer,
                        UUID.randomUUID().toString())
                .onFailure(done::fail)
                .onSuccess(status -> {
                    rejected += status == 409 ? 1 : 0;
                    next(count, progress, done);
                });
    }

    /** How many transfers were rejected. */
    long rejected() {
        return rejected;
    }

    private Future<Integer> post(String path, JsonObject body, String key) {
        return post(path, body, key, 1);
    }

    /** A request that failed is sent again under its key: the bank executes it once. */
    private Future<Integer> post(String path, JsonObject body, String key, int attempt) {
        return client.request(HttpMethod.POST, path)
                .compose(request -> request.putHeader("Idempotency-Key", key).send(body.toBuffer()))
                .compose(response -> response.end().map(response.statusCode()))
                .recover(failure -> Future.succeededFuture(503))
                .compose(status -> {
                    if (status < 500 && status != 429) {
                        return Future.succeededFuture(status);
                    }
                    if (attempt == MAX_ATTEMPTS) {
                        return Future.failedFuture(path + " was answered with " + status + " " + attempt + " times");
                    }
                    return vertx.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                            .compose(late -> post(path, body, key, attempt + 1));
                });
    }
}
