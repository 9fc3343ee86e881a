package io.strandline.command;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How a command says what it has found: for people, or with {@code --json} as JSON, one document or one a line. */
final class Output {

    @Spec(Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--json",
            fallbackValue = "true",
            description = "Print JSON: one document, or one a line where there may be many. Default: text for people.")
    private boolean json;

    boolean isJson() {
        return json;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** One thing, or one of many: its JSON in a line, or its text. */
    void line(JsonObject document, String text) {
        out().println(json ? document.encode() : text);
        out().flush();
    }

    /** One document: in lines for people if they asked for JSON. */
    void document(JsonObject document, String text) {
        out().println(json ? document.encodePrettily() : text);
        out().flush();
    }

    /** A list: a JSON array, or a text for each. */
    void list(JsonArray documents, List<String> texts) {
        if (json) {
            out().println(documents.encodePrettily());
        } else {
            texts.forEach(out()::println);
        }
        out().flush();
    }

    /** A remark for people, which is no result. */
    void remark(String text) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(text);
        err.flush();
    }
}
