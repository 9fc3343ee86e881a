package io.strandline.server.impl.security;

import static io.strandline.server.impl.security.Futures.failure;
import static io.strandline.server.impl.security.Futures.get;
import static io.strandline.server.impl.security.Futures.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import io.strandline.server.security.AuditEvent;
import io.strandline.server.security.Authenticator;
import io.strandline.server.security.Authorization;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GateTest {

    private static final Identity ANNA = Identity.of("anna", List.of());
    private static final Identity BOB = Identity.of("bob", List.of());
    private static final StreamName ORDERS = StreamName.parse("shop/orders");

    private final Vertx vertx = Vertx.vertx();
    private final Context context = ((VertxInternal) vertx).createEventLoopContext();
    private final Strandline log = get(Strandline.open(vertx, "memory:"));
    private final AtomicLong version = new AtomicLong();
    private final List<Promise<Boolean>> questions = new CopyOnWriteArrayList<>();
    private volatile boolean isVersionUnknown;
    private volatile Supplier<Future<Boolean>> answer = () -> Future.succeededFuture(true);

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private Gate gate(SecurityOptions options) {
        return gate(options, shown -> Future.succeededFuture(ANNA));
    }

    private Gate gate(SecurityOptions options, Authenticator authenticator) {
        Authorization authorization = new Authorization() {
            @Override
            public Future<Boolean> may(Identity who, Right needed, Resource resource) {
                return answer.get();
            }

            @Override
            public long version() {
                if (isVersionUnknown) {
                    throw new IllegalStateException("the rules are away");
                }
                return version.get();
            }
        };
        Security security = Security.of(authenticator, authorization, options);
        return Gate.of(vertx, log, Objects.requireNonNull(LogPort.of(log)), security, new DoorCounts("rest"));
    }

    private Future<Boolean> later() {
        Promise<Boolean> question = Promise.promise();
        questions.add(question);
        return question.future();
    }

    private <T> T onContext(Supplier<T> step) {
        Promise<T> done = Promise.promise();
        context.runOnContext(turned -> done.complete(step.get()));
        return get(done.future());
    }

    @Test
    void calls_of_a_connection_are_made_in_their_order_however_late_they_are_decided() {
        answer = this::later;
        CallOrder order = gate(new SecurityOptions()).inOrder(context);
        List<Integer> called = new CopyOnWriteArrayList<>();
        List<Future<Object>> replies = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int number = i;
            replies.add(onContext(() -> order.through(ANNA, Operations.LAYOUT, ORDERS, () -> {
                        called.add(number);
                        return Future.failedFuture("none");
                    })
                    .mapEmpty()));
        }
        answer = () -> Future.succeededFuture(true);
        Future<?> last = onContext(() -> order.through(ANNA, Operations.LAYOUT, ORDERS, () -> {
            called.add(3);
            return Future.failedFuture("none");
        }));
        questions.get(2).complete(true);
        questions.get(1).complete(false);
        assertThat(onContext(() -> List.copyOf(called))).isEmpty();
        questions.get(0).complete(true);
        assertThat(failure(replies.get(1))).isInstanceOf(StrandlineException.Unauthorized.class);
        last.onComplete(done -> {});
        until(vertx, last::isComplete);
        assertThat(called).containsExactly(0, 2, 3);
    }

    @Test
    void a_call_that_waits_for_its_decision_is_never_made_after_the_end_of_its_connection() {
        answer = this::later;
        CallOrder order = gate(new SecurityOptions()).inOrder(context);
        AtomicBoolean called = new AtomicBoolean();
        Future<?> reply = onContext(() -> order.through(ANNA, Operations.LAYOUT, ORDERS, () -> {
            called.set(true);
            return Future.failedFuture("none");
        }));
        onContext(() -> {
            order.end();
            return true;
        });
        questions.get(0).complete(true);
        assertThat(failure(reply)).isInstanceOf(StrandlineException.Unavailable.class);
        onContext(() -> true);
        assertThat(called).isFalse();
    }

    @Test
    void what_goes_on_is_ended_when_rules_change_and_not_while_it_is_permitted() {
        Gate gate = gate(new SecurityOptions().setRecheckMillis(3_600_000));
        List<StrandlineException> lost = new CopyOnWriteArrayList<>();
        gate.keep(ANNA, Operations.LAYOUT, ORDERS, lost::add);
        Runnable other = gate.keep(ANNA, Operations.LAYOUT, ORDERS, lost::add);
        version.incrementAndGet();
        answer = () -> Future.succeededFuture(true);
        other.run();
        answer = () -> Future.succeededFuture(false);
        version.incrementAndGet();
        until(vertx, () -> lost.size() == 1);
        assertThat(lost.get(0)).isInstanceOf(StrandlineException.Unauthorized.class);
    }

    @Test
    void what_goes_on_is_ended_if_its_right_was_gone_before_it_went_on() {
        Gate gate = gate(new SecurityOptions().setRecheckMillis(3_600_000));
        List<StrandlineException> lost = new CopyOnWriteArrayList<>();
        answer = () -> Future.succeededFuture(false);
        gate.keep(ANNA, Operations.LAYOUT, ORDERS, lost::add);
        until(vertx, () -> lost.size() == 1);
    }

    @Test
    void what_goes_on_is_decided_again_after_a_while_without_a_change() {
        Gate gate = gate(new SecurityOptions().setRecheckMillis(10));
        List<StrandlineException> lost = new CopyOnWriteArrayList<>();
        gate.keep(ANNA, Operations.LAYOUT, ORDERS, lost::add);
        answer = () -> Future.failedFuture("not now");
        long begun = System.nanoTime();
        until(vertx, () -> System.nanoTime() - begun > 100_000_000);
        assertThat(lost).isEmpty();
        answer = () -> Future.succeededFuture(false);
        until(vertx, () -> lost.size() == 1);
    }

    /** It throws for anna. */
    private static final class Throwing implements Authenticator {

        @Override
        public Future<Identity> authenticate(Credentials credentials) {
            return Future.succeededFuture(ANNA);
        }

        @Override
        public boolean isCurrent(Identity identity) {
            if (identity.name().equals("anna")) {
                throw new StackOverflowError("the users are away");
            }
            return true;
        }
    }

    @Test
    void an_authenticator_that_cannot_tell_who_is_current_refuses_requests_and_ends_nothing() {
        Gate gate = gate(new SecurityOptions(), new Throwing());
        assertThat(gate.expiry(ANNA)).isNull();
        AtomicBoolean called = new AtomicBoolean();
        assertThat(failure(gate.through(ANNA, Operations.LAYOUT, ORDERS, () -> {
                    called.set(true);
                    return Future.failedFuture("none");
                })))
                .isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(called).isFalse();
        assertThat(get(gate.through(BOB, Operations.CREATE_SCOPE, "shop", () -> Future.succeededFuture(true))))
                .isTrue();
    }

    @Test
    void one_of_whom_it_cannot_be_told_whether_he_is_current_keeps_nobody_else_going() {
        Gate gate = gate(new SecurityOptions().setRecheckMillis(3_600_000), new Throwing());
        List<StrandlineException> lost = new CopyOnWriteArrayList<>();
        List<StrandlineException> none = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 20; i++) {
            gate.keep(ANNA, Operations.LAYOUT, ORDERS, none::add);
        }
        AtomicBoolean isAsked = new AtomicBoolean();
        answer = () -> {
            isAsked.set(true);
            return Future.succeededFuture(true);
        };
        gate.keep(BOB, Operations.LAYOUT, ORDERS, lost::add);
        until(vertx, isAsked::get);
        answer = () -> Future.succeededFuture(false);
        version.incrementAndGet();
        until(vertx, () -> lost.size() == 1);
        assertThat(none).isEmpty();
    }

    @Test
    void what_goes_on_is_decided_again_though_it_cannot_be_told_whether_rules_have_changed() {
        isVersionUnknown = true;
        Gate gate = gate(new SecurityOptions().setRecheckMillis(10));
        List<StrandlineException> lost = new CopyOnWriteArrayList<>();
        gate.keep(ANNA, Operations.LAYOUT, ORDERS, lost::add);
        answer = () -> Future.succeededFuture(false);
        until(vertx, () -> lost.size() == 1);
    }

    @Test
    void nobody_is_anonymous_on_a_log_with_security() {
        Gate gate = gate(new SecurityOptions());
        assertThat(failure(gate.through(
                        Identity.ANONYMOUS,
                        Operations.SCOPES,
                        Nothing.NOTHING,
                        () -> Future.succeededFuture(List.of()))))
                .isInstanceOf(StrandlineException.Unauthorized.class);
        Security naming = Security.of(
                shown -> Future.succeededFuture(Identity.of("anonymous", List.of())),
                (who, needed, resource) -> Future.succeededFuture(true),
                new SecurityOptions());
        Gate other = Gate.of(vertx, log, Objects.requireNonNull(LogPort.of(log)), naming, new DoorCounts("rest"));
        assertThat(failure(other.admit(new Credentials(Optional.of("x"), Optional.empty(), "10.0.0.7", Door.REST))))
                .isInstanceOf(StrandlineException.Unauthorized.class);
    }

    @Test
    void an_identity_that_has_expired_does_nothing() {
        Gate gate = gate(new SecurityOptions());
        Identity expired = new Identity("anna", ANNA.roles(), 1, Optional.empty(), "", "");
        assertThat(failure(gate.through(
                        expired, Operations.SCOPES, Nothing.NOTHING, () -> Future.succeededFuture(List.of()))))
                .isInstanceOf(StrandlineException.Unauthorized.class)
                .hasMessageContaining("expired");
        assertThat(gate.expiry(expired)).isNotNull();
        assertThat(gate.expiry(ANNA)).isNull();
    }

    @Test
    void credentials_that_have_expired_are_refused_and_do_not_lock_their_address_out() {
        Identity expired = new Identity("anna", ANNA.roles(), 1, Optional.empty(), "", "");
        Security security = Security.of(
                shown -> shown.authorization().equals(Optional.of("old"))
                        ? Future.succeededFuture(expired)
                        : Future.failedFuture(new StrandlineException.Unauthorized("no")),
                (who, needed, resource) -> Future.succeededFuture(true),
                new SecurityOptions().setMaxFailures(2));
        Gate gate = Gate.of(vertx, log, Objects.requireNonNull(LogPort.of(log)), security, new DoorCounts("rest"));
        Credentials old = new Credentials(Optional.of("old"), Optional.empty(), "10.0.0.7", Door.REST);
        Credentials wrong = new Credentials(Optional.of("wrong"), Optional.empty(), "10.0.0.7", Door.REST);
        for (int i = 0; i < 5; i++) {
            assertThat(failure(gate.admit(old))).hasMessage(NotValid.MESSAGE);
        }
        assertThat(gate.retryAfterSeconds("10.0.0.7")).isZero();
        failure(gate.admit(wrong));
        failure(gate.admit(wrong));
        assertThat(gate.retryAfterSeconds("10.0.0.7")).isPositive();
        assertThat(failure(gate.admit(old))).isInstanceOf(StrandlineException.Overloaded.class);
    }

    private List<AuditEvent> trail() {
        List<AuditEvent> trail = new CopyOnWriteArrayList<>();
        Promise<Void> read = Promise.promise();
        context.runOnContext(turned -> log.read(AuditEvent.STREAM, AuditEvent.CODEC, new ReaderOptions())
                .onSuccess(reader ->
                        reader.endHandler(end -> read.complete()).handler(event -> trail.add(event.event()))));
        get(read.future());
        return trail;
    }

    private static long refusalsIn(List<AuditEvent> trail) {
        return trail.stream().mapToLong(entry -> 1 + entry.dropped()).sum();
    }

    private void refuse(Gate gate) {
        failure(gate.through(ANNA, Operations.LAYOUT, ORDERS, () -> Future.failedFuture("none")));
    }

    /** An entry says how many were dropped before it, so after the ten one more is refused until an entry has them all. */
    @Test
    void the_audit_trail_drops_and_counts_what_the_log_does_not_take_in_time() {
        answer = () -> Future.succeededFuture(false);
        Gate gate = gate(new SecurityOptions().setMaxAuditQueue(2).setMaxFailures(10_000));
        int refused = 10;
        for (int i = 0; i < refused; i++) {
            refuse(gate);
        }
        AtomicLong entries = new AtomicLong();
        vertx.setPeriodic(10, look -> log.catalog()
                .endCut(AuditEvent.STREAM)
                .onSuccess(cut -> entries.set(cut.offsets().values().iterator().next())));
        until(vertx, () -> entries.get() >= 2);
        long began = System.nanoTime();
        List<AuditEvent> trail = trail();
        while (refusalsIn(trail) < refused && System.nanoTime() - began < TimeUnit.SECONDS.toNanos(60)) {
            refuse(gate);
            refused++;
            long noted = System.nanoTime();
            until(vertx, () -> System.nanoTime() - noted > TimeUnit.MILLISECONDS.toNanos(50));
            trail = trail();
        }
        assertThat(refusalsIn(trail)).isEqualTo(refused);
        assertThat(trail).hasSizeLessThan(refused);
    }
}
