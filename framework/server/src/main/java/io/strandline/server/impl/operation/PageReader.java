package io.strandline.server.impl.operation;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.StreamCut;
import io.strandline.client.operation.EventRequests.EventPage;
import io.strandline.client.operation.Payload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

/** Reads one page: until a number of events, a number of bytes, or the end. Belongs to the reader's context. */
final class PageReader {

    private final int maxEvents;
    private final int maxBytes;
    private final List<EventRecord<Payload>> events = new ArrayList<>();
    private final Promise<EventPage> page = Promise.promise();
    private long bytes;
    private boolean isFull;

    PageReader(int maxEvents, int maxBytes) {
        this.maxEvents = maxEvents;
        this.maxBytes = maxBytes;
    }

    Future<EventPage> read(EventReader<Payload> reader) {
        reader.exceptionHandler(page::tryFail);
        reader.endHandler(end -> page.tryComplete(new EventPage(events, reader.position(), true)));
        reader.handler(event -> {
            if (isFull) {
                return;
            }
            events.add(event);
            bytes += EventBytes.of(event);
            if (events.size() >= maxEvents || bytes >= maxBytes) {
                isFull = true;
                reader.pause();
                // The handler has this event only when it has returned: the position is then after it.
                Vertx.currentContext().runOnContext(turned -> full(reader));
            }
        });
        return page.future();
    }

    private void full(EventReader<Payload> reader) {
        StreamCut position = reader.position();
        reader.close().onComplete(closed -> page.tryComplete(new EventPage(events, position, false)));
    }
}
