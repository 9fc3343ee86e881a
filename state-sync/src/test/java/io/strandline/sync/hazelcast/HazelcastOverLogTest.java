package io.strandline.sync.hazelcast;

import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryRemovedListener;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.Texts;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.bus.LogOwner;
import io.strandline.sync.bus.RevisionEndpoint;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The log is a store in the memory of the first member here. On a log of files this runs in the test kit. */
class HazelcastOverLogTest {

    private static final StreamName NAME = new StreamName("over", "log");

    private static Member owner;
    private static Member other;

    private final BusOptions options =
            new BusOptions().setAddress(UUID.randomUUID().toString());
    private final MemoryRevisionStore log = MemoryRevisionStore.create();
    private final UUID writer = UUID.randomUUID();

    @BeforeAll
    static void start() {
        owner = Member.first();
        other = owner.another();
    }

    @AfterAll
    static void stop() {
        other.close();
        owner.close();
    }

    @Test
    void news_of_the_owners_appends_are_heard_and_read_from_the_map() throws InterruptedException {
        RevisionEndpoint endpoint = await(HazelcastOverLogStore.serve(owner.vertx(), log, options));
        HazelcastOverLogStore store = await(HazelcastOverLogStore.open(other.vertx(), options));
        Semaphore heard = new Semaphore(0);
        Watch watch = await(store.watch(NAME, heard::release));
        Position newest = append(append(Position.NONE, 1), 2);
        assertThat(heard.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
        await(endpoint.close());

        // The owner is away now: what is read comes from the map.
        CatchUp missed = await(store.readNews(NAME, Position.NONE));
        assertThat(missed.base()).isEqualTo(Position.NONE);
        assertThat(missed.revisions()).isNotEmpty();
        assertThat(failureOf(store.readNews(NAME, newest))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failureOf(store.readSince(NAME, Position.NONE))).isInstanceOf(StrandlineException.Unavailable.class);
        await(watch.close());
    }

    @Test
    void a_second_log_at_the_address_is_a_conflict_that_names_both() {
        RevisionEndpoint first = await(HazelcastOverLogStore.serve(owner.vertx(), log, options));
        for (Member member : List.of(owner, other)) {
            MemoryRevisionStore second = MemoryRevisionStore.create();
            assertThat(failureOf(HazelcastOverLogStore.serve(member.vertx(), second, options)))
                    .isInstanceOf(StrandlineException.Conflict.class)
                    .hasMessageContainingAll(
                            options.getAddress(), first.owner().log().toString());
        }
    }

    @Test
    void the_address_of_a_member_that_is_gone_is_free_at_once() {
        // It would take the two seconds of an address of a member that is there. A busy machine may need as long, once.
        assertThat(Stream.generate(this::nanosToServeForOneThatIsGone)
                        .limit(3)
                        .anyMatch(nanos -> nanos < TimeUnit.SECONDS.toNanos(2)))
                .isTrue();
    }

    private long nanosToServeForOneThatIsGone() {
        BusOptions own = new BusOptions().setAddress(UUID.randomUUID().toString());
        var addresses = await(other.vertx().sharedData().<String, String>getAsyncMap("strandline.sync.addresses"));
        await(addresses.put(own.getAddress(), UUID.randomUUID() + "@" + UUID.randomUUID()));
        long begun = System.nanoTime();
        await(HazelcastOverLogStore.serve(owner.vertx(), MemoryRevisionStore.create(), own));
        return System.nanoTime() - begun;
    }

    @Test
    void of_two_members_that_serve_at_one_moment_at_most_one_stays() {
        for (int round = 0; round < 10; round++) {
            BusOptions own = new BusOptions().setAddress(UUID.randomUUID().toString());
            List<Future<RevisionEndpoint>> served = new ArrayList<>();
            for (Member member : List.of(owner, other)) {
                served.add(HazelcastOverLogStore.serve(member.vertx(), MemoryRevisionStore.create(), own));
            }
            long stay = served.stream()
                    .filter(each -> await(each.transform(result -> Future.succeededFuture(result.succeeded()))))
                    .count();
            assertThat(stay).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void news_of_a_name_that_is_no_longer_carried_leave_the_map_and_others_age() throws InterruptedException {
        RevisionEndpoint endpoint =
                await(HazelcastOverLogStore.serve(owner.vertx(), log, new BusOptions(options).setMaxWatchedNames(1)));
        HazelcastOverLogStore store = await(HazelcastOverLogStore.open(other.vertx(), options));
        BlockingQueue<String> gone = new LinkedBlockingQueue<>();
        Semaphore heard = new Semaphore(0);
        String key = NewsMap.keyOf(endpoint.owner().log(), NAME);
        UUID listener = map(owner)
                .addEntryListener((EntryRemovedListener<String, StoredNews>) event -> gone.add(event.getKey()), false);
        await(store.watch(NAME, heard::release));
        append(Position.NONE, 1);
        assertThat(heard.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        assertThat(map(owner).getEntryView(key).getTtl()).isEqualTo(NewsMap.KEPT_SECONDS * 1_000L);
        assertThat(map(owner)
                        .getEntryView(NewsMap.keyOf(endpoint.owner().log(), LogOwner.NAME))
                        .getTtl())
                .as("a claim stays")
                .isEqualTo(Long.MAX_VALUE);

        await(store.readSince(new StreamName("over", "another"), Position.NONE));
        assertThat(gone.poll(20, TimeUnit.SECONDS)).isEqualTo(key);
        map(owner).removeEntryListener(listener);
    }

    @Test
    void a_map_that_lost_everything_costs_nothing() {
        await(HazelcastOverLogStore.serve(owner.vertx(), log, options));
        HazelcastOverLogStore store = await(HazelcastOverLogStore.open(other.vertx(), options));
        await(store.watch(NAME, () -> {}));
        Position third = append(append(append(Position.NONE, 1), 2), 3);
        map(other).clear();

        assertThat(await(store.readNews(NAME, Position.NONE)).newest()).isEqualTo(third);
        assertThat(await(store.readSince(NAME, Position.NONE)).newest()).isEqualTo(third);
        Position fourth = append(third, 4);
        assertThat(await(store.readNews(NAME, third)).newest()).isEqualTo(fourth);
    }

    @Test
    void what_the_map_no_longer_knows_is_read_from_the_log() {
        RevisionEndpoint endpoint = await(HazelcastOverLogStore.serve(owner.vertx(), log, options));
        HazelcastOverLogStore store = await(HazelcastOverLogStore.open(other.vertx(), options));
        await(store.readSince(NAME, Position.NONE));
        Position first = append(Position.NONE, 1);
        Position second = append(first, 2);
        Position third = append(second, 3);
        CatchUp onlyTheThird = new CatchUp(second, List.of(new Revision(third, Revision.Form.CHANGE, new byte[] {1})));
        IMap<String, StoredNews> map = map(owner);
        String key = NewsMap.keyOf(endpoint.owner().log(), NAME);
        map.executeOnKey(key, new PublishNews(StoredNews.of(endpoint.owner().epoch() + 1, writer, onlyTheThird)));

        assertThat(await(store.readNews(NAME, second)).revisions()).hasSize(1);
        assertThat(await(store.readNews(NAME, first)).revisions()).hasSize(2);
        assertThat(await(store.readNews(NAME, Position.NONE)).revisions()).hasSize(3);
        assertThat(await(store.readNews(NAME, third)).revisions()).isEmpty();
    }

    @Test
    void a_divided_map_that_knows_a_newer_epoch_makes_the_owner_claim_above_it() {
        RevisionEndpoint first = await(HazelcastOverLogStore.serve(owner.vertx(), log, options));
        await(first.close());
        // The log is set back to an earlier time, as from a backup. The map remembers later owners.
        Position claim = Position.NONE.next(new AppendId(UUID.randomUUID(), 1));
        CatchUp later = new CatchUp(Position.NONE, List.of(new Revision(claim, Revision.Form.WHOLE, new byte[1])));
        map(owner)
                .executeOnKey(
                        NewsMap.keyOf(first.owner().log(), LogOwner.NAME),
                        new PublishNews(StoredNews.of(7, UUID.randomUUID(), later)));
        RevisionEndpoint second = await(HazelcastOverLogStore.serve(owner.vertx(), log, options));
        assertThat(second.owner().log()).isEqualTo(first.owner().log());
        assertThat(second.owner().epoch()).isEqualTo(8);
        await(second.close());

        map(owner)
                .executeOnKey(
                        NewsMap.keyOf(first.owner().log(), LogOwner.NAME),
                        new PublishNews(StoredNews.of(9, UUID.randomUUID(), later)));
        RevisionEndpoint third = await(HazelcastOverLogStore.serve(owner.vertx(), log, options));
        assertThat(third.owner().epoch()).as("9 is another's").isEqualTo(10);
    }

    @Test
    void every_change_reaches_a_reader_on_another_member_once_and_in_order() throws InterruptedException {
        await(HazelcastOverLogStore.serve(owner.vertx(), log, options));
        HazelcastOverLogStore store = await(HazelcastOverLogStore.open(other.vertx(), options));
        StateSynchronizer<List<String>, String> here =
                await(StateSync.create(owner.vertx(), log).open("over/changes", Texts.MODEL));
        StateSynchronizer<List<String>, String> there =
                await(StateSync.create(other.vertx(), store).open("over/changes", Texts.MODEL));
        BlockingQueue<Long> seen = new LinkedBlockingQueue<>();
        there.changes().handler(change -> seen.add(change.revision()));
        for (int i = 1; i <= 300; i++) {
            String text = "text" + i;
            StateSynchronizer<List<String>, String> author = i % 3 == 0 ? there : here;
            author.update(state -> List.of(text));
        }
        List<Long> revisions = new ArrayList<>();
        while (revisions.isEmpty() || revisions.get(revisions.size() - 1) < 300) {
            Long revision = seen.poll(60, TimeUnit.SECONDS);
            assertThat(revision).as("the change after %s", revisions).isNotNull();
            revisions.add(revision);
        }
        for (int i = 1; i < revisions.size(); i++) {
            assertThat(revisions.get(i)).isEqualTo(revisions.get(i - 1) + 1);
        }
        assertThat(await(here.fetch())).isEqualTo(there.state());
    }

    @Test
    void an_instance_that_was_started_without_the_map_is_refused_with_the_remedy() {
        Config config = new Config();
        assertThatThrownBy(() -> NewsMap.require(config))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll(NewsMap.NAME, "applyTo");
        Vertx alone = Vertx.vertx();
        assertThat(failureOf(HazelcastOverLogStore.open(alone, options)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("clusteredVertx");
        await(alone.close());
    }

    private Position append(Position expected, long count) {
        Revision next = new Revision(expected.next(new AppendId(writer, count)), Revision.Form.CHANGE, new byte[] {1});
        assertThat(await(log.append(NAME, expected, List.of(next)))).isInstanceOf(AppendAnswer.Appended.class);
        return next.position();
    }

    private static IMap<String, StoredNews> map(Member member) {
        return member.hazelcast().getMap(NewsMap.NAME);
    }
}
