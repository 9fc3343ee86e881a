package io.strandline.processing.group;

import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.Versioned;
import io.strandline.log.Applications;
import io.strandline.log.Sums;
import io.strandline.log.Sums.Add;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSynchronizer;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Verticles on virtual threads wait for futures as for calls that block. Handlers may wait too. */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadsTest extends GroupOnFiles {

    private static final String BILLS = "shop/bills";
    private static final int EVENTS = 200;

    /** What ran elsewhere than on the verticle's context, or while another call of the handler was not done. */
    private final ConcurrentLinkedQueue<String> strays = new ConcurrentLinkedQueue<>();

    @AfterEach
    void nothingRanElsewhere() {
        assertThat(strays).isEmpty();
    }

    /** Runs a step, which may wait, when it is deployed. */
    private static final class Blocking extends VerticleBase {
        private final Consumer<Context> step;

        Blocking(Consumer<Context> step) {
            this.step = step;
        }

        @Override
        public Future<?> start() {
            step.accept(context);
            return Future.succeededFuture();
        }
    }

    private String deploy(Consumer<Context> step) {
        return get(vertx.deployVerticle(
                new Blocking(step), new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
    }

    /** A handler that waits within itself, and notes if it is called meanwhile or elsewhere. */
    private final class Turnstile {
        private final Context context;
        private boolean inside;

        Turnstile(Context context) {
            this.context = context;
        }

        <T> T pass(Future<T> until) {
            if (inside || Vertx.currentContext() != context) {
                strays.add("a handler on " + Thread.currentThread() + ", inside: " + inside);
            }
            inside = true;
            T result = until.await();
            if (Vertx.currentContext() != context) {
                strays.add("a handler went on on " + Thread.currentThread());
            }
            inside = false;
            return result;
        }
    }

    private void createBills() {
        get(log.catalog().createStream(BILLS, new StreamOptions()));
    }

    private List<String> bills() {
        return get(Applications.start(Applications.newContext(vertx), () -> log.read(BILLS, AccountsPipeline.TEXT)
                        .compose(EventReader::toList)))
                .stream()
                .map(EventRecord::event)
                .toList();
    }

    @Test
    void a_handler_of_a_reader_waits_for_an_append_for_each_event() {
        createBills();
        List<String> handled = new CopyOnWriteArrayList<>();
        Promise<Void> all = Promise.promise();
        deploy(context -> {
            EventWriter<String> orders =
                    log.createWriter(STREAM, AccountsPipeline.TEXT).await();
            EventWriter<String> bills =
                    log.createWriter(BILLS, AccountsPipeline.TEXT).await();
            EventReader<String> reader =
                    log.subscribe(STREAM, AccountsPipeline.TEXT).await();
            Turnstile turnstile = new Turnstile(context);
            reader.exceptionHandler(failure -> strays.add("reader failed: " + failure));
            reader.handler(order -> {
                turnstile.pass(bills.append("all", order.event()));
                handled.add(order.event());
                if (handled.size() == EVENTS) {
                    reader.close().await();
                    all.complete();
                }
            });
            for (int i = 0; i < EVENTS; i++) {
                Future<?> appended = orders.append("key-" + i % 10, "order " + i);
                if (i % 50 == 0) {
                    appended.await();
                }
            }
            orders.flush().await();
        });
        get(all.future());

        assertThat(handled).hasSize(EVENTS).doesNotHaveDuplicates();
        assertThat(bills()).isEqualTo(handled);
    }

    @Test
    void a_handler_of_a_group_waits_within_itself_and_the_reader_leaves_with_its_verticle() {
        createBills();
        append(0, EVENTS);
        ReaderGroup group = group(options());
        List<String> handled = new CopyOnWriteArrayList<>();
        String id = deploy(context -> {
            EventWriter<String> bills =
                    log.createWriter(BILLS, AccountsPipeline.TEXT).await();
            GroupReader<String> reader =
                    group.join("virtual", AccountsPipeline.TEXT).await();
            reader.partitionGainedHandler(gained -> {
                group.readers().await();
                return Future.succeededFuture();
            });
            reader.handler(order -> {
                bills.append("all", order.event()).await();
                if (Vertx.currentContext() != context) {
                    strays.add("a group's handler on " + Thread.currentThread());
                }
                handled.add(order.event());
                return Future.succeededFuture();
            });
        });
        get(group.awaitPosition(end()));
        get(vertx.undeploy(id));

        assertThat(handled).hasSize(EVENTS).doesNotHaveDuplicates();
        assertThat(bills()).hasSameElementsAs(handled);
        assertThat(get(group.readers())).isEmpty();
    }

    @Test
    void a_verticle_waits_for_histories_folds_and_what_it_decided_on_them() {
        createBills();
        List<Versioned<Integer>> seen = new CopyOnWriteArrayList<>();
        deploy(context -> {
            EventWriter<String> bills =
                    log.createWriter(BILLS, AccountsPipeline.TEXT).await();
            for (int i = 0; i < 20; i++) {
                Versioned<Integer> known = log.<String, Integer>fold(
                                BILLS, "anna", AccountsPipeline.TEXT, 0, (count, event) -> count + 1)
                        .await();
                seen.add(known);
                bills.appendIfUnchanged("anna", List.of("bill " + i), known.position())
                        .await();
            }
            try {
                bills.appendIfUnchanged("anna", List.of("late"), seen.get(0).position())
                        .await();
                strays.add("a stale decision was appended");
            } catch (StrandlineException.Conflict expected) {
                bills.append("anna", "the last").await();
            }
            List<EventRecord<String>> history = log.history(BILLS, "anna", AccountsPipeline.TEXT)
                    .await()
                    .toList()
                    .await();
            if (history.size() != 21) {
                strays.add("history of " + history.size() + " events");
            }
        });

        assertThat(seen).extracting(Versioned::state).hasSize(20).isSorted().doesNotHaveDuplicates();
        assertThat(bills()).hasSize(21).endsWith("bill 19", "the last");
    }

    @Test
    void a_verticle_waits_for_aggregates_shared_states_and_transactions() {
        createBills();
        List<Integer> sums = new CopyOnWriteArrayList<>();
        deploy(context -> {
            Aggregates<Add, Integer> aggregates = Aggregates.open(
                            vertx, log, Sums.SUM, new AggregateOptions().setStream("shop/sums"))
                    .await();
            StateSynchronizer<String, String> state = sync.open(
                            "shop/state", StateModel.ofValue("none", AccountsPipeline.TEXT))
                    .await();
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 1; i <= 10; i++) {
                sums.add(aggregates.execute("a", new Add(i)).await().state());
                calls.add(aggregates.execute("b", new Add(i)));
                String next = "value " + i;
                state.update(before -> List.of(next)).await();
            }
            Future.all(calls).await();
            sums.add(aggregates.state("b").await().state());
            if (!state.value().equals("value 10")) {
                strays.add("state " + state.state());
            }
            TransactionStatus status = log.transactions()
                    .begin()
                    .compose(transaction -> {
                        transaction.append(BILLS, AccountsPipeline.TEXT, "anna", "in a transaction");
                        return transaction.commit();
                    })
                    .await();
            if (status != TransactionStatus.COMMITTED) {
                strays.add("transaction " + status);
            }
            state.close().await();
            aggregates.close().await();
        });

        assertThat(sums).containsExactly(1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 55);
        assertThat(bills()).containsExactly("in a transaction");
    }

    @Test
    void undeploying_while_a_handler_waits_ends_it() {
        append(0, EVENTS);
        Promise<Throwable> thrown = Promise.promise();
        Promise<Void> waiting = Promise.promise();
        String id = deploy(context -> {
            EventReader<String> reader =
                    log.subscribe(STREAM, AccountsPipeline.TEXT).await();
            reader.handler(order -> {
                try {
                    waiting.tryComplete();
                    log.subscribe(STREAM, AccountsPipeline.TEXT)
                            .await()
                            .toList()
                            .await();
                } catch (Throwable failure) {
                    thrown.tryComplete(failure);
                }
            });
        });
        get(waiting.future());
        get(vertx.undeploy(id));

        assertThat(get(thrown.future())).isNotNull();
    }
}
