package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import io.strandline.Scaling;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.strandline.server.impl.http.Answer;
import io.strandline.server.impl.http.Refusal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Streams, with the paths and names that Pravega's controller has, and what it lacks: truncation, scaling, subscribers. */
final class StreamRoutes {

    static final String TAG = "Streams";
    static final String STREAMS = ScopeRoutes.SCOPE + "/streams";
    static final String STREAM = STREAMS + "/{stream}";

    /** States of a stream, by the names of Pravega's controller. */
    private static final String ACTIVE = "ACTIVE";

    private static final String SEALED = "SEALED";

    private final Calls calls;
    private final Rendering rendering;

    StreamRoutes(Calls calls, Rendering rendering) {
        this.calls = calls;
        this.rendering = rendering.of(TAG);
    }

    List<Route> all() {
        return List.of(
                list(),
                create(),
                get(),
                update(),
                rendering.route(DELETE, STREAM, "Deletes a stream with all its events", 204, Operations.DELETE_STREAM),
                seal(),
                scalings(),
                rendering.route(
                        POST,
                        STREAM + "/scale",
                        "Seals partitions and opens others that take over their keys",
                        200,
                        Operations.SCALE),
                cuts(),
                rendering.route(
                        GET,
                        STREAM + "/stamps-ahead",
                        "How far the newest stamps are ahead of the clock of the log, in milliseconds",
                        200,
                        Operations.STAMPS_AHEAD_MILLIS),
                truncate(),
                rendering.route(
                        GET,
                        STREAM + "/subscribers",
                        "Who consumes the stream, and how far, longest idle first",
                        200,
                        Operations.SUBSCRIBER_NOTES),
                consumed(),
                forget(),
                retire());
    }

    /** The stream that the path names. */
    static StreamName stream(RoutedExchange exchange) {
        try {
            return new StreamName(exchange.path("scope"), exchange.path("stream"));
        } catch (StrandlineException.Invalid e) {
            throw Refusal.of("stream", "the address: " + e.getMessage());
        }
    }

    private static JsonObject nameSchema() {
        return Schemas.object(Map.of("scopeName", Schemas.text(), "streamName", Schemas.text()));
    }

    private static JsonObject named(StreamName stream) {
        return new JsonObject().put("scopeName", stream.scope()).put("streamName", stream.stream());
    }

    private static JsonObject descriptionSchema() {
        JsonObject schema = Operations.DESCRIBE.reply().schema();
        schema.getJsonObject("properties")
                .put("scopeName", Schemas.text())
                .put("streamName", Schemas.text())
                .put("streamState", Schemas.oneOf(ACTIVE, SEALED))
                .put("scalingPolicy", PolicyJson.scalingSchema())
                .put("retentionPolicy", PolicyJson.retentionSchema());
        return schema;
    }

    /** A stream with what is set of it. */
    private Future<JsonObject> described(RoutedExchange exchange, StreamDescription stream) {
        return calls.call(exchange, Operations.POLICIES, stream.name()).map(policies -> described(stream, policies));
    }

    private static JsonObject described(StreamDescription stream, StreamPolicies policies) {
        return Calls.json(Operations.DESCRIBE, stream)
                .mergeIn(named(stream.name()))
                .put("streamState", stream.isSealed() ? SEALED : ACTIVE)
                .put("scalingPolicy", PolicyJson.of(policies.scaling()))
                .put("retentionPolicy", policies.retention().toJson());
    }

    // ---- streams

    private Route list() {
        return Route.of(GET, STREAMS, "listStreams", TAG, "All streams of a scope, in ascending order")
                .gives(200, "The streams", Schemas.object(Map.of("streams", Schemas.listOf(nameSchema()))))
                .fails(404)
                .does(exchange -> calls.call(exchange, Operations.STREAMS, exchange.path("scope"))
                        .map(streams -> {
                            JsonArray all = new JsonArray();
                            streams.forEach(stream -> all.add(named(stream)));
                            return Answer.ok(new JsonObject().put("streams", all));
                        }));
    }

    private Route create() {
        JsonObject body = Schemas.options(Map.of(
                "streamName", Schemas.text(),
                "scalingPolicy", PolicyJson.scalingSchema(),
                "retentionPolicy", PolicyJson.retentionSchema(),
                "exclusive", Schemas.flag()));
        return Route.of(POST, STREAMS, "createStream", TAG, "Creates a stream")
                .says("A stream that exists is refused with 409, whatever its options are.")
                .takes(body.put("required", new JsonArray().add("streamName")))
                .gives(201, "The stream was created", descriptionSchema())
                .fails(404, 409)
                .does(exchange -> JsonBody.object(exchange, true).compose(given -> create(exchange, given)));
    }

    private Future<Answer> create(RoutedExchange exchange, JsonObject body) {
        Fields.requireKnown(body, List.of("streamName", "scalingPolicy", "retentionPolicy", "exclusive"));
        StreamName name = new StreamName(exchange.path("scope"), Fields.text(body, "streamName"));
        JsonObject scaling = Fields.objectOrNull(body, "scalingPolicy");
        StreamOptions options = new StreamOptions()
                .setPartitions(PolicyJson.partitions(scaling))
                .setScaling(PolicyJson.scaling(scaling))
                .setRetention(PolicyJson.retention(Fields.objectOrNull(body, "retentionPolicy")))
                .setExclusive(Fields.flag(body, "exclusive"));
        Requests.CreateStream request = new Requests.CreateStream(name, options);
        // The log is content with a stream that has the same options. A client of this door wants to know, if it may
        // create one.
        return calls.permit(exchange, Operations.CREATE_STREAM, request)
                .compose(permitted -> calls.call(exchange, Operations.DESCRIBE, name))
                .transform((there, failure) -> {
                    if (there != null) {
                        return Future.failedFuture(new StrandlineException.Conflict("stream " + name + " exists"));
                    }
                    return failure instanceof StrandlineException.NotFound
                            ? calls.call(exchange, Operations.CREATE_STREAM, request)
                            : Future.failedFuture(failure);
                })
                .map(created -> Answer.json(
                        201, described(created, new StreamPolicies(options.getScaling(), options.getRetention()))));
    }

    private Route get() {
        return Route.of(GET, STREAM, "getStream", TAG, "The partitions of a stream, and every change of them")
                .gives(200, "The stream", descriptionSchema())
                .fails(404)
                .does(exchange -> calls.call(exchange, Operations.DESCRIBE, stream(exchange))
                        .compose(stream -> described(exchange, stream))
                        .map(Answer::ok));
    }

    private Route update() {
        return Route.of(PUT, STREAM, "updateStream", TAG, "Changes how a stream scales and what is kept of it")
                .says("A policy that is not given stays as it is.")
                .takes(Schemas.options(Map.of(
                        "scalingPolicy", PolicyJson.scalingSchema(),
                        "retentionPolicy", PolicyJson.retentionSchema())))
                .gives(200, "The stream", descriptionSchema())
                .fails(404)
                .does(exchange -> JsonBody.object(exchange, true).compose(body -> update(exchange, body)));
    }

    private Future<Answer> update(RoutedExchange exchange, JsonObject body) {
        Fields.requireKnown(body, List.of("scalingPolicy", "retentionPolicy"));
        StreamName name = stream(exchange);
        JsonObject scaling = Fields.objectOrNull(body, "scalingPolicy");
        JsonObject retention = Fields.objectOrNull(body, "retentionPolicy");
        if (scaling == null && retention == null) {
            throw Refusal.of("scalingPolicy", "neither scalingPolicy nor retentionPolicy is given");
        }
        // Both are read before the first is changed.
        Requests.SetScaling toScale = new Requests.SetScaling(name, PolicyJson.scaling(scaling));
        Requests.SetRetention toKeep = new Requests.SetRetention(name, PolicyJson.retention(retention));
        Supplier<Future<Nothing>> keep = () -> calls.call(exchange, Operations.SET_RETENTION, toKeep);
        Future<Nothing> done;
        if (scaling == null) {
            done = keep.get();
        } else {
            Future<Nothing> scaled = calls.call(exchange, Operations.SET_SCALING, toScale);
            done = retention == null ? scaled : scaled.compose(first -> keep.get());
        }
        return done.compose(changed -> calls.call(exchange, Operations.DESCRIBE, name))
                .compose(stream -> described(exchange, stream))
                .map(Answer::ok);
    }

    private Route seal() {
        return Route.of(
                        PUT,
                        STREAM + "/state",
                        "updateStreamState",
                        TAG,
                        "Seals a stream, so that it takes no more events")
                .says("A stream that is sealed stays so. What it has is read, truncated and deleted as before.")
                .takes(Schemas.object(Map.of("streamState", Schemas.oneOf(SEALED))))
                .gives(200, "The stream", descriptionSchema())
                .fails(404)
                .does(exchange -> JsonBody.object(exchange, true).compose(body -> {
                    Fields.requireKnown(body, List.of("streamState"));
                    if (!Fields.text(body, "streamState").equals(SEALED)) {
                        throw Refusal.of(
                                "streamState", "streamState is not " + SEALED + ", and nothing else can be asked for");
                    }
                    return calls.call(exchange, Operations.SEAL_STREAM, stream(exchange))
                            .compose(stream -> described(exchange, stream))
                            .map(Answer::ok);
                }));
    }

    private Route scalings() {
        JsonObject event = Schemas.object(Map.of(
                "timestamp", Schemas.whole(0),
                "sealed", Schemas.listOf(Schemas.whole(0)),
                "opened", Schemas.listOf(Schemas.whole(0))));
        return Route.of(
                        GET,
                        STREAM + "/scaling-events",
                        "getScalingEvents",
                        TAG,
                        "The scalings of a stream, oldest first")
                .query("from", Schemas.whole(0), "first time, in milliseconds since 1970")
                .query("to", Schemas.whole(0), "last time, in milliseconds since 1970")
                .gives(200, "The scalings", Schemas.object(Map.of("scalingEvents", Schemas.listOf(event))))
                .fails(404)
                .does(exchange -> {
                    long from = exchange.query("from", 0, 0, Long.MAX_VALUE);
                    long to = exchange.query("to", Long.MAX_VALUE, 0, Long.MAX_VALUE);
                    return calls.call(exchange, Operations.DESCRIBE, stream(exchange))
                            .map(stream -> {
                                JsonArray all = new JsonArray();
                                stream.scalings().stream()
                                        .filter(scaling -> scaling.stamp() >= from && scaling.stamp() <= to)
                                        .forEach(scaling -> all.add(shown(scaling)));
                                return Answer.ok(new JsonObject().put("scalingEvents", all));
                            });
                });
    }

    private static JsonObject shown(Scaling scaling) {
        JsonArray sealed = new JsonArray();
        scaling.sealed().forEach(each -> sealed.add(each.partition().id()));
        JsonArray opened = new JsonArray();
        scaling.opened().forEach(each -> opened.add(each.id()));
        return new JsonObject()
                .put("timestamp", scaling.stamp())
                .put("sealed", sealed)
                .put("opened", opened);
    }

    // ---- positions

    private static JsonObject offsets(StreamCut cut) {
        return cut.toJson().getJsonObject("offsets");
    }

    private Route cuts() {
        return Route.of(GET, STREAM + "/cuts", "getCuts", TAG, "Where a stream begins and ends")
                .gives(
                        200,
                        "The offsets of the first events that are kept, and of the next events",
                        Schemas.object(Map.of("start", Schemas.offsets(), "end", Schemas.offsets())))
                .fails(404)
                .does(exchange -> {
                    StreamName stream = stream(exchange);
                    return calls.call(exchange, Operations.START_CUT, stream)
                            .compose(start -> calls.call(exchange, Operations.END_CUT, stream)
                                    .map(end -> Answer.ok(new JsonObject()
                                            .put("start", offsets(start))
                                            .put("end", offsets(end)))));
                });
    }

    private Route truncate() {
        return Route.of(POST, STREAM + "/truncate", "truncateStream", TAG, "Removes all events before a cut")
                .says("The cut is the next or the nextFrom of a page, or what cuts gives.")
                .takes(BodyCut.schema())
                .givesNothing("The events were removed")
                .fails(404)
                .does(exchange -> JsonBody.object(exchange, true).compose(body -> {
                    StreamName stream = stream(exchange);
                    StreamCut before = BodyCut.of(body, stream);
                    return calls.call(exchange, Operations.TRUNCATE, new Requests.Truncate(stream, before))
                            .map(done -> Answer.noContent());
                }));
    }

    // ---- subscribers and writers

    private Route consumed() {
        return Route.of(
                        PUT,
                        STREAM + "/subscribers/{subscriber}",
                        "commitConsumed",
                        TAG,
                        "Notes how far a subscriber has consumed a stream")
                .takes(BodyCut.schema())
                .givesNothing("It is noted")
                .fails(404)
                .does(exchange -> JsonBody.object(exchange, true).compose(body -> {
                    StreamName stream = stream(exchange);
                    StreamCut consumed = BodyCut.of(body, stream);
                    return calls.call(
                                    exchange,
                                    Operations.COMMIT_CONSUMED,
                                    new Requests.Consumed(stream, exchange.path("subscriber"), consumed))
                            .map(done -> Answer.noContent());
                }));
    }

    private Route forget() {
        return Route.of(
                        DELETE,
                        STREAM + "/subscribers/{subscriber}",
                        "forgetSubscriber",
                        TAG,
                        "Forgets a subscriber, so that retention does not wait for it")
                .givesNothing("It is forgotten")
                .fails(404)
                .does(exchange -> {
                    String name = exchange.path("subscriber");
                    return calls.call(
                                    exchange, Operations.FORGET_SUBSCRIBER, new Requests.Named(stream(exchange), name))
                            .compose(forgotten -> forgotten
                                    ? Future.succeededFuture(Answer.noContent())
                                    : Future.failedFuture(
                                            new StrandlineException.NotFound("there is no subscriber " + name)));
                });
    }

    private Route retire() {
        return Route.of(
                        DELETE,
                        STREAM + "/writers/{writer}",
                        "retireWriter",
                        TAG,
                        "Forgets the sequences of a writer, and fences it")
                .givesNothing("It is forgotten")
                .fails(404)
                .does(exchange -> calls.call(
                                exchange,
                                Operations.RETIRE_WRITER,
                                new Requests.Named(stream(exchange), exchange.path("writer")))
                        .map(done -> Answer.noContent()));
    }
}
