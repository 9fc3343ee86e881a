package io.strandline.samples.bank;

import io.strandline.EventRecord;
import io.strandline.processing.aggregate.Outcome;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.HttpException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The bank over HTTP.
 *
 * <pre>
 * POST /accounts/:id/deposit    {"amount": 100}                  200 with the account
 * POST /accounts/:id/withdraw   {"amount": 100}                  200, or 409 if the balance is too low
 * POST /accounts/:id/transfer   {"amount": 100, "to": "bob"}     202 with the transfer
 * POST /accounts/:id/close                                       200
 * GET  /accounts/:id                                             200, or 404
 * GET  /accounts/:id/history                                     200 with its events
 * GET  /transfers/:id                                            200, or 404
 * GET  /richest?count=10                                         200 from the read model
 * </pre>
 *
 * <p>A request with an {@code Idempotency-Key} is executed once, however often it comes. Failures are problem documents.
 */
final class BankApi {

    private static final int MAX_BODY_BYTES = 10_000;
    private static final int MAX_RICHEST = 1_000;
    /** Of accounts and of Idempotency-Keys. Together with a colon they are the id of a transfer. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,48}");

    private static final Pattern TRANSFER = Pattern.compile("[A-Za-z0-9._:-]{1,97}");

    private final Bank bank;
    private final Balances balances;

    private BankApi(Bank bank, Balances balances) {
        this.bank = bank;
        this.balances = balances;
    }

    /** Listens on loopback. */
    static Future<HttpServer> serve(Vertx vertx, Bank bank, Balances balances, int port) {
        return vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(port))
                .requestHandler(new BankApi(bank, balances).routes(vertx))
                .listen();
    }

    private Router routes(Vertx vertx) {
        Router router = Router.router(vertx);
        router.post().handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES));
        router.post("/accounts/:id/deposit").respond(this::deposit);
        router.post("/accounts/:id/withdraw").respond(this::withdraw);
        router.post("/accounts/:id/transfer").respond(this::transfer);
        router.post("/accounts/:id/close").respond(this::close);
        router.get("/accounts/:id").respond(this::account);
        router.get("/accounts/:id/history").respond(this::history);
        router.get("/transfers/:id").respond(this::transferOf);
        router.get("/richest").respond(this::richest);
        router.route().failureHandler(BankApi::fail);
        return router;
    }

    private Future<JsonObject> deposit(RoutingContext request) {
        return decided(request, bank.deposit(id(request), amount(request), commandId(request)));
    }

    private Future<JsonObject> withdraw(RoutingContext request) {
        return decided(request, bank.withdraw(id(request), amount(request), commandId(request)));
    }

    private Future<JsonObject> close(RoutingContext request) {
        return decided(request, bank.close(id(request)));
    }

    private Future<JsonObject> transfer(RoutingContext request) {
        Object to = body(request).getValue("to");
        String receiver = requireId("to", to instanceof String text ? text : "");
        // Keys are those of one account: two accounts may use the same.
        String transfer = id(request) + ":" + commandId(request);
        return decided(request, bank.transfer(id(request), receiver, amount(request), transfer))
                .map(account -> {
                    request.response().setStatusCode(202).putHeader("Location", "/transfers/" + transfer);
                    return account.put("transfer", transfer);
                });
    }

    private Future<JsonObject> account(RoutingContext request) {
        return bank.account(id(request))
                .compose(found -> found.version() == 0
                        ? Future.failedFuture(Problem.notFound("account " + id(request)))
                        : Future.succeededFuture(json(id(request), found.state(), found.version())));
    }

    private Future<JsonObject> history(RoutingContext request) {
        String id = id(request);
        return bank.history(id)
                .map(events -> new JsonObject().put("account", id).put("events", new JsonArray(events(events))));
    }

    private Future<JsonObject> transferOf(RoutingContext request) {
        String id = String.valueOf(request.pathParam("id"));
        if (!TRANSFER.matcher(id).matches()) {
            throw Problem.notFound("transfer " + id);
        }
        return bank.transfer(id)
                .compose(found -> found.version() == 0
                        ? Future.failedFuture(Problem.notFound("transfer " + id))
                        : Future.succeededFuture(new JsonObject()
                                .put("transfer", id)
                                .put("from", found.state().from())
                                .put("to", found.state().to())
                                .put("amount", found.state().amount())
                                .put("phase", found.state().phase().name().toLowerCase(Locale.ROOT))));
    }

    private Future<JsonObject> richest(RoutingContext request) {
        String given = request.request().getParam("count", "10");
        int count = given.matches("[0-9]{1,4}") ? Integer.parseInt(given) : 0;
        if (count < 1 || count > MAX_RICHEST) {
            throw Problem.invalid("count is " + given + ", it must be 1 to " + MAX_RICHEST);
        }
        return balances.richest(count).map(rows -> new JsonObject().put("accounts", new JsonArray(rows)));
    }

    // ---- requests

    private static String id(RoutingContext request) {
        return requireId("id", String.valueOf(request.pathParam("id")));
    }

    private static JsonObject body(RoutingContext request) {
        try {
            JsonObject body = request.body().asJsonObject();
            if (body != null) {
                return body;
            }
        } catch (DecodeException | ClassCastException other) {
            throw Problem.invalid("the body is no JSON object: " + other.getMessage());
        }
        throw Problem.invalid("the body is missing, it must be a JSON object");
    }

    private static long amount(RoutingContext request) {
        Object amount = body(request).getValue("amount");
        if ((amount instanceof Integer || amount instanceof Long)
                && ((Number) amount).longValue() > 0
                && ((Number) amount).longValue() <= Account.MAX_BALANCE) {
            return ((Number) amount).longValue();
        }
        throw Problem.invalid(
                "amount is " + amount + ", it must be a whole number of cents, 1 to " + Account.MAX_BALANCE);
    }

    private static String commandId(RoutingContext request) {
        String given = request.request().getHeader("Idempotency-Key");
        return given == null ? UUID.randomUUID().toString() : requireId("Idempotency-Key", given);
    }

    /** What becomes a key of a process or an aggregate is checked before anything is appended that names it. */
    private static String requireId(String name, String id) {
        if (!ID.matcher(id).matches()) {
            throw Problem.invalid(name + " is \"" + id + "\", it must have 1 to 48 letters, digits, dots or dashes");
        }
        return id;
    }

    // ---- responses

    private static Future<JsonObject> decided(RoutingContext request, Future<Outcome<Account>> command) {
        return command.compose(outcome -> outcome instanceof Outcome.Rejected<Account> rejected
                ? Future.failedFuture(Problem.rejected(rejected))
                : Future.succeededFuture(json(id(request), outcome.state(), outcome.version())));
    }

    private static JsonObject json(String id, Account account, long version) {
        return new JsonObject()
                .put("account", id)
                .put("balance", account.balance())
                .put("closed", account.closed())
                .put("version", version);
    }

    private static List<JsonObject> events(List<EventRecord<AccountEvent>> records) {
        return records.stream()
                .map(record -> new JsonObject()
                        .put("event", record.type().name())
                        .put("change", record.event().change())
                        .put("at", Instant.ofEpochMilli(record.stamp()).toString()))
                .toList();
    }

    private static void fail(RoutingContext request) {
        Throwable failure = request.failure();
        Problem problem = Problem.of(failure == null ? new HttpException(request.statusCode()) : failure);
        if (problem.mayRepeat()) {
            request.response().putHeader("Retry-After", "1");
        }
        request.response()
                .setStatusCode(problem.status())
                .putHeader("Content-Type", Problem.TYPE)
                .end(problem.toJson().toBuffer());
    }
}
