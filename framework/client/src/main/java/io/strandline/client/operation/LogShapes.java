package io.strandline.client.operation;

import static io.strandline.client.operation.Message.field;
import static io.strandline.client.operation.Shapes.COUNT;
import static io.strandline.client.operation.Shapes.FLAG;
import static io.strandline.client.operation.Shapes.HASH;
import static io.strandline.client.operation.Shapes.ID;
import static io.strandline.client.operation.Shapes.NUMBER;
import static io.strandline.client.operation.Shapes.TEXT;
import static io.strandline.client.operation.Shapes.constant;
import static io.strandline.client.operation.Shapes.listOf;
import static io.strandline.client.operation.Shapes.optional;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.ScalingPolicy;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.SubscriberNote;
import io.strandline.TransactionDescription;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.LogIdentity;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** The shapes of what the log consists of. */
final class LogShapes {

    static final Shape<StreamName> STREAM = TEXT.as("scope/stream", StreamName::parse, StreamName::toString);

    static final Shape<KeyRange> KEYS =
            Message.of(field("from", HASH, KeyRange::from), field("to", HASH, KeyRange::to), KeyRange::new);

    static final Shape<PartitionDescription> PARTITION = Message.of(
            field("id", NUMBER, PartitionDescription::id),
            field("shard", COUNT, PartitionDescription::shard),
            field("keys", KEYS, PartitionDescription::keys),
            PartitionDescription::new);

    private static final Shape<SealedPartition> SEALED = Message.of(
            field("partition", PARTITION, SealedPartition::partition),
            field("endOffset", NUMBER, SealedPartition::endOffset),
            SealedPartition::new);

    private static final Shape<Scaling> SCALING = Message.of(
            field("stamp", NUMBER, Scaling::stamp),
            field("sealed", listOf(SEALED), Scaling::sealed),
            field("opened", listOf(PARTITION), Scaling::opened),
            Scaling::new);

    static final Shape<StreamDescription> DESCRIPTION = Message.of(
            field("stream", STREAM, StreamDescription::name),
            field("partitions", listOf(PARTITION), StreamDescription::partitions),
            field("scalings", listOf(SCALING), StreamDescription::scalings),
            field("exclusive", FLAG, StreamDescription::exclusive),
            StreamDescription::new);

    private static final Shape<Map.Entry<Long, Long>> OFFSET = Message.of(
            field("partition", NUMBER, Map.Entry<Long, Long>::getKey),
            field("offset", NUMBER, Map.Entry<Long, Long>::getValue),
            Map::entry);

    /** Partitions of a cut, at most. */
    private static final int MAX_OFFSETS = 10 * StreamOptions.MAX_PARTITIONS;

    /** In JSON as {@link StreamCut#toJson} has it. */
    static final Shape<StreamCut> CUT = Shapes.withJson(
            Message.of(
                    field("stream", STREAM, StreamCut::stream),
                    field(
                            "offsets",
                            listOf(OFFSET, MAX_OFFSETS),
                            cut -> List.copyOf(cut.offsets().entrySet())),
                    LogShapes::cut),
            JsonSchemas.objectForm(JsonSchemas.CUT, StreamCut::fromJson, StreamCut::toJson));

    static final Shape<SubscriberNote> NOTE = Message.of(
            field("subscriber", TEXT, SubscriberNote::subscriber),
            field("consumed", CUT, SubscriberNote::consumed),
            field("idleMillis", NUMBER, SubscriberNote::idleMillis),
            SubscriberNote::new);

    static final Shape<StreamOptions> STREAM_OPTIONS =
            json("stream options", JsonSchemas.STREAM_OPTIONS, StreamOptions::new, StreamOptions::toJson);
    static final Shape<ScalingPolicy> POLICY =
            json("a scaling policy", JsonSchemas.POLICY, ScalingPolicy::fromJson, ScalingPolicy::toJson);
    static final Shape<Retention> RETENTION =
            json("a retention", JsonSchemas.RETENTION, Retention::fromJson, Retention::toJson);
    static final Shape<StreamPolicies> POLICIES = Message.of(
            field("scaling", POLICY, StreamPolicies::scaling),
            field("retention", RETENTION, StreamPolicies::retention),
            StreamPolicies::new);

    private static final Shape<Sequence> SEQUENCE =
            Message.of(field("major", NUMBER, Sequence::major), field("minor", NUMBER, Sequence::minor), Sequence::new);

    private static final Shape<WriterGrant.LastWritten> LAST = Message.of(
            field("sequence", SEQUENCE, WriterGrant.LastWritten::sequence),
            field("partition", NUMBER, WriterGrant.LastWritten::partition),
            field("offset", NUMBER, WriterGrant.LastWritten::offset),
            field("digest", HASH, WriterGrant.LastWritten::digest),
            WriterGrant.LastWritten::new);

    private static final Shape<WriterGrant.Slot> SLOT = Message.of(
            field("partition", PARTITION, WriterGrant.Slot::partition),
            field("range", COUNT, WriterGrant.Slot::range),
            field("keys", KEYS, WriterGrant.Slot::keys),
            field("last", optional(LAST), slot -> Optional.ofNullable(slot.last())),
            (partition, range, keys, last) -> new WriterGrant.Slot(partition, range, keys, last.orElse(null)));

    static final Shape<WriterGrant> GRANT = Message.of(
            field("stream", DESCRIPTION, WriterGrant::stream),
            field("writer", ID, WriterGrant::writer),
            field("epoch", COUNT, WriterGrant::epoch),
            field("claimGeneration", NUMBER, WriterGrant::claimGeneration),
            field("slots", listOf(SLOT), WriterGrant::slots),
            WriterGrant::new);

    static final Shape<TransactionStatus> STATUS = constant(List.of(
            TransactionStatus.OPEN,
            TransactionStatus.COMMITTING,
            TransactionStatus.COMMITTED,
            TransactionStatus.INCOMPLETE,
            TransactionStatus.ABORTED));

    static final Shape<TransactionDescription> TRANSACTION = Message.of(
            field("id", TEXT, TransactionDescription::id),
            field("status", STATUS, TransactionDescription::status),
            field("events", NUMBER, TransactionDescription::events),
            TransactionDescription::new);

    static final Shape<BackupPoint> BACKUP_POINT = Message.of(
            field("point", TEXT, BackupPoint::name),
            field("stamp", NUMBER, BackupPoint::stampMillis),
            field("files", COUNT, BackupPoint::files),
            field("bytes", NUMBER, BackupPoint::bytes),
            field("copiedBytes", NUMBER, BackupPoint::copiedBytes),
            BackupPoint::new);

    private static final Shape<LogIdentity.Origin> ORIGIN = Message.of(
            field("log", TEXT, LogIdentity.Origin::log),
            field("point", TEXT, LogIdentity.Origin::point),
            LogIdentity.Origin::new);

    static final Shape<LogIdentity> IDENTITY = Message.of(
            field("log", TEXT, LogIdentity::id),
            field("restoredFrom", optional(ORIGIN), LogIdentity::origin),
            LogIdentity::new);

    static final Shape<BackupProgress.State> BACKUP_STATE = Message.of(
            field("running", FLAG, BackupProgress.State::isRunning),
            field("step", TEXT, BackupProgress.State::step),
            field("doneBytes", NUMBER, BackupProgress.State::doneBytes),
            field("totalBytes", NUMBER, BackupProgress.State::totalBytes),
            BackupProgress.State::new);

    static final Shape<PartSetAside> PART_SET_ASIDE = Message.of(
            field("transaction", TEXT, PartSetAside::transaction),
            field("stream", STREAM, PartSetAside::stream),
            field("events", NUMBER, PartSetAside::events),
            field("why", TEXT, PartSetAside::why),
            PartSetAside::new);

    private LogShapes() {}

    private static StreamCut cut(StreamName stream, List<Map.Entry<Long, Long>> offsets) {
        TreeMap<Long, Long> map = new TreeMap<>();
        offsets.forEach(offset -> map.put(offset.getKey(), offset.getValue()));
        return new StreamCut(stream, map);
    }

    /** Options, which have a form in JSON already: an unknown key is refused, so nothing that was asked for is forgotten. */
    private static <T> Shape<T> json(
            String what, JsonObject schema, Function<JsonObject, T> from, Function<T, JsonObject> to) {
        Shape<T> written = TEXT.as(what + " in JSON", text -> from.apply(parsed(what, text)), value -> to.apply(value)
                .encode());
        return Shapes.withJson(written, JsonSchemas.objectForm(schema, from, to));
    }

    private static JsonObject parsed(String what, String text) {
        try {
            return new JsonObject(text);
        } catch (DecodeException e) {
            throw new StrandlineException.Invalid("not " + what + " in JSON: " + JsonForm.why(e), e);
        }
    }
}
