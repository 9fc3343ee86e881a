package io.strandline.log;

import io.strandline.PartitionDescription;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Scopes, streams and writer ids: the part of shard 0's applied state that the whole log shares. */
final class CatalogState {

    final SortedSet<String> scopes = new TreeSet<>();

    /** Visible streams. */
    final SortedMap<StreamName, StreamDescription> streams = new TreeMap<>();

    /** Streams whose partitions are being opened. */
    final SortedMap<StreamName, StreamDescription> creating = new TreeMap<>();

    /** First partition → stream whose partitions are being dropped; its name may be in use again. */
    final SortedMap<Long, StreamDescription> deleting = new TreeMap<>();

    /** {@code scope/stream|writer id} → admission. */
    final SortedMap<String, Admission> writers = new TreeMap<>();

    /** Ids from here on were never used. */
    long nextPartition = 1;

    long nextWriter = 1;

    /**
     * A named writer.
     *
     * @param writer its number in the log
     * @param epoch its newest epoch
     */
    record Admission(long writer, int epoch) {}

    static String writerKey(StreamName stream, String id) {
        return stream + "|" + id;
    }

    void creating(StreamDescription stream) {
        if (!streams.containsKey(stream.name())) {
            creating.put(stream.name(), stream);
        }
        for (PartitionDescription partition : stream.partitions()) {
            nextPartition = Math.max(nextPartition, partition.id() + 1);
        }
    }

    void created(StreamName name) {
        StreamDescription stream = creating.remove(name);
        if (stream != null) {
            streams.put(name, stream);
        }
    }

    void deleting(StreamName name) {
        StreamDescription stream = streams.remove(name);
        if (stream != null) {
            deleting.put(firstPartition(stream), stream);
            String prefix = writerKey(name, "");
            writers.subMap(prefix, prefix + Character.MAX_VALUE).clear();
        }
    }

    void deleted(long firstPartition) {
        deleting.remove(firstPartition);
    }

    /** Tells a stream from others that had its name. */
    static long firstPartition(StreamDescription stream) {
        return stream.partitions().get(0).id();
    }

    void admitted(String key, long writer, int epoch) {
        writers.put(key, new Admission(writer, epoch));
        nextWriter = Math.max(nextWriter, writer + 1);
    }

    /** Writes everything up to the end of a journal checkpoint, as control records that make it again. */
    void writeTo(RecordOutput out) {
        out.writeLong(nextPartition);
        out.writeLong(nextWriter);
        List<ControlRecord> records = new ArrayList<>();
        scopes.forEach(scope -> records.add(new ControlRecord.ScopeCreated(scope)));
        // First those that were deleted, because a stream of today may have the name of one.
        deleting.values().forEach(stream -> {
            records.add(new ControlRecord.StreamCreating(stream));
            records.add(new ControlRecord.StreamCreated(stream.name()));
            records.add(new ControlRecord.StreamDeleting(stream.name()));
        });
        streams.values().forEach(stream -> {
            records.add(new ControlRecord.StreamCreating(stream));
            records.add(new ControlRecord.StreamCreated(stream.name()));
        });
        creating.values().forEach(stream -> records.add(new ControlRecord.StreamCreating(stream)));
        writers.forEach((key, admission) ->
                records.add(new ControlRecord.WriterAdmitted(key, admission.writer(), admission.epoch())));
        out.writeBytes(ControlRecord.encode(records));
    }
}
