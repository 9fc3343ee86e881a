package io.strandline.processing.group;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.observers.TestObserver;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.Truncation;
import io.strandline.log.Applications;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.processing.rxjava3.RxGroupReader;
import io.strandline.processing.rxjava3.RxReaderGroup;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.sync.rxjava3.RxStateSync;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The twin of reader groups for RxJava. */
class RxReaderGroupTest extends GroupOnFiles {

    private RxReaderGroup rxGroup(GroupOptions options) {
        return RxReaderGroup.open(vertx, RxStrandline.of(vertx, log), RxStateSync.of(sync), GROUP, options)
                .blockingGet();
    }

    /** A reader that processes on the context on which it has joined, until it ends. */
    private TestObserver<Void> process(
            RxReaderGroup group, String name, Function<RxGroupReader<String>, Completable> process) {
        return group.join(name, AccountsPipeline.TEXT, DEFAULTS)
                .flatMapCompletable(process::apply)
                .test();
    }

    private Completable noted(GroupEvent<String> event) {
        return Completable.fromAction(() -> note(event));
    }

    private static <T> TestObserver<T> done(TestObserver<T> observer) {
        return observer.awaitDone(Applications.DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void processingCompletesWhereTheGroupEnds() {
        append(0, 200);
        StreamCut end = end();
        append(200, 300);
        RxReaderGroup group = rxGroup(options().setUntil(end));
        TestObserver<Void> first = process(group, "first", reader -> reader.process(this::noted));
        TestObserver<Void> second = process(group, "second", reader -> reader.process(this::noted));
        done(first).assertComplete();
        done(second).assertComplete();
        assertEachOnceAndInOrder(200);
        group.close().blockingAwait();
    }

    @Test
    void theNextEventComesWhenTheCompletableOfTheLastHasCompleted() {
        append(0, 100);
        RxReaderGroup group = rxGroup(options());
        Set<Long> atHandler = ConcurrentHashMap.newKeySet();
        Completable later = Completable.create(
                emitter -> vertx.timer(1).onComplete(fired -> emitter.onComplete(), emitter::onError));
        TestObserver<Void> reader = process(
                group,
                "only",
                joined -> joined.process(event -> {
                    long partition = event.record().partition();
                    assertThat(atHandler.add(partition))
                            .as("alone in partition %d", partition)
                            .isTrue();
                    return later.andThen(noted(event)).doOnComplete(() -> atHandler.remove(partition));
                }));
        group.awaitPosition(end()).blockingAwait();
        assertEachOnceAndInOrder(100);
        assertThat(group.readers().blockingGet()).containsEntry("only", 8);
        group.close().blockingAwait();
        done(reader).assertComplete();
    }

    @Test
    void aFailureIsAFailedDelivery() {
        append(0, 100);
        RxReaderGroup group = rxGroup(options().setMaxAttempts(2).setRetryBackOffMillis(1));
        Function<GroupEvent<String>, Completable> handler =
                event -> event.event().equals("order 17")
                        ? Completable.error(new IllegalStateException("cannot bill order 17"))
                        : noted(event);
        done(process(group, "first", reader -> reader.process(handler))).assertError(PoisonEventException.class);

        group.setOptions(group.options().setPoison(PoisonPolicy.PARK)).blockingAwait();
        process(group, "second", reader -> reader.process(handler));
        group.awaitPosition(end()).blockingAwait();
        List<ParkedEvent> parked = group.parked().blockingGet();
        assertThat(parked).hasSize(1);
        List<Long> ids = parked.stream().map(ParkedEvent::id).toList();
        done(group.replay(ids, AccountsPipeline.TEXT, handler).test()).assertError(IllegalStateException.class);
        assertThat(group.replay(ids, AccountsPipeline.TEXT, this::noted).blockingGet())
                .isEqualTo(1);
        assertThat(handled).hasValue(100);
        assertThat(group.parked().blockingGet()).isEmpty();
        assertThat(group.poisonDecisions().blockingGet()).hasSize(1);
        group.close().blockingAwait();
    }

    @Test
    void gapsAndBoundariesAreTold() {
        append(0, 100);
        RxReaderGroup group = rxGroup(options());
        StreamCut middle = end();
        append(100, 150);
        get(log.catalog().truncate(STREAM, middle));
        Queue<Truncation> gaps = new ConcurrentLinkedQueue<>();
        Queue<String> boundaries = new ConcurrentLinkedQueue<>();
        process(group, "only", reader -> reader.truncationHandler(gaps::add)
                .boundaryHandler(boundary -> Completable.fromAction(() -> boundaries.add(boundary.checkpoint())))
                .process(this::noted));
        group.awaitPosition(end()).blockingAwait();
        assertThat(gaps).hasSize(8);
        assertThat(handled).hasValue(50);
        GroupCheckpoint checkpoint = group.checkpoint("noon").blockingGet();
        assertThat(checkpoint.cuts()).containsEntry(STREAM_NAME, end());
        assertThat(boundaries).containsOnly("noon");
        group.close().blockingAwait();
    }

    @Test
    void callsAreMadeWhenTheyAreSubscribedTo() {
        append(0, 50);
        RxReaderGroup group = rxGroup(options());
        Completable back = group.resetTo(StartPosition.start());
        Single<Boolean> drop = group.dropCheckpoint("noon");
        assertThat(group.checkpoint("noon").blockingGet().complete()).isTrue();
        process(group, "only", reader -> reader.process(this::noted));
        group.awaitPosition(end()).blockingAwait();
        assertThat(handled).hasValue(50);
        assertThat(group.planResetTo(StartPosition.start()).blockingGet().again())
                .isEqualTo(50);
        assertThat(group.planResetTo(end()).blockingGet().moves()).isEmpty();
        assertThat(group.planResetToCheckpoint("noon").blockingGet().again()).isEqualTo(50);
        back.blockingAwait();
        until(vertx, "all again", () -> handled.get() == 100);
        assertThat(drop.blockingGet()).isTrue();
        assertThat(drop.blockingGet()).isFalse();
        done(group.resetToCheckpoint("noon").test()).assertError(StrandlineException.NotFound.class);
        done(group.setOptions(group.options().setStreams("shop/other")).test())
                .assertError(StrandlineException.Invalid.class);
        group.delete().blockingAwait();
        group.close().blockingAwait();
    }
}
