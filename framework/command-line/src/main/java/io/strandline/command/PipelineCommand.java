package io.strandline.command;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.command.setting.RestCalls;
import io.strandline.command.setting.RestTarget;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline pipeline …}: pipelines that an application exposes by its REST interface. */
@Command(
        name = "pipeline",
        description =
                "Pipelines: list, describe, checkpoints, restore, switch, drop, pause, audit, parked events. Of those that an"
                        + " application exposes by its REST interface.",
        mixinStandardHelpOptions = true)
final class PipelineCommand extends CommandGroup {

    private static final String PIPELINE = "Name of the pipeline.";
    private static final String ALL = "/v1/pipelines";
    private static final String CHECKPOINTS = "/checkpoints";
    private static final int MAX_LISTED = 1_000;

    /** The path of a pipeline. A name has no character that a path escapes. */
    private static String at(String pipeline) {
        return ALL + "/" + StreamName.requireValid("pipeline", pipeline);
    }

    private static List<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }

    private static void print(Output output, JsonArray documents, Function<JsonObject, String> text) {
        output.list(documents, objects(documents).stream().map(text).toList());
    }

    @Command(name = "list", description = "Lists the pipelines that are exposed.", mixinStandardHelpOptions = true)
    int list(@Mixin RestTarget target, @Mixin Output output) {
        return target.open(calls -> {
            JsonArray names = calls.get(ALL).getJsonArray("names");
            output.list(names, names.stream().map(String::valueOf).toList());
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "describe",
            description = "Shows the operators of a pipeline, and how its tasks do.",
            mixinStandardHelpOptions = true)
    int describe(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = PIPELINE) String pipeline,
            @Option(names = "--mermaid", fallbackValue = "true", description = "Print a chart for Mermaid instead.")
                    boolean mermaid) {
        if (mermaid && output.isJson()) {
            throw new StrandlineException.Invalid("give either --mermaid or --json");
        }
        return target.open(calls -> {
            if (output.isJson()) {
                output.document(calls.get(at(pipeline)), "");
            } else {
                String type = mermaid ? "text/vnd.mermaid" : "text/plain";
                output.document(new JsonObject(), calls.text(at(pipeline), type).stripTrailing());
            }
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "checkpoints",
            description =
                    "Lists the checkpoints that are kept, the oldest first, with times and the names that pin them.",
            mixinStandardHelpOptions = true)
    int checkpoints(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = PIPELINE) String pipeline) {
        return target.open(calls -> {
            print(
                    output,
                    calls.get(at(pipeline) + CHECKPOINTS).getJsonArray("checkpoints"),
                    PipelineCommand::checkpointText);
            return ExitCode.DONE;
        });
    }

    private static String checkpointText(JsonObject checkpoint) {
        List<String> names = checkpoint.getJsonArray("names").stream()
                .map(String.class::cast)
                .toList();
        return checkpoint.getLong("number") + " of version " + checkpoint.getLong("version") + " at "
                + Instant.ofEpochMilli(checkpoint.getLong("takenMillis")) + ": " + checkpoint.getLong("keys")
                + " keys, "
                + ProgressBar.bytes(checkpoint.getLong("bytes"))
                + (names.isEmpty() ? "" : ", pinned as " + String.join(", ", names));
    }

    @Command(
            name = "checkpoint",
            description = "Takes a checkpoint, and ends when it is durable.",
            mixinStandardHelpOptions = true)
    int checkpoint(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = PIPELINE) String pipeline,
            @Option(
                            names = "--pin",
                            paramLabel = "NAME",
                            description =
                                    "Keep the checkpoint under this name until unpin. Default: it is kept as the others are.")
                    @Nullable
                    String pin) {
        JsonObject named = pin == null ? new JsonObject() : new JsonObject().put("name", pin);
        return target.open(calls -> {
            JsonObject taken = calls.change(HttpMethod.POST, at(pipeline) + CHECKPOINTS, named);
            output.document(taken, checkpointText(taken));
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "unpin",
            description = "Takes the name of a checkpoint back, which is deleted with a later one.",
            mixinStandardHelpOptions = true)
    int unpin(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = PIPELINE) String pipeline,
            @Parameters(paramLabel = "NAME", description = "The name that it was pinned with.") String name) {
        String path = at(pipeline) + CHECKPOINTS + "/" + StreamName.requireValid("checkpoint", name);
        return target.open(calls -> {
            calls.change(HttpMethod.DELETE, path, null);
            output.document(
                    new JsonObject().put("pipeline", pipeline).put("unpinned", name),
                    pipeline + " keeps no " + name + " any more");
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "restore",
            description = {
                "Closes a pipeline and has its application start it from a checkpoint that is kept.",
                "Events after the checkpoint are processed again, and the sinks drop the outputs that they have. Later checkpoints"
                        + " without names are forgotten."
            },
            mixinStandardHelpOptions = true)
    int restore(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = PIPELINE) String pipeline,
            @Parameters(paramLabel = "CHECKPOINT", description = "Name or number of the checkpoint.") String checkpoint,
            @Mixin Consent consent) {
        consent.require();
        return target.open(calls -> {
            calls.change(HttpMethod.POST, at(pipeline) + "/restore", new JsonObject().put("checkpoint", checkpoint));
            output.document(
                    new JsonObject().put("pipeline", pipeline).put("restored", checkpoint),
                    pipeline + " goes on from checkpoint " + checkpoint);
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "switch",
            description = {
                "Ends a version of a pipeline where the one goes on that runs beside it.",
                "Waits until the other version has caught up, for 5 minutes at most. Nothing switches back. Prints where readers of the outputs move over."
            },
            mixinStandardHelpOptions = true)
    int switchTo(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = "Name of the version that ends.") String pipeline,
            @Parameters(paramLabel = "TO", description = "Name of the version that runs beside it.") String to,
            @Mixin Consent consent) {
        consent.require();
        return target.open(calls -> {
            JsonObject done = calls.change(HttpMethod.POST, at(pipeline) + "/switch", new JsonObject().put("to", to));
            output.document(
                    done,
                    pipeline + " has ended, and " + to + " goes on: version " + done.getInteger("from") + " to "
                            + done.getInteger("to") + " at " + positions(done));
            return ExitCode.DONE;
        });
    }

    /** In each source. */
    private static String positions(JsonObject done) {
        return done.getJsonArray("positions").stream()
                .map(cut -> ((JsonObject) cut).encode())
                .collect(Collectors.joining(", "));
    }

    @Command(
            name = "drop",
            description = {
                "Deletes what a version of a pipeline keeps that has stopped.",
                "One from which the pipeline was switched, or one beside it that is not wanted. Its outputs stay."
            },
            mixinStandardHelpOptions = true)
    int drop(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = "Name of the version.") String pipeline,
            @Mixin Consent consent) {
        consent.require();
        return target.open(calls -> {
            calls.change(HttpMethod.DELETE, at(pipeline), null);
            output.document(new JsonObject().put("pipeline", pipeline).put("done", "drop"), pipeline + " is dropped");
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "pause",
            description = "Has a pipeline process no event until it is resumed or started again.",
            mixinStandardHelpOptions = true)
    int pause(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = PIPELINE) String pipeline) {
        return target.open(calls -> told(calls, output, pipeline, "pause", "is paused"));
    }

    @Command(
            name = "resume",
            description = "Has a pipeline go on, after a failure too.",
            mixinStandardHelpOptions = true)
    int resume(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = PIPELINE) String pipeline) {
        return target.open(calls -> told(calls, output, pipeline, "resume", "goes on"));
    }

    private static int told(RestCalls calls, Output output, String pipeline, String what, String done) {
        calls.change(HttpMethod.POST, at(pipeline) + "/" + what, null);
        output.document(new JsonObject().put("pipeline", pipeline).put("done", what), pipeline + " " + done);
        return ExitCode.DONE;
    }

    @Command(
            name = "audit",
            description = {
                "Processes the events between two checkpoints again, and compares states and outputs.",
                "Ends with 1 if they differ."
            },
            mixinStandardHelpOptions = true)
    int audit(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = PIPELINE) String pipeline,
            @Parameters(paramLabel = "FROM", description = "Name or number of the checkpoint to begin at.") String from,
            @Parameters(paramLabel = "TO", description = "Name or number of the one to compare with.") String to) {
        return target.open(calls -> {
            JsonObject found = calls.ask(
                    at(pipeline) + "/audit", new JsonObject().put("from", from).put("to", to));
            output.document(found, auditText(found));
            return found.getBoolean("equal") ? ExitCode.DONE : ExitCode.FAILED;
        });
    }

    private static String auditText(JsonObject audit) {
        StringBuilder text = new StringBuilder("checkpoint "
                + audit.getString("fromName", String.valueOf(audit.getLong("from"))) + " to "
                + audit.getString("toName", String.valueOf(audit.getLong("to"))) + ", " + audit.getLong("steps")
                + " steps: " + (audit.getBoolean("equal") ? "equal" : "DIFFERENT"));
        for (JsonObject each : objects(audit.getJsonArray("differences"))) {
            text.append("\n  " + each.getString("kind") + " of " + each.getString("stage") + " partition "
                    + each.getLong("partition"));
            if (each.getString("operator") != null) {
                text.append(", " + each.getString("operator"));
            }
            if (each.getString("key") != null) {
                text.append(", key " + each.getString("key"));
            }
            text.append(": " + each.getString("detail"));
        }
        return text.toString();
    }

    @Command(
            name = "parked",
            description = "Lists the events that the pipeline has put aside, 1,000 at most.",
            mixinStandardHelpOptions = true)
    int parked(
            @Mixin RestTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "PIPELINE", description = PIPELINE) String pipeline,
            @Mixin ParkedIds parked,
            @Option(
                            names = "--replay",
                            paramLabel = "ID",
                            description = "An event to append to its stream once more. May be repeated.")
                    @Nullable
                    List<Long> replay) {
        List<Long> drop = parked.dropUnless(replay);
        String path = at(pipeline) + "/parked";
        return target.open(calls -> {
            if (replay != null) {
                return changed(calls, output, path + "/replay", replay, "replayed");
            }
            if (drop != null) {
                return changed(calls, output, path + "/drop", drop, "dropped");
            }
            print(
                    output,
                    calls.get(path + "?after=" + parked.after() + "&maxEvents=" + MAX_LISTED)
                            .getJsonArray("parked"),
                    PipelineCommand::parkedText);
            return ExitCode.DONE;
        });
    }

    private static int changed(RestCalls calls, Output output, String path, List<Long> ids, String done) {
        int events = calls.change(HttpMethod.POST, path, new JsonObject().put("ids", new JsonArray(ids)))
                .getInteger("events");
        output.document(new JsonObject().put(done, events), events + " " + done);
        return ExitCode.DONE;
    }

    private static String parkedText(JsonObject event) {
        JsonObject at = event.getJsonObject("at");
        return event.getLong("id") + " " + at.getString("stream") + " " + at.getLong("partition") + "/"
                + at.getLong("offset") + " " + event.getString("key") + ": " + event.getString("cause");
    }
}
