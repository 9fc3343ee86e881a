package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.Transaction;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.EventRequests;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.impl.operation.DispatchBounds;
import io.strandline.server.security.AccessRules;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests that name a stream of the caller beside something of another stream. */
class ForeignNamesTest extends OnServedLog {

    private static final StreamName BILLS = StreamName.parse("shop/bills");
    private static final Identity BEN = Identity.of("ben", List.of());
    private static final Requests.Bulk RECORD = new Requests.Bulk(new byte[] {2, 0, 'x'}, 3, false);

    private final AccessRules rules =
            AccessRules.parse("user:anna READ_UPDATE stream:shop/*\nuser:ben READ_UPDATE " + "stream:shop/bills");

    private <Q, R> Future<R> call(Identity who, Operation<Q, R> operation, Q request) {
        Security security = Security.of(
                shown -> Future.succeededFuture(BEN),
                (caller, needed, resource) -> Future.succeededFuture(rules.may(caller, needed, resource)),
                new SecurityOptions().setAudit(false));
        return new Dispatch(
                        serverVertx,
                        ServedLog.of(local).secured(security),
                        Door.TCP,
                        new DispatchBounds(1 << 20, 1 << 20, 10))
                .call(who, operation, request);
    }

    @Test
    void a_transaction_is_written_to_by_the_right_on_all_that_it_has_written_to() {
        createStream(2);
        get(local.catalog().createStream(BILLS.toString(), new StreamOptions()));
        Context context = newContext(serverVertx);
        Transaction transaction = get(start(context, () -> local.transactions().begin()));
        String id = transaction.id();
        get(start(context, () -> transaction.append(STREAM, EventCodec.raw(), "a", Buffer.buffer("1"))));
        Requests.Write bytes = new Requests.Write(id, 1, BILLS, 1, RECORD);
        assertThat(refusal(call(BEN, Operations.WRITE, bytes)))
                .isInstanceOf(StrandlineException.Unauthorized.class)
                .hasMessageNotContaining("orders");
        assertThat(refusal(call(BEN, Operations.WRITE_EVENTS, new EventRequests.WriteEvents(id, 1, BILLS, List.of()))))
                .isInstanceOf(StrandlineException.Unauthorized.class);
        get(call(Identity.of("anna", List.of()), Operations.WRITE, bytes));
    }

    @Test
    void a_claim_is_asked_for_by_the_right_on_the_stream_of_its_partition() {
        get(local.catalog()
                .createStream(
                        "shop/orders", new StreamOptions().setCreateScope(true).setExclusive(true)));
        get(local.catalog().createStream(BILLS.toString(), new StreamOptions().setExclusive(true)));
        PartitionDescription foreign =
                get(local.catalog().describe(STREAM)).partitions().get(0);
        assertThat(refusal(call(BEN, Operations.BARRIER, new Requests.Held(BILLS, 1, 1, 1, List.of(foreign)))))
                .isInstanceOf(StrandlineException.Unauthorized.class);
    }
}
