package io.strandline.sync.impl.relay;

import static io.strandline.sync.Texts.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.Change;
import io.strandline.sync.ChangeReader;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.Texts;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.HistoryLimits;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients in two processes, so to speak, make random calls on a store that holds back, loses, refuses and fails what it is
 * asked. Whatever they are told has to fit the one history that the store has in the end. Every text is unique and the
 * state is the list of all texts, so a lost, doubled or misplaced update shows, and so does a state that never was.
 */
@ExtendWith(VertxExtension.class)
class SerialHistoryTest {

    private static final int CLIENTS = 6;
    private static final int CALLS = 60;
    private static final StreamName NAME = new StreamName("serial", "history");

    private final FaultyStore store = new FaultyStore(new HistoryLimits(1 << 16, 100_000, 64 << 20, 1_000));
    private final Queue<Observed> observed = new ConcurrentLinkedQueue<>();
    private final Queue<String> absent = new ConcurrentLinkedQueue<>();
    private final AtomicLong confirmed = new AtomicLong();

    /**
     * A state that a client received.
     *
     * @param least revision that had been confirmed to a client before the call began
     * @param text the text that the call added. Empty if it added none
     */
    private record Observed(Revisioned<List<String>> state, long least, String text) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void every_outcome_fits_one_history(long seed, Vertx vertx) {
        SplittableRandom random = new SplittableRandom(seed);
        StateSyncOptions options = new StateSyncOptions()
                .setAnswerTimeoutMillis(200)
                .setRefreshMillis(20)
                .setCompactAfter(10_000) // the whole history stays in the store
                .setMaxBatchRevisions(1 + random.nextInt(8));
        List<StateSync> processes =
                List.of(StateSync.create(vertx, store, options), StateSync.create(vertx, store, options));
        layDownFaults(vertx, random.split());

        List<Future<?>> done = new ArrayList<>();
        List<List<Change<List<String>, String>>> seen = new ArrayList<>();
        List<StateSynchronizer<List<String>, String>> all = new ArrayList<>();
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            StateSynchronizer<List<String>, String> one = open(vertx, processes.get(i % 2));
            all.add(one);
            seen.add(read(one, random.nextBoolean()));
            clients.add(new Client(one, "c" + i, random.split()));
        }
        layDownFaultsOfReads(vertx);
        clients.forEach(client -> done.add(client.run(CALLS)));
        await(Future.all(done));
        store.reads(answer -> answer);
        for (StateSynchronizer<List<String>, String> one : all) {
            await(one.fetch());
        }
        Revisioned<List<String>> end = all.get(0).state();
        await(Future.all(processes.stream().map(StateSync::close).toList()));
        check("seed " + seed, end, seen);
    }

    private void check(String seed, Revisioned<List<String>> end, List<List<Change<List<String>, String>>> seen) {
        List<String> history = end.state();
        assertThat(history).as(seed).doesNotHaveDuplicates().hasSize((int) end.revision());
        assertThat(history).as(seed).doesNotContainAnyElementsOf(absent);
        assertThat(observed).as(seed).isNotEmpty();
        for (Observed each : observed) {
            long revision = each.state().revision();
            assertThat(each.state().state()).as(seed).isEqualTo(history.subList(0, (int) revision));
            assertThat(revision).as(seed).isGreaterThanOrEqualTo(each.least());
            if (!each.text().isEmpty()) {
                assertThat(history.get((int) revision - 1)).as(seed).isEqualTo(each.text());
            }
        }
        for (List<Change<List<String>, String>> changes : seen) {
            long next = changes.get(0).revision();
            for (Change<List<String>, String> change : changes) {
                assertThat(change.revision()).as(seed).isEqualTo(next++);
                assertThat(change.state()).as(seed).isEqualTo(history.subList(0, (int) change.revision()));
            }
            assertThat(next - 1).as(seed).isEqualTo(end.revision());
        }
    }

    private void layDownFaults(Vertx vertx, SplittableRandom random) {
        for (int i = 0; i < CLIENTS * CALLS; i++) {
            int kind = random.nextInt(20);
            long millis = 1L + random.nextInt(3);
            store.next(append -> switch (kind) {
                case 0 -> append.get().compose(answer -> Future.failedFuture(unknown()));
                case 1 -> Future.failedFuture(unknown());
                case 2 -> Future.failedFuture(new StrandlineException.Unavailable("for the test"));
                case 3 -> vertx.timer(millis).compose(late -> append.get());
                case 4 -> append.get().compose(answer -> vertx.timer(millis).map(answer));
                case 5 -> {
                    Future<Void> lost = append.get().mapEmpty();
                    yield lost.compose(answer -> Promise.<AppendAnswer>promise().future());
                }
                default -> append.get();
            });
        }
    }

    /** Holds back every third answer of a read, and fails every tenth. */
    private void layDownFaultsOfReads(Vertx vertx) {
        store.reads(answer -> {
            int count = store.readCount();
            if (count % 10 == 0) {
                return Future.failedFuture(new StrandlineException.Unavailable("for the test"));
            }
            return count % 3 == 0
                    ? answer.compose(missed -> vertx.timer(1L + count % 4).map(missed))
                    : answer;
        });
    }

    private static StrandlineException unknown() {
        return new StrandlineException.Unknown("for the test");
    }

    private List<Change<List<String>, String>> read(StateSynchronizer<List<String>, String> one, boolean singly) {
        List<Change<List<String>, String>> changes = new ArrayList<>();
        ChangeReader<List<String>, String> reader = one.changes();
        if (singly) {
            reader.pause();
            reader.fetch(1);
        }
        reader.handler(change -> {
            changes.add(change);
            if (singly) {
                reader.fetch(1);
            }
        });
        return changes;
    }

    private static StateSynchronizer<List<String>, String> open(Vertx vertx, StateSync process) {
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        Promise<StateSynchronizer<List<String>, String>> opened = Promise.promise();
        context.runOnContext(v -> process.open(NAME.toString(), Texts.MODEL).onComplete(opened));
        return await(opened.future());
    }

    /** Makes one call after the other, sometimes two at a time. */
    private final class Client {

        private final StateSynchronizer<List<String>, String> one;
        private final String id;
        private final SplittableRandom random;
        private int texts;

        Client(StateSynchronizer<List<String>, String> one, String id, SplittableRandom random) {
            this.one = one;
            this.id = id;
            this.random = random;
        }

        Future<Void> run(int calls) {
            if (calls == 0) {
                return Future.succeededFuture();
            }
            Future<Void> first = call();
            Future<Void> both =
                    random.nextInt(3) == 0 ? Future.join(first, call()).mapEmpty() : first;
            return both.transform(result -> run(calls - 1));
        }

        private Future<Void> call() {
            String text = id + "." + texts++;
            long least = confirmed.get();
            return switch (random.nextInt(7)) {
                case 0 -> told(least, "", one.fetch());
                case 1 -> told(least, "", one.update(state -> List.of()));
                case 2 ->
                    threw(one.update(state -> {
                        throw new IllegalStateException(String.join(",", state));
                    }));
                case 3 -> told(least, text, one.add(List.of(text)));
                default -> told(least, text, one.update(state -> List.of(text)));
            };
        }

        private Future<Void> told(long least, String text, Future<Revisioned<List<String>>> call) {
            return call.transform((state, failure) -> {
                if (failure == null) {
                    observed.add(new Observed(state, least, text));
                    confirmed.accumulateAndGet(state.revision(), Math::max);
                } else if (!(failure instanceof StrandlineException.Unknown) && !text.isEmpty()) {
                    absent.add(text);
                }
                return Future.<Void>succeededFuture();
            });
        }

        /** The state on which a function threw must have been one of the history, too. */
        private Future<Void> threw(Future<Revisioned<List<String>>> call) {
            return call.transform((state, failure) -> {
                if (failure instanceof StrandlineException.Invalid && failure.getCause() != null) {
                    String saw = failure.getCause().getMessage();
                    List<String> texts = saw == null || saw.isEmpty() ? List.of() : List.of(saw.split(","));
                    observed.add(new Observed(new Revisioned<>(texts.size(), texts), 0, ""));
                }
                return Future.<Void>succeededFuture();
            });
        }
    }
}
