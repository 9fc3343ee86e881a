package io.strandline.server.impl.bus;

import static io.strandline.server.impl.security.Futures.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
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
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BusCallersTest {

    private static final MultiMap TOKEN = MultiMap.caseInsensitiveMultiMap().add("Authorization", "Bearer token");

    private final Vertx vertx = Vertx.vertx();
    private final ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    private final Promise<Identity> proof = Promise.promise();
    private BusCallers callers;

    @BeforeEach
    void guard() {
        Strandline log = get(Strandline.open(vertx, "memory:"));
        Authorization everything = new Authorization() {
            @Override
            public Future<Boolean> may(Identity who, Right needed, Resource resource) {
                return Future.succeededFuture(true);
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
}
