package io.strandline.command;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.client.operation.ExposedRequests.GroupCheckpoint;
import io.strandline.client.operation.ExposedRequests.Parked;
import io.strandline.client.operation.RemoteCalls;
import io.strandline.command.setting.LogTarget;
import io.strandline.command.setting.LogTarget.Session;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.ResetPlan;
import io.strandline.processing.group.TimedLag;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline group …}: reader groups whose state is in the log, as those with {@link LogRevisionStore} are. */
@Command(
        name = "group",
        description =
                "Reader groups: list, describe, lag, checkpoints, reset, parked events. Of those that keep their state in the log.",
        mixinStandardHelpOptions = true)
final class GroupCommand extends CommandGroup {

    private static final String GROUP = "Name of the group, scope/group.";
    private static final int MAX_LISTED = 1_000;

    /** In place of the ids of parked events. */
    private static final String ALL = "all";

    private static int with(LogTarget target, String group, Function<Opened, Integer> work) {
        return target.open(session -> {
            RemoteCalls server = RemoteCalls.of(session.log());
            if (server != null) {
                return work.apply(new Opened(session, WorkedGroup.at(server, group)));
            }
            StateSync sync = sync(session);
            ReaderGroup here = session.call(() -> ReaderGroup.open(session.vertx(), session.log(), sync, group));
            return work.apply(new Opened(session, WorkedGroup.of(session.log(), here)));
        });
    }

    private static StateSync sync(Session session) {
        return StateSync.create(session.vertx(), LogRevisionStore.open(session.vertx(), session.log()));
    }

    private record Opened(Session session, WorkedGroup group) {

        TimedLag lag() {
            return session.call(group::lag);
        }

        List<Parked> parked(long after) {
            return session.call(() -> group.parked(after, MAX_LISTED));
        }
    }

    private static String total(TimedLag lag) {
        return lag.events().total() + " events and "
                + String.format(Locale.ROOT, "%.1f s", lag.longestMillis() / 1_000.0);
    }

    private static JsonObject json(SortedMap<StreamName, SortedMap<Long, Long>> values) {
        JsonObject json = new JsonObject();
        values.forEach((stream, partitions) -> {
            JsonObject each = new JsonObject();
            partitions.forEach((partition, value) -> each.put(partition.toString(), value));
            json.put(stream.toString(), each);
        });
        return json;
    }

    @Command(name = "list", description = "Lists the groups of a scope.", mixinStandardHelpOptions = true)
    int list(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "SCOPE", description = "The scope.") String scope) {
        return target.open(session -> {
            StateSync sync = sync(session);
            SortedSet<String> names = session.call(() -> ReaderGroup.list(session.vertx(), sync, scope));
            output.list(new JsonArray(List.copyOf(names)), List.copyOf(names));
            return ExitCode.DONE;
        });
    }

    @Command(name = "describe", description = "Shows readers, checkpoints and lag.", mixinStandardHelpOptions = true)
    int describe(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "GROUP", description = GROUP) String group) {
        return with(target, group, opened -> {
            SortedMap<String, Integer> readers =
                    opened.session().call(() -> opened.group().readers());
            List<String> names = opened.session().call(() -> opened.group().checkpoints());
            TimedLag lag = opened.lag();
            JsonObject json = new JsonObject()
                    .put("group", group)
                    .put("lag", lag.events().total())
                    .put("lagMillis", lag.longestMillis());
            json.put("readers", new JsonObject(new java.util.TreeMap<String, Object>(readers)));
            output.document(
                    json.put("checkpoints", new JsonArray(names)),
                    group + ", " + total(lag) + " behind\n  readers with partitions " + readers + "\n  checkpoints "
                            + names);
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "lag",
            description = "Shows how many events the group has not committed, and how long the first of them waits.",
            mixinStandardHelpOptions = true)
    int lag(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "GROUP", description = GROUP) String group) {
        return with(target, group, opened -> {
            TimedLag lag = opened.lag();
            StringBuilder text = new StringBuilder("total " + total(lag));
            lag.events().partitions().forEach((stream, partitions) -> text.append("\n  " + stream + " " + partitions));
            output.document(
                    new JsonObject()
                            .put("total", lag.events().total())
                            .put("millis", lag.longestMillis())
                            .put("streams", json(lag.events().partitions()))
                            .put("streamsMillis", json(lag.millis())),
                    text.toString());
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "reset",
            description = {
                "Sets the group to another position. Its readers begin there again.",
                "Shows each partition in which the group goes on elsewhere, and how many events come again or never. Needs --yes or"
                        + " --dry-run."
            },
            mixinStandardHelpOptions = true)
    int reset(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "GROUP", description = GROUP) String group,
            @Option(names = "--to", description = "start, end, or a time as 2026-11-30T05:00:00Z.") @Nullable String to,
            @Option(names = "--checkpoint", description = "A checkpoint of the group instead.") @Nullable
                    String checkpoint,
            @Mixin Intent intent) {
        boolean isDryRun = intent.isDryRun();
        if ((to == null) == (checkpoint == null)) {
            throw new StrandlineException.Invalid("give either --to or --checkpoint");
        }
        return with(target, group, opened -> {
            ResetPlan plan = opened.session()
                    .call(() -> checkpoint != null
                            ? opened.group().resetToCheckpoint(checkpoint, isDryRun)
                            : opened.group().resetTo(TailCommand.position(String.valueOf(to)), isDryRun));
            String where = checkpoint == null ? String.valueOf(to) : checkpoint;
            JsonObject json =
                    new JsonObject().put("group", group).put("reset", where).put("done", !isDryRun);
            output.document(
                    json.mergeIn(json(plan)),
                    group + (isDryRun ? " would be set to " : " is set to ") + where + text(plan));
            return ExitCode.DONE;
        });
    }

    private static JsonObject json(ResetPlan plan) {
        JsonArray moves = new JsonArray();
        plan.moves()
                .forEach(move -> moves.add(new JsonObject()
                        .put("stream", move.stream().toString())
                        .put("partition", move.partition())
                        .put("from", move.from())
                        .put("to", move.to())
                        .put("again", move.again())
                        .put("skipped", move.skipped())));
        return new JsonObject()
                .put("again", plan.again())
                .put("skipped", plan.skipped())
                .put("moves", moves);
    }

    private static String text(ResetPlan plan) {
        StringBuilder text = new StringBuilder(", " + plan.again() + " events again, " + plan.skipped() + " skipped");
        for (ResetPlan.Move move : plan.moves()) {
            text.append("\n  " + move.stream() + " " + move.partition() + ": from " + move.from() + " to " + move.to()
                    + ", " + (move.again() > 0 ? move.again() + " again" : move.skipped() + " skipped"));
        }
        return text.toString();
    }

    @Command(
            name = "checkpoint",
            description = {
                "Has all readers of the group note where they are, and ends when the checkpoint is durable.",
                "Retention by consumption keeps the events after it until drop-checkpoint."
            },
            mixinStandardHelpOptions = true)
    int checkpoint(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "GROUP", description = GROUP) String group,
            @Parameters(
                            paramLabel = "CHECKPOINT",
                            description = "Name of the checkpoint, which the group does not have.")
                    String checkpoint) {
        return with(target, group, opened -> {
            GroupCheckpoint taken = opened.session().call(() -> opened.group().checkpoint(checkpoint));
            JsonObject cuts = new JsonObject();
            StringBuilder text = new StringBuilder(group + " has checkpoint " + taken.name());
            for (StreamCut cut : taken.cuts()) {
                JsonObject offsets = new JsonObject();
                cut.offsets().forEach((partition, offset) -> offsets.put(partition.toString(), offset));
                cuts.put(cut.stream().toString(), offsets);
                text.append("\n  " + cut.stream() + " " + cut.offsets());
            }
            output.document(
                    new JsonObject()
                            .put("group", group)
                            .put("checkpoint", taken.name())
                            .put("cuts", cuts),
                    text.toString());
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "drop-checkpoint",
            description = "Forgets a checkpoint for good, or gives up one that is being taken.",
            mixinStandardHelpOptions = true)
    int dropCheckpoint(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "GROUP", description = GROUP) String group,
            @Parameters(paramLabel = "CHECKPOINT", description = "Name of the checkpoint.") String checkpoint,
            @Mixin Consent consent) {
        consent.require();
        return with(target, group, opened -> {
            if (!opened.session().call(() -> opened.group().dropCheckpoint(checkpoint))) {
                throw new StrandlineException.NotFound("group " + group + " has no checkpoint " + checkpoint);
            }
            output.document(
                    new JsonObject().put("group", group).put("dropped", checkpoint),
                    group + " has no checkpoint " + checkpoint + " any more");
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "parked",
            description = "Lists the events that the group has put aside, 1,000 at most.",
            mixinStandardHelpOptions = true)
    int parked(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "GROUP", description = GROUP) String group,
            @Mixin ParkedIds parked,
            @Option(
                            names = "--replay",
                            paramLabel = "ID",
                            description =
                                    "An event to append to its stream once more, or all for those that are parked now. May be repeated."
                                            + " The first failure ends it, and that event and later ones stay parked.")
                    @Nullable
                    List<String> replay) {
        List<Long> drop = parked.dropUnless(replay);
        List<Long> replayed = replay == null || replay.contains(ALL) ? List.of() : ids(replay);
        return with(target, group, opened -> {
            if (drop != null) {
                int dropped = opened.session().call(() -> opened.group().dropParked(drop));
                output.document(new JsonObject().put("dropped", dropped), dropped + " dropped");
            } else if (replay != null) {
                int appended = replay(opened, replayed.isEmpty() ? allParked(opened) : replayed);
                output.document(new JsonObject().put("replayed", appended), appended + " replayed");
            } else {
                print(output, opened.parked(parked.after()));
            }
            return ExitCode.DONE;
        });
    }

    private static List<Long> ids(List<String> given) {
        List<Long> ids = new ArrayList<>();
        for (String id : given) {
            try {
                ids.add(Long.valueOf(id));
            } catch (NumberFormatException e) {
                throw new StrandlineException.Invalid("--replay " + id + " is neither an id nor " + ALL, e);
            }
        }
        return ids;
    }

    /** Those of this moment. An event that fails again is parked again, under another id. */
    private static List<Long> allParked(Opened opened) {
        List<Long> ids = new ArrayList<>();
        List<Parked> page;
        do {
            page = opened.parked(ids.isEmpty() ? -1 : ids.get(ids.size() - 1));
            page.forEach(event -> ids.add(event.id()));
        } while (page.size() == MAX_LISTED);
        return ids;
    }

    private static int replay(Opened opened, List<Long> ids) {
        int appended = 0;
        for (int from = 0; from < ids.size(); from += MAX_LISTED) {
            List<Long> some = ids.subList(from, Math.min(ids.size(), from + MAX_LISTED));
            appended += opened.session().call(() -> opened.group().replayParked(some));
        }
        return appended;
    }

    private static void print(Output output, List<Parked> parked) {
        JsonArray json = new JsonArray();
        List<String> texts = new ArrayList<>();
        for (Parked event : parked) {
            String key = event.key().orElse(null);
            json.add(new JsonObject()
                    .put("id", event.id())
                    .put("stream", event.at().stream().toString())
                    .put("partition", event.at().partition())
                    .put("offset", event.at().offset())
                    .put("key", key)
                    .put("cause", event.cause()));
            texts.add(event.id() + " " + event.at().stream() + " " + event.at().partition() + "/"
                    + event.at().offset() + " " + key + ": " + event.cause());
        }
        output.list(json, texts);
    }
}
