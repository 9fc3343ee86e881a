package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.Versioned;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever waits for the end of a reader learns that it comes no more. */
class ReaderEndTest extends OnFakePort {

    /** The ways to wait for the end of a reader of the log. */
    private enum Wait {
        LIST,
        COLLECTION,
        PIPE,
        PUBLISHER;

        Future<Object> on(EventReader<Buffer> reader) {
            return switch (this) {
                case LIST -> reader.toList().map(list -> list);
                case COLLECTION -> reader.collect(Collectors.counting()).map(count -> count);
                case PIPE -> reader.pipeTo(new Sink()).mapEmpty();
                case PUBLISHER -> {
                    Promise<Object> end = Promise.promise();
                    reader.asPublisher().subscribe(new Waiting(end));
                    yield end.future();
                }
            };
        }
    }

    private record Waiting(Promise<Object> end) implements Flow.Subscriber<EventRecord<Buffer>> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(EventRecord<Buffer> event) {
            // Only the end counts.
        }

        @Override
        public void onError(Throwable failure) {
            end.tryFail(failure);
        }

        @Override
        public void onComplete() {
            end.tryComplete();
        }
    }

    /** Takes all. */
    private static final class Sink implements WriteStream<EventRecord<Buffer>> {
        @Override
        public WriteStream<EventRecord<Buffer>> exceptionHandler(@Nullable Handler<Throwable> handler) {
            return this;
        }

        @Override
        public Future<Void> write(EventRecord<Buffer> event) {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> end() {
            return Future.succeededFuture();
        }

        @Override
        public WriteStream<EventRecord<Buffer>> setWriteQueueMaxSize(int most) {
            return this;
        }

        @Override
        public boolean writeQueueFull() {
            return false;
        }

        @Override
        public WriteStream<EventRecord<Buffer>> drainHandler(@Nullable Handler<@Nullable Void> handler) {
            return this;
        }
    }

    /** Runs a step when it is deployed, and leaves its future open. */
    private final class Starter<T> extends VerticleBase {
        private final Function<Strandline, Future<T>> step;
        private final Promise<T> result = Promise.promise();

        Starter(Function<Strandline, Future<T>> step) {
            this.step = step;
        }

        @Override
        public Future<?> start() {
            step.apply(on.log).onComplete(result);
            return Future.succeededFuture();
        }
    }

    ReaderEndTest() {
        super(1, 1);
    }

    @BeforeEach
    void fill() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> {
            for (int i = 0; i < 10; i++) {
                writer.append("key", Buffer.buffer("" + i));
            }
            return writer.end();
        });
    }

    private static Future<EventReader<Buffer>> subscribe(Strandline log) {
        return log.subscribe("scope/stream", EventCodec.raw());
    }

    /** Deploys a step and undeploys it before its future completes. Gives the failure of that. */
    private <T> Throwable undeployedDuring(Function<Strandline, Future<T>> step) {
        Starter<T> starter = new Starter<>(step);
        String id = OnContext.get(vertx.deployVerticle(starter));
        OnContext.get(vertx.undeploy(id));
        return OnContext.failure(starter.result.future());
    }

    @Test
    void a_list_has_all_events_in_order() {
        List<EventRecord<Buffer>> list =
                get(() -> on.log.read("scope/stream", EventCodec.raw()).compose(EventReader::toList));

        assertThat(list)
                .extracting(record -> record.event().toString())
                .hasSize(10)
                .startsWith("0", "1");
    }

    @ParameterizedTest
    @EnumSource(Wait.class)
    void a_close_before_the_end_fails_what_waits_for_it(Wait wait) {
        EventReader<Buffer> reader = get(() -> subscribe(on.log));
        Future<Object> end =
                on.start(() -> Future.succeededFuture(wait.on(reader))).compose(open -> open);
        assertThat(end.isComplete()).isFalse();
        get(reader::close);

        assertThat(OnContext.failure(end))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("scope/stream was closed before its end");
    }

    @ParameterizedTest
    @EnumSource(Wait.class)
    void a_reader_that_has_stopped_fails_what_comes_too_late(Wait wait) {
        EventReader<Buffer> closed = get(() -> subscribe(on.log));
        get(closed::close);
        EventReader<Buffer> ended = read(new ReaderOptions());
        OnContext.get(collecting(ended));

        for (EventReader<Buffer> reader : List.of(closed, ended)) {
            assertThat(failure(() -> wait.on(reader)))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("has stopped already");
        }
    }

    @ParameterizedTest
    @EnumSource(Wait.class)
    void undeploying_the_verticle_fails_what_waits_for_the_end(Wait wait) {
        assertThat(undeployedDuring(log -> subscribe(log).compose(wait::on)))
                .isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(((PortStrandline) on.log).openCount()).isZero();
    }

    @Test
    void a_reader_whose_verticle_was_undeployed_while_it_was_opened_is_closed() {
        Promise<Void> gate = Promise.promise();
        port.readGate = gate.future();
        Starter<List<EventRecord<Buffer>>> starter =
                new Starter<>(log -> subscribe(log).compose(EventReader::toList));
        OnContext.get(vertx.undeploy(OnContext.get(vertx.deployVerticle(starter))));
        gate.complete();

        assertThat(OnContext.failure(starter.result.future())).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(((PortStrandline) on.log).openCount()).isZero();
    }

    @Test
    void undeploying_the_verticle_fails_a_fold_that_is_not_done() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> {
            for (int i = 0; i < 20_000; i++) {
                writer.append("long", Buffer.buffer("" + i));
            }
            return writer.end();
        });
        Promise<Void> begun = Promise.promise();
        Starter<Versioned<Integer>> starter =
                new Starter<>(log -> log.fold("scope/stream", "long", EventCodec.raw(), 0, (count, event) -> {
                    port.readGate = Promise.<Void>promise().future(); // what follows is never read
                    begun.tryComplete();
                    return count + 1;
                }));
        String id = OnContext.get(vertx.deployVerticle(starter));
        OnContext.get(begun.future());
        OnContext.get(vertx.undeploy(id));

        assertThat(OnContext.failure(starter.result.future()))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("undeployed");
    }
}
