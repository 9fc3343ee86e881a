package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.GET;

import io.strandline.EventReader;
import io.strandline.ReaderOptions;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.client.operation.EventRequests;
import io.strandline.client.operation.EventRequests.EventPage;
import io.strandline.client.operation.EventRequests.ReadPage;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Payload;
import io.strandline.server.RestOptions;
import io.strandline.server.impl.http.Answer;
import io.strandline.server.impl.http.Problem;
import io.strandline.server.impl.http.Refusal;
import io.strandline.server.impl.http.Room;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads of events: a page, which may wait for the first event, lines up to the end of the stream or without end, and server-sent events,
 * whose ids are positions at which a client resumes by {@code Last-Event-ID}.
 */
final class ReadRoute {

    private final Calls calls;
    private final Room openStreams;
    private final Strandline log;
    private final RestOptions options;

    ReadRoute(Calls calls, Room openStreams, RestOptions options) {
        this.calls = calls;
        this.openStreams = openStreams;
        this.log = calls.dispatch().served().log();
        this.options = options;
    }

    Route route() {
        JsonObject page = Operations.READ_PAGE.reply().schema();
        page.getJsonObject("properties")
                .put("nextFrom", Schemas.text().put("description", "the from of the next page"));
        JsonObject text = Schemas.text();
        Route route = Route.of(GET, AppendRoute.EVENTS, "readEvents", "Events", "Reads events")
                .says("A page as application/json, an event a line as application/x-ndjson, or server-sent events as"
                        + " text/event-stream, without end. The id of a server-sent event is the position after it, the first id"
                        + " has no event and is where they begin, and Last-Event-ID resumes there.");
        ReadFrom.describe(route);
        return route.query(
                        "limit",
                        Schemas.whole(1, options.getMaxPageEvents(), EventRequests.DEFAULT_PAGE_EVENTS),
                        "most events. Without it, lines and server-sent events have no limit")
                .query(
                        "maxBytes",
                        Schemas.whole(1, options.getMaxPageBytes(), EventRequests.DEFAULT_PAGE_BYTES),
                        "bytes of events after which a page ends")
                .query(
                        "wait",
                        Schemas.whole(0, options.getMaxWaitMillis(), 0),
                        "how long a page without events waits for the first one, in milliseconds")
                .query("follow", Schemas.flag(), "true if lines go on with events that are appended later")
                .header("Last-Event-ID", Schemas.text(), "with text/event-stream, in place of from")
                .gives(200, "The events", page)
                .gives(200, "", EventLines.LINES, text.copy().put("description", "an event in each line"))
                .gives(200, "", EventResponse.Framing.SERVER_SENT.mediaType(), text.copy())
                .fails(404, 410, 416)
                .does(this::read);
    }

    private Future<Answer> read(RoutedExchange exchange) {
        String form = exchange.answerType();
        boolean isServerSent = form.equals(EventResponse.Framing.SERVER_SENT.mediaType());
        ReadFrom from = ReadFrom.of(exchange, isServerSent);
        Future<Answer> answer;
        if (isServerSent) {
            answer = open(exchange, from, EventResponse.Framing.SERVER_SENT, true);
        } else if (form.equals(EventLines.LINES)) {
            answer = open(exchange, from, EventResponse.Framing.LINES, exchange.isSet("follow"));
        } else {
            answer = page(exchange, from);
        }
        return answer.recover(failure -> explained(exchange, from, failure));
    }

    // ---- failures that say where the stream is

    private Future<Answer> explained(RoutedExchange exchange, ReadFrom from, Throwable failure) {
        if (failure instanceof StrandlineException.Truncated) {
            return calls.call(exchange, Operations.START_CUT, from.stream())
                    .map(start -> Answer.problem(Problem.of(failure, "a read").with("start", CutText.of(start))))
                    .otherwise(Answer.problem(Problem.of(failure, "a read")));
        }
        if (failure instanceof StrandlineException.Invalid && from.from() instanceof StartPosition.Cut cut) {
            return ends(exchange, cut.cut()).compose(ends -> {
                String past = from.pastTheEnd(ends);
                return past == null
                        ? Future.failedFuture(failure)
                        : Future.succeededFuture(Answer.problem(
                                Problem.pastTheEnd(past + " is past the end").with("end", CutText.of(ends))));
            });
        }
        return Future.failedFuture(failure);
    }

    /** The ends of the open partitions, and of the sealed ones that a cut names. */
    private Future<SortedMap<Long, Long>> ends(RoutedExchange exchange, StreamCut cut) {
        StreamName stream = cut.stream();
        return calls.call(exchange, Operations.DESCRIBE, stream)
                .compose(described -> calls.call(exchange, Operations.END_CUT, stream)
                        .map(end -> {
                            SortedMap<Long, Long> ends = new TreeMap<>(end.offsets());
                            cut.offsets().keySet().forEach(id -> {
                                SealedPartition sealed = described.sealed(id);
                                if (sealed != null) {
                                    ends.put(id, sealed.endOffset());
                                }
                            });
                            return ends;
                        }));
    }

    // ---- pages

    private Future<Answer> page(RoutedExchange exchange, ReadFrom from) {
        int events = (int) exchange.query("limit", EventRequests.DEFAULT_PAGE_EVENTS, 1, options.getMaxPageEvents());
        int bytes = (int) exchange.query("maxBytes", EventRequests.DEFAULT_PAGE_BYTES, 1, options.getMaxPageBytes());
        long wait = exchange.query("wait", 0, 0, options.getMaxWaitMillis());
        ReadPage request = new ReadPage(from.stream(), from.from(), from.partitions(), events, bytes);
        return calls.call(exchange, Operations.READ_PAGE, request)
                .compose(page -> page.events().isEmpty() && wait > 0
                        ? awaited(exchange, request, page, wait)
                        : Future.succeededFuture(page))
                .map(ReadRoute::shown);
    }

    private static Answer shown(EventPage page) {
        JsonObject json = Calls.json(Operations.READ_PAGE, page);
        return Answer.ok(json.put("nextFrom", CutText.of(page.next())));
    }

    /** Waits for an event after a page without events, and reads the page once more. */
    private Future<EventPage> awaited(RoutedExchange exchange, ReadPage request, EventPage empty, long waitMillis) {
        if (!openStreams.take(1)) {
            return Future.failedFuture(tooMany());
        }
        ReadPage next = new ReadPage(
                request.stream(),
                StartPosition.at(empty.next()),
                request.partitions(),
                request.maxEvents(),
                request.maxBytes());
        return log.subscribe(request.stream().toString(), Payload.CODEC, readerOptions(next.from(), next))
                .compose(reader -> comes(exchange, reader, waitMillis))
                .compose(
                        come -> come ? calls.call(exchange, Operations.READ_PAGE, next) : Future.succeededFuture(empty))
                .onComplete(done -> openStreams.release(1));
    }

    private ReaderOptions readerOptions(StartPosition from, ReadPage request) {
        return new ReaderOptions()
                .setFrom(from)
                .setPartitions(new HashSet<>(request.partitions()))
                .setReadAheadBytes(1);
    }

    /** Completes with true when an event comes, and with false when none does in time, or nobody waits any more. */
    private static Future<Boolean> comes(RoutedExchange exchange, EventReader<Payload> reader, long waitMillis) {
        Promise<Boolean> comes = Promise.promise();
        Vertx vertx = Vertx.currentContext().owner();
        long timer = vertx.setTimer(waitMillis, late -> comes.tryComplete(false));
        exchange.onLeave(() -> comes.tryComplete(false));
        reader.exceptionHandler(comes::tryFail);
        reader.endHandler(end -> comes.tryComplete(false));
        reader.handler(event -> comes.tryComplete(true));
        return comes.future().eventually(() -> {
            vertx.cancelTimer(timer);
            return reader.close();
        });
    }

    private Refusal tooMany() {
        return new Refusal(
                Problem.overloaded(openStreams.most() + " requests and responses stay open, which is the limit"));
    }

    // ---- responses that stay open

    private Future<Answer> open(
            RoutedExchange exchange, ReadFrom from, EventResponse.Framing framing, boolean isEndless) {
        long limit = exchange.query("limit", Long.MAX_VALUE, 1, Long.MAX_VALUE);
        ReadPage what = new ReadPage(from.stream(), from.from(), from.partitions(), 1, 1);
        ReaderOptions reading = new ReaderOptions()
                .setFrom(from.from())
                .setPartitions(new HashSet<>(from.partitions()))
                .setReadAheadBytes(options.getMaxReplyBytes());
        return calls.permit(exchange, Operations.READ_PAGE, what).compose(permitted -> {
            if (!openStreams.take(1)) {
                return Future.failedFuture(tooMany());
            }
            String name = from.stream().toString();
            return (isEndless ? log.subscribe(name, Payload.CODEC, reading) : log.read(name, Payload.CODEC, reading))
                    .onFailure(none -> openStreams.release(1))
                    .map(reader -> {
                        begin(exchange, framing, reader, what, limit);
                        return Answer.SENT;
                    });
        });
    }

    private void begin(
            RoutedExchange exchange,
            EventResponse.Framing framing,
            EventReader<Payload> reader,
            ReadPage what,
            long limit) {
        if (exchange.isAnswered()) { // the client is gone
            reader.close();
            openStreams.release(1);
            return;
        }
        new EventResponse(
                        exchange,
                        framing,
                        reader,
                        lost -> calls.dispatch().gate().keep(exchange.who(), Operations.READ_PAGE, what, lost),
                        limit,
                        () -> openStreams.release(1))
                .begin();
    }
}
