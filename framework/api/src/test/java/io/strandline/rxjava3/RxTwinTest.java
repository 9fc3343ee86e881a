package io.strandline.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.observers.TestObserver;
import io.reactivex.rxjava3.processors.PublishProcessor;
import io.reactivex.rxjava3.schedulers.Schedulers;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import io.strandline.Appended;
import io.strandline.Direction;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.HistoryOptions;
import io.strandline.NewEvent;
import io.strandline.OnTruncated;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.TransactionOptions;
import io.strandline.TransactionStatus;
import io.strandline.Truncation;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RxTwinTest {

    private static final String STREAM = "scope/stream";

    private Vertx vertx;
    private RxStrandline log;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
        log = RxStrandline.of(vertx, LogPort.strandline(vertx, new FakePort(vertx, 2, 4)));
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private RxEventWriter<Buffer> writer(WriterOptions options) {
        return log.createWriter(STREAM, EventCodec.raw(), options).blockingGet();
    }

    private static Flowable<NewEvent<Buffer>> events(int count) {
        return Flowable.range(0, count).map(i -> NewEvent.of("key" + i % 10, Buffer.buffer("key" + i % 10 + "/" + i)));
    }

    @Test
    void an_append_is_made_once_for_each_subscription_and_not_before() {
        RxEventWriter<Buffer> writer = writer(new WriterOptions());
        Single<Appended> append = writer.append("key", Buffer.buffer("event"));
        assertThat(endOffsets()).isZero();
        Appended first = append.blockingGet();
        assertThat(append.blockingGet().offset()).isEqualTo(first.offset() + 1);
        assertThat(endOffsets()).isEqualTo(2);
    }

    private long endOffsets() {
        return log.catalog().endCut(STREAM).blockingGet().offsets().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    @Test
    void headers_go_through_every_call() {
        Headers headers = Headers.of(Headers.USER, "anna");
        Buffer event = Buffer.buffer("event");
        RxEventWriter<Buffer> writer = writer(new WriterOptions());
        writer.append(NewEvent.of("key", event).with(headers)).ignoreElement().blockingAwait();
        writer.appendBatch("key", List.of(event, event), headers)
                .ignoreElement()
                .blockingAwait();
        writer.appendIf("key", List.of(event), 3, headers).ignoreElement().blockingAwait();
        writer.appendAll(Flowable.just(NewEvent.of("key", event).with(headers))).blockingAwait();
        List<EventRecord<Buffer>> records =
                log.read(STREAM, EventCodec.raw(), new ReaderOptions()).toList().blockingGet();
        assertThat(records).hasSize(5).allMatch(record -> record.headers().equals(headers));
    }

    @Test
    void a_flowable_is_appended_in_order_with_back_pressure() {
        AtomicInteger most = new AtomicInteger();
        AtomicInteger under = new AtomicInteger();
        RxEventWriter<Buffer> writer = writer(new WriterOptions().setWriteQueueBytes(4_000));
        Flowable<NewEvent<Buffer>> source = events(20_000)
                .doOnRequest(n -> most.accumulateAndGet(under.addAndGet((int) Math.min(n, 1 << 20)), Math::max))
                .doOnNext(event -> under.decrementAndGet());
        writer.appendAll(source).blockingAwait();
        writer.end().blockingAwait();

        assertThat(most.get()).isLessThanOrEqualTo(256);
        List<EventRecord<Buffer>> records =
                log.read(STREAM, EventCodec.raw(), new ReaderOptions()).toList().blockingGet();
        assertThat(records).hasSize(20_000);
        int[] last = new int[10];
        for (EventRecord<Buffer> record : records) {
            String[] parts = record.event().toString().split("/", 2);
            int key = Integer.parseInt(parts[0].substring(3));
            assertThat(Integer.parseInt(parts[1])).isGreaterThanOrEqualTo(last[key]);
            last[key] = Integer.parseInt(parts[1]);
        }
    }

    @Test
    void a_failed_append_fails_the_whole_and_cancels_the_source() {
        AtomicInteger cancelled = new AtomicInteger();
        RxEventWriter<Buffer> writer = writer(new WriterOptions());
        Flowable<NewEvent<Buffer>> source = Flowable.just(NewEvent.of("k".repeat(5_000), Buffer.buffer()))
                .concatWith(Flowable.never())
                .doOnCancel(cancelled::incrementAndGet);
        writer.appendAll(source).test().awaitDone(60, TimeUnit.SECONDS).assertError(StrandlineException.Invalid.class);
        assertThat(cancelled.get()).isEqualTo(1);
    }

    /** As a merged source does: it ends on the writer's context while an event of another thread waits for that. */
    @Test
    void all_is_appended_when_it_completes_whatever_threads_the_source_uses() {
        RxEventWriter<Buffer> writer = writer(new WriterOptions());
        PublishProcessor<NewEvent<Buffer>> source = PublishProcessor.create();
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch queued = new CountDownLatch(1);
        TestObserver<Void> appended =
                writer.appendAll(source).andThen(writer.end()).test();
        writer.flush().blockingAwait(); // it has requested by then
        writer.context().runOnContext(turn -> {
            busy.countDown();
            await(queued);
            source.onNext(NewEvent.of("key", Buffer.buffer("second")));
            source.onComplete();
        });
        await(busy);
        source.onNext(NewEvent.of("key", Buffer.buffer("first")));
        queued.countDown();
        appended.awaitDone(60, TimeUnit.SECONDS).assertComplete();
        assertThat(log.read(STREAM, EventCodec.raw(), new ReaderOptions())
                        .map(record -> record.event().toString())
                        .toList()
                        .blockingGet())
                .containsExactly("first", "second");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void requests_become_demand_from_any_thread() {
        writer(new WriterOptions()).appendAll(events(1_000)).blockingAwait();
        TestSubscriber<EventRecord<Buffer>> subscriber =
                log.read(STREAM, EventCodec.raw(), new ReaderOptions()).test(0);
        subscriber.request(3);
        subscriber.request(4);
        subscriber.awaitCount(7);
        subscriber.assertValueCount(7).assertNotComplete();
        subscriber.request(Long.MAX_VALUE);
        subscriber.awaitDone(60, TimeUnit.SECONDS).assertComplete().assertValueCount(1_000);
    }

    @Test
    void a_history_is_a_flowable_with_demand() {
        writer(new WriterOptions()).appendAll(events(1_000)).blockingAwait();
        HistoryOptions backward = new HistoryOptions().setDirection(Direction.BACKWARD);
        TestSubscriber<String> subscriber = log.history(STREAM, "key3", EventCodec.raw(), backward)
                .map(record -> record.event().toString())
                .test(2);
        subscriber.awaitCount(2).assertValues("key3/993", "key3/983").assertNotComplete();
        subscriber.request(Long.MAX_VALUE);
        subscriber.awaitDone(60, TimeUnit.SECONDS).assertComplete().assertValueCount(100);
    }

    @Test
    void a_slow_consumer_on_another_thread_gets_everything() {
        writer(new WriterOptions()).appendAll(events(5_000)).blockingAwait();
        List<Long> offsets = new ArrayList<>();
        log.read(STREAM, EventCodec.raw(), new ReaderOptions())
                .observeOn(Schedulers.single(), false, 16)
                .blockingForEach(record -> offsets.add(record.offset()));
        assertThat(offsets).hasSize(5_000);
    }

    @Test
    void a_subscription_goes_on_until_it_is_cancelled() {
        RxEventWriter<Buffer> writer = writer(new WriterOptions());
        TestSubscriber<EventRecord<Buffer>> subscriber = log.subscribe(STREAM, EventCodec.raw(), new ReaderOptions())
                .take(150)
                .test();
        writer.appendAll(events(100)).blockingAwait();
        writer.appendAll(events(100)).blockingAwait();
        subscriber.awaitDone(60, TimeUnit.SECONDS).assertComplete().assertValueCount(150);
    }

    @Test
    void a_subscription_whose_verticle_is_undeployed_fails() throws Exception {
        TestSubscriber<EventRecord<Buffer>> subscriber = new TestSubscriber<>(1);
        String id = vertx.deployVerticle(new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        log.subscribe(STREAM, EventCodec.raw()).subscribe(subscriber);
                        return Future.succeededFuture();
                    }
                })
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        vertx.undeploy(id);

        subscriber.awaitDone(60, TimeUnit.SECONDS).assertError(StrandlineException.Unavailable.class);
    }

    @Test
    void removed_events_are_told_of() {
        RxEventWriter<Buffer> writer = writer(new WriterOptions());
        writer.appendAll(events(1_000)).blockingAwait();
        StreamCut middle = log.catalog().endCut(STREAM).blockingGet();
        writer.appendAll(events(100)).blockingAwait();
        log.catalog().truncate(STREAM, middle).blockingAwait();
        ReaderOptions skip =
                new ReaderOptions().setFrom(StartPosition.at(start(middle))).setOnTruncated(OnTruncated.SKIP);
        List<Truncation> gaps = new CopyOnWriteArrayList<>();
        assertThat(log.read(STREAM, EventCodec.raw(), skip, gaps::add).toList().blockingGet())
                .hasSize(100);
        assertThat(gaps).allSatisfy(gap -> assertThat(gap.to()).isEqualTo(middle.offset(gap.partition())));
        assertThat(gaps.stream().mapToLong(gap -> gap.to() - gap.from()).sum()).isEqualTo(1_000);

        gaps.clear();
        log.subscribe(STREAM, EventCodec.raw(), skip, gaps::add)
                .take(100)
                .test()
                .awaitDone(60, TimeUnit.SECONDS)
                .assertComplete()
                .assertValueCount(100);
        assertThat(gaps).isNotEmpty();
    }

    @Test
    void who_fails_to_take_what_was_removed_gets_no_event_behind_it() {
        writer(new WriterOptions()).appendAll(events(100)).blockingAwait();
        StreamCut end = log.catalog().endCut(STREAM).blockingGet();
        writer(new WriterOptions()).appendAll(events(100)).blockingAwait();
        log.catalog().truncate(STREAM, end).blockingAwait();
        ReaderOptions skip =
                new ReaderOptions().setFrom(StartPosition.at(start(end))).setOnTruncated(OnTruncated.SKIP);
        log.read(STREAM, EventCodec.raw(), skip, gap -> {
                    throw new IllegalStateException("cannot take " + gap);
                })
                .test()
                .awaitDone(60, TimeUnit.SECONDS)
                .assertError(IllegalStateException.class)
                .assertNoValues();
    }

    private static StreamCut start(StreamCut cut) {
        TreeMap<Long, Long> offsets = new TreeMap<>();
        cut.offsets().keySet().forEach(partition -> offsets.put(partition, 0L));
        return new StreamCut(cut.stream(), offsets);
    }

    @Test
    void a_transaction_is_filled_and_committed() {
        RxTransaction transaction =
                log.transactions().begin(new TransactionOptions()).blockingGet();
        transaction
                .append(STREAM, EventCodec.raw(), "key", Buffer.buffer("event"))
                .blockingAwait();
        assertThat(transaction.commit().blockingGet()).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(log.transactions()
                        .find(transaction.id())
                        .flatMap(RxTransaction::status)
                        .blockingGet())
                .isEqualTo(TransactionStatus.COMMITTED);
        assertThat(log.transactions().unfinished().blockingGet()).isEmpty();
    }

    @Test
    void failures_arrive_as_errors() {
        log.read("nonsense", EventCodec.raw(), new ReaderOptions())
                .test()
                .awaitDone(60, TimeUnit.SECONDS)
                .assertError(StrandlineException.Invalid.class);
        // With an event in the stream the reader cannot end before it is asked for something.
        writer(new WriterOptions()).appendAll(events(1)).blockingAwait();
        TestSubscriber<EventRecord<Buffer>> impossible =
                log.read(STREAM, EventCodec.raw(), new ReaderOptions()).test(0);
        impossible.request(-1);
        impossible.awaitDone(60, TimeUnit.SECONDS).assertError(IllegalArgumentException.class);
        log.close().blockingAwait();
        log.catalog()
                .scopes()
                .test()
                .awaitDone(60, TimeUnit.SECONDS)
                .assertError(StrandlineException.Unavailable.class);
    }
}
