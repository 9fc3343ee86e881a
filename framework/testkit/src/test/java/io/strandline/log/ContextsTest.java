package io.strandline.log;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.WriterOptions;
import io.strandline.log.Sums.Add;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What an application uses on event loops, worker threads and virtual threads. Where the Java runtime has no virtual threads
 * the tests hold Vert.x to saying so.
 */
class ContextsTest {

    private static final String STREAM = "shop/orders";
    private static final int EVENTS = 3_000;

    private final Vertx vertx = Vertx.vertx();
    private Strandline log;

    /** Where futures and handlers ran that belong to another context than the verticle's. */
    private final ConcurrentLinkedQueue<String> strays = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void open(@TempDir Path directory) {
        log = get(Strandline.open(
                vertx,
                "file:" + directory.resolve("data"),
                new LogOptions().setShards(2).setTailBytes(128 << 10)));
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(4)));
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
        assertThat(strays).isEmpty();
    }

    /** Runs a step in a verticle of a threading model. Returns true if the runtime has such threads. */
    private <T> boolean runs(ThreadingModel model, Function<Context, Future<T>> step, Promise<T> result) {
        Future<String> deployed = vertx.deployVerticle(
                new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        return step.apply(context).onComplete(result);
                    }
                },
                new DeploymentOptions().setThreadingModel(model));
        if (model == ThreadingModel.VIRTUAL_THREAD && !((VertxInternal) vertx).isVirtualThreadAvailable()) {
            assertThat(Runtime.version().feature()).isLessThan(21);
            assertThat(failure(deployed)).hasMessageContaining("irtual thread");
            return false;
        }
        get(deployed);
        return true;
    }

    private void requireOn(Context context, String what) {
        Context here = Vertx.currentContext();
        if (here != context || here.threadingModel() != context.threadingModel()) {
            strays.add(what + " on " + Thread.currentThread());
        }
    }

    private Future<List<Appended>> appendAll(Context context, EventWriter<String> writer) {
        List<Future<Appended>> all = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            all.add(writer.append("key-" + i % 50, "event " + i).onComplete(appended -> requireOn(context, "append")));
        }
        return Future.all(all).map(done -> done.list());
    }

    private Future<List<EventRecord<String>>> readSome(Context context, EventReader<String> reader, int events) {
        Promise<List<EventRecord<String>>> promise = Promise.promise();
        List<EventRecord<String>> read = new ArrayList<>();
        reader.exceptionHandler(promise::tryFail);
        reader.pause();
        reader.handler(event -> {
            requireOn(context, "event");
            read.add(event);
            if (read.size() == events) {
                reader.close().onComplete(closed -> promise.tryComplete(read));
            } else {
                reader.fetch(1);
            }
        });
        reader.fetch(1);
        return promise.future();
    }

    private static void assertInOrder(List<EventRecord<String>> events) {
        assertThat(events).hasSize(EVENTS);
        Map<String, Integer> last = new HashMap<>();
        for (EventRecord<String> event : events) {
            int number = Integer.parseInt(event.event().substring("event ".length()));
            Integer before = last.put(String.valueOf(event.key()), number);
            assertThat(number).isGreaterThan(before == null ? -1 : before);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ThreadingModel.class,
            names = {"EVENT_LOOP", "WORKER", "VIRTUAL_THREAD"})
    void a_writer_appends_and_a_reader_with_demand_reads_what_is_there_and_what_comes(ThreadingModel model) {
        Promise<List<EventRecord<String>>> read = Promise.promise();
        boolean has = runs(
                model,
                context -> log.subscribe(STREAM, AccountsPipeline.TEXT, new ReaderOptions())
                        .compose(reader -> log.createWriter(STREAM, AccountsPipeline.TEXT, new WriterOptions())
                                .compose(writer -> {
                                    Future<List<EventRecord<String>>> all = readSome(context, reader, EVENTS);
                                    return appendAll(context, writer)
                                            .compose(appended -> writer.end())
                                            .compose(ended -> all);
                                })),
                read);
        if (has) {
            assertInOrder(get(read.future()));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ThreadingModel.class,
            names = {"EVENT_LOOP", "WORKER", "VIRTUAL_THREAD"})
    void a_conditional_append_and_a_finite_read_work_alike(ThreadingModel model) {
        Promise<List<EventRecord<String>>> read = Promise.promise();
        Promise<Throwable> conflict = Promise.promise();
        boolean has = runs(
                model,
                context -> log.createWriter(STREAM, AccountsPipeline.TEXT, new WriterOptions().setId("shop"))
                        .compose(writer -> writer.appendIf("key", List.of("one", "two"), 0)
                                .compose(first -> writer.appendIf("key", List.of("three"), 1)
                                        .onFailure(conflict::tryComplete)
                                        .otherwiseEmpty())
                                .compose(second -> writer.appendIf("key", List.of("three"), 2))
                                .compose(third -> writer.end()))
                        .compose(ended -> log.read(
                                STREAM, AccountsPipeline.TEXT, new ReaderOptions().setFrom(StartPosition.start())))
                        .compose(Applications::toEnd),
                read);
        if (has) {
            assertThat(get(read.future())).extracting(EventRecord::event).containsExactly("one", "two", "three");
            assertThat(get(conflict.future())).isInstanceOf(StrandlineException.Conflict.class);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ThreadingModel.class,
            names = {"EVENT_LOOP", "WORKER", "VIRTUAL_THREAD"})
    void a_pipeline_is_deployed_from_there_and_its_futures_come_back(ThreadingModel model, @TempDir Path checkpoints) {
        get(AccountsPipeline.createStreams(log));
        get(AccountsPipeline.deposit(vertx, log, 500));
        Promise<Long> end = Promise.promise();
        boolean has = runs(
                model,
                context -> AccountsPipeline.pipeline(1, AccountsPipeline.STEP)
                        .deploy(vertx, log, new PipelineOptions().setCheckpointDirectory(checkpoints.toString()))
                        .onComplete(deployed -> requireOn(context, "deploy"))
                        .compose(RunningPipeline::awaitEnd)
                        .onComplete(reached -> requireOn(context, "awaitEnd"))
                        .map(checkpoint -> checkpoint.cut().offsets().values().stream()
                                .mapToLong(Long::longValue)
                                .sum()),
                end);
        if (has) {
            assertThat(get(end.future())).isEqualTo(500);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ThreadingModel.class,
            names = {"EVENT_LOOP", "WORKER", "VIRTUAL_THREAD"})
    void a_group_hands_over_its_events_there_and_its_futures_come_back(ThreadingModel model) {
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        GroupOptions options = new GroupOptions().setStreams(STREAM).setLeaseMillis(60_000);
        Promise<List<EventRecord<String>>> handled = Promise.promise();
        List<EventRecord<String>> events = new ArrayList<>();
        boolean has = runs(
                model,
                context -> log.createWriter(STREAM, AccountsPipeline.TEXT)
                        .compose(writer -> appendAll(context, writer).compose(appended -> writer.end()))
                        .compose(appended -> ReaderGroup.open(vertx, log, sync, "shop/billing", options))
                        .onComplete(opened -> requireOn(context, "open"))
                        .compose(group -> group.join("one", AccountsPipeline.TEXT)
                                .onComplete(joined -> requireOn(context, "join"))
                                .onSuccess(reader -> reader.handler(event -> {
                                    requireOn(context, "event of a group");
                                    events.add(event.record());
                                    return Future.succeededFuture();
                                }))
                                .compose(reader -> log.catalog().endCut(STREAM))
                                .compose(group::awaitPosition))
                        .onComplete(reached -> requireOn(context, "awaitPosition"))
                        .map(reached -> events),
                handled);
        if (has) {
            assertInOrder(get(handled.future()));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ThreadingModel.class,
            names = {"EVENT_LOOP", "WORKER", "VIRTUAL_THREAD"})
    void aggregates_shared_states_and_transactions_answer_there(ThreadingModel model) {
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        AggregateOptions options = new AggregateOptions().setStream("shop/sums");
        StateModel<String, String> text = StateModel.ofValue("none", AccountsPipeline.TEXT);
        Promise<TransactionStatus> committed = Promise.promise();
        boolean has = runs(
                model,
                context -> Aggregates.open(vertx, log, Sums.SUM, options)
                        .onComplete(opened -> requireOn(context, "open"))
                        .compose(sums -> sums.execute("a", new Add(1)).compose(one -> sums.execute("a", new Add(2))))
                        .onComplete(executed -> requireOn(context, "execute"))
                        .compose(sum -> sync.open("shop/text", text)
                                .onComplete(opened -> requireOn(context, "open of a state"))
                                .compose(state -> state.update(before -> List.of("the sum is " + sum.state()))))
                        .onComplete(updated -> requireOn(context, "update"))
                        .compose(this::commit)
                        .onComplete(done -> requireOn(context, "commit")),
                committed);
        if (has) {
            assertThat(get(committed.future())).isEqualTo(TransactionStatus.COMMITTED);
            List<EventRecord<String>> read = Applications.run(
                    vertx, () -> log.read(STREAM, AccountsPipeline.TEXT).compose(EventReader::toList));
            assertThat(read).extracting(EventRecord::event).containsExactly("the sum is 3");
        }
    }

    private Future<TransactionStatus> commit(Revisioned<String> text) {
        return log.transactions().begin().compose(transaction -> {
            transaction.append(STREAM, AccountsPipeline.TEXT, "a", text.state());
            return transaction.commit();
        });
    }
}
