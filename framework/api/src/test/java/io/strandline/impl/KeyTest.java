package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.Transaction;
import io.strandline.TransactionOptions;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys are told apart as the application tells them apart, or they are refused. */
class KeyTest extends OnFakePort {

    private static final Buffer EVENT = Buffer.buffer("event");

    KeyTest() {
        super(1, 1);
    }

    private void refused(Callable<Future<?>> call) {
        assertThat(failure(call))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("lone surrogate")
                .hasMessageContaining("position 4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ann \uD83D", "ann \uDE00", "ann \uD83D!"})
    void a_key_that_has_no_bytes_is_refused_by_every_way_in(String key) {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        refused(() -> writer.append(key, EVENT));
        refused(() -> writer.write(NewEvent.of(key, EVENT)));
        refused(() -> writer.appendBatch(key, List.of(EVENT)));
        refused(() -> writer.appendIf(key, List.of(EVENT), 0));
        EventWriter<Buffer> counted = on.writer(new WriterOptions().setId("counted"));
        refused(() -> counted.append(key, EVENT, new Sequence(1, 1)));
        refused(() -> on.log.history("scope/stream", key, EventCodec.raw(), new HistoryOptions()));
        Transaction transaction = get(() -> on.log.transactions().begin(new TransactionOptions().setId("t")));
        refused(() -> transaction.append("scope/stream", EventCodec.raw(), key, EVENT));
        assertThat(port.arrived).isEmpty();
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without such a check may do
    void a_conditional_append_without_key_is_refused_on_a_stream_of_one_partition_too() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        assertThat(failure(() -> writer.appendIf(null, List.of(EVENT), 0)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("conditional append needs a routing key");
        assertThat(port.arrived).isEmpty();
    }
}
