package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.strandline.log.LogOptions;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.impl.operation.DispatchBounds;
import io.strandline.server.security.AccessRules;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.LogPort;
import io.strandline.spi.TransactionClaims;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions that somebody else has begun, whose ids are no secrets. */
class ForeignTransactionTest extends OnServedLog {

    private static final StreamName ORDERS = StreamName.parse(STREAM);
    private static final Identity ANNA = Identity.of("anna", List.of());
    private static final Identity BEN = Identity.of("ben", List.of());
    private static final Identity ROOT = Identity.of("root", List.of());
    private static final long LEASE_MILLIS = 60_000;

    private final AccessRules rules = AccessRules.parse("""
        user:anna READ_UPDATE scope:shop
        user:anna READ_UPDATE scope:private
        user:ben  READ_UPDATE scope:shop
        user:ben  ADMIN       scope:ben
        user:root ADMIN       *
        """);

    private <Q, R> Future<R> call(Identity who, Operation<Q, R> operation, Q request) {
        return call(local, who, operation, request);
    }

    private <Q, R> Future<R> call(Strandline log, Identity who, Operation<Q, R> operation, Q request) {
        Security security = Security.of(
                shown -> Future.succeededFuture(BEN),
                (caller, needed, resource) -> Future.succeededFuture(rules.may(caller, needed, resource)),
                new SecurityOptions().setAudit(false));
        return new Dispatch(
                        serverVertx,
                        ServedLog.of(log).secured(security),
                        Door.TCP,
                        new DispatchBounds(1 << 20, 1 << 20, 10))
                .call(who, operation, request);
    }

    private static Requests.Write write(String id, long sequence) {
        return new Requests.Write(id, sequence, ORDERS, 1, new Requests.Bulk(new byte[] {2, 0, 'x'}, 3, false));
    }

    private void refused(Strandline log, String id) {
        List<Future<?>> calls = List.of(
                call(log, BEN, Operations.PING, new Requests.Begin(id, LEASE_MILLIS)),
                call(log, BEN, Operations.WRITE, write(id, 0)),
                call(log, BEN, Operations.COMMIT, id),
                call(log, BEN, Operations.ABORT, id));
        calls.forEach(each -> assertThat(refusal(each)).isInstanceOf(StrandlineException.Unauthorized.class));
        assertThat(get(call(log, ANNA, Operations.STATUS, id))).isEqualTo(TransactionStatus.OPEN);
    }

    /** Both may write to its stream. */
    @Test
    void it_is_used_by_who_has_begun_it_alone_before_and_after_its_first_write() {
        createStream(2);
        get(call(ANNA, Operations.BEGIN, new Requests.Begin("t", LEASE_MILLIS)));
        refused(local, "t");
        get(call(ANNA, Operations.WRITE, write("t", 0)));
        refused(local, "t");
        assertThat(refusal(call(BEN, Operations.BEGIN, new Requests.Begin("t", LEASE_MILLIS))))
                .isInstanceOf(StrandlineException.Unauthorized.class);
        get(call(ANNA, Operations.PING, new Requests.Begin("t", LEASE_MILLIS)));
        assertThat(get(call(ANNA, Operations.COMMIT, "t"))).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    void an_administrator_ends_it() {
        createStream(2);
        get(call(ANNA, Operations.BEGIN, new Requests.Begin("unwritten", LEASE_MILLIS)));
        get(call(ANNA, Operations.BEGIN, new Requests.Begin("written", LEASE_MILLIS)));
        get(call(ANNA, Operations.WRITE, write("written", 0)));
        for (String id : List.of("unwritten", "written")) {
            assertThat(get(call(ROOT, Operations.STATUS, id))).isEqualTo(TransactionStatus.OPEN);
            assertThat(get(call(ROOT, Operations.ABORT, id))).isEqualTo(TransactionStatus.ABORTED);
        }
    }

    /** That of the application in the server's process has no owner. */
    @Test
    void one_of_nobody_that_has_written_nothing_needs_the_right_on_the_log() {
        createStream(2);
        LogPort port = Objects.requireNonNull(LogPort.of(local));
        get(port.transactions().begin("own", LEASE_MILLIS));
        assertThat(refusal(call(BEN, Operations.ABORT, "own"))).isInstanceOf(StrandlineException.Unauthorized.class);
        get(call(ANNA, Operations.BEGIN, new Requests.Begin("t", LEASE_MILLIS)));
        get(call(ROOT, Operations.ABORT, "own"));
        assertThat(refusal(call(BEN, Operations.STATUS, "unknown"))).isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void its_owner_is_known_after_a_restart_of_the_log(@TempDir Path directory) {
        String address = "file:" + directory.resolve("data");
        LogOptions options = new LogOptions().setShards(2);
        Strandline before = get(Strandline.open(serverVertx, address, options));
        get(before.catalog().createStream(STREAM, new StreamOptions().setCreateScope(true)));
        get(call(before, ANNA, Operations.BEGIN, new Requests.Begin("t", LEASE_MILLIS)));
        get(before.close());
        Strandline after = get(Strandline.open(serverVertx, address, options));
        LogPort port = Objects.requireNonNull(LogPort.of(after));
        assertThat(get(port.transactions().claimsOf("t")))
                .isEqualTo(new TransactionClaims(Optional.of("anna"), List.of()));
        refused(after, "t");
        get(call(after, ANNA, Operations.WRITE, write("t", 0)));
        get(call(after, ANNA, Operations.COMMIT, "t"));
    }
}
