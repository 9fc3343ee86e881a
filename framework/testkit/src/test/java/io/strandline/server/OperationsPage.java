package io.strandline.server;

import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Repeat;
import io.strandline.client.wire.ErrorCode;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Builds the page of all operations from their table, and from the OpenAPI document for how HTTP reaches them. */
final class OperationsPage {

    private static final String HEAD = """
        # Operations

        Every operation of a log that is served, with its doors: its number in frames over TCP, its address on the event bus, and its routes over HTTP. Requests
        and replies have the same fields in JSON as in bytes. What is `or nothing` may be left out. What else may be left out has a default in the OpenAPI document
        at `/v1/openapi.json`, which also says where HTTP has the fields: in the path, the query or the body, or in forms of its own. The name of the log is `shop`
        in these addresses.

        **Right** is what a caller needs on what the request names, on a log with security. **Repeat** is what happens if the answer is lost:

        | repeat | what a client does |
        |---|---|
        | reading | It changes nothing. Our client sends it again. |
        | harmless | Our client sends it again. A repeat has the effect of the last one alone. |
        | by caller | It is Unknown. The writer sends it again with the same sequence, and the log takes it once. |
        | never | It is Unknown. Look whether it happened before you call again. |

        **Errors** are those that say something of the operation. Invalid, Unauthorized, Overloaded, Unavailable and Unknown are possible everywhere. An operation
        without deadline takes as long as somebody else needs, so `requestTimeoutMillis` of a client does not end it.

        This page is generated: `OperationsPageTest` fails when it is no longer true, and writes the new one to `framework/testkit/target/OPERATIONS.md`.
        """;

    private static final List<Part> PARTS = List.of(
            new Part(1, "Catalog"),
            new Part(40, "Writers and readers"),
            new Part(60, "Transactions"),
            new Part(80, "The whole log"),
            new Part(100, "Events in JSON"),
            new Part(140, "Reader groups"),
            new Part(160, "Pipelines"),
            new Part(180, "Aggregates"),
            new Part(190, "Shared states"),
            new Part(200, "The process"));

    private record Part(int from, String title) {}

    private final JsonObject paths;
    private final RestForms forms;
    private final UnaryOperator<String> address;

    /**
     * @param document the OpenAPI document
     * @param forms which routes do an operation for which HTTP has forms of its own
     * @param address the address of an operation
     */
    OperationsPage(JsonObject document, RestForms forms, UnaryOperator<String> address) {
        this.paths = document.getJsonObject("paths");
        this.forms = forms;
        this.address = address;
    }

    String text() {
        StringBuilder page = new StringBuilder(HEAD);
        Part part = null;
        for (Operation<?, ?> operation : Operations.ALL) {
            Part next = partOf(operation);
            if (!next.equals(part)) {
                part = next;
                page.append("\n## ").append(part.title()).append('\n');
            }
            describe(page, operation);
        }
        return page.toString();
    }

    private static Part partOf(Operation<?, ?> operation) {
        return PARTS.stream()
                .filter(part -> part.from() <= operation.number())
                .reduce((one, later) -> later)
                .orElseThrow();
    }

    private void describe(StringBuilder page, Operation<?, ?> operation) {
        page.append("\n### ").append(operation.name()).append("\n\n| | |\n|---|---|\n");
        row(page, "request", "`" + operation.request().describe() + "`");
        row(page, "reply", "`" + operation.reply().describe() + "`");
        row(page, "right", operation.right() + " on " + on(operation));
        row(page, "repeat", small(operation.repeat()) + (operation.isOpenEnded() ? ", without deadline" : ""));
        row(page, "errors", errors(operation));
        if (operation.doors().contains(Door.TCP)) {
            row(page, "TCP", Integer.toString(operation.number()));
        }
        if (operation.doors().contains(Door.EVENT_BUS)) {
            row(page, "event bus", "`" + address.apply(operation.name()) + "`");
        }
        if (operation.doors().contains(Door.REST)) {
            row(page, "REST", String.join("<br>", routes(operation)));
        }
    }

    private static void row(StringBuilder page, String name, String value) {
        page.append("| ").append(name).append(" | ").append(value).append(" |\n");
    }

    private static String small(Repeat repeat) {
        return repeat.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String on(Operation<?, ?> operation) {
        return switch (operation.target()) {
            case LOG -> "the log";
            case SCOPE -> "the scope";
            case STREAM -> "the stream";
            case PARTITION -> "the stream of the partition";
            case BATCHES -> "the streams of the batches";
            case TRANSACTION -> "the streams that the transaction has written to, for who began it";
            case GROUP -> "the group";
            case PIPELINE -> "the pipeline";
            case AGGREGATE -> "the aggregates";
            case STATE -> "the state";
        };
    }

    private static String errors(Operation<?, ?> operation) {
        return operation.failures().isEmpty()
                ? "none of its own"
                : operation.failures().stream().map(OperationsPage::named).collect(Collectors.joining(", "));
    }

    /** The name that the table of errors has: NotFound for NOT_FOUND. */
    private static String named(ErrorCode code) {
        return code.failure("").getClass().getSimpleName();
    }

    private List<String> routes(Operation<?, ?> operation) {
        TreeSet<String> routes = new TreeSet<>();
        for (String path : paths.fieldNames()) {
            JsonObject methods = paths.getJsonObject(path);
            for (String method : methods.fieldNames()) {
                boolean isNamed =
                        methods.getJsonObject(method).getString("operationId").equals(operation.name());
                if (isNamed || forms.hasOwn(operation, method, path)) {
                    routes.add("`" + method.toUpperCase(Locale.ROOT) + " " + path + "`");
                }
            }
        }
        if (routes.isEmpty()) {
            throw new AssertionError("no route of the document does " + operation + ", which has the door REST");
        }
        return new ArrayList<>(routes);
    }
}
