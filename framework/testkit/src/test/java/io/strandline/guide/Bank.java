package io.strandline.guide;

import io.strandline.StrandlineVerticle;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.Decision;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServerRequest;

// GUIDE: begin bank
/** A bank over HTTP: PUT /anna/deposit/100, PUT /anna/withdraw/30. No account is overdrawn. */
final class Bank extends VerticleBase {

    sealed interface Command permits Deposit, Withdraw {}

    record Deposit(long amount) implements Command {}

    record Withdraw(long amount) implements Command {}

    sealed interface Event permits Deposited, Withdrawn {}

    record Deposited(long amount) implements Event {}

    record Withdrawn(long amount) implements Event {}

    static final Aggregate<Command, Event, Long> ACCOUNT = Aggregate.named("account")
            .commands(Command.class)
            .events(Event.class)
            .initial(0L)
            .command("deposit", 1, Deposit.class, (balance, command) -> Decision.emit(new Deposited(command.amount())))
            .command(
                    "withdraw",
                    1,
                    Withdraw.class,
                    (balance, command) -> command.amount() > balance
                            ? Decision.reject("the balance is " + balance)
                            : Decision.emit(new Withdrawn(command.amount())))
            .event("deposited", 1, Deposited.class, (balance, event) -> balance + event.amount())
            .event("withdrawn", 1, Withdrawn.class, (balance, event) -> balance - event.amount())
            .snapshots(1, Long.class)
            .build();

    private int port;

    Bank(int port) {
        this.port = port;
    }

    @Override
    public Future<?> start() {
        return StrandlineVerticle.log(vertx)
                .compose(log -> Aggregates.open(vertx, log, ACCOUNT, new AggregateOptions().setStream("bank/accounts")))
                .compose(accounts -> vertx.createHttpServer()
                        .requestHandler(request -> serve(accounts, request))
                        .listen(port))
                .onSuccess(server -> port = server.actualPort());
    }

    private static void serve(Aggregates<Command, Long> accounts, HttpServerRequest request) {
        String[] path = request.path().split("/", -1);
        long amount = Long.parseLong(path[3]);
        Command command = path[2].equals("deposit") ? new Deposit(amount) : new Withdraw(amount);
        accounts.execute(path[1], command)
                .onSuccess(outcome -> request.response()
                        .setStatusCode(outcome.isAccepted() ? 200 : 409)
                        .end("balance " + outcome.state()))
                .onFailure(failure -> request.response().setStatusCode(503).end(failure.getMessage()));
    }

    int port() {
        return port;
    }
}
// GUIDE: end bank
