package io.strandline.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.server.rest.Http.Response;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The OpenAPI document of a server, with which its responses are compared. It remembers which operations have succeeded. */
final class ApiDocument {

    private final JsonObject document;
    private final Set<String> succeeded = new TreeSet<>();

    ApiDocument(JsonObject document) {
        this.document = document;
    }

    /** An operation of the document. */
    record Operation(String path, HttpMethod method, JsonObject json) {

        String id() {
            return json.getString("operationId");
        }
    }

    List<Operation> operations() {
        List<Operation> all = new ArrayList<>();
        JsonObject paths = document.getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            JsonObject methods = paths.getJsonObject(path);
            for (String method : methods.fieldNames()) {
                all.add(new Operation(
                        path, HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)), methods.getJsonObject(method)));
            }
        }
        return all;
    }

    private @Nullable Operation find(HttpMethod method, String path) {
        String plain = path.replaceAll("\\?.*", "");
        for (Operation operation : operations()) {
            String pattern = operation.path().replace(".", "\\.").replaceAll("\\{\\w+}", "[^/]+");
            if (operation.method().equals(method) && plain.matches(pattern)) {
                return operation;
            }
        }
        return null;
    }

    /** Compares a response with what the document says of its operation. One of no operation must be a problem. */
    Response check(HttpMethod method, String path, Response response) {
        Operation operation = find(method, path);
        String what = method + " " + path + ": " + response.status() + " " + response.body();
        if (operation == null) {
            assertThat(response.status()).as(what).isIn(404, 405);
            valid(what, problemSchema(), response);
            return response;
        }
        JsonObject responses = operation.json().getJsonObject("responses");
        JsonObject known = responses.getJsonObject(Integer.toString(response.status()));
        if (known == null) {
            assertThat(response.status()).as(what + " is not in the document").isGreaterThanOrEqualTo(400);
            known = responses.getJsonObject("default");
        }
        JsonObject described = resolved(known);
        JsonObject content = described.getJsonObject("content", new JsonObject());
        if (content.isEmpty()) {
            assertThat(response.body().length()).as(what).isZero();
        } else {
            assertThat(content.fieldNames()).as(what).contains(response.mediaType());
            if (response.mediaType().equals("application/json")
                    || response.mediaType().endsWith("+json")) {
                valid(what, resolved(content.getJsonObject(response.mediaType()).getJsonObject("schema")), response);
            }
        }
        if (response.status() < 300) {
            succeeded.add(operation.id());
        }
        return response;
    }

    private JsonObject problemSchema() {
        return document.getJsonObject("components").getJsonObject("schemas").getJsonObject("Problem");
    }

    private JsonObject resolved(JsonObject json) {
        String ref = json.getString("$ref");
        if (ref == null) {
            return json;
        }
        JsonObject at = document;
        for (String name : ref.substring(2).split("/", -1)) {
            at = at.getJsonObject(name);
        }
        return at;
    }

    private static void valid(String what, JsonObject schema, Response response) {
        Validator validator = Validator.create(
                JsonSchema.of(schema),
                new JsonSchemaOptions().setBaseUri("https://strandline.test/").setDraft(Draft.DRAFT202012));
        OutputUnit result = validator.validate(Json.decodeValue(response.body()));
        assertThat(result.getValid())
                .as(what + " against " + schema + ": " + result.getErrors())
                .isTrue();
    }

    /** Ids of the operations of which no response has succeeded. */
    Set<String> unproven() {
        Set<String> ids = new TreeSet<>();
        operations().forEach(operation -> ids.add(operation.id()));
        ids.removeAll(succeeded);
        return ids;
    }
}
