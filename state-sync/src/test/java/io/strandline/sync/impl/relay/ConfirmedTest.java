package io.strandline.sync.impl.relay;

import static io.strandline.sync.Texts.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.Texts;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.bus.BusRevisionStore;
import io.strandline.sync.bus.RevisionEndpoint;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a member can tell of the age of the state that it reads at once. */
@ExtendWith(VertxExtension.class)
class ConfirmedTest {

    private static final String NAME = "confirmed/state";
    private static final StateSyncOptions OFTEN =
            new StateSyncOptions().setRefreshMillis(20).setAnswerTimeoutMillis(2_000);

    @Test
    void a_state_whose_owner_is_gone_ages_until_the_owner_is_back(Vertx vertx) {
        BusOptions address = new BusOptions().setAddress(UUID.randomUUID().toString());
        MemoryRevisionStore log = MemoryRevisionStore.create();
        RevisionEndpoint owner = await(RevisionEndpoint.open(vertx, log, address));
        StateSynchronizer<List<String>, String> one =
                await(StateSync.create(vertx, await(BusRevisionStore.open(vertx, address)), OFTEN)
                        .open(NAME, Texts.MODEL));
        await(owner.close());
        until(() -> one.confirmed().millisAgo() >= 500);
        assertThat(one.confirmed().state()).isEqualTo(one.state());
        await(RevisionEndpoint.open(vertx, log, address));
        until(() -> one.confirmed().millisAgo() < 500);
    }

    @Test
    void a_quiet_state_is_confirmed_again_and_again(Vertx vertx) {
        FaultyStore store = new FaultyStore();
        StateSynchronizer<List<String>, String> one =
                await(StateSync.create(vertx, store, OFTEN).open(NAME, Texts.MODEL));
        long since = System.nanoTime();
        int reads = store.readCount();
        until(() -> store.readCount() >= reads + 5);
        assertThat(one.confirmed().millisAgo()).isLessThanOrEqualTo(millisSince(since));
    }

    @Test
    void an_append_confirms_the_moment_at_which_it_was_sent(Vertx vertx) {
        FaultyStore store = new FaultyStore();
        StateSynchronizer<List<String>, String> one =
                await(StateSync.create(vertx, store, new StateSyncOptions().setRefreshMillis(3_600_000))
                        .open(NAME, Texts.MODEL));
        store.next(append -> vertx.timer(100, TimeUnit.MILLISECONDS).compose(late -> append.get()));
        await(one.update(state -> List.of("a")));
        assertThat(one.confirmed().millisAgo()).isGreaterThanOrEqualTo(95);
    }

    @Test
    void news_of_a_copy_confirm_nothing(Vertx vertx) {
        Copied store = new Copied();
        StateSynchronizer<List<String>, String> one =
                await(StateSync.create(vertx, store, OFTEN).open(NAME, Texts.MODEL));
        StateSynchronizer<List<String>, String> owners =
                await(StateSync.create(vertx, store.owned).open(NAME, Texts.MODEL));
        store.away = true;
        long since = System.nanoTime();
        until(() -> one.confirmed().millisAgo() >= 200);
        await(owners.update(state -> List.of("a")));
        until(() -> one.state().revision() == 1);
        assertThat(one.confirmed().millisAgo()).isGreaterThanOrEqualTo(millisSince(since) - 200);
    }

    /** A store with a copy near by, which is read while the owner is away. */
    private static final class Copied implements RevisionStore {

        private final MemoryRevisionStore owned = MemoryRevisionStore.create();
        private volatile boolean away;

        private <T> Future<T> owner(Future<T> answer) {
            return away ? Future.failedFuture(new StrandlineException.Unavailable("away for the test")) : answer;
        }

        @Override
        public int maxValueBytes() {
            return owned.maxValueBytes();
        }

        @Override
        public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
            return owner(owned.append(name, expected, next));
        }

        @Override
        public Future<CatchUp> readSince(StreamName name, Position known) {
            return owner(owned.readSince(name, known));
        }

        @Override
        public Future<CatchUp> readNews(StreamName name, Position known) {
            return owned.readNews(name, known);
        }

        @Override
        public Future<Boolean> compact(StreamName name, Revision snapshot) {
            return owner(owned.compact(name, snapshot));
        }

        @Override
        public Future<Watch> watch(StreamName name, Runnable news) {
            return owned.watch(name, news);
        }
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private static void until(BooleanSupplier happened) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!happened.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
