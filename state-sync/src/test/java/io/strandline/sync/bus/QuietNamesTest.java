package io.strandline.sync.bus;

import static io.strandline.sync.Texts.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamName;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.Texts;
import io.strandline.sync.impl.relay.FaultyStore;
import io.strandline.sync.spi.Position;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What many names of many members cost the owner while nothing happens. */
@ExtendWith(VertxExtension.class)
class QuietNamesTest {

    private static final int NAMES = 100;
    private static final int MEMBERS = 10;
    private static final int ROUNDS = 10;

    private final BusOptions options =
            new BusOptions().setAddress(UUID.randomUUID().toString());
    private final FaultyStore owned = new FaultyStore();
    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch looked = new CountDownLatch(NAMES * MEMBERS * ROUNDS);

    @Test
    void the_looks_of_a_member_are_few_requests_and_those_of_all_members_few_reads(Vertx vertx) {
        await(RevisionEndpoint.open(vertx, owned, options));
        List<Future<?>> opened = new ArrayList<>();
        for (int member = 0; member < MEMBERS; member++) {
            BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
            StateSync sync = StateSync.create(vertx, store, new StateSyncOptions().setRefreshMillis(200));
            for (int name = 0; name < NAMES; name++) {
                opened.add(sync.open("quiet/name" + name, Texts.MODEL));
            }
        }
        await(Future.all(opened));
        int reads = owned.readCount();
        vertx.eventBus().addOutboundInterceptor(sent -> {
            count(sent.message());
            sent.next();
        });
        await(looked);
        assertThat(requests.get()).isLessThanOrEqualTo(MEMBERS * ROUNDS * 5);
        assertThat(owned.readCount() - reads).isLessThanOrEqualTo(NAMES * ROUNDS);
    }

    @Test
    void a_change_that_was_never_told_is_found_by_a_look(Vertx vertx) {
        await(RevisionEndpoint.open(vertx, owned, new BusOptions(options).setMaxWatchedNames(1)));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        StateSync far = StateSync.create(vertx, store, new StateSyncOptions().setRefreshMillis(50));
        StateSynchronizer<List<String>, String> unwatched = await(far.open("quiet/one", Texts.MODEL));
        await(far.open("quiet/two", Texts.MODEL)); // takes the one place among the names that are watched
        await(store.readSince(new StreamName("quiet", "two"), Position.NONE));
        StateSynchronizer<List<String>, String> near =
                await(StateSync.create(vertx, owned).open("quiet/one", Texts.MODEL));
        CountDownLatch seen = new CountDownLatch(1);
        unwatched.changes().handler(change -> {
            if (change.revision() == 1) {
                seen.countDown();
            }
        });
        await(near.update(state -> List.of("a")));
        await(seen);
    }

    private void count(Message<?> message) {
        if (message.address().equals(options.getAddress())) {
            requests.incrementAndGet();
            if (BusFormat.readRequest(message.body()).call() instanceof BusCall.Look look) {
                look.names().forEach(name -> looked.countDown());
            }
        }
    }
}
