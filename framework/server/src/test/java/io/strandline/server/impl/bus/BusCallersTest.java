package io.strandline.server.impl.bus;

import static io.strandline.server.impl.security.Futures.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import io.strandline.server.impl.security.CallOrder;
import io.strandline.server.impl.security.Gate;
import io.strandline.server.security.Authorization;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.LogPort;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BusCallersTest {

    private static final MultiMap TOKEN = MultiMap.caseInsensitiveMultiMap().add("Authorization", "Bearer token");

    private final Vertx vertx = Vertx.vertx();
    private final ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    private final Promise<Identity> proof = Promise.promise();
    private Future<Boolean> decision = Future.succeededFuture(true);
    private BusCallers callers;

    @BeforeEach
    void guard() {
        Strandline log = get(Strandline.open(vertx, "memory:"));
        Authorization everything = new Authorization() {
            @Override
            public Future<Boolean> may(Identity who, Right needed, Resource resource) {
                return decision;
            }

            @Override
            public long version() {
                return 0;
            }
        };
        Security security = Security.of(shown -> proof.future(), everything, new SecurityOptions());
        callers = new BusCallers(
                Gate.of(vertx, log, Objects.requireNonNull(LogPort.of(log)), security, new DoorCounts("rest")),
                context);
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private <T> T onContext(Supplier<T> step) {
        Promise<T> done = Promise.promise();
        context.runOnContext(turned -> done.complete(step.get()));
        return get(done.future());
    }

    private Future<Identity> caller() {
        return callers.of(TOKEN).who();
    }

    @Test
    void a_request_that_comes_when_its_caller_is_proven_passes_none_that_waits() {
        List<String> order = new ArrayList<>();
        onContext(() -> caller().onSuccess(proven -> order.add("first")));
        Future<Identity> last = onContext(() -> {
            // An authenticator answers on a thread of its own, here in the middle of a turn.
            proof.complete(Identity.of("anna", List.of()));
            order.add("turn");
            return caller().onSuccess(proven -> order.add("last"));
        });
        get(last);
        assertThat(onContext(() -> List.copyOf(order))).containsExactly("turn", "first", "last");
    }

    @Test
    void who_calls_is_known_in_a_turn_of_the_context_whichever_thread_tells_it() {
        Future<Boolean> isHere = onContext(() -> caller().map(proven -> Vertx.currentContext() == context));
        proof.complete(Identity.of("anna", List.of()));
        assertThat(get(isHere)).isTrue();
    }

    private CallOrder orderAfterOthers() {
        return onContext(() -> {
            for (int i = 0; i < 1_001; i++) {
                callers.of(MultiMap.caseInsensitiveMultiMap().add("Authorization", "Bearer other " + i));
            }
            return callers.of(TOKEN).order();
        });
    }

    @Test
    void a_caller_whose_request_waits_for_a_decision_keeps_its_order_whoever_comes_in_between() {
        Identity anna = Identity.of("anna", List.of());
        proof.complete(anna);
        Promise<Boolean> decided = Promise.promise();
        decision = decided.future();
        AtomicReference<Future<List<String>>> called = new AtomicReference<>();
        CallOrder order = onContext(() -> {
            CallOrder of = callers.of(TOKEN).order();
            called.set(of.through(
                    anna, Operations.SCOPES, Nothing.NOTHING, () -> Future.succeededFuture(List.of("called"))));
            return of;
        });
        assertThat(orderAfterOthers()).isSameAs(order);
        decided.complete(true);
        assertThat(get(Objects.requireNonNull(called.get()))).containsExactly("called");
        assertThat(orderAfterOthers()).isNotSameAs(order);
    }
}
