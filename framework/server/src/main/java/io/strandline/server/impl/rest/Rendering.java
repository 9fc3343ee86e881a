package io.strandline.server.impl.rest;

import io.strandline.client.operation.Operation;
import io.strandline.client.wire.ErrorCode;
import io.strandline.server.impl.http.Answer;
import io.strandline.server.impl.http.Problem;
import io.strandline.server.impl.http.Refusal;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Operations of the table as routes. The fields of the request are where HTTP has them: those that the path names there, {@code
 * scope/stream} as its two parts, the others in the query of a GET or DELETE and in the body of a POST or PUT. The reply is the body of
 * the response.
 */
final class Rendering {

    private final Calls calls;
    private final String tag;

    /** @param tag names the group that the routes are shown in */
    Rendering(Calls calls, String tag) {
        this.calls = calls;
        this.tag = tag;
    }

    /** For the routes of another group. */
    Rendering of(String other) {
        return new Rendering(calls, other);
    }

    /**
     * A route of an operation.
     *
     * @param status of a success, 204 for one without body
     * @param inQuery fields that are in the query whatever the method
     */
    <Q, R> Route route(
            HttpMethod method, String path, String summary, int status, Operation<Q, R> operation, String... inQuery) {
        Route route = Route.of(method, path, operation.name(), tag, summary);
        FieldPlaces fields = new FieldPlaces(route, operation, Set.of(inQuery));
        fields.describe(route);
        if (status == 204) {
            route.givesNothing("Done");
        } else {
            route.gives(status, "Done", operation.reply().schema());
        }
        for (ErrorCode failure : operation.failures()) {
            route.fails(Problem.statusOf(failure));
        }
        return route.does(exchange -> fields.request(exchange)
                .compose(json ->
                        calls.call(exchange, operation, operation.request().fromJson("", json)))
                .map(reply -> status == 204 ? Answer.noContent() : Answer.json(status, Calls.json(operation, reply))));
    }

    /** Where the fields of one request are. */
    private static final class FieldPlaces {

        private final Map<String, List<String>> inPath = new LinkedHashMap<>();
        private final Map<String, JsonObject> inQuery = new LinkedHashMap<>();
        private final Map<String, JsonObject> inBody = new LinkedHashMap<>();
        private final Set<String> required = new HashSet<>();

        FieldPlaces(Route route, Operation<?, ?> operation, Set<String> toQuery) {
            JsonObject schema = operation.request().schema();
            JsonObject properties = schema.getJsonObject("properties", new JsonObject());
            schema.getJsonArray("required", new JsonArray()).forEach(name -> required.add((String) name));
            List<String> variables = route.variables();
            for (String variable : variables) {
                if (variable.equals("scope") && variables.size() > 1) {
                    String named = variables.get(variables.indexOf(variable) + 1);
                    inPath.put(named, List.of(variable, named));
                } else {
                    inPath.putIfAbsent(variable, List.of(variable));
                }
            }
            for (String name : inPath.keySet()) {
                if (!properties.containsKey(name)) {
                    throw new IllegalStateException("a request of " + operation + " has no field " + name);
                }
            }
            boolean isBodyless =
                    route.method().equals(HttpMethod.GET) || route.method().equals(HttpMethod.DELETE);
            for (String name : properties.fieldNames()) {
                if (!inPath.containsKey(name)) {
                    (isBodyless || toQuery.contains(name) ? inQuery : inBody).put(name, properties.getJsonObject(name));
                }
            }
        }

        void describe(Route route) {
            inQuery.forEach((name, schema) -> {
                if (required.contains(name)) {
                    route.requiredQuery(name, schema, name);
                } else {
                    route.query(name, schema, name);
                }
            });
            if (inBody.isEmpty()) {
                return;
            }
            JsonObject properties = new JsonObject();
            JsonArray needed = new JsonArray();
            inBody.forEach((name, schema) -> {
                properties.put(name, schema);
                if (required.contains(name)) {
                    needed.add(name);
                }
            });
            JsonObject schema = new JsonObject().put("type", "object").put("properties", properties);
            if (needed.isEmpty()) {
                route.mayTake(schema);
            } else {
                route.takes(schema.put("required", needed));
            }
        }

        Future<JsonObject> request(RoutedExchange exchange) {
            JsonObject given = new JsonObject();
            inPath.forEach((name, variables) -> given.put(
                    name,
                    String.join("/", variables.stream().map(exchange::path).toList())));
            inQuery.forEach((name, schema) -> {
                Object value = value(exchange, name, schema);
                if (value != null) {
                    given.put(name, value);
                }
            });
            if (inBody.isEmpty()) {
                return Future.succeededFuture(given);
            }
            boolean isRequired = inBody.keySet().stream().anyMatch(required::contains);
            return JsonBody.object(exchange, isRequired).map(body -> {
                for (String name : body.fieldNames()) {
                    if (given.containsKey(name)) {
                        throw Refusal.of(name, "field " + name + " is a part of the address, and not of the body");
                    }
                }
                return body.mergeIn(given);
            });
        }

        private static @Nullable Object value(RoutedExchange exchange, String name, JsonObject schema) {
            Object type = schema.getValue("type");
            if ("integer".equals(type)) {
                return exchange.query(name) == null
                        ? null
                        : (Object) exchange.query(name, 0, Long.MIN_VALUE, Long.MAX_VALUE);
            }
            if ("boolean".equals(type)) {
                return exchange.query(name) == null ? null : (Object) exchange.isSet(name);
            }
            return exchange.query(name);
        }
    }
}
