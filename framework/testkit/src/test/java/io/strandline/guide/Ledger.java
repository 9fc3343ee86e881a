package io.strandline.guide;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.vertx.core.Future;
import java.util.List;

// GUIDE: begin withdraw
/** The same bank without an aggregate. Any number of writers may withdraw at the same time. */
record Ledger(Strandline log, EventWriter<Bank.Event> writer) {

    static Future<Ledger> open(Strandline log) {
        return log.createWriter("bank/ledger", Bank.ACCOUNT.eventCodec()).map(writer -> new Ledger(log, writer));
    }

    /** Completes with false if the account has not enough. */
    Future<Boolean> withdraw(String account, long amount, int attempts) {
        return log.fold("bank/ledger", account, Bank.ACCOUNT.eventCodec(), 0L, Bank.ACCOUNT::evolve)
                .compose(known -> known.state() < amount
                        ? Future.succeededFuture(false)
                        : writer.appendIfUnchanged(account, List.of(new Bank.Withdrawn(amount)), known.position())
                                .map(true))
                .recover(failure -> failure instanceof StrandlineException.Conflict && attempts > 1
                        ? withdraw(account, amount, attempts - 1) // somebody was faster
                        : Future.failedFuture(failure));
    }
}
// GUIDE: end withdraw
