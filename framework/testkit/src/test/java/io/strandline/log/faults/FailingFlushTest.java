package io.strandline.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import io.strandline.spi.ParcelReply;
import io.strandline.testkit.DiskOperation;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Appends while memory is full and chunks cannot be written: each is answered, and they go on when chunks can be written. */
class FailingFlushTest {

    private static final int TAIL_BYTES = 256 << 10;
    private static final int EVENT_BYTES = 16 << 10;

    /** Longer than the longest pause between two tries of a flush. */
    private static final long LONG_MILLIS = 20_000;

    private final SimulatedLog log = new SimulatedLog(1, new LogOptions().setTailBytes(TAIL_BYTES), 1);
    private final PartitionDescription partition =
            log.createStream("shop/orders", new StreamOptions()).partitions().get(0);
    private boolean fails;

    @BeforeEach
    void watchChunks() {
        log.disk().observe((operation, name) -> {
            if (fails && operation == DiskOperation.CREATE && name.contains("/chunks")) {
                throw new UncheckedIOException(new IOException("no chunk " + name));
            }
        });
    }

    /** Appends until memory is full. The last append is refused, or waits. */
    private Future<ParcelReply> untilFull() {
        for (int events = 0; events <= 2 * TAIL_BYTES / EVENT_BYTES; events++) {
            Future<ParcelReply> appended = log.append(partition, EVENT_BYTES);
            log.pass(10);
            if (!appended.succeeded()) {
                return appended;
            }
        }
        throw new AssertionError("memory is never full");
    }

    private void assertMemoryIsFull(Future<ParcelReply> refused) {
        assertThat(log.failure(refused))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("the limit is " + TAIL_BYTES);
        log.forget(partition);
    }

    @Test
    void an_append_that_comes_while_the_flush_fails_is_refused_at_once() {
        fails = true;
        assertMemoryIsFull(untilFull());
        Future<ParcelReply> next = log.append(partition, EVENT_BYTES);
        log.pass(10);
        assertThat(next.failed()).isTrue();
        assertMemoryIsFull(next);
    }

    @Test
    void an_append_that_waits_for_memory_is_refused_when_the_flush_fails() {
        // The flush begins before memory is full. This one has not failed yet when the append comes.
        fails = true;
        Future<ParcelReply> last = Future.succeededFuture();
        for (int events = 0; events <= 2 * TAIL_BYTES / EVENT_BYTES; events++) {
            last = log.append(partition, EVENT_BYTES);
        }
        log.pass(LONG_MILLIS);
        assertThat(last.isComplete()).isTrue();
        assertThat(last.cause()).isInstanceOf(StrandlineException.Unavailable.class);
    }

    /** To be told to come again would be of no use to it. */
    @Test
    void a_parcel_that_is_too_large_is_invalid_while_others_wait() {
        fails = true;
        Future<ParcelReply> last = Future.succeededFuture();
        for (int events = 0; events <= 2 * TAIL_BYTES / EVENT_BYTES; events++) {
            last = log.append(partition, EVENT_BYTES);
        }
        assertThat(last.isComplete()).isFalse();
        Future<ParcelReply> tooLarge = log.append(partition, 2 * LogOptions.DEFAULT_MAX_EVENT_BYTES);
        assertThat(log.failure(tooLarge))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the limit is");
    }

    @Test
    void appends_go_on_when_chunks_can_be_written_again() {
        fails = true;
        assertMemoryIsFull(untilFull());
        fails = false;
        log.pass(LONG_MILLIS);
        assertThat(log.get(log.append(partition, EVENT_BYTES)).refusal(0)).isNull();
        assertThat(log.chunks()).isNotEmpty();
    }
}
