package io.strandline.testkit.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import io.strandline.StrandlineException;
import io.strandline.sync.Change;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.rxjava3.RxStateSync;
import io.strandline.sync.rxjava3.RxStateSynchronizer;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

@ExtendWith(VertxExtension.class)
class RxStateSyncTest {

    private static final String NAME = "rx/state";

    private RxStateSync sync = RxStateSync.create(Vertx.vertx(), MemoryRevisionStore.create(), new StateSyncOptions());

    @BeforeEach
    void create(Vertx vertx) {
        sync = RxStateSync.create(vertx, MemoryRevisionStore.create(), new StateSyncOptions());
    }

    @Test
    void a_call_is_made_for_each_subscription_and_not_before() {
        RxStateSynchronizer<List<String>, String> one = open(new SynchronizerOptions());
        Single<Revisioned<List<String>>> update = one.update(state -> List.of("n" + state.size()));
        assertThat(one.fetch().blockingGet().revision()).isZero();
        assertThat(update.blockingGet().state()).containsExactly("n0");
        assertThat(update.blockingGet().state()).containsExactly("n0", "n1");
        assertThat(one.add(List.of("added")).blockingGet().revision()).isEqualTo(3);
        assertThat(one.compareAndSet(3, List.of("set")).blockingGet().revision())
                .isEqualTo(4);
        assertThat(one.compareAndDelete(4).blockingGet().state()).isEmpty();
        one.compact().blockingAwait();
        assertThat(one.state().revision()).isEqualTo(5);
    }

    @Test
    void a_failure_is_signalled_and_a_bad_name_too() {
        RxStateSynchronizer<List<String>, String> one = open(new SynchronizerOptions());
        one.compareAndSet(7, List.of())
                .test()
                .awaitDone(60, TimeUnit.SECONDS)
                .assertError(StrandlineException.Conflict.class);
        sync.open("no scope", TextState.MODEL, new SynchronizerOptions())
                .test()
                .awaitDone(60, TimeUnit.SECONDS)
                .assertError(StrandlineException.Invalid.class);
    }

    @Test
    void changes_follow_demand_and_end_with_the_synchronizer() {
        RxStateSynchronizer<List<String>, String> one = open(new SynchronizerOptions());
        TestSubscriber<Change<List<String>, String>> subscriber = new TestSubscriber<>(0);
        one.changes().subscribe(subscriber);
        for (int i = 0; i < 5; i++) {
            assertThat(one.add(List.of("n" + i)).blockingGet().revision()).isEqualTo(i + 1);
        }
        subscriber.assertNoValues();
        subscriber.request(3);
        subscriber.awaitCount(3).assertValueCount(3);
        assertThat(one.fetch().blockingGet().revision()).isEqualTo(5);
        subscriber.assertValueCount(3);
        subscriber.request(Long.MAX_VALUE);
        subscriber.awaitCount(6);
        one.close().blockingAwait();
        subscriber.awaitDone(60, TimeUnit.SECONDS).assertComplete();
        assertThat(subscriber.values()).extracting(Change::revision).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void who_subscribes_to_the_changes_of_a_closed_synchronizer_hears_that_it_is_closed() {
        RxStateSynchronizer<List<String>, String> one = open(new SynchronizerOptions());
        one.close().blockingAwait();
        one.changes().test().awaitDone(60, TimeUnit.SECONDS).assertError(StrandlineException.Unavailable.class);
    }

    @Test
    void a_cancelled_subscription_closes_its_reader() {
        RxStateSynchronizer<List<String>, String> one = open(new SynchronizerOptions().setMaxChangeReaders(1));
        Flowable<Change<List<String>, String>> changes = one.changes();
        assertThat(changes.blockingFirst().revision()).isZero();
        assertThat(one.fetch().blockingGet().revision()).isZero(); // the first reader is closed before this is done
        TestSubscriber<Change<List<String>, String>> second = changes.test();
        second.awaitCount(1).assertValueCount(1);
        changes.test().awaitDone(60, TimeUnit.SECONDS).assertError(StrandlineException.Overloaded.class);
    }

    @Test
    void a_wrong_request_is_refused() {
        RxStateSynchronizer<List<String>, String> one = open(new SynchronizerOptions());
        TestSubscriber<Change<List<String>, String>> subscriber = new TestSubscriber<>(0);
        one.changes().subscribe(new Subscriber<>() {
            @Override
            public void onSubscribe(Subscription subscription) {
                subscriber.onSubscribe(subscription);
                subscription.request(-1);
            }

            @Override
            public void onNext(Change<List<String>, String> change) {
                subscriber.onNext(change);
            }

            @Override
            public void onError(Throwable failure) {
                subscriber.onError(failure);
            }

            @Override
            public void onComplete() {
                subscriber.onComplete();
            }
        });
        subscriber.awaitDone(60, TimeUnit.SECONDS).assertError(IllegalArgumentException.class);
    }

    private RxStateSynchronizer<List<String>, String> open(SynchronizerOptions options) {
        return sync.open(NAME, TextState.MODEL, options).blockingGet();
    }
}
