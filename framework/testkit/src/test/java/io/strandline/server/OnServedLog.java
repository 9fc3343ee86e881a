package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.client.ClientOptions;
import io.strandline.log.LogOptions;
import io.strandline.log.MemoryEngine;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** Common parts of tests of a log that a server serves: the log of one Vert.x instance, the client of another. */
abstract class OnServedLog {

    static final String STREAM = "shop/orders";

    final Vertx serverVertx = Vertx.vertx();
    final Vertx vertx = Vertx.vertx();
    final Strandline local = get(Strandline.open(serverVertx, "memory:", logOptions()));

    StrandlineServer server = get(listen(0));

    LogOptions logOptions() {
        return MemoryEngine.options().setShards(2);
    }

    ServerOptions serverOptions() {
        return new ServerOptions();
    }

    ClientOptions clientOptions() {
        return new ClientOptions().setPingMillis(50).setSilenceMillis(2_000);
    }

    final Future<StrandlineServer> listen(int port) {
        return StrandlineServer.listen(serverVertx, local, serverOptions().setPort(port));
    }

    /** Listens where another server did. */
    final Future<StrandlineServer> listenAgain(int port) {
        return SamePort.listen(serverVertx, local, serverOptions().setPort(port));
    }

    final Strandline connect(int port) {
        return get(Strandline.open(vertx, "tcp://127.0.0.1:" + port, clientOptions()));
    }

    final Strandline connect() {
        return connect(server.port());
    }

    final void createStream(int partitions) {
        get(local.catalog().createScope("shop"));
        get(local.catalog().createStream(STREAM, new StreamOptions().setPartitions(partitions)));
    }

    @AfterEach
    final void close() {
        get(vertx.close());
        get(serverVertx.close());
    }

    static EventWriter<Buffer> writer(Context context, Strandline log, WriterOptions options) {
        return get(start(context, () -> log.createWriter(STREAM, EventCodec.raw(), options)));
    }

    /** Appends numbered events, as many at once as the writer takes. */
    static Future<List<Appended>> append(Context context, EventWriter<Buffer> writer, int from, int to) {
        return start(context, () -> {
            List<Future<Appended>> appended = new ArrayList<>();
            for (int i = from; i < to; i++) {
                appended.add(writer.append("key" + i % 17, Buffer.buffer(Integer.toString(i))));
            }
            return Future.join(appended).map(all -> all.<Appended>list());
        });
    }

    /** The numbers of all events. */
    final List<Integer> readAll(Strandline log) {
        return get(start(newContext(vertx), () -> log.read(STREAM, EventCodec.raw(), new ReaderOptions())
                        .compose(reader -> {
                            Promise<List<EventRecord<Buffer>>> read = Promise.promise();
                            List<EventRecord<Buffer>> events = new ArrayList<>();
                            reader.exceptionHandler(read::tryFail);
                            reader.endHandler(end -> read.tryComplete(events));
                            reader.handler(events::add);
                            return read.future();
                        })))
                .stream()
                .map(event -> Integer.parseInt(event.event().toString()))
                .toList();
    }
}
