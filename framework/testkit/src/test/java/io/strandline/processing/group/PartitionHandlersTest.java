package io.strandline.processing.group;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.observers.TestObserver;
import io.strandline.StreamOptions;
import io.strandline.log.Applications;
import io.strandline.processing.group.GroupReader.Gained;
import io.strandline.processing.group.GroupReader.Loss;
import io.strandline.processing.group.GroupReader.Lost;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.processing.rxjava3.RxReaderGroup;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.server.Doors;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.strandline.sync.rxjava3.RxStateSync;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an application hears of its partitions, and the lag of a group, on a log in memory. */
class PartitionHandlersTest extends GroupOnFiles {

    private final Queue<Lost> losses = new ConcurrentLinkedQueue<>();

    @BeforeEach
    @Override
    void open() {
        log = get(Doors.open(vertx, "memory:"));
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(8)));
        sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
    }

    @Test
    void aReaderLoadsWhatBelongsToAPartitionBeforeItsFirstEvent() {
        ReaderGroup group = group(options());
        append(0, 500);
        Set<Long> loaded = ConcurrentHashMap.newKeySet();
        Set<Context> contexts = ConcurrentHashMap.newKeySet();
        Context context = newContext(vertx);
        GroupReader<String> first = get(start(context, () -> group.join("first", AccountsPipeline.TEXT, DEFAULTS)
                .map(reader -> reader.partitionGainedHandler(gained -> {
                            contexts.add(Vertx.currentContext());
                            return vertx.timer(5).onSuccess(fired -> loaded.add(gained.partition()));
                        })
                        .partitionLostHandler(lost -> {
                            contexts.add(Vertx.currentContext());
                            losses.add(lost);
                            loaded.remove(lost.partition());
                        })
                        .handler(event -> {
                            assertThat(loaded).contains(event.record().partition());
                            return note(event);
                        }))));
        get(group.awaitPosition(end()));
        assertThat(loaded).hasSize(8);
        join(group, "second");
        awaitShares(group, List.of(4, 4));
        append(500, 1_000);
        get(group.awaitPosition(end()));
        get(start(context, first::close));
        assertThat(loaded).isEmpty();
        assertThat(losses).hasSize(8).allMatch(lost -> lost.loss() == Loss.HANDED_OVER);
        assertThat(contexts).containsExactly(context);
        awaitShares(group, List.of(8));
        append(1_000, 1_500);
        get(group.awaitPosition(end()));
        assertEachOnceAndInOrder(1_500);
    }

    @Test
    void aReaderThatIsClosedAsItsVerticleEndsDoesNotWaitForAHandlerForever() {
        ReaderGroup group = group(options().setLeaseMillis(500));
        append(0, 10);
        Promise<Void> atWork = Promise.promise();
        Promise<Void> never = Promise.promise();
        Promise<Void> left = Promise.promise();
        String verticle = get(vertx.deployVerticle(new VerticleBase() {

            private @Nullable GroupReader<String> reader;

            @Override
            public Future<?> start() {
                return group.join("only", AccountsPipeline.TEXT, DEFAULTS)
                        .onSuccess(joined -> reader = joined.handler(event -> {
                            atWork.tryComplete();
                            return never.future();
                        }));
            }

            @Override
            public Future<?> stop() {
                Objects.requireNonNull(reader).close().onComplete(left);
                return Future.succeededFuture();
            }
        }));
        get(atWork.future());
        get(vertx.undeploy(verticle));
        get(left.future());
    }

    @Test
    void lagHasTotals() {
        get(log.catalog().createStream("shop/returns", new StreamOptions().setPartitions(1)));
        append(0, 300);
        ReaderGroup group = group(options().setStreams(STREAM, "shop/returns"));
        GroupLag lag = get(group.lag());
        assertThat(lag.total()).isEqualTo(300);
        assertThat(lag.streams()).hasSize(2).containsEntry(STREAM_NAME, 300L);
        assertThat(lag.partitions().get(STREAM_NAME)).hasSize(8);
        join(group, "only");
        get(group.awaitPosition(end()));
        assertThat(get(group.lag()).total()).isZero();
    }

    @Test
    void theTwinForRxHearsOfThemToo() {
        append(0, 100);
        RxReaderGroup group = RxReaderGroup.open(
                        vertx, RxStrandline.of(vertx, log), RxStateSync.of(sync), GROUP, options())
                .blockingGet();
        assertThat(group.lag().blockingGet().total()).isEqualTo(100);
        Queue<Gained> gains = new ConcurrentLinkedQueue<>();
        TestObserver<Void> processing = group.join("only", AccountsPipeline.TEXT, DEFAULTS)
                .flatMapCompletable(reader -> reader.partitionGainedHandler(
                                gained -> Completable.fromAction(() -> gains.add(gained)))
                        .partitionLostHandler(losses::add)
                        .process(event -> {
                            assertThat(gains)
                                    .anyMatch(gained ->
                                            gained.partition() == event.record().partition());
                            return Completable.fromAction(() -> note(event));
                        }))
                .test();
        group.awaitPosition(end()).blockingAwait();
        group.close().blockingAwait();
        processing.awaitDone(Applications.DEADLINE_SECONDS, TimeUnit.SECONDS).assertComplete();
        assertThat(gains).hasSize(8);
        assertThat(losses).hasSize(8).allMatch(lost -> lost.loss() == Loss.HANDED_OVER);
        assertEachOnceAndInOrder(100);
    }
}
