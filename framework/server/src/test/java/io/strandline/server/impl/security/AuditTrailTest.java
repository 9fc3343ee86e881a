package io.strandline.server.impl.security;

import static io.strandline.server.impl.security.Futures.failure;
import static io.strandline.server.impl.security.Futures.get;
import static io.strandline.server.impl.security.Futures.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operations;
import io.strandline.server.security.AuditEvent;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.LogPort;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What callers can make of the audit trail. */
class AuditTrailTest {

    private static final int MAX_FAILURES = 3;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = ((VertxInternal) vertx).createEventLoopContext();
    private final Strandline log = get(Strandline.open(vertx, "memory:"));
    private final DoorCounts counts = new DoorCounts("rest");
    private final Gate gate = Gate.of(
            vertx,
            log,
            Objects.requireNonNull(LogPort.of(log)),
            Security.of(
                    shown -> Future.failedFuture(new StrandlineException.Unauthorized("no")),
                    (who, needed, resource) -> Future.succeededFuture(false),
                    new SecurityOptions().setMaxFailures(MAX_FAILURES).setFailureWindowMillis(3_600_000)),
            counts);

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private void refuse(String user, String scope) {
        Identity who = Identity.of(user, List.of());
        failure(gate.through(who, Operations.CREATE_SCOPE, scope, () -> Future.succeededFuture(true)));
    }

    private List<AuditEvent> trail(int entries) {
        AtomicLong end = new AtomicLong();
        long timer = vertx.setPeriodic(10, look -> log.catalog()
                .endCut(AuditEvent.STREAM)
                .onSuccess(cut -> end.set(cut.offsets().values().iterator().next())));
        until(vertx, () -> end.get() >= entries);
        vertx.cancelTimer(timer);
        List<AuditEvent> trail = new CopyOnWriteArrayList<>();
        Promise<Void> read = Promise.promise();
        context.runOnContext(turned -> log.read(AuditEvent.STREAM, AuditEvent.CODEC, new ReaderOptions())
                .onSuccess(reader ->
                        reader.endHandler(ended -> read.complete()).handler(event -> trail.add(event.event()))));
        get(read.future());
        return trail;
    }

    @Test
    void nobody_keeps_a_refusal_out_of_the_trail_by_the_length_or_the_letters_of_a_name() {
        refuse("one", "x".repeat(20_000_000));
        refuse("two", "\uD83D\uDE00".repeat(5_000));
        refuse("three", "x" + "\uD83D\uDE00".repeat(5_000));
        refuse("four", "\uD83D");
        refuse("five", "short");
        List<AuditEvent> trail = trail(5);
        assertThat(trail)
                .hasSize(5)
                .allSatisfy(entry -> assertThat(entry.resources().get(0)).hasSizeLessThan(1_000));
        assertThat(trail.get(4).resources()).containsExactly("scope:short");
        assertThat(trail).allMatch(entry -> entry.dropped() == 0);
    }

    /** Who has shown nothing valid must not fill the log. */
    @Test
    void an_address_without_valid_credentials_makes_a_bounded_number_of_entries() {
        for (int i = 0; i < 100; i++) {
            failure(gate.admit(new Credentials(Optional.empty(), Optional.empty(), "10.0.0.7", Door.TCP)));
            failure(gate.admit(new Credentials(Optional.of("x"), Optional.empty(), "bus, " + i, Door.EVENT_BUS)));
        }
        refuse("anna", "last");
        List<AuditEvent> trail = trail(2 * MAX_FAILURES + 1);
        assertThat(trail).hasSize(2 * MAX_FAILURES + 1);
        assertThat(trail.get(2 * MAX_FAILURES).resources()).containsExactly("scope:last");
        assertThat(trail.stream().mapToLong(entry -> 1 + entry.dropped()).sum()).isEqualTo(201);
    }

    @Test
    void what_the_log_does_not_take_is_counted() {
        get(log.close());
        refuse("anna", "x");
        until(vertx, () -> counts.statistics().auditsDropped() == 1);
    }

    /** So must who has, and may do nothing. */
    @Test
    void a_user_makes_a_bounded_number_of_entries_by_what_it_may_not_do() {
        for (int i = 0; i < 1_000; i++) {
            refuse("bob", "scope" + i);
        }
        refuse("anna", "last");
        List<AuditEvent> trail = trail(MAX_FAILURES + 1);
        assertThat(trail).hasSize(MAX_FAILURES + 1);
        assertThat(trail.get(MAX_FAILURES).who()).isEqualTo("anna");
        assertThat(trail.stream().mapToLong(entry -> 1 + entry.dropped()).sum()).isEqualTo(1_001);
    }
}
