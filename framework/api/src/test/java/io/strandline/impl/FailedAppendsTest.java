package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A writer whose application keeps no future of an append tells how many have failed. */
class FailedAppendsTest extends OnFakePort {

    private static final Buffer EVENT = Buffer.buffer("event");

    FailedAppendsTest() {
        super(1, 1);
    }

    @Test
    void nothing_has_failed_at_first() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> writer.append("key", EVENT));
        get(writer::flush);
        assertThat(writer.failedAppends()).isZero();
        assertThat(writer.firstFailure()).isNull();
    }

    @Test
    void what_the_log_did_not_take_is_counted_when_a_flush_completes() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setRetryTimeoutMillis(0));
        port.fate = parcel -> Fate.UNAVAILABLE;
        get(() -> {
            for (int i = 0; i < 3; i++) {
                writer.append("key", EVENT);
            }
            writer.appendBatch("key", List.of(EVENT, EVENT));
            return writer.flush();
        });
        assertThat(writer.failedAppends()).isEqualTo(4);
        assertThat(writer.firstFailure()).isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void what_was_refused_at_once_is_counted_and_the_first_cause_stays() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> {
            writer.append("key", Buffer.buffer(new byte[port.maxEventBytes() + 1]));
            writer.appendIf("key", List.of(EVENT), -1);
            writer.appendIf("key", List.of(EVENT), 7, Headers.NONE);
            writer.append("key", EVENT);
            return writer.end();
        });
        assertThat(writer.failedAppends()).isEqualTo(3);
        assertThat(writer.firstFailure())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the limit is");
        assertThat(failure(() -> writer.append("key", EVENT))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(writer.failedAppends()).as("the writer has ended").isEqualTo(4);
    }

    @Test
    void an_append_that_rests_on_what_cannot_be_is_counted() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        StreamCut since = StreamCut.of(writer.stream(), 0, 0);
        KeyCondition other = KeyCondition.unchanged("other", StreamCut.of(StreamName.parse("else/where"), 0, 0));
        assertThat(failure(() -> writer.appendIfUnchanged("key", List.of(EVENT), since, List.of(other), Headers.NONE)))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(writer.failedAppends()).isEqualTo(1);
    }

    @Test
    void what_waits_in_a_writer_that_is_fenced_is_counted() {
        EventWriter<Buffer> old = on.writer(new WriterOptions().setId("w"));
        on.writer(new WriterOptions().setId("w"));
        get(() -> {
            old.append("key", EVENT);
            old.append("key", EVENT);
            return old.end();
        });
        assertThat(old.failedAppends()).isEqualTo(2);
        assertThat(old.firstFailure()).isInstanceOf(StrandlineException.Fenced.class);
    }

    /** The listener of a future may ask. */
    @Test
    void a_failure_is_counted_before_its_future_fails() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setRetryTimeoutMillis(0));
        port.fate = parcel -> Fate.UNAVAILABLE;
        assertThat(get(() -> writer.append("key", EVENT)
                        .map(-1L)
                        .recover(failure -> Future.succeededFuture(writer.failedAppends()))))
                .isEqualTo(1);
    }
}
