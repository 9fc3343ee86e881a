package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.POST;

import io.strandline.Appended;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.PartitionDescription;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.client.operation.EventRequests.AppendEvents;
import io.strandline.client.operation.EventRequests.AppendIf;
import io.strandline.client.operation.EventRequests.AppendIfUnchanged;
import io.strandline.client.operation.EventRequests.ReadPage;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Payload;
import io.strandline.server.impl.http.Answer;
import io.strandline.server.impl.http.Problem;
import io.strandline.server.impl.http.Refusal;
import io.strandline.server.impl.http.Room;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Appends: one event or an array of events as JSON, or lines of events. A body that is answered whole is read whole before its first
 * event is appended, so a wrong event appends nothing. A body of lines whose client accepts lines may stay open, see {@link
 * OpenAppend}.
 */
final class AppendRoute {

    static final String EVENTS = StreamRoutes.STREAM + "/events";

    /** Events that a failed condition is answered with, at most. */
    private static final int STORED_EVENTS = 10;

    private static final int STORED_BYTES = 64 << 10;
    private static final Pattern ENTITY_TAG = Pattern.compile("\"(\\d{1,19})\"");

    private final Calls calls;
    private final Room openStreams;

    AppendRoute(Calls calls, Room openStreams) {
        this.calls = calls;
        this.openStreams = openStreams;
    }

    Route route() {
        JsonObject events = Operations.APPEND_EVENTS
                .request()
                .schema()
                .getJsonObject("properties")
                .getJsonObject("events");
        JsonObject event = events.getJsonObject("items");
        return Route.of(POST, EVENTS, "appendEvents", "Events", "Appends events, durably")
                .says(
                        "Each event is appended on its own, in the order of the body for each key. With If-Match or unchangedSince all"
                                + " events have one key and are appended together or not at all. A body of lines whose client accepts"
                                + " application/x-ndjson may stay open: it is appended batch by batch, and each batch is answered with one line.")
                .query(
                        "writer",
                        Schemas.text(),
                        "id of the writer, for events with a sequence, which the log takes once")
                .query("unchangedSince", Schemas.text(), "a cut up to which the key was read, as PARTITION:OFFSET")
                .header("If-Match", Schemas.text(), "the next offset of the key's partition, as \"OFFSET\"")
                .takes(
                        Answer.JSON,
                        new JsonObject().put("anyOf", new JsonArray().add(event).add(events.copy())))
                .takes(EventLines.LINES, Schemas.text().put("description", "an event in each line"))
                .gives(200, "The events are durable", Places.schema())
                .withHeader("ETag", "with If-Match: the next offset, for the next If-Match")
                .gives(200, "", EventLines.LINES, Schemas.text().put("description", "such an answer for each batch"))
                .fails(404, 409, 412, 413)
                .does(this::append);
    }

    private Future<Answer> append(RoutedExchange exchange) {
        boolean isLines = exchange.bodyType().equals(EventLines.LINES);
        Optional<String> writer = Optional.ofNullable(exchange.query("writer"));
        if (isLines && exchange.answerType().equals(EventLines.LINES)) {
            return open(exchange, writer);
        }
        return exchange.body()
                .whole()
                .map(body -> isLines
                        ? EventLines.ofLines(body, exchange.options().getMaxBodyBytes())
                        : EventLines.ofJson(body))
                .compose(events -> append(exchange, writer, events));
    }

    private Future<Answer> append(RoutedExchange exchange, Optional<String> writer, List<NewEvent<Payload>> events) {
        StreamName stream = StreamRoutes.stream(exchange);
        String match = exchange.header("If-Match");
        String since = exchange.query("unchangedSince");
        if (match == null && since == null) {
            return calls.call(exchange, Operations.APPEND_EVENTS, new AppendEvents(stream, writer, events))
                    .map(appended -> Answer.ok(Places.of(appended)));
        }
        if (match != null && since != null) {
            throw Refusal.of("unchangedSince", "If-Match and unchangedSince are given, it must be one of them");
        }
        Together together = Together.of(events);
        return match == null
                ? unchanged(exchange, stream, together, CutText.parse("unchangedSince", stream, String.valueOf(since)))
                : matching(exchange, stream, together, expected(match));
    }

    // ---- conditions

    /** Events of one key. */
    private record Together(String key, Headers headers, List<Payload> events) {

        static Together of(List<NewEvent<Payload>> events) {
            NewEvent<Payload> first = events.get(0);
            String key = first.key();
            if (key == null) {
                throw Refusal.of("key", "field key is missing: events with a condition have one key");
            }
            for (NewEvent<Payload> event : events) {
                if (!key.equals(event.key()) || !first.headers().equals(event.headers())) {
                    throw Refusal.of("key", "events with a condition have one key, and the same headers");
                }
                if (event.sequence() != null) {
                    throw Refusal.of("sequence", "field sequence: events with a condition have none");
                }
            }
            return new Together(
                    key, first.headers(), events.stream().map(NewEvent::event).toList());
        }
    }

    private static long expected(String match) {
        Matcher matcher = ENTITY_TAG.matcher(match);
        try {
            if (matcher.matches()) {
                return Long.parseLong(matcher.group(1));
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw Refusal.of("If-Match", match, "the next offset in quotes, such as \"42\"");
    }

    private Future<Answer> matching(RoutedExchange exchange, StreamName stream, Together together, long offset) {
        AppendIf request = new AppendIf(stream, together.key(), offset, together.headers(), together.events());
        return calls.call(exchange, Operations.APPEND_IF, request)
                .map(first -> done(first, together))
                .recover(failure -> failure instanceof StrandlineException.Conflict
                        ? stored(exchange, stream, together.key(), offset, failure)
                        : Future.failedFuture(failure));
    }

    private static Answer done(Appended first, Together together) {
        int count = together.events().size();
        return Answer.ok(Places.of(first, count)).with("ETag", "\"" + (first.offset() + count) + "\"");
    }

    /** What the partition has in place of what the client expected. */
    private Future<Answer> stored(
            RoutedExchange exchange, StreamName stream, String key, long expected, Throwable failure) {
        Problem problem = Problem.of(failure, "an append").withStatus(412);
        return calls.call(exchange, Operations.DESCRIBE, stream)
                .map(described -> described.partitionOf(key))
                .compose(partition -> calls.call(exchange, Operations.END_CUT, stream)
                        .compose(end -> stored(exchange, stream, partition, expected, end)))
                .map(stored -> Answer.problem(problem.with("stored", stored)))
                .otherwise(Answer.problem(problem));
    }

    private Future<JsonObject> stored(
            RoutedExchange exchange, StreamName stream, PartitionDescription partition, long expected, StreamCut end) {
        long next = end.offset(partition.id());
        JsonObject stored = new JsonObject().put("partition", partition.id()).put("offset", next);
        if (expected >= next) {
            return Future.succeededFuture(stored.put("events", new JsonArray()));
        }
        return storedEvents(exchange, stream, partition.id(), expected)
                .recover(failure -> failure instanceof StrandlineException.Truncated
                        ? kept(exchange, stream, partition.id(), next)
                        : Future.failedFuture(failure))
                .map(events -> stored.put("events", events));
    }

    /** The first events of a partition that are kept, when those that the client expects were removed. */
    private Future<JsonArray> kept(RoutedExchange exchange, StreamName stream, long partition, long next) {
        return calls.call(exchange, Operations.START_CUT, stream)
                .compose(start -> storedEvents(
                        exchange, stream, partition, start.offsets().getOrDefault(partition, next)));
    }

    private Future<JsonArray> storedEvents(RoutedExchange exchange, StreamName stream, long partition, long from) {
        ReadPage read = new ReadPage(
                stream,
                StartPosition.at(StreamCut.of(stream, partition, from)),
                List.of(partition),
                STORED_EVENTS,
                STORED_BYTES);
        return calls.call(exchange, Operations.READ_PAGE, read)
                .map(page -> Calls.json(Operations.READ_PAGE, page).getJsonArray("events"));
    }

    private Future<Answer> unchanged(RoutedExchange exchange, StreamName stream, Together together, StreamCut since) {
        AppendIfUnchanged request =
                new AppendIfUnchanged(stream, together.key(), since, List.of(), together.headers(), together.events());
        return calls.call(exchange, Operations.APPEND_IF_UNCHANGED, request)
                .map(first -> done(first, together))
                .recover(failure -> failure instanceof StrandlineException.Conflict
                        ? Future.succeededFuture(
                                Answer.problem(Problem.of(failure, "an append").withStatus(412)))
                        : Future.failedFuture(failure));
    }

    // ---- a request that stays open

    private Future<Answer> open(RoutedExchange exchange, Optional<String> writer) {
        if (exchange.header("If-Match") != null || exchange.query("unchangedSince") != null) {
            throw Refusal.of("If-Match", "a condition needs a body that is answered whole: Accept application/json");
        }
        StreamName stream = StreamRoutes.stream(exchange);
        AppendEvents nothing = new AppendEvents(stream, writer, List.of());
        return calls.permit(exchange, Operations.APPEND_EVENTS, nothing)
                .compose(permitted -> calls.dispatch().served().log().catalog().describe(stream.toString()))
                .map(there -> {
                    if (exchange.isAnswered()) { // the client is gone
                        return Answer.SENT;
                    }
                    if (!openStreams.take(1)) {
                        throw new Refusal(Problem.overloaded(
                                openStreams.most() + " requests and responses stay open, which is the limit"));
                    }
                    new OpenAppend(
                                    exchange,
                                    events -> calls.call(
                                            exchange,
                                            Operations.APPEND_EVENTS,
                                            new AppendEvents(stream, writer, events)),
                                    () -> openStreams.release(1))
                            .begin();
                    return Answer.SENT;
                });
    }
}
