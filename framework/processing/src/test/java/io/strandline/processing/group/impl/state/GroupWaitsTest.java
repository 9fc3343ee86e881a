package io.strandline.processing.group.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupCheckpoint;
import io.strandline.processing.group.GroupOptions;
import io.vertx.core.Future;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What is left of those who waited. */
class GroupWaitsTest {

    private static final GroupOptions OPTIONS = new GroupOptions().setStreams("shop/orders");

    private final GroupDecisions decisions = new GroupDecisions("shop/billing", true);
    private final Kept store = new Kept();
    private final GroupWaits waits = new GroupWaits(store, new GroupPositions(log(), OPTIONS), "shop/billing");
    private final long session;

    GroupWaitsTest() {
        StreamDescription stream = new StreamDescription(
                StreamName.parse("shop/orders"), List.of(new PartitionDescription(1, 0, KeyRange.ALL)), List.of());
        store.decide(decisions.create(OPTIONS.toJson().encode(), Lineage.opened(stream), new TreeMap<>()));
        session = store.decide(decisions.join("only", null, 0, 0)).result();
        store.decide(decisions.take(session));
    }

    /** A log whose catalog is asked for nothing. */
    private static Strandline log() {
        ClassLoader loader = Strandline.class.getClassLoader();
        Object catalog = Proxy.newProxyInstance(loader, new Class<?>[] {Catalog.class}, (proxy, method, arguments) -> {
            throw new AssertionError(method);
        });
        return (Strandline) Proxy.newProxyInstance(
                loader, new Class<?>[] {Strandline.class}, (proxy, method, arguments) -> catalog);
    }

    /** A shared state that is in memory alone. */
    private static final class Kept implements GroupStore {

        private final List<Runnable> listeners = new ArrayList<>();
        private GroupState state = GroupState.NONE;

        @Override
        public GroupState state() {
            return state;
        }

        @Override
        public Future<GroupState> fetch() {
            return Future.succeededFuture(state);
        }

        @Override
        public <T> Future<T> decide(Function<GroupState, Decision<T>> decide) {
            Decision<T> decision = decide.apply(state);
            assertThat(decision.refusal()).isNull();
            decision.updates().forEach(update -> state = GroupUpdate.applied(state, update));
            List.copyOf(listeners).forEach(Runnable::run);
            return Future.succeededFuture(decision.answer());
        }

        @Override
        public Runnable listen(Runnable changed) {
            listeners.add(changed);
            return () -> listeners.remove(changed);
        }
    }

    private void note(String checkpoint) {
        PartitionState part = Objects.requireNonNull(store.state().partitions().get(1L));
        store.decide(decisions.note(session, checkpoint, List.of(new Progress(1, part.claim(), 0, 0))));
    }

    @Test
    void nothingIsLeftOfWaitsThatAreOver() {
        for (int i = 0; i < 5; i++) {
            String checkpoint = "c" + i;
            store.decide(decisions.beginCheckpoint(checkpoint, false));
            Future<GroupCheckpoint> first = waits.forCheckpoint(checkpoint);
            Future<GroupCheckpoint> second = waits.forCheckpoint(checkpoint);
            assertThat(waits.open()).isEqualTo(2);
            note(checkpoint);
            assertThat(first.result().name()).isEqualTo(checkpoint);
            assertThat(second.succeeded()).isTrue();
            assertThat(waits.open()).isZero();
            assertThat(store.listeners).isEmpty();
        }
        assertThat(waits.forCheckpoint("none").cause()).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(waits.open()).isZero();
    }

    @Test
    void aCloseEndsAllWaits() {
        store.decide(decisions.beginCheckpoint("noon", false));
        Future<GroupCheckpoint> waiting = waits.forCheckpoint("noon");
        waits.close();
        assertThat(waiting.cause()).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(waits.forCheckpoint("noon").cause()).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(waits.open()).isZero();
        assertThat(store.listeners).isEmpty();
    }
}
