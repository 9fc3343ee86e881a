package io.strandline.command;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.Limits;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.SubscriberNote;
import io.strandline.command.setting.LogTarget;
import io.strandline.command.setting.LogTarget.Session;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline stream …}: the catalog. */
@Command(
        name = "stream",
        description = "Streams: create, list, describe, update, scale, truncate, seal, delete, and who has them kept.",
        mixinStandardHelpOptions = true)
final class StreamCommand extends CommandGroup {

    private static final String STREAM = "Name of the stream, scope/stream.";

    @Command(
            name = "create",
            description = "Creates a stream, and its scope if it is missing.",
            mixinStandardHelpOptions = true)
    int create(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "STREAM", description = STREAM) String stream,
            @Option(
                            names = "--partitions",
                            defaultValue = "1",
                            description = "Partitions at the beginning. Default: 1.")
                    int partitions,
            @Option(
                            names = "--event-rate",
                            defaultValue = "0",
                            description =
                                    "Events a second and partition that the stream scales itself for: it splits partitions, and merges them down to --min-partitions. Default: 0, it does not.")
                    long eventRate,
            @Option(
                            names = "--min-partitions",
                            defaultValue = "1",
                            description = "Partitions that merging leaves at least. Default: 1.")
                    int minPartitions,
            @Option(names = "--max-bytes", defaultValue = "0", description = "Bytes to keep. Default: 0, all.")
                    long maxBytes,
            @Option(
                            names = "--max-age-millis",
                            defaultValue = "0",
                            description = "Milliseconds to keep an event. Default: 0, for ever.")
                    long maxAgeMillis) {
        StreamOptions options = new StreamOptions()
                .setPartitions(partitions)
                .setCreateScope(true)
                .setRetention(new Retention(maxAgeMillis, maxBytes, false, 0));
        if (eventRate > 0) {
            options.setScaling(
                    ScalingPolicy.eventRate(eventRate).withPartitions(minPartitions, StreamOptions.MAX_PARTITIONS));
        }
        return target.open(session -> {
            StreamDescription created =
                    session.call(() -> session.log().catalog().createStream(stream, options));
            output.document(
                    document(created),
                    created.name() + " has " + created.partitions().size() + " partitions");
            return ExitCode.DONE;
        });
    }

    @Command(name = "list", description = "Lists streams.", mixinStandardHelpOptions = true)
    int list(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "SCOPE", arity = "0..1", description = "One scope. Default: all.") @Nullable
                    String scope) {
        return target.open(session -> {
            List<String> scopes =
                    scope == null ? session.call(() -> session.log().catalog().scopes()) : List.of(scope);
            List<String> streams = new ArrayList<>();
            for (String each : scopes) {
                List<StreamName> names =
                        session.call(() -> session.log().catalog().streams(each));
                names.forEach(name -> streams.add(name.toString()));
            }
            output.list(new JsonArray(streams), streams);
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "describe",
            description = "Shows the partitions of a stream with their offsets, its policies, and who has it kept.",
            mixinStandardHelpOptions = true)
    int describe(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "STREAM", description = STREAM) String stream) {
        return target.open(session -> {
            StreamDescription description =
                    session.call(() -> session.log().catalog().describe(stream));
            StreamCut start = session.call(() -> session.log().catalog().startCut(stream));
            StreamCut end = session.call(() -> session.log().catalog().endCut(stream));
            List<SubscriberNote> notes =
                    session.call(() -> session.log().catalog().subscriberNotes(stream));
            StreamPolicies policies = session.call(() -> session.log().catalog().policies(stream));
            JsonObject json = document(description)
                    .put("scaling", policies.scaling().toJson())
                    .put("retention", policies.retention().toJson());
            json.put("start", offsets(start)).put("end", offsets(end));
            JsonArray subscribers = new JsonArray();
            notes.forEach(note -> subscribers.add(document(note)));
            output.document(json.put("subscribers", subscribers), text(description, policies, start, end, notes));
            return ExitCode.DONE;
        });
    }

    private static String text(
            StreamDescription description,
            StreamPolicies policies,
            StreamCut start,
            StreamCut end,
            List<SubscriberNote> notes) {
        StringBuilder text = new StringBuilder(description.name() + ", "
                + description.scalings().size() + " scalings" + (description.isSealed() ? ", sealed" : ""));
        text.append("\n  scales by " + policies.scaling().toJson().encode() + ", keeps "
                + policies.retention().toJson().encode());
        for (PartitionDescription partition : description.partitions()) {
            text.append("\n  partition " + partition.id() + " in shard " + partition.shard() + ", keys "
                    + partition.keys() + ", offsets " + start.offsets().getOrDefault(partition.id(), 0L) + " to "
                    + end.offsets().getOrDefault(partition.id(), 0L));
        }
        notes.forEach(
                note -> text.append("\n  subscriber " + note.subscriber() + ", idle for " + note.idleMillis() + " ms"));
        return text.toString();
    }

    private static JsonObject document(StreamDescription description) {
        JsonArray partitions = new JsonArray();
        for (PartitionDescription partition : description.partitions()) {
            partitions.add(new JsonObject()
                    .put("id", partition.id())
                    .put("shard", partition.shard())
                    .put("fromHash", Long.toUnsignedString(partition.keys().from()))
                    .put("toHash", Long.toUnsignedString(partition.keys().to())));
        }
        return new JsonObject()
                .put("stream", description.name().toString())
                .put("partitions", partitions)
                .put("scalings", description.scalings().size())
                .put("sealed", description.isSealed());
    }

    private static JsonObject document(SubscriberNote note) {
        return new JsonObject()
                .put("subscriber", note.subscriber())
                .put("idleMillis", note.idleMillis())
                .put("consumed", offsets(note.consumed()));
    }

    private static JsonObject offsets(StreamCut cut) {
        JsonObject offsets = new JsonObject();
        cut.offsets().forEach((partition, offset) -> offsets.put(partition.toString(), offset));
        return offsets;
    }

    @Command(
            name = "update",
            description = "Changes how a stream scales itself, and what is kept of it. What is not given stays.",
            mixinStandardHelpOptions = true)
    int update(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "STREAM", description = STREAM) String stream,
            @Option(
                            names = "--event-rate",
                            description =
                                    "Events a second and partition that the stream scales itself for, 0 for never.")
                    @Nullable
                    Long eventRate,
            @Option(names = "--min-partitions", description = "Partitions that merging leaves at least.") @Nullable
                    Integer minPartitions,
            @Option(names = "--max-bytes", description = "Bytes to keep, 0 for all.") @Nullable Long maxBytes,
            @Option(names = "--max-age-millis", description = "Milliseconds to keep an event, 0 for ever.") @Nullable
                    Long maxAgeMillis) {
        boolean scales = eventRate != null || minPartitions != null;
        boolean keeps = maxBytes != null || maxAgeMillis != null;
        if (!scales && !keeps) {
            throw new StrandlineException.Invalid(
                    "nothing to change: give --event-rate, --min-partitions, --max-bytes or --max-age-millis");
        }
        return target.open(session -> {
            StreamPolicies before = session.call(() -> session.log().catalog().policies(stream));
            ScalingPolicy scaling = changed(before.scaling(), eventRate, minPartitions);
            Retention kept = before.retention();
            Retention retention = new Retention(
                    maxAgeMillis == null ? kept.maxAgeMillis() : maxAgeMillis,
                    maxBytes == null ? kept.maxBytes() : maxBytes,
                    kept.untilConsumed(),
                    kept.hardBytes());
            if (scales) {
                session.call(() -> session.log().catalog().setScaling(stream, scaling));
            }
            if (keeps) {
                session.call(() -> session.log().catalog().setRetention(stream, retention));
            }
            JsonObject json = new JsonObject().put("stream", stream).put("scaling", scaling.toJson());
            output.document(
                    json.put("retention", retention.toJson()),
                    stream + " scales by " + scaling.toJson().encode() + ", keeps "
                            + retention.toJson().encode());
            return ExitCode.DONE;
        });
    }

    private static ScalingPolicy changed(
            ScalingPolicy before, @Nullable Long eventRate, @Nullable Integer minPartitions) {
        ScalingPolicy policy = before;
        if (eventRate != null) {
            policy = new ScalingPolicy(
                    eventRate == 0 ? ScalingPolicy.Kind.FIXED : ScalingPolicy.Kind.EVENT_RATE,
                    eventRate,
                    before.minPartitions(),
                    before.maxPartitions(),
                    before.coolDownMillis());
        }
        return minPartitions == null ? policy : policy.withPartitions(minPartitions, policy.maxPartitions());
    }

    @Command(
            name = "scale",
            description = "Replaces all partitions of a stream by as many of equal ranges of key hashes.",
            mixinStandardHelpOptions = true)
    int scale(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "STREAM", description = STREAM) String stream,
            @Option(names = "--partitions", required = true, description = "Partitions afterwards.") int partitions) {
        Limits.require("--partitions", partitions, 1, StreamOptions.MAX_PARTITIONS);
        return target.open(session -> {
            StreamDescription before =
                    session.call(() -> session.log().catalog().describe(stream));
            Set<Long> all = before.partitions().stream()
                    .map(PartitionDescription::id)
                    .collect(Collectors.toCollection(TreeSet::new));
            StreamDescription after =
                    session.call(() -> session.log().catalog().scale(stream, all, KeyRange.equalRanges(partitions)));
            output.document(
                    document(after), after.name() + " has " + after.partitions().size() + " partitions");
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "truncate",
            description = "Removes the events before given offsets for good.",
            mixinStandardHelpOptions = true)
    int truncate(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "STREAM", description = STREAM) String stream,
            @Parameters(
                            arity = "0..*",
                            paramLabel = "PARTITION=OFFSET",
                            description = "The first offset that stays, for each partition that is truncated.")
                    List<String> offsets,
            @Option(names = "--all", fallbackValue = "true", description = "Removes all events there are.")
                    boolean all) {
        if (all && offsets != null && !offsets.isEmpty()) {
            throw new StrandlineException.Invalid("give either PARTITION=OFFSET or --all");
        }
        return target.open(session -> {
            StreamCut before = all
                    ? session.call(() -> session.log().catalog().endCut(stream))
                    : cut(StreamName.parse(stream), offsets == null ? List.of() : offsets);
            session.call(() -> session.log().catalog().truncate(stream, before));
            output.document(
                    new JsonObject().put("stream", stream).put("start", offsets(before)),
                    stream + " begins at " + before.offsets());
            return ExitCode.DONE;
        });
    }

    private static StreamCut cut(StreamName stream, List<String> offsets) {
        TreeMap<Long, Long> cut = new TreeMap<>();
        for (String each : offsets) {
            int equals = each.indexOf('=');
            try {
                cut.put(Long.valueOf(each.substring(0, Math.max(0, equals))), Long.valueOf(each.substring(equals + 1)));
            } catch (NumberFormatException e) {
                throw new StrandlineException.Invalid(each + " is not PARTITION=OFFSET", e);
            }
        }
        if (cut.isEmpty()) {
            throw new StrandlineException.Invalid("nothing to truncate: give PARTITION=OFFSET, or --all");
        }
        return new StreamCut(stream, cut);
    }

    @Command(
            name = "forget",
            description = {
                "Forgets a subscriber, so that retention by consumption no longer waits for it.",
                "A group that is still read, or worked by a command, is there again afterwards. Needs --yes or --dry-run."
            },
            mixinStandardHelpOptions = true)
    int forget(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "STREAM", description = STREAM) String stream,
            @Parameters(paramLabel = "SUBSCRIBER", description = "Name of the subscriber, as describe shows it.")
                    String subscriber,
            @Mixin Intent intent) {
        boolean isDryRun = intent.isDryRun();
        return target.open(session -> {
            Catalog catalog = session.log().catalog();
            SubscriberNote note = session.call(() -> catalog.subscriberNotes(stream)).stream()
                    .filter(each -> each.subscriber().equals(subscriber))
                    .findFirst()
                    .orElseThrow(() -> noSubscriber(stream, subscriber));
            if (!isDryRun && !session.call(() -> catalog.forgetSubscriber(stream, subscriber))) {
                throw noSubscriber(stream, subscriber);
            }
            output.document(
                    new JsonObject()
                            .put("stream", stream)
                            .mergeIn(document(note))
                            .put("done", !isDryRun),
                    stream + (isDryRun ? " would forget " : " has forgotten ") + subscriber + ", idle for "
                            + note.idleMillis() + " ms, which had consumed "
                            + note.consumed().offsets());
            return ExitCode.DONE;
        });
    }

    private static StrandlineException.NotFound noSubscriber(String stream, String subscriber) {
        return new StrandlineException.NotFound("stream " + stream + " has no subscriber " + subscriber);
    }

    @Command(
            name = "seal",
            description = "Has a stream take no more events. It is read as before, and cannot be opened again.",
            mixinStandardHelpOptions = true)
    int seal(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "STREAM", description = STREAM) String stream,
            @Mixin Consent consent) {
        consent.require();
        return target.open(session -> {
            StreamDescription sealed =
                    session.call(() -> session.log().catalog().sealStream(stream));
            output.document(document(sealed), sealed.name() + " is sealed");
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "delete",
            description = "Deletes a stream with all its events for good.",
            mixinStandardHelpOptions = true)
    int delete(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "STREAM", description = STREAM) String stream,
            @Mixin Consent consent) {
        consent.require();
        return target.open(session -> delete(session, output, stream));
    }

    private static int delete(Session session, Output output, String stream) {
        session.call(() -> session.log().catalog().deleteStream(stream));
        output.document(new JsonObject().put("deleted", stream), stream + " is deleted");
        return ExitCode.DONE;
    }
}
