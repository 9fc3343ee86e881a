package io.strandline.processing.pipeline.impl.task;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.PartialLog;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.KnownDecisions;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.spi.Backoff;
import io.strandline.spi.RetryTime;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.reflect.Proxy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A partition without events that cannot be read for a while. */
class TaskSourceTest {

    private static final long BOUND_MILLIS = 60_000;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final AtomicLong nanos = new AtomicLong();

    /** The next reader, or why there is none. Each is one after the other on the context. */
    private Promise<Opened> next = Promise.promise();

    /** How long it takes until an attempt fails. None does if it is 0. */
    private volatile long awayMillis;

    private final TaskSource source;

    private static final class Opened {

        private volatile @Nullable Handler<Throwable> failures;

        @SuppressWarnings("unchecked") // the methods that the source calls
        private final EventReader<Object> reader = (EventReader<Object>) Proxy.newProxyInstance(
                EventReader.class.getClassLoader(), new Class<?>[] {EventReader.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("exceptionHandler")) {
                        failures = (Handler<Throwable>) arguments[0];
                    }
                    return method.getName().equals("close") ? Future.succeededFuture() : proxy;
                });
    }

    TaskSourceTest() {
        Pipeline pipeline = Pipeline.named("copy", 1)
                .from("s/in", TextCodec.STRING)
                .to("s/out", TextCodec.STRING)
                .build();
        PartialLog log = new PartialLog() {

            @Override
            @SuppressWarnings("unchecked") // nothing is read
            public <E> Future<EventReader<E>> subscribe(String stream, EventCodec<E> codec, ReaderOptions options) {
                if (awayMillis > 0) {
                    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(awayMillis));
                    return Future.failedFuture(new StrandlineException.Unavailable("still away"));
                }
                Opened opened = new Opened();
                context.runOnContext(later -> next.complete(opened)); // when the source has it
                return Future.succeededFuture((EventReader<E>) opened.reader);
            }
        };
        PipelineOptions options = new PipelineOptions().setRetryTimeoutMillis(BOUND_MILLIS);
        RunSetting run = new RunSetting(
                vertx, log, pipeline, options, new KnownDecisions(), null, StateBudget.unlimited(), log, false);
        TaskSource.Listener listener = new TaskSource.Listener() {

            @Override
            public void event(EventRecord<?> record) {}

            @Override
            public void ended() {}

            @Override
            public void failed(Throwable cause) {
                next.fail(cause);
            }
        };
        source = new TaskSource(run, 1, () -> 7, listener, new RetryTime(nanos::get, () -> Backoff.exact(1, 1)));
    }

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private Opened begin() {
        Promise<Opened> first = next;
        context.runOnContext(now -> source.open().onSuccess(opened -> source.begin()));
        return await(first.future());
    }

    /** What follows a failure so long after the one before. */
    private Opened failAfter(long millis, Opened opened) {
        Promise<Opened> following = Promise.promise();
        context.runOnContext(now -> {
            next = following;
            nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
            Handler<Throwable> failures = opened.failures;
            assertThat(failures).isNotNull();
            failures.handle(new StrandlineException.Unavailable("away"));
        });
        return await(following.future());
    }

    @Test
    void a_second_outage_may_last_as_long_as_the_first() {
        Opened opened = failAfter(0, begin());
        for (int i = 0; i < 3; i++) {
            opened = failAfter(BOUND_MILLIS + 1, opened);
        }
        awayMillis = 1_000;
        Opened last = opened;
        assertThatThrownBy(() -> failAfter(BOUND_MILLIS + 1, last)).hasMessage("still away");
        assertThat(nanos.get()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(5 * BOUND_MILLIS));
    }

    @Test
    void a_partition_that_comes_back_and_goes_again_is_away() {
        Opened first = failAfter(0, begin());
        Opened second = failAfter(BOUND_MILLIS - 1, first);
        assertThatThrownBy(() -> failAfter(BOUND_MILLIS - 1, second)).hasMessage("away");
    }

    /** The stretch in which it is away does not count as one in which it is there. */
    @Test
    void a_partition_that_stays_away_is_given_up() {
        Opened first = failAfter(0, begin());
        awayMillis = 2 * BOUND_MILLIS;
        assertThatThrownBy(() -> failAfter(BOUND_MILLIS / 2, first)).hasMessage("still away");
        assertThat(nanos.get()).isLessThan(TimeUnit.MILLISECONDS.toNanos(3 * BOUND_MILLIS));
    }
}
