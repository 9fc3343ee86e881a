package io.strandline.server.impl.rest;

import io.strandline.NewEvent;
import io.strandline.StrandlineException;
import io.strandline.client.operation.EventRequests;
import io.strandline.client.operation.JsonEvents;
import io.strandline.client.operation.Payload;
import io.strandline.server.impl.http.LineSplitter;
import io.strandline.server.impl.http.Problem;
import io.strandline.server.impl.http.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Events to be appended, out of bodies. A refusal names the line or the element. */
final class EventLines implements LineSplitter.Lines {

    static final String LINES = "application/x-ndjson";

    private final List<NewEvent<Payload>> events = new ArrayList<>();
    private long lines;

    // ---- a whole body

    /** The events of a body of lines. */
    static List<NewEvent<Payload>> ofLines(Buffer body, int maxLineBytes) {
        EventLines all = new EventLines();
        LineSplitter splitter = new LineSplitter(maxLineBytes);
        splitter.take(body, all);
        splitter.end(all);
        return required(all.events);
    }

    /** The events of a body that is one event, or an array of events. */
    static List<NewEvent<Payload>> ofJson(Buffer body) {
        Object json = JsonBody.parsed(body);
        if (json instanceof JsonObject) {
            byte[] bytes = body.getBytes();
            return List.of(JsonEvents.parse("", bytes, 0, bytes.length));
        }
        if (!(json instanceof JsonArray array)) {
            throw Refusal.of("body", "the body must be an event or an array of events");
        }
        requireFew(array.size());
        List<NewEvent<Payload>> events = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            events.add(JsonEvents.event("[" + i + "]", array.getValue(i)));
        }
        return required(events);
    }

    private static List<NewEvent<Payload>> required(List<NewEvent<Payload>> events) {
        if (events.isEmpty()) {
            throw Refusal.of("body", "the body has no event");
        }
        return events;
    }

    private static void requireFew(int events) {
        if (events > EventRequests.MAX_EVENTS) {
            throw Refusal.of(
                    "body",
                    "the body has more than " + EventRequests.MAX_EVENTS + " events, which is the limit of a request");
        }
    }

    // ---- a body that comes in pieces

    @Override
    public void line(byte[] bytes, int from, int to) {
        lines++;
        try {
            events.add(JsonEvents.parse("line[" + lines + "]", bytes, from, to - from));
        } catch (StrandlineException.Invalid e) {
            throw new Refusal(Problem.of(e, "a line").with("line", lines));
        }
        requireFew(events.size());
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    /** The events that have come, which are then forgotten. */
    List<NewEvent<Payload>> take() {
        List<NewEvent<Payload>> taken = List.copyOf(events);
        events.clear();
        return taken;
    }
}
