package io.strandline.sync.bus;

import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.impl.relay.FaultyStore;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.StoreAway;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BusStoreTest {

    private static final StreamName NAME = new StreamName("bus", "name");

    private static Vertx vertx;

    private final BusOptions options =
            new BusOptions().setAddress(UUID.randomUUID().toString());
    private final UUID writer = UUID.randomUUID();

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() {
        await(vertx.close());
    }

    @Test
    void while_nobody_serves_the_address_nothing_is_done() {
        MemoryRevisionStore owned = MemoryRevisionStore.create();
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        assertThat(failureOf(store.readSince(NAME, Position.NONE)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining(options.getAddress());
        RevisionEndpoint endpoint = await(RevisionEndpoint.open(vertx, owned, options));
        Revision first = revision(Position.NONE, 1);
        assertThat(await(append(store, Position.NONE, first))).isInstanceOf(AppendAnswer.Appended.class);
        await(endpoint.close());

        Revision second = revision(first.position(), 2);
        assertThat(failureOf(append(store, first.position(), second)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasCauseInstanceOf(StoreAway.class);
        assertThat(failureOf(store.compact(NAME, whole(first)))).isInstanceOf(StrandlineException.Unavailable.class);
        await(RevisionEndpoint.open(vertx, owned, options));
        assertThat(await(append(store, first.position(), second))).isInstanceOf(AppendAnswer.Appended.class);
    }

    @Test
    void an_owner_that_does_not_answer_in_time_leaves_an_append_unknown() {
        FaultyStore owned = new FaultyStore();
        await(RevisionEndpoint.open(vertx, owned, options));
        BusRevisionStore store =
                await(BusRevisionStore.open(vertx, new BusOptions(options).setRequestTimeoutMillis(50)));
        Promise<Void> gate = Promise.promise();
        owned.next(FaultyStore.heldBy(gate));
        assertThat(failureAtTheOwner(store, revision(Position.NONE, 1)))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("within 50 ms");
        gate.complete();
    }

    /**
     * How the first append through a store fails at the owner. The store first asks which log that has, and on a busy machine this
     * answer may be late, too.
     */
    private static Throwable failureAtTheOwner(BusRevisionStore store, Revision next) {
        Throwable failure;
        do {
            failure = failureOf(append(store, Position.NONE, next));
        } while (failure instanceof StrandlineException.Unavailable);
        return failure;
    }

    @Test
    void a_request_above_what_is_served_at_a_time_is_overloaded_and_others_go_on() {
        FaultyStore owned = new FaultyStore();
        await(RevisionEndpoint.open(vertx, owned, new BusOptions(options).setMaxServedBytes(1 << 20)));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        Promise<Void> gate = Promise.promise();
        owned.next(FaultyStore.heldBy(gate));
        Revision large =
                new Revision(Position.NONE.next(new AppendId(writer, 1)), Revision.Form.CHANGE, new byte[700 << 10]);
        await(store.readSince(NAME, Position.NONE));
        Future<AppendAnswer> first = append(store, Position.NONE, large);
        assertThat(failureOf(append(store, Position.NONE, large)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("1048576");
        await(store.readSince(NAME, Position.NONE));
        gate.complete();
        assertThat(await(first)).isInstanceOf(AppendAnswer.Appended.class);
        assertThat(await(append(store, Position.NONE, large))).isInstanceOf(AppendAnswer.Appended.class);
    }

    @Test
    void a_message_that_is_no_request_is_refused_and_harms_nobody() {
        await(RevisionEndpoint.open(vertx, MemoryRevisionStore.create(), options));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        for (Object bad : List.of("text", Buffer.buffer(), Buffer.buffer("something else"), 7)) {
            Throwable refused = causeOf(vertx.eventBus().request(options.getAddress(), bad));
            assertThat(refused).isInstanceOf(ReplyException.class);
            assertThat(((ReplyException) refused).failureType()).isEqualTo(ReplyFailure.RECIPIENT_FAILURE);
            assertThat(refused).hasMessageStartingWith("request cannot be read");
            vertx.eventBus().publish(options.getAddress() + ".news", bad);
        }
        assertThat(await(append(store, Position.NONE, revision(Position.NONE, 1))))
                .isInstanceOf(AppendAnswer.Appended.class);
    }

    @Test
    void failures_of_the_owners_store_cross_with_type_and_message() {
        BusOptions narrow = new BusOptions(options);
        await(RevisionEndpoint.open(
                vertx, MemoryRevisionStore.create(new HistoryLimits(1 << 10, 4, 1 << 20, 2)), narrow));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        Revision large =
                new Revision(Position.NONE.next(new AppendId(writer, 1)), Revision.Form.CHANGE, new byte[1025]);
        assertThat(failureOf(append(store, Position.NONE, large)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("1025", "1024");
    }

    @Test
    void a_store_that_breaks_leaves_an_append_unknown_and_tells_no_more_than_its_kind() {
        FaultyStore owned = new FaultyStore();
        await(RevisionEndpoint.open(vertx, owned, options));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        owned.next(append -> Future.failedFuture(new IllegalStateException("secret")));
        StrandlineException failure = failureOf(append(store, Position.NONE, revision(Position.NONE, 1)));
        assertThat(failure)
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("IllegalStateException")
                .hasMessageNotContaining("secret");
    }

    @Test
    void an_answer_of_the_owners_store_keeps_all_that_it_says() {
        FaultyStore owned = new FaultyStore();
        await(RevisionEndpoint.open(vertx, owned, options));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        Revision next = revision(Position.NONE, 1);
        for (AppendAnswer answer : List.of(
                new AppendAnswer.Appended(next.position(), 4),
                new AppendAnswer.Refused(new CatchUp(next.position(), List.of(next)), 41),
                new AppendAnswer.Full(5, 6),
                new AppendAnswer.Undecided(next.position()))) {
            owned.next(append -> Future.succeededFuture(answer));
            assertThat(await(append(store, Position.NONE, next)))
                    .usingRecursiveComparison()
                    .isEqualTo(answer);
        }
    }

    @Test
    void a_second_endpoint_of_an_address_is_refused() {
        RevisionEndpoint first = await(RevisionEndpoint.open(vertx, MemoryRevisionStore.create(), options));
        assertThat(failureOf(RevisionEndpoint.open(vertx, MemoryRevisionStore.create(), options)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContainingAll(
                        options.getAddress(), first.owner().log().toString());
    }

    @Test
    void an_address_whose_owner_answers_only_with_failures_is_served_all_the_same() {
        MessageConsumer<Object> sick =
                vertx.eventBus().consumer(options.getAddress(), message -> message.fail(8, "full"));
        await(sick.completion());
        assertThat(failureOf(RevisionEndpoint.open(vertx, MemoryRevisionStore.create(), options)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContainingAll(options.getAddress(), "full");
    }

    @Test
    void an_owner_that_does_not_answer_is_asked_again() {
        MessageConsumer<Object> slow = vertx.eventBus().consumer(options.getAddress());
        AtomicInteger asked = new AtomicInteger();
        slow.handler(message -> {
            if (asked.incrementAndGet() == 3) {
                slow.unregister();
            }
        });
        await(slow.completion());
        BusOptions impatient = new BusOptions(options).setRequestTimeoutMillis(50);
        await(RevisionEndpoint.open(vertx, MemoryRevisionStore.create(), impatient));
        assertThat(asked).hasValue(3);
    }

    @Test
    void an_address_that_was_taken_and_is_not_used_is_taken_over() {
        var addresses = await(vertx.sharedData().<String, String>getAsyncMap(ServedAddress.MAP));
        await(addresses.put(options.getAddress(), UUID.randomUUID() + "@local"));
        RevisionEndpoint endpoint = await(RevisionEndpoint.open(vertx, MemoryRevisionStore.create(), options));
        assertThat(await(addresses.get(options.getAddress())))
                .isEqualTo(endpoint.owner().log() + "@local");
        await(endpoint.close());
        assertThat(await(addresses.get(options.getAddress()))).isNull();
    }

    @Test
    void of_logs_that_are_served_at_one_moment_at_most_one_stays_and_no_other_was_written() {
        for (int round = 0; round < 20; round++) {
            BusOptions own = new BusOptions().setAddress(UUID.randomUUID().toString());
            List<MemoryRevisionStore> logs = new ArrayList<>();
            List<Future<RevisionEndpoint>> served = new ArrayList<>();
            List<Future<AppendAnswer>> appends = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                logs.add(MemoryRevisionStore.create());
                served.add(RevisionEndpoint.open(vertx, logs.get(i), own));
                BusRevisionStore store = await(BusRevisionStore.open(vertx, own));
                appends.add(append(store, Position.NONE, revision(Position.NONE, 1)));
            }
            int stay = 0;
            for (Future<RevisionEndpoint> each : served) {
                if (causeOf(each) == null) {
                    stay++;
                } else {
                    assertThat(causeOf(each)).isInstanceOf(StrandlineException.Conflict.class);
                }
            }
            appends.forEach(BusStoreTest::causeOf);
            long written = logs.stream()
                    .filter(log -> !await(log.readSince(NAME, Position.NONE))
                            .revisions()
                            .isEmpty())
                    .count();
            assertThat(stay).isLessThanOrEqualTo(1);
            assertThat(written).isLessThanOrEqualTo(stay);
        }
    }

    @Test
    void a_member_stays_with_the_log_that_it_met() {
        MemoryRevisionStore other = MemoryRevisionStore.create();
        RevisionEndpoint first = await(RevisionEndpoint.open(vertx, MemoryRevisionStore.create(), options));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        await(store.readSince(NAME, Position.NONE));
        assertThat(store.log()).isEqualTo(first.owner().log());
        await(first.close());
        RevisionEndpoint second = await(RevisionEndpoint.open(vertx, other, options));

        assertThat(failureOf(append(store, Position.NONE, revision(Position.NONE, 1))))
                .isInstanceOf(StrandlineException.NotOwner.class)
                .hasMessageContainingAll(
                        first.owner().log().toString(), second.owner().log().toString());
        assertThat(await(other.readSince(NAME, Position.NONE)).revisions()).isEmpty();
        await(second.close());
        assertThat(failureOf(store.readSince(NAME, Position.NONE)))
                .as("whoever serves there now")
                .isInstanceOf(StrandlineException.NotOwner.class)
                .hasMessageContainingAll(
                        first.owner().log().toString(), second.owner().log().toString());
        await(RevisionEndpoint.open(vertx, other, options));
        BusRevisionStore again = await(BusRevisionStore.open(vertx, options));
        assertThat(await(append(again, Position.NONE, revision(Position.NONE, 1))))
                .isInstanceOf(AppendAnswer.Appended.class);
    }

    /** As in a cluster that was divided: requests that name no log yet are answered by any owner that gets them. */
    @Test
    void of_two_logs_that_answer_the_first_requests_one_is_this_stores_and_it_asks_no_more() {
        List<UUID> logs = List.of(UUID.randomUUID(), UUID.randomUUID());
        for (UUID log : logs) {
            MessageConsumer<Object> owner = vertx.eventBus().consumer(options.getAddress(), message -> {
                BusCall.Read read =
                        (BusCall.Read) BusFormat.readRequest(message.body()).call();
                message.reply(BusFormat.reply(log, read, new CatchUp(read.known(), List.of())));
            });
            await(owner.completion());
        }
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        List<Future<CatchUp>> reads =
                List.of(store.readSince(NAME, Position.NONE), store.readSince(NAME, Position.NONE));
        List<@Nullable Throwable> causes = new ArrayList<>();
        reads.forEach(read -> causes.add(causeOf(read)));
        assertThat(causes).containsOnlyOnce((Throwable) null);
        assertThat(causes)
                .filteredOn(Objects::nonNull)
                .singleElement()
                .isInstanceOfSatisfying(StrandlineException.NotOwner.class, refused -> assertThat(refused)
                        .hasMessageContainingAll(
                                logs.get(0).toString(), logs.get(1).toString()));
        assertThat(failureOf(store.readSince(NAME, Position.NONE))).isInstanceOf(StrandlineException.NotOwner.class);
    }

    @Test
    void an_append_that_one_log_may_have_taken_is_never_repeated_to_another() {
        FaultyStore first = new FaultyStore();
        MemoryRevisionStore second = MemoryRevisionStore.create();
        RevisionEndpoint endpoint = await(RevisionEndpoint.open(vertx, first, options));
        BusRevisionStore store =
                await(BusRevisionStore.open(vertx, new BusOptions(options).setRequestTimeoutMillis(50)));
        Promise<Void> gate = Promise.promise();
        first.next(FaultyStore.heldBy(gate));
        Revision next = revision(Position.NONE, 1);
        assertThat(failureAtTheOwner(store, next)).isInstanceOf(StrandlineException.Unknown.class);
        await(endpoint.close());
        await(RevisionEndpoint.open(vertx, second, options));

        Throwable refused;
        do { // on a busy machine the answer of the other log may be late too
            refused = failureOf(append(store, Position.NONE, next));
        } while (refused instanceof StrandlineException.Unknown);
        assertThat(refused).isInstanceOf(StrandlineException.NotOwner.class);
        assertThat(await(second.readSince(NAME, Position.NONE)).revisions()).isEmpty();
        gate.complete();
    }

    @Test
    void each_owner_of_a_log_has_a_higher_epoch_and_the_same_log() {
        MemoryRevisionStore log = MemoryRevisionStore.create();
        RevisionEndpoint first = await(RevisionEndpoint.open(vertx, log, options));
        await(first.close());
        RevisionEndpoint second = await(RevisionEndpoint.open(vertx, log, options));
        assertThat(second.owner().log()).isEqualTo(first.owner().log());
        assertThat(second.owner().epoch()).isEqualTo(first.owner().epoch() + 1);
    }

    @Test
    void a_claim_that_was_made_by_others_meanwhile_is_made_again_above_them() {
        MemoryRevisionStore log = MemoryRevisionStore.create();
        List<Future<LogOwner>> claims = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            claims.add(LogOwner.claim(log, 0));
        }
        assertThat(claims).extracting(claim -> await(claim).epoch()).doesNotHaveDuplicates();
        assertThat(await(LogOwner.claim(log, 500)).epoch()).isEqualTo(501);
        assertThat(await(LogOwner.claim(log, 500)).epoch()).isEqualTo(502);
    }

    @Test
    void a_claim_that_cannot_be_read_is_corrupt() {
        MemoryRevisionStore log = MemoryRevisionStore.create();
        Revision nonsense =
                new Revision(Position.NONE.next(new AppendId(writer, 1)), Revision.Form.WHOLE, new byte[] {1, 2, 3});
        await(log.append(LogOwner.NAME, Position.NONE, List.of(nonsense)));
        assertThat(failureOf(RevisionEndpoint.open(vertx, log, options)))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContainingAll(LogOwner.NAME.toString(), "3 bytes");
    }

    @Test
    void news_of_an_append_by_the_owner_itself_reach_the_members() throws InterruptedException {
        MemoryRevisionStore log = MemoryRevisionStore.create();
        await(RevisionEndpoint.open(vertx, log, options));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        CountDownLatch heard = new CountDownLatch(1);
        Watch watch = await(store.watch(NAME, heard::countDown));
        await(append(log, Position.NONE, revision(Position.NONE, 1)));
        assertThat(heard.await(60, TimeUnit.SECONDS)).isTrue();
        await(watch.close());
    }

    @Test
    void a_look_after_news_rests_on_nothing_older_than_them() throws InterruptedException {
        MemoryRevisionStore log = MemoryRevisionStore.create();
        await(RevisionEndpoint.open(vertx, log, options));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        CountDownLatch heard = new CountDownLatch(1);
        await(store.watch(NAME, heard::countDown));
        assertThat(await(store.look(NAME, Position.NONE)).revisions()).isEmpty();
        Revision first = revision(Position.NONE, 1);
        await(append(log, Position.NONE, first));
        assertThat(heard.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(await(store.look(NAME, Position.NONE)).newest()).isEqualTo(first.position());
    }

    @Test
    void a_look_at_one_name_more_costs_no_other_name_its_news() throws InterruptedException {
        MemoryRevisionStore log = MemoryRevisionStore.create();
        await(RevisionEndpoint.open(vertx, log, new BusOptions(options).setMaxWatchedNames(1)));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        CountDownLatch heard = new CountDownLatch(1);
        await(store.watch(NAME, heard::countDown));
        await(store.look(new StreamName("bus", "another"), Position.NONE));
        await(append(log, Position.NONE, revision(Position.NONE, 1)));
        assertThat(heard.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void past_its_limit_the_endpoint_forgets_the_name_asked_for_longest_ago() throws InterruptedException {
        MemoryRevisionStore log = MemoryRevisionStore.create();
        await(RevisionEndpoint.open(vertx, log, new BusOptions(options).setMaxWatchedNames(2)));
        BusRevisionStore store = await(BusRevisionStore.open(vertx, options));
        AtomicInteger forgotten = new AtomicInteger();
        CountDownLatch heard = new CountDownLatch(1);
        await(store.watch(NAME, forgotten::incrementAndGet));
        await(store.watch(new StreamName("bus", "second"), () -> {}));
        StreamName third = new StreamName("bus", "third");
        await(store.watch(third, heard::countDown));

        await(append(log, Position.NONE, revision(Position.NONE, 1)));
        await(log.append(third, Position.NONE, List.of(revision(Position.NONE, 1))));
        assertThat(heard.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(forgotten).hasValue(0);
    }

    @Test
    void options_survive_json_and_name_what_is_wrong() {
        BusOptions set = new BusOptions()
                .setAddress("a")
                .setRequestTimeoutMillis(3)
                .setMaxValueBytes(4_096)
                .setMaxServedBytes(5 << 20)
                .setMaxWatchedNames(6);
        assertThat(new BusOptions(set.toJson())).usingRecursiveComparison().isEqualTo(set);
        assertThat(failureOf(BusRevisionStore.open(vertx, new BusOptions().setMaxWatchedNames(0))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("maxWatchedNames is 0");
        assertThat(failureOf(
                        RevisionEndpoint.open(vertx, MemoryRevisionStore.create(), new BusOptions().setAddress(" "))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("address");
    }

    private static @Nullable Throwable causeOf(Future<?> future) {
        Promise<@Nullable Throwable> cause = Promise.promise();
        future.onComplete(result -> cause.complete(result.cause()));
        return await(cause.future());
    }

    private Revision revision(Position before, long count) {
        return new Revision(before.next(new AppendId(writer, count)), Revision.Form.CHANGE, new byte[] {1});
    }

    private static Revision whole(Revision at) {
        return new Revision(at.position(), Revision.Form.WHOLE, new byte[] {2});
    }

    private static Future<AppendAnswer> append(RevisionStore store, Position expected, Revision next) {
        return store.append(NAME, expected, List.of(next));
    }
}
