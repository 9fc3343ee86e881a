package io.strandline.processing.group;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.disposables.Disposable;
import io.strandline.StreamCut;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.processing.rxjava3.RxGroupReader;
import io.strandline.processing.rxjava3.RxReaderGroup;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.sync.rxjava3.RxStateSync;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a callback of the application throws or returns, it has the one outcome that is documented. */
class GroupCallbackTest extends GroupOnFiles {

    @Test
    @SuppressWarnings("NullAway") // what a handler must not do
    void aHandlerThatReturnsNullHasFailedThatDelivery() {
        ReaderGroup group =
                group(options().setMaxAttempts(3).setRetryBackOffMillis(1).setPoison(PoisonPolicy.SKIP));
        AtomicInteger deliveries = new AtomicInteger();
        join(newContext(vertx), group, "only", event -> {
            if (event.event().equals("order 17")) {
                deliveries.incrementAndGet();
                return null;
            }
            return note(event);
        });
        append(0, 100);
        get(group.awaitPosition(end()));
        assertThat(deliveries).hasValue(3);
        List<PoisonDecision> decisions = get(group.poisonDecisions());
        assertThat(decisions).hasSize(1);
        assertThat(decisions.get(0).cause()).contains("returned null");
    }

    static Stream<Function<GroupReader.Boundary, Future<?>>> failingBoundaries() {
        return Stream.of(
                boundary -> {
                    throw new AssertionError("no room");
                },
                boundary -> {
                    throw new IllegalStateException("no room");
                },
                GroupCallbackTest::nothing,
                boundary -> Future.failedFuture("no room"));
    }

    @SuppressWarnings("NullAway") // what a handler must not do
    private static Future<?> nothing(GroupReader.Boundary boundary) {
        return null;
    }

    @ParameterizedTest
    @MethodSource("failingBoundaries")
    void aBoundaryHandlerThatFailsGivesTheCheckpointUpAndTheReaderGoesOn(
            Function<GroupReader.Boundary, Future<?>> handler) {
        ReaderGroup group = group(options());
        get(start(newContext(vertx), () -> group.join("only", AccountsPipeline.TEXT, DEFAULTS)
                .map(reader -> reader.boundaryHandler(handler).handler(this::note))));
        append(0, 10);
        get(group.awaitPosition(end()));
        assertThat(failure(group.checkpoint("first"))).isNotNull();
        append(10, 20);
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(20);
    }

    @Test
    void aTruncationHandlerThatThrowsDoesNotStopItsPartition() {
        ReaderGroup group = group(options());
        append(0, 100);
        StreamCut kept = end();
        get(log.catalog().truncate(STREAM, kept));
        AtomicInteger told = new AtomicInteger();
        get(start(newContext(vertx), () -> group.join("only", AccountsPipeline.TEXT, DEFAULTS)
                .map(reader -> reader.truncationHandler(skipped -> {
                            told.incrementAndGet();
                            throw new AssertionError("unexpected");
                        })
                        .handler(this::note))));
        append(100, 200);
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(100);
        assertThat(told).hasPositiveValue();
    }

    @Test
    void disposingOfAProcessingLetsTheReaderLeave() {
        ReaderGroup group = group(options());
        append(0, 10);
        Context context = newContext(vertx);
        Promise<Disposable> subscribed = Promise.promise();
        Consumer<RxGroupReader<String>> process = reader -> subscribed.complete(reader.process(event -> {
                    note(event);
                    return Completable.complete();
                })
                .subscribe());
        context.runOnContext(turn -> {
            Disposable opening = RxReaderGroup.open(vertx, RxStrandline.of(vertx, log), RxStateSync.of(sync), GROUP)
                    .flatMap(opened -> opened.join("rx", AccountsPipeline.TEXT, DEFAULTS))
                    .subscribe(process::accept, subscribed::fail);
            assertThat(opening).isNotNull();
        });
        Disposable processing = get(subscribed.future());
        get(group.awaitPosition(end()));
        processing.dispose();
        awaitAnswer(group::readers, Map::isEmpty);
        append(10, 20);
        until(vertx, "nobody reads", () -> handled.get() == 10);
        assertThat(handled).hasValue(10);
    }
}
