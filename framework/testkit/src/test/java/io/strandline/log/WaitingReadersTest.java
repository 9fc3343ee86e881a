package io.strandline.log;

import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.impl.shard.PartitionReads;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers that wait at the end of a partition, and those that no longer do. */
class WaitingReadersTest {

    private static final String STREAM = "shop/orders";
    private static final int READERS = 20_000;
    private static final int AT_ONCE = 200;

    private final Vertx vertx = Vertx.vertx();
    private EmbeddedLog port;
    private Strandline log;
    private PartitionDescription partition;
    private final AtomicInteger seen = new AtomicInteger();

    @BeforeEach
    void open(@TempDir Path directory) {
        port = (EmbeddedLog)
                get(new FileEngine().openPort(vertx, "file:" + directory.resolve("data"), new LogOptions()));
        log = LogPort.strandline(vertx, port);
        get(log.catalog().createScope("shop"));
        partition = get(log.catalog().createStream(STREAM, new StreamOptions()))
                .partitions()
                .get(0);
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
    }

    private int waiting() {
        return get(countWaiting());
    }

    private Future<Integer> countWaiting() {
        return port.call(
                partition.shard(),
                shard -> Future.succeededFuture(
                        shard.state().partitions().get(partition.id()).waiters().size()));
    }

    /** The result of the last look. Looks again. */
    private int look() {
        countWaiting().onSuccess(seen::set);
        return seen.get();
    }

    private Future<EventReader<Buffer>> subscribe() {
        return log.subscribe(STREAM, EventCodec.raw(), new ReaderOptions())
                .onSuccess(reader -> reader.handler(event -> {}));
    }

    /** Opens readers, lets them wait, and closes them, some at a time. */
    private void comeAndGo(Context context, AtomicInteger left, Promise<Void> done) {
        if (left.getAndAdd(-AT_ONCE) <= 0) {
            done.tryComplete();
            return;
        }
        List<Future<EventReader<Buffer>>> opened = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            opened.add(subscribe());
        }
        Future.all(opened)
                // One more request to the shard, after the reads of all: now they wait.
                .compose(all -> log.catalog().endCut(STREAM))
                .compose(all -> log.catalog().endCut(STREAM))
                .compose(all -> Future.all(
                        opened.stream().map(reader -> reader.result().close()).toList()))
                .onFailure(done::tryFail)
                .onSuccess(closed -> comeAndGo(context, left, done));
    }

    @Test
    void readers_that_come_and_go_leave_nothing_behind() {
        Context context = Applications.newContext(vertx);
        get(Applications.start(context, () -> {
            Promise<Void> done = Promise.promise();
            comeAndGo(context, new AtomicInteger(READERS), done);
            return done.future();
        }));
        assertThat(waiting()).isZero();
    }

    @Test
    void those_that_stay_hear_of_the_next_event() {
        Context context = Applications.newContext(vertx);
        Promise<Buffer> heard = Promise.promise();
        EventReader<Buffer> stays =
                get(Applications.start(context, () -> log.subscribe(STREAM, EventCodec.raw(), new ReaderOptions())));
        context.runOnContext(ignored -> stays.handler(event -> heard.tryComplete(event.event())));
        EventReader<Buffer> goes = get(Applications.start(context, this::subscribe));
        Applications.until(vertx, "both wait", () -> look() == 2);
        get(Applications.start(context, goes::close));
        assertThat(waiting()).isEqualTo(1);
        get(Applications.start(context, () -> log.createWriter(STREAM, EventCodec.raw(), new WriterOptions())
                .compose(writer -> writer.append("key", Buffer.buffer("tea")))));
        assertThat(get(heard.future())).isEqualTo(Buffer.buffer("tea"));
    }

    @Test
    void more_than_the_limit_is_overloaded() {
        List<Future<ReadSlice>> waits = new ArrayList<>();
        for (int i = 0; i < PartitionReads.MAX_WAITING; i++) {
            waits.add(port.awaitEvents(partition, 0, 1_000));
        }
        assertThat(Applications.failure(port.awaitEvents(partition, 0, 1_000)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining(Integer.toString(PartitionReads.MAX_WAITING));
        port.stopWaiting(partition, waits.get(7));
        assertThat(get(waits.get(7)).isEmpty()).isTrue();
        port.stopWaiting(partition, waits.get(7));
        assertThat(waiting()).isEqualTo(PartitionReads.MAX_WAITING - 1);
        Future<ReadSlice> next = port.awaitEvents(partition, 0, 1_000);
        assertThat(waiting()).isEqualTo(PartitionReads.MAX_WAITING);
        assertThat(next.isComplete()).isFalse();
    }
}
