package io.strandline.server;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The requests over HTTP that do an operation: that of the route with its name in the OpenAPI document, whose fields are where the document has
 * them, or those that are listed here because HTTP has forms of its own for them.
 */
final class RestForms {

    private static final String SCOPE = "/v1/scopes/shop";
    private static final String STREAM = SCOPE + "/streams/orders";
    private static final String EVENTS = STREAM + "/events";
    private static final String LINES = "application/x-ndjson";
    private static final JsonObject EVENT = new JsonObject().put("key", "a").put("event", 1);

    private final JsonObject paths;
    private final Map<Operation<?, ?>, List<Form>> own = new HashMap<>();

    /**
     * A request.
     *
     * @param body its text, empty for none
     */
    record Form(HttpMethod method, String uri, Map<String, String> headers, String body) {

        static Form of(HttpMethod method, String uri) {
            return new Form(method, uri, Map.of(), "");
        }

        static Form of(HttpMethod method, String uri, Object body) {
            return new Form(method, uri, Map.of("Content-Type", "application/json"), body.toString());
        }

        Form with(String name, String value) {
            Map<String, String> all = new HashMap<>(headers);
            all.put(name, value);
            return new Form(method, uri, all, body);
        }

        private boolean isAt(HttpMethod other, String path) {
            String pattern = path.replace(".", "\\.").replaceAll("\\{\\w+}", "[^/]+");
            return method.equals(other) && uri.replaceAll("\\?.*", "").matches(pattern);
        }
    }

    /**
     * @param document the OpenAPI document
     * @param partition the first of the stream
     */
    RestForms(JsonObject document, long partition) {
        this.paths = document.getJsonObject("paths");
        catalog();
        positions(new JsonObject().put("offsets", new JsonObject().put(Long.toString(partition), 0)));
        events(partition);
        exposed();
    }

    private void put(Operation<?, ?> operation, Form... forms) {
        own.put(operation, List.of(forms));
    }

    // ---- forms of HTTP

    private void catalog() {
        put(Operations.CREATE_SCOPE, Form.of(POST, "/v1/scopes", new JsonObject().put("scopeName", "shop")));
        put(Operations.SCOPES, Form.of(GET, "/v1/scopes"));
        put(Operations.CREATE_STREAM, Form.of(POST, SCOPE + "/streams", new JsonObject().put("streamName", "orders")));
        put(Operations.POLICIES, Form.of(GET, STREAM));
        put(Operations.DESCRIBE, Form.of(GET, STREAM), Form.of(GET, STREAM + "/scaling-events"));
        put(Operations.SEAL_STREAM, Form.of(PUT, STREAM + "/state", new JsonObject().put("streamState", "SEALED")));
        put(Operations.STREAMS, Form.of(GET, SCOPE + "/streams"), Form.of(GET, SCOPE));
        put(
                Operations.SET_SCALING,
                Form.of(
                        PUT,
                        STREAM,
                        new JsonObject().put("scalingPolicy", new JsonObject().put("type", "FIXED_NUM_SEGMENTS"))));
        put(
                Operations.SET_RETENTION,
                Form.of(
                        PUT,
                        STREAM,
                        new JsonObject()
                                .put(
                                        "retentionPolicy",
                                        new JsonObject()
                                                .put("type", "LIMITED_DAYS")
                                                .put("value", 30_000))));
        put(Operations.RETIRE_WRITER, Form.of(DELETE, STREAM + "/writers/importer"));
    }

    private void positions(JsonObject cut) {
        put(Operations.START_CUT, Form.of(GET, STREAM + "/cuts"));
        put(Operations.END_CUT, Form.of(GET, STREAM + "/cuts"));
        put(Operations.TRUNCATE, Form.of(POST, STREAM + "/truncate", cut));
        put(Operations.COMMIT_CONSUMED, Form.of(PUT, STREAM + "/subscribers/group", cut));
        put(Operations.FORGET_SUBSCRIBER, Form.of(DELETE, STREAM + "/subscribers/group"));
    }

    private void events(long partition) {
        Form append = Form.of(POST, EVENTS, EVENT);
        Form lines = append.with("Content-Type", LINES);
        put(Operations.APPEND_EVENTS, append, lines, lines.with("Accept", LINES));
        put(Operations.APPEND_IF, append.with("If-Match", "\"7\""));
        put(Operations.APPEND_IF_UNCHANGED, Form.of(POST, EVENTS + "?unchangedSince=" + partition + ":0", EVENT));
        Form page = Form.of(GET, EVENTS + "?limit=3");
        put(
                Operations.READ_PAGE,
                page,
                Form.of(GET, EVENTS + "?limit=3&wait=1"),
                page.with("Accept", LINES),
                page.with("Accept", "text/event-stream"));
    }

    private void exposed() {
        put(ExposedOperations.GROUPS, Form.of(GET, SCOPE + "/readergroups"));
        String pipeline = "/v1/pipelines/totals";
        put(
                ExposedOperations.DESCRIBE_PIPELINE,
                Form.of(GET, pipeline),
                Form.of(GET, pipeline).with("Accept", "text/plain"));
        Form set = Form.of(
                PUT,
                "/v1/states/shop/flags",
                new JsonObject().put("type", "noted").put("version", 1).put("event", 1));
        put(ExposedOperations.SET_STATE, set.with("If-Match", "\"0\""));
        put(
                ExposedOperations.FORGET_STATE,
                Form.of(DELETE, "/v1/states/shop/flags").with("If-Match", "\"0\""));
    }

    /** True if an operation is done by requests of its own at this route. */
    boolean hasOwn(Operation<?, ?> operation, String method, String path) {
        HttpMethod of = HttpMethod.valueOf(method.toUpperCase(Locale.ROOT));
        return own.getOrDefault(operation, List.of()).stream().anyMatch(form -> form.isAt(of, path));
    }

    // ---- forms of the document

    /** What does an operation. Fails if there is nothing: an operation with the door REST that nobody reaches there. */
    <Q> List<Form> of(Operation<Q, ?> operation, Q request) {
        List<Form> known = own.get(operation);
        if (known != null) {
            return known;
        }
        for (String path : paths.fieldNames()) {
            JsonObject methods = paths.getJsonObject(path);
            for (String method : methods.fieldNames()) {
                JsonObject route = methods.getJsonObject(method);
                if (route.getString("operationId").equals(operation.name())) {
                    Object json = operation.request().toJson(request);
                    JsonObject fields = json instanceof JsonObject object ? object.copy() : new JsonObject();
                    return List.of(form(HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)), path, route, fields));
                }
            }
        }
        throw new AssertionError("no route of the document does " + operation + ", which has the door REST");
    }

    private static Form form(HttpMethod method, String path, JsonObject route, JsonObject fields) {
        List<String> inPath = namesIn("path", route);
        String uri = path;
        for (int i = 0; i < inPath.size(); i++) {
            String name = inPath.get(i);
            String value = String.valueOf(fields.remove(name));
            if (name.equals("scope") && i + 1 < inPath.size()) { // of the next one, as in shop/orders
                String[] both = String.valueOf(fields.remove(inPath.get(i + 1))).split("/", 2);
                fields.put(inPath.get(i + 1), both[1]);
                value = both[0];
            }
            uri = uri.replace("{" + name + "}", encoded(value));
        }
        StringBuilder query = new StringBuilder();
        for (String name : namesIn("query", route)) {
            Object value = fields.remove(name);
            if (value != null) {
                query.append(query.length() == 0 ? "?" : "&").append(name + "=" + encoded(value.toString()));
            }
        }
        return route.containsKey("requestBody") ? Form.of(method, uri + query, fields) : Form.of(method, uri + query);
    }

    private static List<String> namesIn(String place, JsonObject route) {
        List<String> names = new ArrayList<>();
        for (Object each : route.getJsonArray("parameters", new JsonArray())) {
            JsonObject parameter = (JsonObject) each;
            if (parameter.getString("in").equals(place)) {
                names.add(parameter.getString("name"));
            }
        }
        return names;
    }

    private static String encoded(@Nullable String text) {
        return URLEncoder.encode(String.valueOf(text), StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Names of the routes at which none of these requests comes, apart from those that are open to everybody. */
    Set<String> beside(List<Form> asked) {
        Set<String> left = new TreeSet<>();
        Set<Form> forms = new HashSet<>(asked);
        for (String path : paths.fieldNames()) {
            JsonObject methods = paths.getJsonObject(path);
            for (String method : methods.fieldNames()) {
                JsonObject route = methods.getJsonObject(method);
                HttpMethod of = HttpMethod.valueOf(method.toUpperCase(Locale.ROOT));
                boolean isOpen = route.getJsonArray("security") != null;
                if (!isOpen && forms.stream().noneMatch(form -> form.isAt(of, path))) {
                    left.add(route.getString("operationId"));
                }
            }
        }
        return left;
    }
}
