package io.strandline.samples.bank;

import io.strandline.Strandline;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/** Starts the bank with its database and HTTP API, lets clients send money around, and counts it at the end. */
public final class Main {

    private static final String USAGE = """
        samples/bank/run [options]
          --transfers N   how many transfers are sent, 20000 by default
          --accounts N    between how many accounts, 200 by default
          --crash-at N    halts the JVM after N transfers were sent. The next run goes on
          --fresh         removes the data of earlier runs first
          --serve         serves HTTP until it is interrupted
          --port N        of the HTTP API, a free one by default
          --data DIR      where log and database are, data/bank by default
        """;

    private Main() {}

    /**
     * Runs the sample.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        Arguments given;
        try {
            given = Arguments.parse(arguments);
        } catch (IllegalArgumentException wrong) {
            System.err.println(wrong.getMessage());
            System.err.print(USAGE);
            System.exit(2);
            return;
        }
        if (given.help()) {
            System.out.print(USAGE);
            return;
        }
        Vertx vertx = Vertx.vertx();
        run(vertx, given).onComplete((done, failure) -> {
            if (failure != null) {
                failure.printStackTrace(System.err);
            }
            vertx.close().onComplete(closed -> System.exit(failure == null ? 0 : 1));
        });
    }

    /** One run over the data of the runs before. */
    static Future<Void> run(Vertx vertx, Arguments given) {
        System.out.println("starting PostgreSQL");
        return vertx.executeBlocking(() -> {
                    Path server = Database.home(given.data());
                    if (given.fresh()) {
                        Database.remove(server);
                        remove(given.data());
                    }
                    return Database.start(server);
                })
                .compose(database ->
                        withDatabase(vertx, given, database.pool(vertx)).eventually(() -> database.stop(vertx)));
    }

    private static Future<Void> withDatabase(Vertx vertx, Arguments given, Pool pool) {
        return Strandline.open(vertx, "file:" + given.data().resolve("log"))
                .compose(log -> withLog(vertx, given, pool, log).eventually(log::close))
                .eventually(pool::close);
    }

    private static Future<Void> withLog(Vertx vertx, Arguments given, Pool pool, Strandline log) {
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        return Bank.open(vertx, log, sync)
                .compose(bank -> Balances.open(vertx, log, sync, pool)
                        .compose(balances -> BankApi.serve(vertx, bank, balances, given.port())
                                .compose(server -> serve(vertx, given, bank, balances, server)
                                        .eventually(server::close))
                                .eventually(balances::close))
                        .eventually(bank::close))
                .eventually(sync::close);
    }

    private static Future<Void> serve(Vertx vertx, Arguments given, Bank bank, Balances balances, HttpServer server) {
        System.out.println("http://127.0.0.1:" + server.actualPort() + " is open");
        if (given.serve()) {
            return Future.future(never -> {});
        }
        return new Rounds(vertx, given, bank, balances, server.actualPort()).run();
    }

    /** Removes a directory with all that it holds. */
    static void remove(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** A count for people. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
