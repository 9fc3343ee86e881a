package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A reader as a publisher, by the rules of Reactive Streams whose numbers the tests name. */
class ReaderPublisherTest extends OnFakePort {

    ReaderPublisherTest() {
        super(1, 1);
    }

    /** Notes signals, and that none overlaps another or comes from elsewhere than the reader's context. */
    private class Noted implements Flow.Subscriber<EventRecord<Buffer>> {
        final ConcurrentLinkedQueue<String> signals = new ConcurrentLinkedQueue<>();
        final Promise<@Nullable Throwable> end = Promise.promise();
        final Promise<Void> third = Promise.promise();
        final Promise<Flow.Subscription> introduced = Promise.promise();
        private final AtomicInteger inside = new AtomicInteger();
        private final Consumer<Flow.Subscription> first;
        private final Consumer<Flow.Subscription> next;

        Flow.@Nullable Subscription subscription;

        Noted(Consumer<Flow.Subscription> first, Consumer<Flow.Subscription> next) {
            this.first = first;
            this.next = next;
        }

        private void signal(String what, Runnable then) {
            if (inside.getAndIncrement() != 0 || Vertx.currentContext() != on.context) {
                signals.add("overlapping or foreign: " + what);
            }
            signals.add(what);
            then.run();
            inside.decrementAndGet();
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            signal("subscribed", () -> first.accept(given));
            introduced.tryComplete(given);
        }

        @Override
        public void onNext(EventRecord<Buffer> event) {
            if (signals.size() == 3) {
                third.tryComplete();
            }
            signal(event.event().toString(), () -> {
                if (subscription != null) {
                    // A request within onNext must neither recurse nor overlap (3.3).
                    inside.decrementAndGet();
                    next.accept(subscription);
                    inside.incrementAndGet();
                }
            });
        }

        @Override
        public void onError(Throwable failure) {
            signal("failed", () -> end.tryComplete(failure));
        }

        @Override
        public void onComplete() {
            signal("completed", () -> end.tryComplete(null));
        }

        List<String> signals() {
            return List.copyOf(signals);
        }
    }

    private static void nothing(Flow.Subscription subscription) {}

    private void append(int from, int to) {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> {
            for (int i = from; i < to; i++) {
                writer.append("key", Buffer.buffer("" + i));
            }
            return writer.end();
        });
    }

    private Flow.Publisher<EventRecord<Buffer>> publisher(EventReader<Buffer> reader) {
        return on.run(reader::asPublisher);
    }

    private Noted subscribed(EventReader<Buffer> reader, Noted subscriber) {
        publisher(reader).subscribe(subscriber);
        OnContext.get(subscriber.introduced.future());
        return subscriber;
    }

    /** Everything that was queued for the context before has run. */
    private void settle() {
        on.run(() -> true);
    }

    private static List<String> numbers(int from, int to) {
        List<String> numbers = new ArrayList<>();
        for (int i = from; i < to; i++) {
            numbers.add("" + i);
        }
        return numbers;
    }

    private static List<String> signals(List<String> events, String... last) {
        List<String> all = new ArrayList<>(List.of("subscribed"));
        all.addAll(events);
        all.addAll(List.of(last));
        return all;
    }

    @Test
    void no_more_events_come_than_were_requested_and_the_end_needs_no_request() {
        append(0, 10);
        Noted subscriber = subscribed(
                read(new ReaderOptions()), new Noted(ReaderPublisherTest::nothing, ReaderPublisherTest::nothing));
        Flow.Subscription subscription = OnContext.get(subscriber.introduced.future());
        settle();
        assertThat(subscriber.signals()).containsExactly("subscribed");

        subscription.request(3);
        OnContext.get(subscriber.third.future());
        settle();
        assertThat(subscriber.signals()).isEqualTo(signals(numbers(0, 3)));

        subscription.request(7);
        assertThat(OnContext.get(subscriber.end.future())).isNull();
        assertThat(subscriber.signals()).isEqualTo(signals(numbers(0, 10), "completed"));
    }

    @Test
    void an_empty_stream_completes_without_a_request() {
        Noted subscriber = subscribed(
                read(new ReaderOptions()), new Noted(ReaderPublisherTest::nothing, ReaderPublisherTest::nothing));

        assertThat(OnContext.get(subscriber.end.future())).isNull();
        assertThat(subscriber.signals()).containsExactly("subscribed", "completed");
    }

    @Test
    void requests_within_on_next_neither_recurse_nor_overlap_and_requests_add_up_without_overflow() {
        append(0, 20_000);
        Noted one = subscribed(
                read(new ReaderOptions()),
                new Noted(subscription -> subscription.request(1), subscription -> subscription.request(1)));
        assertThat(OnContext.get(one.end.future())).isNull();
        assertThat(one.signals()).isEqualTo(signals(numbers(0, 20_000), "completed"));

        Noted all = subscribed(
                read(new ReaderOptions()),
                new Noted(
                        subscription -> subscription.request(Long.MAX_VALUE), again -> again.request(Long.MAX_VALUE)));
        assertThat(OnContext.get(all.end.future())).isNull();
        assertThat(all.signals()).hasSize(20_002);
    }

    @Test
    void a_request_of_fewer_than_one_event_fails_and_closes_the_reader() {
        append(0, 3);
        for (long wrong : new long[] {0, -1, Long.MIN_VALUE}) {
            Noted subscriber = subscribed(
                    read(new ReaderOptions()), new Noted(first -> first.request(wrong), ReaderPublisherTest::nothing));

            assertThat(OnContext.get(subscriber.end.future()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("" + wrong)
                    .hasMessageContaining("3.9");
            OnContext.get(subscriber.introduced.future()).request(3);
            settle();
            assertThat(subscriber.signals()).containsExactly("subscribed", "failed");
        }
        assertThat(((PortStrandline) on.log).openCount()).isZero();
    }

    @Test
    void a_cancelled_subscriber_gets_nothing_more_and_the_reader_is_closed() {
        append(0, 100);
        Promise<Void> cancelled = Promise.promise();
        Noted within = subscribed(read(new ReaderOptions()), new Noted(first -> first.request(50), subscription -> {
            subscription.cancel();
            cancelled.complete();
        }));
        Noted before = subscribed(
                read(new ReaderOptions()), new Noted(Flow.Subscription::cancel, ReaderPublisherTest::nothing));
        OnContext.get(cancelled.future());
        settle();
        OnContext.get(within.introduced.future()).cancel();
        OnContext.get(within.introduced.future()).request(-1);
        settle();

        assertThat(within.signals()).isEqualTo(signals(numbers(0, 1)));
        assertThat(before.signals()).containsExactly("subscribed");
        assertThat(((PortStrandline) on.log).openCount()).isZero();
    }

    @Test
    void a_null_subscriber_is_refused_at_once_and_a_second_one_by_a_failure() {
        append(0, 3);
        EventReader<Buffer> reader = read(new ReaderOptions());
        Flow.Publisher<EventRecord<Buffer>> publisher = publisher(reader);
        assertThatThrownBy(() -> publisher.subscribe(null)).isInstanceOf(NullPointerException.class);

        Noted first = new Noted(ReaderPublisherTest::nothing, ReaderPublisherTest::nothing);
        Noted second = new Noted(
                subscription -> {
                    subscription.request(3);
                    subscription.cancel();
                },
                ReaderPublisherTest::nothing);
        publisher.subscribe(first);
        publisher.subscribe(second);
        assertThat(OnContext.get(second.end.future())).isInstanceOf(IllegalStateException.class);
        settle();
        assertThat(first.signals()).containsExactly("subscribed");

        OnContext.get(first.introduced.future()).request(5);
        assertThat(OnContext.get(first.end.future())).isNull();
        assertThat(first.signals()).isEqualTo(signals(numbers(0, 3), "completed"));
    }

    @Test
    void a_subscriber_that_throws_is_cancelled_and_vertx_reports_it() {
        append(0, 3);
        Queue<Promise<Throwable>> reports = new ConcurrentLinkedQueue<>();
        Promise<Throwable> inNextReport = Promise.promise();
        Promise<Throwable> inSubscribeReport = Promise.promise();
        reports.add(inNextReport);
        reports.add(inSubscribeReport);
        on.context.exceptionHandler(thrown -> reports.remove().complete(thrown));
        Noted inNext = subscribed(read(new ReaderOptions()), new Noted(first -> first.request(3), event -> {
            throw new AssertionError("thrown in onNext");
        }));
        assertThat(OnContext.get(inNextReport.future()))
                .hasMessageContaining("offset 0")
                .hasMessageContaining("key");
        assertThat(inNext.signals()).isEqualTo(signals(numbers(0, 1)));

        publisher(read(new ReaderOptions()))
                .subscribe(new Noted(
                        first -> {
                            throw new AssertionError("thrown in onSubscribe");
                        },
                        ReaderPublisherTest::nothing));
        assertThat(OnContext.get(inSubscribeReport.future())).hasMessageContaining("thrown in onSubscribe");
        assertThat(((PortStrandline) on.log).openCount()).isZero();
    }

    @Test
    void a_failure_of_the_reader_its_close_and_that_of_the_log_end_a_subscriber_that_requested_nothing() {
        append(0, 3);
        Noted closed = subscription(EventCodec.raw());
        EventReader<Buffer> reader = read(new ReaderOptions());
        Noted byHand = subscribed(reader, new Noted(ReaderPublisherTest::nothing, ReaderPublisherTest::nothing));
        get(reader::close);
        assertThat(OnContext.get(byHand.end.future()))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("closed before its end");

        Noted late = new Noted(ReaderPublisherTest::nothing, ReaderPublisherTest::nothing);
        publisher(reader).subscribe(late);
        assertThat(OnContext.get(late.end.future()))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("has stopped already");
        assertThat(late.signals()).containsExactly("subscribed", "failed");

        get(on.log::close);
        assertThat(OnContext.get(closed.end.future())).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(closed.signals()).containsExactly("subscribed", "failed");
    }

    private Noted subscription(EventCodec<Buffer> codec) {
        EventReader<Buffer> endless = get(() -> on.log.subscribe("scope/stream", codec));
        return subscribed(endless, new Noted(ReaderPublisherTest::nothing, ReaderPublisherTest::nothing));
    }

    @Test
    void requests_from_many_threads_are_all_honoured() throws InterruptedException {
        append(0, 8_000);
        Noted subscriber = subscribed(
                read(new ReaderOptions()), new Noted(ReaderPublisherTest::nothing, ReaderPublisherTest::nothing));
        Flow.Subscription subscription = OnContext.get(subscriber.introduced.future());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int request = 0; request < 2_000; request++) {
                    subscription.request(1);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(OnContext.get(subscriber.end.future())).isNull();
        assertThat(subscriber.signals()).isEqualTo(signals(numbers(0, 8_000), "completed"));
    }

    @Test
    void the_publisher_holds_no_subscriber_that_has_cancelled() {
        Future<EventReader<Buffer>> endless = on.start(() -> on.log.subscribe("scope/stream", EventCodec.raw()));
        EventReader<Buffer> reader = OnContext.get(endless);
        Flow.Publisher<EventRecord<Buffer>> publisher = publisher(reader);
        AtomicReference<Flow.@Nullable Subscription> subscription = new AtomicReference<>();
        WeakReference<Noted> gone = subscribeAndForget(publisher, subscription);
        Flow.Subscription held = subscription.get();
        assertThat(held).isNotNull();
        if (held != null) {
            held.cancel();
        }
        settle();
        for (int i = 0; i < 50 && gone.get() != null; i++) {
            System.gc();
        }
        assertThat(gone.get()).isNull();
        assertThat(publisher).isNotNull();
    }

    private WeakReference<Noted> subscribeAndForget(
            Flow.Publisher<EventRecord<Buffer>> publisher, AtomicReference<Flow.@Nullable Subscription> subscription) {
        Noted subscriber = new Noted(subscription::set, ReaderPublisherTest::nothing);
        publisher.subscribe(subscriber);
        OnContext.get(subscriber.introduced.future());
        return new WeakReference<>(subscriber);
    }
}
