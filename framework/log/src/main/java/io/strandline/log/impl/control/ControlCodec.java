package io.strandline.log.impl.control;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.List;

/** Reads control records of every kind. What it reads is drawn in {@link ControlRecord}. */
public final class ControlCodec {

    private ControlCodec() {}

    /** Reads a control frame. */
    public static List<ControlRecord> decode(byte[] body) {
        return decodeAll(new RecordInput(body));
    }

    /** Reads all records up to the end of the input. */
    static List<ControlRecord> decodeAll(RecordInput in) {
        List<ControlRecord> records = new ArrayList<>();
        while (in.hasMore()) {
            records.add(decode(in));
        }
        return records;
    }

    private static ControlRecord decode(RecordInput in) {
        int kind = in.readByte();
        return switch (kind) {
            case ControlRecord.PARTITION_OPENED ->
                new ControlRecord.PartitionOpened(in.readLong(), new KeyRange(in.readLong(), in.readLong()));
            case ControlRecord.PARTITION_DROPPED -> new ControlRecord.PartitionDropped(in.readLong());
            case ControlRecord.TRUNCATED -> new ControlRecord.Truncated(in.readLong(), in.readVarlong());
            case ControlRecord.CHUNKS_ADDED -> ControlRecord.ChunksAdded.readFrom(in);
            case ControlRecord.SECTIONS_REPLACED -> ControlRecord.SectionsReplaced.readFrom(in);
            case ControlRecord.WRITER_RAISED -> new ControlRecord.WriterRaised(in.readLong(), in.readVarint());
            case ControlRecord.WRITER_FORGOTTEN -> new ControlRecord.WriterForgotten(in.readLong());
            case ScalingRecord.PARTITION_SEALED -> new ScalingRecord.PartitionSealed(in.readLong());
            case ScalingRecord.RANGE_INHERITED -> ScalingRecord.RangeInherited.readFrom(in);
            case ControlRecord.PARTITION_CLAIMED -> ControlRecord.PartitionClaimed.readFrom(in);
            case ControlRecord.PARTITION_CLAIMED_WITHOUT_GENERATION ->
                ControlRecord.PartitionClaimed.readWithoutGeneration(in);
            case CatalogRecord.SCOPE_CREATED -> new CatalogRecord.ScopeCreated(in.readString());
            case CatalogRecord.SCOPE_DELETED -> new CatalogRecord.ScopeDeleted(in.readString());
            case CatalogRecord.STREAM_CREATING -> CatalogRecord.StreamCreating.readFrom(in, false);
            case CatalogRecord.EXCLUSIVE_STREAM_CREATING -> CatalogRecord.StreamCreating.readFrom(in, true);
            case CatalogRecord.STREAM_CREATED -> new CatalogRecord.StreamCreated(StreamName.parse(in.readString()));
            case CatalogRecord.STREAM_DELETING -> new CatalogRecord.StreamDeleting(StreamName.parse(in.readString()));
            case CatalogRecord.STREAM_DELETED -> new CatalogRecord.StreamDeleted(in.readLong());
            case CatalogRecord.WRITER_ADMITTED ->
                new CatalogRecord.WriterAdmitted(in.readString(), in.readLong(), in.readVarint());
            case CatalogRecord.WRITER_RETIRED -> new CatalogRecord.WriterRetired(in.readString());
            case ScalingRecord.STREAM_SCALING_SET -> ScalingRecord.StreamScalingSet.readFrom(in);
            case ScalingRecord.STREAM_SCALING_SET_AS_JSON -> ScalingRecord.StreamScalingSet.readJsonFrom(in);
            case ScalingRecord.STREAM_SCALING -> ScalingRecord.StreamScaling.readFrom(in);
            case ScalingRecord.STREAM_SEALING -> new ScalingRecord.StreamSealing(StreamName.parse(in.readString()));
            case ScalingRecord.STREAM_SCALED -> ScalingRecord.StreamScaled.readFrom(in);
            case TransactionRecord.BEGUN,
                    TransactionRecord.BEGUN_BY,
                    TransactionRecord.WRITTEN,
                    TransactionRecord.DECIDED,
                    TransactionRecord.FINISHED,
                    TransactionRecord.DECISIONS_COUNTED,
                    TransactionRecord.SET_ASIDE,
                    TransactionRecord.PART_DROPPED -> TransactionRecord.decode(kind, in);
            case CatalogRecord.RETENTION_SET -> CatalogRecord.RetentionSet.readFrom(in);
            case CatalogRecord.RETENTION_SET_AS_JSON -> CatalogRecord.RetentionSet.readJsonFrom(in);
            case CatalogRecord.CONSUMED -> CatalogRecord.Consumed.readFrom(in);
            case CatalogRecord.SUBSCRIBER_FORGOTTEN ->
                new CatalogRecord.SubscriberForgotten(StreamName.parse(in.readString()), in.readString());
            default -> throw new StrandlineException.Corrupt("control record of unknown kind " + kind);
        };
    }
}
