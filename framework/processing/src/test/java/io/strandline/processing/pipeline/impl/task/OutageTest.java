package io.strandline.processing.pipeline.impl.task;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.spi.Backoff;
import io.strandline.spi.RetryTime;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When something that was away is back for good. */
class OutageTest {

    private static final long BOUND_MILLIS = 60_000;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong nanos = new AtomicLong();
    private final Outage outage =
            new Outage(vertx.getOrCreateContext(), new RetryTime(nanos::get, () -> Backoff.exact(1, 1)), BOUND_MILLIS);

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** It is opened again for other reasons too. */
    @Test
    void it_is_back_since_the_first_time_that_it_was() {
        outage.back();
        pass(BOUND_MILLIS - 1);
        outage.back();
        assertThat(outage.hasEnded()).isFalse();
        pass(2);
        outage.back();
        assertThat(outage.hasEnded()).isTrue();
    }

    @Test
    void what_was_never_back_has_not_ended() {
        pass(10 * BOUND_MILLIS);
        assertThat(outage.hasEnded()).isFalse();
    }
}
