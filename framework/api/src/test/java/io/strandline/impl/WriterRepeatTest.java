package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * D3, over logs that refuse, lose answers and answer out of order. Acknowledged events are in the log exactly once and in
 * the order of the calls per key. Failed events are there at most once, and not at all unless the failure says Unknown.
 */
class WriterRepeatTest {

    private static final List<Fate> FAILURES =
            List.of(Fate.OVERLOADED, Fate.UNAVAILABLE, Fate.UNKNOWN_TAKEN, Fate.UNKNOWN_NOT_TAKEN);
    private static final int KEYS = 12;
    private static final int EVENTS = 1_500;
    private static final int MAX_EVENTS = 20 * EVENTS;

    private record Call(String key, List<String> texts, Future<Appended> future) {}

    private Vertx vertx;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void close() {
        OnContext.get(vertx.close());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void d3_passing_failures_lose_and_double_nothing(long seed) {
        check(seed, new WriterOptions(), 12, 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void d3_a_named_writer_does_the_same(long seed) {
        check(seed, new WriterOptions().setId("importer"), 12, 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void d3_single_refused_batches_leave_no_hole_and_no_disorder(long seed) {
        check(seed, new WriterOptions(), 12, 6);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void d3_giving_up_keeps_order_and_tells_the_truth(long seed) {
        check(seed, new WriterOptions().setRetryTimeoutMillis(0), 30, 20);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void d3_giving_up_under_an_id_keeps_order_and_tells_the_truth(long seed) {
        check(seed, new WriterOptions().setId("importer").setRetryTimeoutMillis(0), 30, 20);
    }

    // ---- while partitions split and merge ----

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void d4_scaling_loses_and_doubles_nothing(long seed) {
        check(seed, new WriterOptions(), 0, 0, 3);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void d4_scaling_under_passing_failures_loses_and_doubles_nothing(long seed) {
        check(seed, new WriterOptions(), 12, 0, 4);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void d4_a_named_writer_does_the_same(long seed) {
        check(seed, new WriterOptions().setId("importer"), 12, 0, 4);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void d4_single_refused_batches_leave_no_hole_and_no_disorder_while_partitions_change(long seed) {
        check(seed, new WriterOptions(), 12, 6, 4);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void d4_giving_up_while_partitions_change_keeps_order_and_tells_the_truth(long seed) {
        check(seed, new WriterOptions().setRetryTimeoutMillis(0), 30, 20, 6);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void d4_giving_up_under_an_id_while_partitions_change_tells_the_truth(long seed) {
        check(seed, new WriterOptions().setId("importer").setRetryTimeoutMillis(0), 30, 20, 6);
    }

    private void check(long seed, WriterOptions options, int failEvery, int refuseEvery) {
        check(seed, options, failEvery, refuseEvery, 0);
    }

    /** @param scaleEvery bursts of appends between two scalings on the average, 0 for none */
    private void check(long seed, WriterOptions options, int failEvery, int refuseEvery, int scaleEvery) {
        Random faults = new Random(seed);
        FakePort port = new FakePort(vertx, 2, 5);
        port.fate = parcel -> {
            if (refuseEvery > 0 && faults.nextInt(refuseEvery) == 0) {
                return Fate.FIRST_BATCH_INVALID;
            }
            return failEvery > 0 && faults.nextInt(failEvery) < 4
                    ? FAILURES.get(faults.nextInt(FAILURES.size()))
                    : Fate.TAKEN;
        };
        port.lateness = parcel -> faults.nextInt(6);
        OnContext on = new OnContext(vertx, port);
        EventWriter<Buffer> writer =
                on.writer(options.setParcelBytes(4 << 10).setParcelsInFlight(1 + (int) (seed % 4)));

        List<Call> calls =
                OnContext.get(on.start(() -> new Load(on, writer, port, scaleEvery, new Random(seed)).run()));
        port.fate = parcel -> Fate.TAKEN;
        OnContext.get(on.start(writer::end));
        assertThat(calls).allMatch(call -> call.future().isComplete());
        verify(port, calls);
        if (scaleEvery > 0) {
            assertThat(port.refreshes.get()).as("scalings that the writer met").isPositive();
        }
        if (options.getRetryTimeoutMillis() > 0 && refuseEvery == 0) {
            assertThat(calls).allMatch(call -> call.future().succeeded() || isConditional(call));
        }
    }

    private static boolean isConditional(Call call) {
        return call.future().cause() instanceof StrandlineException.Conflict;
    }

    /** Appends in bursts, with a turn of the event loop between them. */
    private static final class Load {
        private final OnContext on;
        private final EventWriter<Buffer> writer;
        private final FakePort port;
        private final int scaleEvery;
        private final Random random;
        private final List<Call> calls = new ArrayList<>();
        private final int[] next = new int[KEYS];
        private final Promise<List<Call>> done = Promise.promise();

        Load(OnContext on, EventWriter<Buffer> writer, FakePort port, int scaleEvery, Random random) {
            this.on = on;
            this.writer = writer;
            this.port = port;
            this.scaleEvery = scaleEvery;
            this.random = random;
        }

        Future<List<Call>> run() {
            burst();
            return done.future();
        }

        /** How soon it does depends on when answers come, not on the seed alone. */
        private boolean hasMetScaling() {
            return scaleEvery == 0 || port.refreshes.get() > 0;
        }

        private void burst() {
            boolean scaling = scaleEvery > 0 && random.nextInt(scaleEvery) == 0;
            if (scaling) {
                port.scaleAtRandom(random);
            }
            int size = 1 + random.nextInt(60);
            for (int i = 0; i < size; i++) {
                int key = random.nextInt(KEYS);
                int events = random.nextInt(20) == 0 ? 1 + random.nextInt(5) : 1;
                List<String> texts = new ArrayList<>();
                List<Buffer> buffers = new ArrayList<>();
                for (int e = 0; e < events; e++) {
                    String text = "key" + key + "/" + next[key]++;
                    texts.add(text);
                    buffers.add(Buffer.buffer(text));
                }
                Future<Appended> future;
                if (random.nextInt(25) == 0) {
                    future = writer.appendIf("key" + key, buffers, random.nextInt(60));
                } else if (events > 1) {
                    future = writer.appendBatch("key" + key, buffers);
                } else {
                    future = writer.append("key" + key, buffers.get(0));
                }
                calls.add(new Call("key" + key, texts, future));
            }
            if (scaling && random.nextBoolean()) {
                // The writer meets each change by itself now and then, and not only many at once.
                writer.flush().onComplete(ignored -> on.context.runOnContext(turn -> burst()));
            } else if (calls.size() < EVENTS || (!hasMetScaling() && calls.size() < MAX_EVENTS)) {
                on.context.runOnContext(ignored -> burst());
            } else {
                writer.flush().onComplete((ok, failure) -> done.complete(calls));
            }
        }
    }

    private static void verify(FakePort port, List<Call> calls) {
        Map<String, Appended> places = new HashMap<>();
        Map<String, List<String>> stored = new HashMap<>();
        for (int i = 0; i < port.parts().size(); i++) {
            List<String> texts = OnContext.get(port.texts(i));
            for (int offset = 0; offset < texts.size(); offset++) {
                String text = texts.get(offset);
                Appended place = new Appended(100 + i, offset, false);
                assertThat(places.put(text, place))
                        .as("second place of " + text)
                        .isNull();
                stored.computeIfAbsent(text.substring(0, text.indexOf('/')), ignored -> new ArrayList<>())
                        .add(text);
            }
        }
        Map<String, List<String>> expected = new HashMap<>();
        for (Call call : calls) {
            for (int e = 0; e < call.texts().size(); e++) {
                String text = call.texts().get(e);
                Appended place = places.get(text);
                if (call.future().succeeded()) {
                    Appended told = call.future().result();
                    assertThat(place).as("place of acknowledged " + text).isNotNull();
                    assertThat(told.partition()).isEqualTo(place.partition());
                    if (told.duplicate()) {
                        assertThat(told.offset()).isGreaterThanOrEqualTo(place.offset());
                    } else {
                        assertThat(told.offset() + e).isEqualTo(place.offset());
                    }
                } else if (!(call.future().cause() instanceof StrandlineException.Unknown)) {
                    assertThat(place)
                            .as(text + " failed with " + call.future().cause())
                            .isNull();
                }
                if (place != null) {
                    expected.computeIfAbsent(call.key(), ignored -> new ArrayList<>())
                            .add(text);
                }
            }
        }
        assertThat(stored).isEqualTo(expected);
    }
}
