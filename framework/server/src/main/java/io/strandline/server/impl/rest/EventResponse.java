package io.strandline.server.impl.rest;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.client.operation.JsonEvents;
import io.strandline.client.operation.Payload;
import io.strandline.server.impl.http.OpenResponse;
import io.strandline.server.impl.http.Problem;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Events as they are read, one a line or as server-sent events, in a response that stays open. Belongs to the connection's context.
 *
 * <p>A response that is full pauses its reader. So a client that does not read costs the bytes of one response and the read-ahead of
 * one reader. The caller's right is asked for again from time to time.
 */
final class EventResponse implements OpenResponse.Source {

    /** How an event and a problem are written. */
    enum Framing {
        /** A line of JSON each. */
        LINES(EventLines.LINES, "\n") {
            @Override
            void event(Buffer out, EventRecord<Payload> event, Supplier<String> position) {
                JsonEvents.write(event, out);
                out.appendString("\n");
            }

            @Override
            void problem(Buffer out, Problem problem) {
                out.appendBuffer(new JsonObject()
                                .put("problem", problem.toJson())
                                .toBuffer())
                        .appendString("\n");
            }
        },

        /** Server-sent events, whose ids are positions after them. */
        SERVER_SENT("text/event-stream", ":\n\n") {
            @Override
            void event(Buffer out, EventRecord<Payload> event, Supplier<String> position) {
                out.appendString("id: ").appendString(position.get()).appendString("\ndata: ");
                JsonEvents.write(event, out);
                out.appendString("\n\n");
            }

            @Override
            void problem(Buffer out, Problem problem) {
                out.appendString("event: problem\ndata: ")
                        .appendBuffer(problem.toJson().toBuffer())
                        .appendString("\n\n");
            }
        };

        private final String mediaType;
        private final String heartbeat;

        Framing(String mediaType, String heartbeat) {
            this.mediaType = mediaType;
            this.heartbeat = heartbeat;
        }

        String mediaType() {
            return mediaType;
        }

        abstract void event(Buffer out, EventRecord<Payload> event, Supplier<String> position);

        abstract void problem(Buffer out, Problem problem);
    }

    private static final int FLUSH_BYTES = 16 << 10;

    private final Framing framing;
    private final EventReader<Payload> reader;
    private final Runnable endOfRight;
    private final Runnable onEnd;
    private final Context context = Vertx.currentContext();
    private final OpenResponse response;
    private final TreeMap<Long, Long> position;
    private Buffer pending = Buffer.buffer();
    private long left;
    private boolean isScheduled;
    private boolean isPaused;
    private boolean isOver;

    /**
     * Answers a request from now on.
     *
     * @param keep has a callback called, on any thread, when the caller may not read any more, and gives what ends that
     * @param limit events after which the response ends
     * @param onEnd called once, when it is over
     */
    EventResponse(
            RoutedExchange exchange,
            Framing framing,
            EventReader<Payload> reader,
            Function<Consumer<StrandlineException>, Runnable> keep,
            long limit,
            Runnable onEnd) {
        this.framing = framing;
        this.reader = reader;
        this.left = limit;
        this.onEnd = onEnd;
        this.position = new TreeMap<>(reader.position().offsets());
        this.response = exchange.open(framing.mediaType(), Buffer.buffer(framing.heartbeat), this);
        this.endOfRight = keep.apply(lost -> context.runOnContext(turned -> failed(lost)));
    }

    void begin() {
        if (framing == Framing.SERVER_SENT) {
            // The head of the response leaves with it. A client that is cut off before its first event goes on from
            // here.
            response.write(Buffer.buffer("id: " + CutText.of(position) + "\n\n"));
        }
        reader.exceptionHandler(this::failed);
        reader.endHandler(end -> finish(null));
        reader.handler(this::event);
    }

    private void event(EventRecord<Payload> event) {
        if (isOver || left == 0) {
            return;
        }
        advance(event);
        framing.event(pending, event, () -> CutText.of(position));
        left--;
        if (left == 0) {
            finish(null);
            return;
        }
        if (pending.length() >= FLUSH_BYTES) {
            flush();
        } else if (!isScheduled) {
            isScheduled = true;
            context.runOnContext(turned -> {
                isScheduled = false;
                flush();
            });
        }
    }

    /** The position after an event. A partition that took over from others takes their place. */
    private void advance(EventRecord<Payload> event) {
        if (position.put(event.partition(), event.offset() + 1) == null) {
            // The handler has this event only when it has returned, so the reader does not count it yet.
            StreamCut known = reader.position();
            position.clear();
            position.putAll(known.offsets());
            position.put(event.partition(), event.offset() + 1);
        }
    }

    private void flush() {
        if (isOver || pending.length() == 0) {
            return;
        }
        Buffer bytes = pending;
        pending = Buffer.buffer();
        response.write(bytes);
        if (response.isFull() && !isPaused) {
            isPaused = true;
            reader.pause();
        }
    }

    private void failed(Throwable cause) {
        finish(Problem.of(cause, "a read"));
    }

    private void finish(@Nullable Problem problem) {
        if (isOver) {
            return;
        }
        if (problem != null) {
            framing.problem(pending, problem);
        }
        flush();
        response.end();
    }

    @Override
    public void drained() {
        if (isPaused && !isOver) {
            isPaused = false;
            reader.resume();
        }
    }

    @Override
    public void leave() {
        finish(null);
    }

    @Override
    public void over() {
        if (!isOver) {
            isOver = true;
            endOfRight.run();
            reader.close();
            onEnd.run();
        }
    }
}
