package io.strandline.server.rest;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.run;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.json.JsonCodec;
import io.strandline.log.MemoryEngine;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.Decision;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;

/** A log in memory with a group, a pipeline, aggregates and a shared state, served over HTTP. */
final class ServedShop implements AutoCloseable {

    static final String STREAM = "shop/orders";
    static final String AT = "/v1/scopes/shop/streams/orders";

    /** An event of the shop. */
    record Order(String item, int count) {
        static final JsonCodec<Order> CODEC = JsonCodec.of("order", 1, Order.class);
    }

    sealed interface Command {}

    record Deposit(long amount) implements Command {}

    record Withdraw(long amount) implements Command {}

    sealed interface Event {}

    record Deposited(long amount) implements Event {}

    record Withdrawn(long amount) implements Event {}

    static final Aggregate<Command, Event, Long> ACCOUNT = Aggregate.named("account")
            .commands(Command.class)
            .events(Event.class)
            .initial(0L)
            .command("deposit", 1, Deposit.class, (balance, command) -> Decision.emit(new Deposited(command.amount())))
            .command(
                    "withdraw",
                    1,
                    Withdraw.class,
                    (balance, command) -> command.amount() > balance
                            ? Decision.reject("the balance is " + balance)
                            : Decision.emit(new Withdrawn(command.amount())))
            .event("deposited", 1, Deposited.class, (balance, event) -> balance + event.amount())
            .event("withdrawn", 1, Withdrawn.class, (balance, event) -> balance - event.amount())
            .snapshots(1, Long.class)
            .build();

    private static final Pipeline TOTALS = totals(1, "shop/totals");

    private static Pipeline totals(int version, String sink) {
        JsonCodec<Long> total = JsonCodec.of("total", 1, Long.class);
        return Pipeline.named("totals", version)
                .from(STREAM, Order.CODEC)
                .keyByRoutingKey()
                .aggregate("total", total, item -> 0L, (sum, order) -> sum + order.count())
                .to(sink, total)
                .build();
    }

    final Vertx serverVertx = Vertx.vertx();
    final Vertx vertx = Vertx.vertx();
    final Strandline log =
            get(Strandline.open(serverVertx, "memory:", MemoryEngine.options().setShards(2)));
    final ServedLog served = ServedLog.of("shop", log);
    final RestServer server;
    final Http http;

    ServedShop(RestOptions options) {
        server = get(RestServer.listen(serverVertx, served, options.setPort(0)));
        http = new Http(vertx, server.port());
    }

    ServedShop() {
        this(new RestOptions());
    }

    void createStream(int partitions) {
        get(log.catalog()
                .createStream(
                        STREAM, new StreamOptions().setPartitions(partitions).setCreateScope(true)));
    }

    StateSync sync() {
        return StateSync.create(serverVertx, MemoryRevisionStore.create());
    }

    ReaderGroup exposeGroup(StateSync sync) {
        ReaderGroup group = run(
                serverVertx,
                () -> ReaderGroup.open(
                        serverVertx,
                        log,
                        sync,
                        "shop/billing",
                        new GroupOptions().setStreams(STREAM).setMaxAttempts(1).setPoison(PoisonPolicy.PARK)));
        served.exposed().group(group);
        return group;
    }

    RunningPipeline exposePipeline() {
        get(log.catalog().createStream("shop/totals", new StreamOptions()));
        RunningPipeline pipeline = run(serverVertx, () -> TOTALS.deploy(serverVertx, log, new PipelineOptions()));
        served.exposed()
                .pipeline(
                        "totals",
                        pipeline,
                        checkpoint -> TOTALS.restore(serverVertx, log, new PipelineOptions(), checkpoint));
        return pipeline;
    }

    /** Exposes a second version beside a pipeline, and both with what drops them. */
    void exposeBeside(RunningPipeline former) {
        get(log.catalog().createStream("shop/totals-2", new StreamOptions()));
        PipelineOptions options = new PipelineOptions();
        Pipeline next = totals(2, "shop/totals-2");
        RunningPipeline beside = run(serverVertx, () -> next.runBeside(serverVertx, log, options, null));
        served.exposed()
                .pipeline(
                        "totals-2",
                        beside,
                        checkpoint -> next.restore(serverVertx, log, options, checkpoint),
                        () -> next.drop(serverVertx, log, options))
                .pipeline(
                        "totals",
                        former,
                        checkpoint -> TOTALS.restore(serverVertx, log, options, checkpoint),
                        () -> TOTALS.drop(serverVertx, log, options));
    }

    Aggregates<Command, Long> exposeAccounts() {
        Aggregates<Command, Long> accounts = run(
                serverVertx,
                () -> Aggregates.open(serverVertx, log, ACCOUNT, new AggregateOptions().setStream("bank/accounts")));
        served.exposed().aggregates(ACCOUNT, accounts, "bank/accounts");
        return accounts;
    }

    StateSynchronizer<Order, Order> exposeState(StateSync sync) {
        EventCodec<Order> codec = Order.CODEC;
        StateSynchronizer<Order, Order> state =
                run(serverVertx, () -> sync.open("shop/offer", StateModel.ofValue(new Order("none", 0), codec)));
        served.exposed().state(state, codec);
        return state;
    }

    void exposeMetrics() {
        served.exposed().metrics(() -> Future.succeededFuture("# HELP strandline_log_events Events\n"));
    }

    static Map<String, Object> order(String key, String item, int count) {
        return Map.of("key", key, "type", "order", "version", 1, "event", Map.of("item", item, "count", count));
    }

    @Override
    public void close() {
        get(vertx.close());
        get(serverVertx.close());
    }
}
