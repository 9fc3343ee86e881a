package io.strandline.sync.impl.relay;

import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.Texts;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.bus.BusRevisionStore;
import io.strandline.sync.bus.RevisionEndpoint;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.StoreAway;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What calls become while nobody serves the address, or nobody answers. */
@ExtendWith(VertxExtension.class)
class OwnerAwayTest {

    private static final String NAME = "away/state";

    private final BusOptions address =
            new BusOptions().setAddress(UUID.randomUUID().toString());
    private final MemoryRevisionStore log = MemoryRevisionStore.create();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final Promise<Void> askedOften = Promise.promise();

    @Test
    void opening_waits_for_the_owner(Vertx vertx) {
        countUnanswered(vertx, 5);
        Future<StateSynchronizer<List<String>, String>> opening =
                sync(vertx, new StateSyncOptions()).open(NAME, Texts.MODEL);
        await(askedOften.future());
        assertThat(opening.isComplete()).isFalse();
        await(RevisionEndpoint.open(vertx, log, address));
        assertThat(await(opening).state().revision()).isZero();
    }

    @Test
    void an_update_waits_for_the_owner_and_stands_once(Vertx vertx) {
        RevisionEndpoint first = await(RevisionEndpoint.open(vertx, log, address));
        StateSynchronizer<List<String>, String> one =
                await(sync(vertx, new StateSyncOptions()).open(NAME, Texts.MODEL));
        await(first.close());
        countUnanswered(vertx, 5);
        Future<Revisioned<List<String>>> update = one.update(state -> List.of("a"));
        await(askedOften.future());
        assertThat(update.isComplete()).isFalse();
        await(RevisionEndpoint.open(vertx, log, address));
        assertThat(await(update)).isEqualTo(new Revisioned<>(1, List.of("a")));
    }

    @Test
    void what_reached_nobody_is_unavailable_after_the_whole_time_and_few_attempts(Vertx vertx) {
        RevisionEndpoint owner = await(RevisionEndpoint.open(vertx, log, address));
        StateSynchronizer<List<String>, String> one =
                await(sync(vertx, new StateSyncOptions().setAnswerTimeoutMillis(2_000))
                        .open(NAME, Texts.MODEL));
        await(owner.close());
        countUnanswered(vertx, 1);
        long begun = System.nanoTime();
        assertThat(failureOf(one.update(state -> List.of("a"))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining(address.getAddress())
                .hasMessageMatching("(?s).* attempts in \\d{4,} ms .*");
        assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(2_000_000_000L);
        // Eight doublings to the longest pause, and then at least half of that between two: news, watch and append.
        assertThat(unanswered.get()).isBetween(10, 60);
    }

    @Test
    void opening_without_an_owner_is_unavailable(Vertx vertx) {
        assertThat(failureOf(sync(vertx, new StateSyncOptions().setAnswerTimeoutMillis(300))
                        .open(NAME, Texts.MODEL)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining(address.getAddress());
    }

    @Test
    void whoever_closes_waits_for_no_owner(Vertx vertx) {
        RevisionEndpoint owner = await(RevisionEndpoint.open(vertx, log, address));
        StateSync sync = sync(vertx, new StateSyncOptions().setAnswerTimeoutMillis(3_600_000));
        StateSynchronizer<List<String>, String> one = await(sync.open(NAME, Texts.MODEL));
        StateSynchronizer<List<String>, String> two = await(sync.open(NAME, Texts.MODEL));
        await(owner.close());
        countUnanswered(vertx, 5);
        Future<?> update = one.update(state -> List.of("a"));
        await(askedOften.future());
        Future<Void> closed = one.close();
        assertThat(update.isComplete()).as("another one still waits").isFalse();
        await(two.close());
        assertThat(failureOf(update)).isInstanceOf(StrandlineException.Unavailable.class);
        await(closed);
    }

    @Test
    void one_attempt_that_may_have_been_taken_makes_a_call_unknown_whatever_the_others_were(Vertx vertx) {
        for (StrandlineException later : List.of(
                new StrandlineException.Unavailable("away", new StoreAway("away", null)),
                new StrandlineException.Unavailable("closed"),
                new StrandlineException.Overloaded("full"),
                new StrandlineException.NotOwner("another log"),
                new StrandlineException.Invalid("cannot be"))) {
            FaultyStore store = new FaultyStore();
            StateSynchronizer<List<String>, String> one =
                    await(StateSync.create(vertx, store, new StateSyncOptions().setAnswerTimeoutMillis(1_000))
                            .open(NAME, Texts.MODEL));
            store.next(append ->
                    Future.failedFuture(new StrandlineException.Unavailable("away", new StoreAway("away", null))));
            store.next(FaultyStore.losing());
            for (int i = 0; i < 300; i++) {
                store.next(append -> Future.<AppendAnswer>failedFuture(later));
            }
            assertThat(failureOf(one.update(state -> List.of("a"))))
                    .as("%s", later)
                    .isInstanceOf(StrandlineException.Unknown.class)
                    .hasMessageContainingAll("answer lost", later.getMessage());
        }
    }

    private StateSync sync(Vertx vertx, StateSyncOptions options) {
        return StateSync.create(vertx, await(BusRevisionStore.open(vertx, address)), options);
    }

    /** Counts the requests that go to the address from now on. */
    private void countUnanswered(Vertx vertx, int often) {
        vertx.eventBus().addOutboundInterceptor(sent -> {
            if (sent.message().address().equals(address.getAddress()) && unanswered.incrementAndGet() == often) {
                askedOften.complete();
            }
            sent.next();
        });
    }
}
