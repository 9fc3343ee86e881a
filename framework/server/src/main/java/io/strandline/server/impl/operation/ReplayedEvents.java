package io.strandline.server.impl.operation;

import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.NewEvent;
import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.client.operation.Payload;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Appends parked events to their streams once more, with their keys, types and headers, so that they are processed like new ones. Its
 * writers are opened for one call and closed after it.
 */
final class ReplayedEvents {

    private final Strandline log;

    ReplayedEvents(Strandline log) {
        this.log = log;
    }

    /** The writers of one call. Belongs to its context. */
    final class Appending {

        private final Map<StreamName, Future<EventWriter<Payload>>> writers = new HashMap<>();

        /** Completes when the event is durable. */
        Future<?> append(StreamName stream, EventRecord<Payload> event) {
            return writers.computeIfAbsent(stream, name -> log.createWriter(name.toString(), Payload.CODEC))
                    .compose(
                            writer -> writer.append(new NewEvent<>(event.key(), event.event(), event.headers(), null)));
        }

        private Future<Void> end() {
            List<Future<Void>> ends = new ArrayList<>();
            writers.values().forEach(opened -> ends.add(opened.compose(EventWriter::end)));
            return Future.join(ends).transform(ended -> Future.succeededFuture());
        }
    }

    /** Makes a call that appends. What it throws fails it. */
    <T> Future<T> with(Function<Appending, Future<T>> call) {
        Appending appending = new Appending();
        return Future.succeededFuture(appending).compose(call).eventually(appending::end);
    }
}
