package io.strandline.guide;

import io.strandline.Decided;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.vertx.core.Future;
import java.util.List;

// GUIDE: begin withdraw
/** The same bank without an aggregate. Any number of writers may withdraw at the same time. */
record Ledger(Strandline log, EventWriter<Bank.Event> writer) {

    static Future<Ledger> open(Strandline log) {
        return log.createWriter("bank/ledger", Bank.ACCOUNT.eventCodec()).map(writer -> new Ledger(log, writer));
    }

    /** Completes with false if the account has not enough. */
    Future<Boolean> withdraw(String account, long amount) {
        return log.decide(
                        writer,
                        Bank.ACCOUNT.eventCodec(),
                        account,
                        0L,
                        Bank.ACCOUNT::evolve,
                        balance -> balance < amount ? List.of() : List.of(new Bank.Withdrawn(amount)))
                .map(Decided::hasAppended);
    }
}
// GUIDE: end withdraw
