package io.strandline.samples.bank;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BankTest {

    private static final int DEADLINE_SECONDS = 120;

    @TempDir
    Path directory;

    @AfterEach
    void removeDatabase() throws IOException {
        Database.remove(Database.home(directory));
    }

    @Test
    void no_money_is_made_or_lost_over_two_runs() throws Exception {
        Arguments given = Arguments.parse("--transfers", "400", "--accounts", "10", "--data", directory.toString());
        for (int run = 0; run < 2; run++) {
            Vertx vertx = Vertx.vertx();
            await(Main.run(vertx, given));
            await(vertx.close());
        }
    }

    @Test
    void the_api_answers_with_accounts_transfers_and_problems() throws Exception {
        Vertx vertx = Vertx.vertx();
        Database database = Database.start(Database.home(directory));
        Pool pool = database.pool(vertx);
        Strandline log = await(Strandline.open(vertx, "memory:"));
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        Bank bank = await(Bank.open(vertx, log, sync));
        Balances balances = await(Balances.open(vertx, log, sync, pool));
        HttpServer server = await(BankApi.serve(vertx, bank, balances, 0));
        Client client = new Client(vertx.getOrCreateContext(), vertx.createHttpClient(), server.actualPort());

        client.expect(HttpMethod.GET, "/accounts/ann", null, 404, "title", "Not found");
        client.expect(HttpMethod.POST, "/accounts/ann/deposit", "{\"amount\":-1}", 400, "status", 400);
        client.expect(HttpMethod.POST, "/accounts/ann/deposit", "[]", 400, "title", "The request is wrong");
        client.expect(HttpMethod.POST, "/accounts/ann/deposit", "{\"amount\":100}", 200, "balance", 100);
        client.expect(
                HttpMethod.POST, "/accounts/ann/withdraw", "{\"amount\":101}", 409, "detail", "the balance is 100");
        client.expect(HttpMethod.POST, "/accounts/ann/transfer", "{\"amount\":30}", 400, "status", 400);
        client.expect(HttpMethod.POST, "/accounts/ann/transfer", "{\"amount\":30,\"to\":\"a/b\"}", 400, "status", 400);
        client.expect(HttpMethod.POST, "/accounts/ann/transfer", "{\"amount\":30,\"to\":\"bob\"}", 202, "balance", 70);
        client.expectInTheEnd("/accounts/bob", "balance", 30);
        client.expect(HttpMethod.GET, "/accounts/ann/history", null, 200, "account", "ann");
        client.expect(HttpMethod.GET, "/transfers/none", null, 404, "title", "Not found");
        client.expect(HttpMethod.POST, "/accounts/bob/close", "{}", 200, "closed", true);
        String back = client.expect(
                        HttpMethod.POST, "/accounts/ann/transfer", "{\"amount\":5,\"to\":\"bob\"}", 202, "balance", 65)
                .getString("transfer");
        client.expectInTheEnd("/transfers/" + back, "phase", "returned");
        client.expect(HttpMethod.GET, "/accounts/ann", null, 200, "balance", 70);
        client.expectInTheEnd("/richest?count=1", "accounts", "[{\"account\":\"ann\",\"balance\":70}]");
        client.expect(HttpMethod.GET, "/richest?count=0", null, 400, "status", 400);

        await(server.close()
                .eventually(balances::close)
                .eventually(bank::close)
                .eventually(log::close)
                .eventually(pool::close)
                .eventually(() -> database.stop(vertx)));
        await(vertx.close());
    }

    /** A client of the API that waits for each answer. */
    private record Client(Context context, HttpClient http, int port) {

        /** On the context, so that the body does not come before somebody asks for it. */
        private <T> T call(HttpMethod method, String path, @Nullable String body, BiFunction<Integer, Buffer, T> read)
                throws Exception {
            Promise<T> answer = Promise.promise();
            context.runOnContext(begun -> http.request(method, port, "127.0.0.1", path)
                    .compose(request -> body == null ? request.send() : request.send(body))
                    .compose(response -> response.body().map(bytes -> read.apply(response.statusCode(), bytes)))
                    .onComplete(answer));
            return await(answer.future());
        }

        JsonObject expect(HttpMethod method, String path, @Nullable String body, int status, String field, Object value)
                throws Exception {
            JsonObject answer = call(method, path, body, (code, bytes) -> {
                assertThat(code).as(path + " " + bytes).isEqualTo(status);
                return bytes.toJsonObject();
            });
            assertThat(text(answer, field)).as(path).isEqualTo(String.valueOf(value));
            return answer;
        }

        /** Asks until the answer has the value. */
        void expectInTheEnd(String path, String field, Object value) throws Exception {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
            String found = "";
            while (!found.equals(String.valueOf(value))) {
                assertThat(System.nanoTime() - deadline)
                        .as(path + " has " + found)
                        .isNegative();
                found = call(HttpMethod.GET, path, null, (code, bytes) -> text(bytes.toJsonObject(), field));
            }
        }

        private static String text(JsonObject json, String field) {
            return String.valueOf(json.getValue(field));
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }
}
