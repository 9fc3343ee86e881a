package io.strandline.processing.group;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.Transaction;
import io.strandline.TransactionOptions;
import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What writers, readers, transactions and groups see of a stream that is sealed. */
class SealedStreamOnLogTest extends GroupOnFiles {

    private void seal() {
        assertThat(get(log.catalog().sealStream(STREAM)).isSealed()).isTrue();
    }

    private EventWriter<String> writer(Context context, WriterOptions options) {
        return get(start(context, () -> log.createWriter(STREAM, AccountsPipeline.TEXT, options)));
    }

    /** Reads from the beginning until the reader ends. */
    private Future<List<String>> subscribed() {
        Promise<List<String>> ended = Promise.promise();
        List<String> events = new ArrayList<>();
        start(newContext(vertx), () -> log.subscribe(
                        STREAM, AccountsPipeline.TEXT, new ReaderOptions().setFrom(StartPosition.start()))
                .onSuccess(reader -> reader.exceptionHandler(ended::tryFail)
                        .endHandler(end -> ended.tryComplete(events))
                        .handler(record -> events.add(record.event()))));
        return ended.future();
    }

    @Test
    void readers_come_to_its_end() {
        Future<List<String>> early = subscribed();
        append(0, 200);
        seal();
        assertThat(get(early)).hasSize(200);
        assertThat(get(subscribed())).hasSize(200);
        List<EventRecord<String>> read =
                get(start(newContext(vertx), () -> log.read(STREAM, AccountsPipeline.TEXT, new ReaderOptions())
                        .compose(Applications::toEnd)));
        assertThat(read).hasSize(200);
        EventReader<String> history = get(start(
                newContext(vertx), () -> log.history(STREAM, "key7", AccountsPipeline.TEXT, new HistoryOptions())));
        assertThat(history).isNotNull();
    }

    @Test
    void writers_hear_that_it_is_sealed_and_what_they_wrote_before_is_there() {
        Context context = newContext(vertx);
        EventWriter<String> writer = writer(context, new WriterOptions().setId("till"));
        List<Future<?>> appended = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            int event = i;
            appended.add(start(context, () -> writer.append("key" + event, "order " + event)));
            if (i == 1_000) {
                get(appended.get(0));
                appended.add(log.catalog().sealStream(STREAM));
            }
        }
        get(Future.join(appended).otherwiseEmpty());
        long acknowledged = appended.stream().filter(Future::succeeded).count() - 1;
        appended.stream().filter(Future::failed).forEach(refused -> assertThat(refused.cause())
                .isInstanceOf(StrandlineException.Sealed.class)
                .hasMessageContaining(STREAM));
        assertThat(end().offsets().values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(acknowledged);
        assertThat(refusal(start(context, () -> writer.append("key", "late"))))
                .isInstanceOf(StrandlineException.Sealed.class);
        assertThat(refusal(start(context, () -> log.createWriter(STREAM, AccountsPipeline.TEXT, new WriterOptions()))))
                .isInstanceOf(StrandlineException.Sealed.class);
    }

    @Test
    void an_open_transaction_is_refused_and_can_be_aborted() {
        Context context = newContext(vertx);
        Transaction open = get(start(context, () -> log.transactions().begin(new TransactionOptions())));
        get(start(context, () -> open.append(STREAM, AccountsPipeline.TEXT, "key", "order")));
        seal();
        assertThat(refusal(start(context, open::commit)))
                .isInstanceOf(StrandlineException.Sealed.class)
                .hasMessageContaining(STREAM);
        get(start(context, open::abort));
        assertThat(end().offsets().values()).containsOnly(0L);
    }

    @Test
    void a_group_reads_it_to_its_end_and_stays() {
        ReaderGroup group = group(options());
        join(group, "first");
        append(0, 500);
        seal();
        get(group.awaitPosition(end()));
        join(group, "second");
        awaitAnswer(group::lag, lag -> lag.total() == 0);
        assertEachOnceAndInOrder(500);
        get(group.close());
        ReaderGroup again = group(options());
        join(again, "third");
        get(again.awaitPosition(end()));
        assertThat(handled).hasValue(500);
        get(again.close());
    }

    @Test
    void a_group_may_begin_after_it_was_sealed() {
        append(0, 500);
        seal();
        ReaderGroup group = group(options());
        join(group, "first");
        get(group.awaitPosition(end()));
        assertEachOnceAndInOrder(500);
        get(group.close());
    }
}
