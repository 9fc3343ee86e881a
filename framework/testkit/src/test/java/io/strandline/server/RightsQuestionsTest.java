package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.Transaction;
import io.strandline.spi.LogPort;
import io.strandline.spi.TransactionClaims;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a log is asked by those who check what a caller may do with a partition or a transaction. */
class RightsQuestionsTest extends OnServedLog {

    private static LogPort port(Strandline log) {
        return Objects.requireNonNull(LogPort.of(log));
    }

    @Test
    void the_stream_of_a_partition_is_known_open_or_sealed_and_also_by_the_catalog_alone() {
        createStream(2);
        StreamDescription before = get(local.catalog().describe(STREAM));
        StreamDescription other = get(local.catalog().createStream("shop/bills", new StreamOptions()));
        StreamDescription reserved = get(local.catalog().createReserved("_strandline/own", new StreamOptions()));
        PartitionDescription sealed = before.partitions().get(0);
        get(local.catalog()
                .scale(
                        STREAM,
                        Set.of(
                                before.partitions().get(0).id(),
                                before.partitions().get(1).id()),
                        List.of(KeyRange.ALL)));
        StreamDescription after = get(local.catalog().describe(STREAM));
        Strandline remote = connect(); // has no shorter way than the catalog
        for (LogPort port : List.of(port(local), port(remote))) {
            assertThat(get(port.streamOf(sealed.id()))).isEqualTo(StreamName.parse(STREAM));
            assertThat(get(port.streamOf(after.partitions().get(0).id()))).isEqualTo(StreamName.parse(STREAM));
            assertThat(get(port.streamOf(other.partitions().get(0).id()))).isEqualTo(other.name());
            assertThat(get(port.streamOf(reserved.partitions().get(0).id()))).isEqualTo(reserved.name());
            assertThat(refusal(port.streamOf(1_000_000))).isInstanceOf(StrandlineException.NotFound.class);
        }
        get(local.catalog().deleteStream(STREAM));
        for (LogPort port : List.of(port(local), port(remote))) {
            assertThat(refusal(port.streamOf(sealed.id()))).isInstanceOf(StrandlineException.NotFound.class);
        }
    }

    @Test
    void the_streams_of_a_transaction_are_those_that_it_has_written_to() {
        createStream(2);
        get(local.catalog().createStream("shop/bills", new StreamOptions()));
        Context context = newContext(serverVertx);
        Transaction transaction = get(start(context, () -> local.transactions().begin()));
        assertThat(get(claimsOf(transaction))).isEqualTo(new TransactionClaims(Optional.of(""), List.of()));
        get(start(context, () -> transaction.append(STREAM, EventCodec.raw(), "a", Buffer.buffer("1"))));
        get(start(context, () -> transaction.append("shop/bills", EventCodec.raw(), "a", Buffer.buffer("1"))));
        assertThat(get(claimsOf(transaction)).streams())
                .containsExactly(StreamName.parse("shop/bills"), StreamName.parse(STREAM));
        get(start(context, transaction::commit));
        assertThat(get(claimsOf(transaction))).isEqualTo(TransactionClaims.NONE);
        assertThat(get(port(local).transactions().claimsOf("unknown"))).isEqualTo(TransactionClaims.NONE);
    }

    private Future<TransactionClaims> claimsOf(Transaction transaction) {
        return port(local).transactions().claimsOf(transaction.id());
    }
}
