package io.strandline.guide;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineVerticle;
import io.strandline.StreamOptions;
import io.strandline.guide.Bank.Deposited;
import io.strandline.guide.Bank.Withdraw;
import io.strandline.guide.Bank.Withdrawn;
import io.strandline.guide.Transfers.Payment;
import io.strandline.guide.Transfers.Transfer;
import io.strandline.guide.Views.Count;
import io.strandline.guide.Views.View;
import io.strandline.processing.aggregate.AggregateClientOptions;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineSwitch;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.process.Processes;
import io.strandline.processing.projection.FoldedState;
import io.strandline.processing.projection.Projection;
import io.strandline.processing.projection.ProjectionOptions;
import io.strandline.processing.rxjava3.RxRunningPipeline;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.sync.Confirmed;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.bus.BusRevisionStore;
import io.strandline.sync.bus.RevisionEndpoint;
import io.strandline.sync.log.LogRevisionStore;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.testkit.PipelineDriver;
import io.strandline.testkit.Scenario;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide's examples of aggregates, reader groups, pipelines and shared states. */
class GuideProcessingTest extends GuideLog {

    @TempDir
    Path directory;

    // ---- what an application writes

    // GUIDE: begin shared-bank
    /** Four verticles, each on an event loop of its own, with a quarter of the accounts. Any of them takes any call. */
    static Future<String> shareBank(Vertx vertx, Strandline log, StateSync sync) {
        AggregateOptions options = new AggregateOptions()
                .setStream("bank/accounts")
                .setPartitions(16)
                .setOwners(1)
                .setAddress("accounts");
        return vertx.deployVerticle(
                () -> new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        return Aggregates.share(vertx, log, sync, Bank.ACCOUNT, options);
                    }
                },
                new DeploymentOptions().setInstances(4));
    }
    // GUIDE: end shared-bank

    // GUIDE: begin projection
    /** The pieces of each customer, in memory. Completes when all orders that are there by now are counted. */
    static Future<FoldedState<Order, Map<String, Integer>>> countPieces(Vertx vertx, Strandline log) {
        FoldedState<Order, Map<String, Integer>> pieces = FoldedState.of(Map.of(), (counts, order) -> {
            Map<String, Integer> next = new HashMap<>(counts);
            next.merge(order.event().customer(), order.event().pieces(), Integer::sum);
            return next;
        });
        ProjectionOptions options =
                new ProjectionOptions().setName("shop/pieces").setGroup(new GroupOptions().setStreams("shop/orders"));
        return Projection.open(vertx, log, Order.CODEC, pieces, options)
                .onSuccess(projection ->
                        projection.ended().onFailure(failure -> System.err.println("no longer counted: " + failure)))
                .compose(Projection::caughtUp)
                .map(pieces);
    }
    // GUIDE: end projection

    // GUIDE: begin group
    /** Three readers share the partitions. An order that cannot be billed three times is put aside. */
    static Future<ReaderGroup> startBilling(Vertx vertx, Strandline log, Function<Order, Future<Void>> biller) {
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log)); // one for each process
        GroupOptions options =
                new GroupOptions().setStreams("shop/orders").setMaxAttempts(3).setPoison(PoisonPolicy.PARK);
        return ReaderGroup.open(vertx, log, sync, "shop/billing", options).compose(group -> vertx.deployVerticle(
                        () -> new BillingVerticle(group, biller), new DeploymentOptions().setInstances(3))
                .map(group));
    }
    // GUIDE: end group

    // GUIDE: begin parked
    /** Bills what was put aside, in order. Completes with the number of orders that are billed now. */
    static Future<Integer> billParked(ReaderGroup group, Function<Order, Future<Void>> biller) {
        return group.parked()
                .map(parked -> parked.stream().map(ParkedEvent::id).toList())
                .compose(ids -> group.replay(ids, Order.CODEC, order -> biller.apply(order.event())));
    }
    // GUIDE: end parked

    /** Completes when everything that is in the stream now is billed or put aside. */
    static Future<Void> awaitBilled(Strandline log, ReaderGroup group) {
        return log.catalog().endCut("shop/orders").compose(group::awaitPosition);
    }

    static void anAccountIsNotOverdrawn() {
        Scenario.given(Bank.ACCOUNT, new Deposited(100))
                .when(new Withdraw(30))
                .thenEmits(new Withdrawn(30))
                .thenState(70L);
    }

    // GUIDE: begin payment-scenario
    static void aPaymentIsTakenFirst() {
        Scenario.given(Transfers.PROCESS)
                .when(new Payment("p-1", "anna", "bert", 70))
                .thenCommands(Transfers.ACCOUNTS.command("anna", new Withdraw(70)))
                .thenTimer("overdue", Duration.ofHours(1))
                .whenRejected("the balance is 30")
                .thenCommands()
                .thenNoTimer("overdue");
    }
    // GUIDE: end payment-scenario

    // GUIDE: begin open-flags
    static Future<StateSynchronizer<Flags, Flags.Turn>> openFlags(Vertx vertx, RevisionStore store) {
        return StateSync.create(vertx, store).open("shop/flags", Flags.MODEL).onSuccess(flags -> flags.changes()
                .handler(change -> System.out.println("revision " + change.revision() + ": " + change.state())));
    }

    /** Turns a flag on, unless it is on already, in which case nothing is written. */
    static Future<Revisioned<Flags>> turnOn(StateSynchronizer<Flags, Flags.Turn> flags, String name) {
        return flags.update(now -> now.isOn(name) ? List.of() : List.of(new Flags.Turn(name, true)));
    }
    // GUIDE: end open-flags

    // GUIDE: begin serve-flags
    /** In the JVM that has the log: serves it to the others, and uses it itself. */
    static Future<StateSynchronizer<Flags, Flags.Turn>> serveFlags(Vertx vertx, Strandline log) {
        RevisionStore store = LogRevisionStore.open(vertx, log);
        return RevisionEndpoint.open(vertx, store, new BusOptions()).compose(served -> openFlags(vertx, store));
    }

    /** In every other JVM of the cluster. */
    static Future<StateSynchronizer<Flags, Flags.Turn>> joinFlags(Vertx vertx) {
        return BusRevisionStore.open(vertx, new BusOptions()).compose(store -> openFlags(vertx, store));
    }
    // GUIDE: end serve-flags

    // ---- what it does

    private void append(int count) {
        run(() -> log.createWriter(ORDERS, Order.CODEC).compose(writer -> {
            for (int i = 0; i < count; i++) {
                writer.append("customer-" + i % 7, new Order("customer-" + i % 7, "tea", i));
            }
            return writer.end();
        }));
    }

    @Test
    void three_readers_put_a_poison_event_aside_and_a_split_loses_nothing() {
        Queue<Integer> billed = new ConcurrentLinkedQueue<>();
        AtomicBoolean isRepaired = new AtomicBoolean();
        Function<Order, Future<Void>> biller = order -> {
            if (order.pieces() == 13 && !isRepaired.get()) {
                return Future.failedFuture("13 is unlucky");
            }
            billed.add(order.pieces());
            return Future.succeededFuture();
        };
        ReaderGroup group = run(() -> startBilling(vertx, log, biller));
        append(50);
        run(() -> GuideLogTest.split(log));
        append(50);
        run(() -> awaitBilled(log, group));
        assertThat(billed).hasSize(98).doesNotContain(13);
        assertThat(get(group.readers())).hasSize(3);
        assertThat(get(group.parked())).hasSize(2);
        isRepaired.set(true);
        assertThat(run(() -> billParked(group, biller))).isEqualTo(2);
        assertThat(billed)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 100).mapToObj(i -> i % 50).toList());
    }

    @Test
    void an_order_has_one_price_however_often_it_is_delivered() {
        get(log.catalog().createStream("shop/prices", new StreamOptions().setPartitions(2)));
        AtomicInteger asked = new AtomicInteger();
        Function<Order, Future<PricingVerticle.Price>> prices = order -> {
            asked.incrementAndGet();
            return vertx.timer(1, TimeUnit.MILLISECONDS)
                    .map(done -> new PricingVerticle.Price(order.article(), order.pieces(), 100L * order.pieces()));
        };
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        GroupOptions options = new GroupOptions().setStreams(ORDERS);
        ReaderGroup group = run(() -> ReaderGroup.open(vertx, log, sync, "shop/pricing", options));
        get(vertx.deployVerticle(new PricingVerticle(log, group, prices)));
        append(50);
        run(() -> awaitBilled(log, group));
        get(vertx.deployVerticle(new PricingVerticle(log, group, prices)));
        run(() -> GuideLogTest.split(log));
        get(group.resetToStart());
        append(50);
        run(() -> awaitBilled(log, group));
        assertThat(asked).hasValueGreaterThanOrEqualTo(150);
        List<EventRecord<PricingVerticle.Price>> priced =
                run(() -> log.read("shop/prices", PricingVerticle.Price.CODEC, new ReaderOptions())
                        .compose(EventReader::toList));
        assertThat(priced)
                .extracting(price -> price.event().pieces())
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 100).mapToObj(i -> i % 50).toList());
    }

    @Test
    void pieces_are_counted_from_the_beginning() {
        append(50);
        FoldedState<Order, Map<String, Integer>> pieces = run(() -> countPieces(vertx, log));
        int all = pieces.state().values().stream().mapToInt(Integer::intValue).sum();
        assertThat(all).isEqualTo(IntStream.range(0, 50).sum());
    }

    @Test
    void the_bank_refuses_to_be_overdrawn() {
        JsonObject config = new JsonObject().put("address", "memory:");
        get(vertx.deployVerticle(new StrandlineVerticle(), new DeploymentOptions().setConfig(config)));
        Bank bank = new Bank(0);
        get(vertx.deployVerticle(bank));
        assertThat(put(bank, "/anna/deposit/100")).isEqualTo("200 balance 100");
        assertThat(put(bank, "/anna/withdraw/30")).isEqualTo("200 balance 70");
        assertThat(put(bank, "/anna/withdraw/80")).isEqualTo("409 balance 70");
        anAccountIsNotOverdrawn();
    }

    @Test
    void payments_arrive_or_are_refused() {
        get(log.catalog().createScope("bank"));
        get(log.catalog().createStream("bank/payments", new StreamOptions().setPartitions(2)));
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        Aggregates<Bank.Command, Long> accounts =
                get(Aggregates.open(vertx, log, Bank.ACCOUNT, new AggregateOptions().setStream("bank/accounts")));
        get(accounts.execute("anna", new Bank.Deposit(100)));
        Processes<Transfer> transfers = get(Transfers.open(vertx, log, sync, accounts));
        run(() -> log.createWriter("bank/payments", Payment.CODEC)
                .compose(writer -> Future.all(
                        writer.append("anna", new Payment("p-1", "anna", "bert", 70)),
                        writer.append("anna", new Payment("p-2", "anna", "bert", 70)))));
        awaitPhase(transfers, "p-1", "done");
        awaitPhase(transfers, "p-2", "refused: the balance is 30");
        assertThat(get(accounts.state("anna")).state()).isEqualTo(30);
        assertThat(get(accounts.state("bert")).state()).isEqualTo(70);
        aPaymentIsTakenFirst();
    }

    private void awaitPhase(Processes<Transfer> transfers, String payment, String phase) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!get(transfers.state(payment)).state().phase().equals(phase)) {
            assertThat(System.nanoTime()).as(payment).isLessThan(deadline);
            get(vertx.timer(5, TimeUnit.MILLISECONDS).<Void>mapEmpty());
        }
    }

    @Test
    void two_withdrawals_at_once_do_not_overdraw() {
        get(log.catalog().createScope("bank"));
        get(log.catalog().createStream("bank/ledger", new StreamOptions()));
        List<Boolean> made =
                run(() -> Ledger.open(log).compose(first -> Ledger.open(log).compose(second -> first.writer()
                        .append("anna", new Deposited(100))
                        .compose(deposited -> Future.all(first.withdraw("anna", 60), second.withdraw("anna", 60))
                                .map(both -> both.<Boolean>list())))));
        assertThat(made).containsExactlyInAnyOrder(true, false);
        boolean tooMuch = run(() -> Ledger.open(log).compose(ledger -> ledger.withdraw("anna", 41)));
        boolean allThatIsLeft = run(() -> Ledger.open(log).compose(ledger -> ledger.withdraw("anna", 40)));
        assertThat(tooMuch).isFalse();
        assertThat(allThatIsLeft).isTrue();
    }

    @Test
    void verticles_share_the_accounts() {
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        get(shareBank(vertx, log, sync));
        Aggregates<Bank.Command, Long> accounts = get(Aggregates.connect(
                vertx,
                Bank.ACCOUNT,
                new AggregateClientOptions().setAddress("accounts").setStream("bank/accounts")));
        get(accounts.execute("anna", new Bank.Deposit(100)));
        assertThat(get(accounts.execute("anna", new Withdraw(130))).isAccepted())
                .isFalse();
        assertThat(get(accounts.state("anna")).state()).isEqualTo(100L);
    }

    private String put(Bank bank, String path) {
        HttpClient client = vertx.createHttpClient();
        return run(() -> client.request(HttpMethod.PUT, bank.port(), "localhost", path)
                .compose(request -> request.send())
                .compose(response -> response.body().map(body -> response.statusCode() + " " + body)));
    }

    @Test
    void views_are_counted_per_page_and_minute() {
        get(log.catalog().createScope("site"));
        get(log.catalog().createStream("site/views", new StreamOptions().setPartitions(2)));
        get(log.catalog().createStream("site/counts", new StreamOptions().setPartitions(2)));
        RunningPipeline running = run(() -> Views.deploy(vertx, log));
        run(() -> log.createWriter("site/views", View.CODEC).compose(writer -> {
            for (int second = 0; second < 100; second++) {
                writer.append("/home", new View("/home", second * 1_000L));
            }
            return writer.end();
        }));
        get(running.awaitEnd());
        List<Count> counts = run(() -> log.history("site/counts", "/home", Count.CODEC)
                .compose(reader -> reader.collect(Collectors.mapping(EventRecord::event, Collectors.toList()))));
        assertThat(counts).containsExactly(new Count("/home", 0, 60));
        get(running.close());
    }

    private void view(String page, int fromSecond, int toSecond) {
        run(() -> log.createWriter("site/views", View.CODEC).compose(writer -> {
            for (int second = fromSecond; second < toSecond; second++) {
                writer.append(page, new View(page, second * 1_000L));
            }
            return writer.end();
        }));
    }

    private void createSite() {
        get(log.catalog().createScope("site"));
        for (String stream : List.of("site/views", "site/counts", "site/counts-without-robots")) {
            get(log.catalog().createStream(stream, new StreamOptions().setPartitions(1)));
        }
    }

    private List<Count> counts(String stream) {
        return run(() -> log.read(stream, Count.CODEC)
                .compose(reader -> reader.collect(Collectors.mapping(EventRecord::event, Collectors.toList()))));
    }

    @Test
    void views_of_robots_are_left_out_when_counts_are_computed_again() {
        createSite();
        RunningPipeline former = run(() -> Views.deploy(vertx, log));
        view("/home", 0, 30);
        get(former.awaitEnd());
        get(former.checkpoint("monday"));
        view("/robots.txt", 30, 40);
        view("/home", 30, 100);
        get(former.awaitEnd());
        assertThat(counts("site/counts")).containsExactly(new Count("/home", 0, 60), new Count("/robots.txt", 0, 10));

        RunningPipeline next = run(() -> Correcting.beside(vertx, log));
        PipelineSwitch done = run(() -> Correcting.putRight(vertx, log, former, next));
        assertThat(done.to()).isEqualTo(2);
        view("/home", 100, 200);
        get(next.awaitEnd());
        assertThat(counts("site/counts-without-robots"))
                .containsExactly(
                        new Count("/home", 0, 60), new Count("/home", 60_000, 60), new Count("/home", 120_000, 60));
        get(next.close());
    }

    @Test
    void busy_minutes_are_written_where_no_stream_is() {
        createSite();
        Map<String, Count> board = new ConcurrentHashMap<>();
        Pipeline pipeline = Busy.minutes((id, row) -> {
            board.put(id, row);
            return Future.succeededFuture();
        });
        RunningPipeline running = run(() -> pipeline.deploy(vertx, log, new PipelineOptions()));
        view("/home", 0, 70);
        view("/home", 130, 131);
        get(running.awaitEnd());
        get(running.close());
        assertThat(board.values()).containsExactly(new Count("/home", 0, 60));
        assertThat(board.keySet()).allMatch(id -> id.startsWith("busy-minutes/"));

        PipelineDriver driver = PipelineDriver.of(pipeline);
        for (int second = 0; second < 70; second++) {
            driver.send("/home", new View("/home", second * 1_000L));
        }
        assertThat(driver.takeHandled("board"))
                .extracting(output -> output.event())
                .containsExactly(new Count("/home", 0, 60));
    }

    @Test
    void flowables_are_at_the_edges_of_a_pipeline() {
        createSite();
        RunningPipeline running = run(() -> Views.deploy(vertx, log));
        RxStrandline rx = RxStrandline.of(vertx, log);
        Edges.append(rx, Flowable.range(0, 600).map(second -> new View("/home", second * 1_000L)))
                .blockingAwait();
        assertThat(Edges.counts(rx).take(9).map(Count::views).toList().blockingGet())
                .containsOnly(60L)
                .hasSize(9);
        get(running.close());
    }

    @Test
    void a_flag_is_seen_by_every_member() {
        StateSynchronizer<Flags, Flags.Turn> owner = run(() -> serveFlags(vertx, log));
        StateSynchronizer<Flags, Flags.Turn> member = run(() -> joinFlags(vertx));
        assertThat(run(() -> turnOn(member, "new-checkout")).state())
                .isEqualTo(new Flags(Map.of("new-checkout", true)));
        assertThat(run(owner::fetch).state().isOn("new-checkout")).isTrue();
        assertThat(run(() -> turnOn(owner, "new-checkout")).revision()).isEqualTo(1);
        Confirmed<Flags> confirmed = member.confirmed();
        assertThat(confirmed.state().state().isOn("new-checkout")).isTrue();
    }

    @Test
    void a_store_in_memory_will_do_in_one_process() {
        StateSynchronizer<Flags, Flags.Turn> flags = run(() -> openFlags(vertx, MemoryRevisionStore.create()));
        run(() -> turnOn(flags, "new-checkout"));
        assertThat(flags.value().isOn("new-checkout")).isTrue();
    }

    @Test
    void a_sensor_is_reported_when_it_has_been_silent_for_an_hour() {
        long hour = Duration.ofHours(1).toMillis();
        PipelineDriver driver = PipelineDriver.of(Sensors.SILENT)
                .send("cellar", new Sensors.Measured("cellar", hour, 12))
                .send("roof", new Sensors.Measured("roof", hour, 30))
                .send("roof", new Sensors.Measured("roof", 2 * hour, 31))
                .restart()
                .send("cellar", new Sensors.Measured("cellar", hour + 1, 12));
        assertThat(driver.<Sensors.Silent>take("plant/silent")).isEmpty();
        driver.send("roof", new Sensors.Measured("roof", 2 * hour + 6_000, 31));
        assertThat(driver.<Sensors.Silent>take("plant/silent")).containsExactly(new Sensors.Silent("cellar", hour + 1));
    }

    @Test
    void a_subscriber_of_rxjava_hears_of_a_pipeline_until_it_has_stopped() {
        get(log.catalog().createScope("site"));
        get(log.catalog().createStream("site/views", new StreamOptions()));
        get(log.catalog().createStream("site/counts", new StreamOptions()));
        RxRunningPipeline running = RxRunningPipeline.deploy(
                        Views.PER_MINUTE, vertx, RxStrandline.of(vertx, log), new PipelineOptions())
                .blockingGet();
        TestSubscriber<PipelineStatus> replaced = running.statuses().test();
        replaced.awaitCount(1);
        TestSubscriber<PipelineStatus> heard = running.statuses().test();
        // One that is not told any more leaves the other one alone.
        replaced.cancel();
        running.close().blockingAwait();
        assertThat(heard.awaitDone(60, TimeUnit.SECONDS).values())
                .extracting(PipelineStatus::state)
                .endsWith(PipelineStatus.State.STOPPED);
        heard.assertComplete();
        replaced.assertNotComplete().assertNoErrors();
        assertThat(replaced.values()).extracting(PipelineStatus::state).containsOnly(PipelineStatus.State.RUNNING);
    }

    @Test
    void a_letter_is_written_with_the_payment_or_when_nobody_has_paid() {
        long day = Duration.ofDays(1).toMillis();
        PipelineDriver driver = PipelineDriver.of(Bills.letters())
                .sendTo("shop/customers", "anna", new Bills.Customer("Anna", false))
                .sendTo("shop/customers", "bert", new Bills.Customer("Bert", false))
                .sendTo("shop/payments", "1", new Bills.Payment("p1", "1", 1_000))
                .restart()
                .sendTo("shop/orders", "1", new Bills.Order("1", "anna", 1_000))
                .sendTo("shop/orders", "2", new Bills.Order("2", "bert", 2_000))
                .sendTo("shop/payments", "1", new Bills.Payment("p1", "1", 1_000));
        assertThat(driver.<Bills.Letter>take("shop/letters"))
                .containsExactly(new Bills.Letter("Anna", new Bills.Bill("1", "anna", true)));
        assertThat(driver.state("customers", "anna")).isEqualTo(new Bills.Customer("Anna", false));
        driver.restart()
                .sendTo("shop/customers", "anna", new Bills.Customer("Anna", true))
                .elapse(Duration.ofDays(1))
                .sendTo("shop/payments", "9", new Bills.Payment("p9", "9", day + 7_001))
                .sendTo("shop/orders", "3", new Bills.Order("3", "anna", day + 7_001));
        assertThat(driver.<Bills.Letter>take("shop/letters"))
                .containsExactly(new Bills.Letter("Bert", new Bills.Bill("2", "bert", false)));
        assertThat(driver.state("customers", "anna")).isNull();
    }
}
