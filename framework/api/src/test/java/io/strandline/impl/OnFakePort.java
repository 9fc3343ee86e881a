package io.strandline.impl;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.impl.FakePort.Fate;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests of code that runs on a port. Each has its own fake port, and a context for its steps. */
abstract class OnFakePort {

    private final int shards;
    private final int partitions;

    Vertx vertx;
    FakePort port;
    OnContext on;

    OnFakePort(int shards, int partitions) {
        this.shards = shards;
        this.partitions = partitions;
    }

    @BeforeEach
    final void open() {
        vertx = Vertx.vertx();
        port = new FakePort(vertx, shards, partitions);
        on = new OnContext(vertx, port);
    }

    @AfterEach
    final void close() {
        port.fate = parcel -> Fate.TAKEN;
        OnContext.get(port.answerHeld());
        OnContext.get(vertx.close());
    }

    /** Makes a call on the context, and waits for what it gives. */
    final <T> T get(Callable<Future<T>> step) {
        return OnContext.get(on.start(step));
    }

    /** Makes a call on the context, and waits for its failure. */
    final Throwable failure(Callable<Future<?>> step) {
        return OnContext.failure(on.start(() -> step.call().<Object>mapEmpty()));
    }

    /** Reads a stream as far as it goes now. */
    final EventReader<Buffer> read(ReaderOptions options) {
        return OnContext.get(on.start(() -> on.log.read("scope/stream", EventCodec.raw(), options)));
    }

    /** Takes what a reader hands out until it ends. */
    final <E> Future<List<EventRecord<E>>> collecting(EventReader<E> reader) {
        List<EventRecord<E>> records = new ArrayList<>();
        Promise<List<EventRecord<E>>> end = Promise.promise();
        return on.start(() -> {
            reader.exceptionHandler(end::fail);
            reader.endHandler(ignored -> end.complete(records));
            reader.handler(records::add);
            return end.future();
        });
    }
}
