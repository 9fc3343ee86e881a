package io.strandline.log;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineVerticle;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code vertx.close()} closes what was opened with it, lets the data directory go, and leaves nobody waiting. */
class VertxCloseTest {

    private static final String STREAM = "shop/orders";

    @TempDir
    Path directory;

    private String address() {
        return "file:" + directory.resolve("data");
    }

    private Future<Strandline> open(Vertx vertx) {
        return Strandline.open(vertx, address(), new LogOptions().setShards(2));
    }

    private Strandline openWithStream(Vertx vertx) {
        Strandline log = get(open(vertx));
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM, new StreamOptions()));
        return log;
    }

    /** The next process, or the next Vert.x of this one, can open the log at once and close it. */
    private void assertFree() {
        Vertx next = Vertx.vertx();
        try {
            get(get(open(next)).close());
        } finally {
            get(next.close());
        }
    }

    private static void assertClosed(Throwable failure, String address) {
        assertThat(failure).isInstanceOf(StrandlineException.Unavailable.class).hasMessageContaining(address);
    }

    @Test
    void aLogThatAVerticleOpenedIsFree() {
        Vertx vertx = Vertx.vertx();
        get(vertx.deployVerticle(
                "java:io.strandline.StrandlineVerticle",
                new DeploymentOptions().setConfig(new JsonObject().put("address", address()))));
        get(vertx.close());
        assertFree();
        assertThat(failure(StrandlineVerticle.log(vertx))).isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void aLogThatWasOpenedIsFreeAndEveryCallOnItIsAnswered() {
        Vertx vertx = Vertx.vertx();
        Strandline log = openWithStream(vertx);
        get(vertx.close());
        assertFree();
        get(log.close());
        assertClosed(failure(log.catalog().scopes()), address());
        assertClosed(failure(log.createWriter(STREAM, EventCodec.raw(), new WriterOptions())), address());
        assertClosed(failure(log.read(STREAM, EventCodec.raw(), new ReaderOptions())), address());
        assertClosed(failure(log.transactions().unfinished()), address());
        assertThat(failure(open(vertx))).isInstanceOf(StrandlineException.Unavailable.class);
        assertFree();
    }

    @Test
    void closingTwiceAndWithVertxAtOnceCompletesEachCall() {
        Vertx vertx = Vertx.vertx();
        Strandline log = openWithStream(vertx);
        List<Future<Void>> closed = new ArrayList<>();
        closed.add(log.close());
        closed.add(log.close());
        closed.add(start(newContext(vertx), log::close));
        closed.add(vertx.close());
        closed.add(log.close());
        closed.forEach(Applications::get);
        assertFree();
    }

    @Test
    void aCloseIsHeardOnTheContextOfItsCallerAndAfterVertxHasEndedOnAnyThread() {
        Vertx vertx = Vertx.vertx();
        Strandline log = openWithStream(vertx);
        Context caller = newContext(vertx);
        AtomicReference<Context> heard = new AtomicReference<>();
        get(start(caller, () -> log.close().onComplete(result -> heard.set(Vertx.currentContext()))));
        assertThat(heard.get()).isSameAs(caller);
        Future<Void> before = log.close();
        get(vertx.close());
        get(before);
        assertThat(before.onComplete(result -> {})).isSameAs(before);
        assertFree();
    }

    /** The close meets another step of opening each time, as far as the machine is in the mood. */
    @ParameterizedTest
    @ValueSource(ints = {0, 0, 1, 2, 4, 8, 16, 32})
    void aLogThatIsBeingOpenedIsFreeAndItsOpenerIsTold(int millis) throws InterruptedException {
        Vertx vertx = Vertx.vertx();
        Future<Strandline> opening = open(vertx);
        CountDownLatch due = new CountDownLatch(1);
        vertx.setTimer(Math.max(1, millis), timer -> due.countDown());
        if (millis > 0) {
            assertThat(due.await(Applications.DEADLINE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        }
        get(vertx.close());
        assertThat(opening.isComplete()).as("the future of open is complete").isTrue();
        if (opening.failed()) {
            assertClosed(opening.cause(), address());
        } else {
            assertClosed(failure(opening.result().catalog().scopes()), address());
        }
        assertFree();
    }

    @Test
    void whoHoldsTheShardsOpenOrUndeploysThemHarmsNothing() {
        Vertx vertx = Vertx.vertx();
        Strandline log = openWithStream(vertx);
        List<Future<Void>> undeployed = new ArrayList<>();
        vertx.deploymentIDs().forEach(id -> undeployed.add(vertx.undeploy(id)));
        get(Future.join(undeployed));
        get(log.close());
        assertFree();
        get(vertx.close());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsInFlightFailsUnavailableWithTheAddressAndNobodyIsAccusedInALogFile(boolean withVertx) {
        List<Throwable> unhandled = new CopyOnWriteArrayList<>();
        Vertx vertx = Vertx.vertx().exceptionHandler(unhandled::add);
        Strandline log = openWithStream(vertx);
        Context context = newContext(vertx);
        EventWriter<Buffer> writer = Applications.writer(context, log, STREAM, new WriterOptions());
        get(start(context, () -> log.subscribe(STREAM, EventCodec.raw(), new ReaderOptions())
                .map(reader -> reader.handler(event -> {}))));
        Promise<Throwable> told = Promise.promise();
        get(start(context, () -> log.subscribe(STREAM, EventCodec.raw(), new ReaderOptions())
                .map(reader -> reader.exceptionHandler(told::tryComplete).handler(event -> {}))));
        Future<?> inFlight = get(start(
                        context,
                        () -> Future.succeededFuture(List.of(
                                writer.append("a", Buffer.buffer("tea")),
                                (withVertx ? vertx.close() : log.close()).mapEmpty()))))
                .get(0);
        inFlight.otherwiseEmpty().toCompletionStage().toCompletableFuture().join();
        assertClosed(get(told.future()), address());
        if (inFlight.failed()) {
            assertClosed(inFlight.cause(), address());
        }
        get(log.close());
        get(vertx.close());
        assertThat(unhandled).isEmpty();
        assertFree();
    }

    @Test
    void aTransactionIsNotRepeatedOnAClosedLog() {
        Vertx vertx = Vertx.vertx();
        Strandline log = openWithStream(vertx);
        Context context = newContext(vertx);
        long begun = System.nanoTime();
        Future<?> committed = start(context, () -> log.transactions()
                .begin(new io.strandline.TransactionOptions().setRetryTimeoutMillis(55_000))
                .compose(transaction -> log.close().compose(closed -> transaction.commit())));
        assertClosed(failure(committed), address());
        assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(30));
        get(vertx.close());
    }

    @Test
    void aSynchronizerClosesBeforeItsLogAndAnswersAfterwards() {
        Vertx vertx = Vertx.vertx();
        Strandline log = openWithStream(vertx);
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        var seats = get(sync.open("shop/seats", io.strandline.testkit.sync.TextState.MODEL));
        get(seats.add(List.of("a")));
        // Under way when Vert.x is closed: it goes to the log first.
        Future<?> underWay = seats.add(List.of("b"));
        get(vertx.close());
        assertThat(underWay.succeeded()).as("update under way: %s", underWay).isTrue();
        assertThat(failure(seats.fetch())).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failure(sync.open("shop/seats", io.strandline.testkit.sync.TextState.MODEL)))
                .isInstanceOf(StrandlineException.Unavailable.class);
        get(seats.close());
        get(sync.close());
        assertFree();
    }
}
