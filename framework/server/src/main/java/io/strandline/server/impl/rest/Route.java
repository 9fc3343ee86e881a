package io.strandline.server.impl.rest;

import io.strandline.server.impl.http.Answer;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a method does at a path, with everything that the OpenAPI document says of it. Built once, then never changed.
 *
 * <pre>{@code
 * Route.of(GET, "/v1/scopes", "listScopes", "Scopes", "All scopes")
 *         .gives(200, "The scopes in ascending order", schema)
 *         .does(exchange -> ...)
 * }</pre>
 */
final class Route {

    /** Serves an exchange. What it throws, and a failed future, is answered as a problem. */
    interface Action {
        Future<Answer> serve(RoutedExchange exchange);
    }

    /** A value beside the body. */
    record Parameter(String name, String in, boolean isRequired, JsonObject schema, String description) {

        JsonObject toJson() {
            return new JsonObject()
                    .put("name", name)
                    .put("in", in)
                    .put("required", isRequired)
                    .put("description", description)
                    .put("schema", schema);
        }
    }

    /** A response. */
    record Reply(String description, Map<String, JsonObject> contents, Map<String, String> headers) {}

    private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)}");

    private final HttpMethod method;
    private final String path;
    private final String id;
    private final String tag;
    private final String summary;
    private final Pattern pattern;
    private final List<Parameter> parameters = new ArrayList<>();
    private final Map<String, JsonObject> bodies = new LinkedHashMap<>();
    private final Map<Integer, Reply> replies = new LinkedHashMap<>();
    private final Set<Integer> failures = new TreeSet<>();
    private boolean isBodyRequired = true;
    private boolean isOpen;
    private int conflictStatus = 409;
    private String description = "";
    private Action action = exchange -> Future.failedFuture("no action");

    private Route(HttpMethod method, String path, String id, String tag, String summary) {
        this.method = method;
        this.path = path;
        this.id = id;
        this.tag = tag;
        this.summary = summary;
        this.pattern =
                Pattern.compile(VARIABLE.matcher(path.replace(".", "\\.")).replaceAll("[^/]+"));
        for (String variable : variables()) {
            parameters.add(new Parameter(variable, "path", true, Schemas.text(), Schemas.pathText(variable)));
        }
    }

    /**
     * A route that does nothing yet.
     *
     * @param path with variables in braces
     * @param id its name in the OpenAPI document
     * @param tag names the group that it is shown in
     */
    static Route of(HttpMethod method, String path, String id, String tag, String summary) {
        return new Route(method, path, id, tag, summary);
    }

    // ---- what it takes and gives

    Route says(String text) {
        description = text;
        return this;
    }

    Route query(String name, JsonObject schema, String text) {
        parameters.add(new Parameter(name, "query", false, schema, text));
        return this;
    }

    Route requiredQuery(String name, JsonObject schema, String text) {
        parameters.add(new Parameter(name, "query", true, schema, text));
        return this;
    }

    Route header(String name, JsonObject schema, String text) {
        parameters.add(new Parameter(name, "header", false, schema, text));
        return this;
    }

    Route takes(JsonObject schema) {
        return takes(Answer.JSON, schema);
    }

    Route takes(String mediaType, JsonObject schema) {
        bodies.put(mediaType, schema);
        return this;
    }

    Route mayTake(JsonObject schema) {
        isBodyRequired = false;
        return takes(schema);
    }

    Route gives(int status, String text, JsonObject schema) {
        return gives(status, text, Answer.JSON, schema);
    }

    Route gives(int status, String text, String mediaType, JsonObject schema) {
        Reply known = replies.get(status);
        Map<String, JsonObject> contents = new LinkedHashMap<>(known == null ? Map.of() : known.contents());
        contents.put(mediaType, schema);
        replies.put(
                status,
                new Reply(
                        known == null ? text : known.description(),
                        contents,
                        known == null ? Map.of() : known.headers()));
        return this;
    }

    Route givesNothing(String text) {
        replies.put(204, new Reply(text, Map.of(), Map.of()));
        return this;
    }

    /** The last response that was named has a header. */
    Route withHeader(String name, String text) {
        int last = List.copyOf(replies.keySet()).get(replies.size() - 1);
        Reply known = replies.get(last);
        if (known != null) {
            Map<String, String> headers = new LinkedHashMap<>(known.headers());
            headers.put(name, text);
            replies.put(last, new Reply(known.description(), known.contents(), headers));
        }
        return this;
    }

    Route fails(int... statuses) {
        for (int status : statuses) {
            failures.add(status);
        }
        return this;
    }

    /** A conflict has this status in place of 409. */
    Route conflictIs(int status) {
        conflictStatus = status;
        failures.remove(409);
        failures.add(status);
        return this;
    }

    /** It is answered to whoever asks, before anybody is authenticated. */
    Route toEverybody() {
        isOpen = true;
        return this;
    }

    Route does(Action what) {
        action = what;
        return this;
    }

    // ---- as it is served

    HttpMethod method() {
        return method;
    }

    String path() {
        return path;
    }

    String id() {
        return id;
    }

    boolean isOpen() {
        return isOpen;
    }

    int conflictStatus() {
        return conflictStatus;
    }

    Action action() {
        return action;
    }

    /** The path as the router of Vert.x has it. */
    String routerPath() {
        return VARIABLE.matcher(path).replaceAll(":$1");
    }

    /** True if a path is one of this route. */
    boolean isAt(String other) {
        return pattern.matcher(other).matches();
    }

    List<String> variables() {
        List<String> names = new ArrayList<>();
        Matcher matcher = VARIABLE.matcher(path);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    boolean hasQuery(String name) {
        return parameters.stream()
                .anyMatch(parameter ->
                        parameter.in().equals("query") && parameter.name().equals(name));
    }

    List<String> queryNames() {
        return parameters.stream()
                .filter(parameter -> parameter.in().equals("query"))
                .map(Parameter::name)
                .toList();
    }

    /** True if it takes a body. */
    boolean takesBody() {
        return !bodies.isEmpty();
    }

    boolean isBodyRequired() {
        return isBodyRequired;
    }

    /** The forms of a body that it takes. */
    Set<String> bodyTypes() {
        return bodies.keySet();
    }

    /** The forms of its successful responses, the one without wishes first. */
    List<String> answerTypes() {
        List<String> types = new ArrayList<>();
        replies.values().forEach(reply -> types.addAll(reply.contents().keySet()));
        return types;
    }

    // ---- as it is described

    /** The operation object of the OpenAPI document. */
    JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("operationId", id)
                .put("tags", new JsonArray().add(tag))
                .put("summary", summary);
        if (!description.isEmpty()) {
            json.put("description", description);
        }
        JsonArray all = new JsonArray();
        parameters.forEach(parameter -> all.add(parameter.toJson()));
        json.put("parameters", all);
        if (takesBody()) {
            json.put(
                    "requestBody",
                    new JsonObject().put("required", isBodyRequired).put("content", content(bodies)));
        }
        JsonObject responses = new JsonObject();
        replies.forEach((status, reply) -> responses.put(Integer.toString(status), responseOf(reply)));
        for (int status : failures) {
            responses.put(Integer.toString(status), new JsonObject().put("$ref", "#/components/responses/Problem"));
        }
        responses.put("default", new JsonObject().put("$ref", "#/components/responses/Problem"));
        if (isOpen) {
            json.put("security", new JsonArray());
        }
        return json.put("responses", responses);
    }

    private static JsonObject responseOf(Reply reply) {
        JsonObject json = new JsonObject().put("description", reply.description());
        if (!reply.headers().isEmpty()) {
            JsonObject headers = new JsonObject();
            reply.headers()
                    .forEach((name, text) -> headers.put(
                            name, new JsonObject().put("description", text).put("schema", Schemas.text())));
            json.put("headers", headers);
        }
        return reply.contents().isEmpty() ? json : json.put("content", content(reply.contents()));
    }

    private static JsonObject content(Map<String, JsonObject> schemas) {
        JsonObject json = new JsonObject();
        schemas.forEach((mediaType, schema) -> json.put(mediaType, new JsonObject().put("schema", schema)));
        return json;
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
