package io.strandline.log.impl.control;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.log.impl.control.ScalingRecord.StreamScaled;
import io.strandline.log.impl.control.ScalingRecord.StreamScaling;
import io.strandline.log.impl.control.ScalingRecord.StreamScalingSet;
import io.strandline.log.impl.control.ScalingRecord.StreamSealing;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.CatalogState.Admission;
import io.strandline.log.impl.state.ScalingIntent;
import io.strandline.log.impl.state.ShardState;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A change of the catalog in shard 0. See {@link ControlRecord} for the bytes. */
public sealed interface CatalogRecord extends ControlRecord {

    byte SCOPE_CREATED = 16;
    byte SCOPE_DELETED = 17;
    byte STREAM_CREATING = 18;
    byte STREAM_CREATED = 19;
    byte STREAM_DELETING = 20;
    byte STREAM_DELETED = 21;
    byte WRITER_ADMITTED = 22;
    byte WRITER_RETIRED = 23;
    /** Of earlier releases. */
    byte RETENTION_SET_AS_JSON = 24;

    byte CONSUMED = 28;
    byte SUBSCRIBER_FORGOTTEN = 29;
    byte EXCLUSIVE_STREAM_CREATING = 30;
    byte RETENTION_SET = 33;

    /** Records that make a catalog again, for a journal checkpoint. */
    static List<ControlRecord> of(CatalogState catalog) {
        List<ControlRecord> records = new ArrayList<>();
        catalog.scopes().forEach(scope -> records.add(new ScopeCreated(scope)));
        // First those that were deleted, because a stream of today may have the name of one.
        catalog.deleting().values().forEach(stream -> {
            addStream(stream, records);
            addWriters(catalog.namedWritersOfDeleted(stream), records);
            records.add(new StreamDeleting(stream.name()));
        });
        catalog.streams().values().forEach(stream -> addStream(stream, records));
        catalog.creating().values().forEach(stream -> records.add(new StreamCreating(stream)));
        catalog.scalingSets().values().forEach(settings -> records.add(new StreamScalingSet(settings)));
        catalog.sealing().forEach(name -> records.add(new StreamSealing(name)));
        catalog.scaling().values().forEach(intent -> records.add(new StreamScaling(intent)));
        catalog.retentions().forEach((name, retention) -> records.add(new RetentionSet(name, retention)));
        catalog.subscribers()
                .forEach((name, known) ->
                        known.forEach((subscriber, offsets) -> records.add(new Consumed(name, subscriber, offsets))));
        addWriters(catalog.writers(), records);
        return records;
    }

    private static void addWriters(Map<String, Admission> writers, List<ControlRecord> records) {
        writers.forEach(
                (key, admission) -> records.add(new WriterAdmitted(key, admission.writer(), admission.epoch())));
    }

    /** A stream as it began, and its scalings one after the other. */
    private static void addStream(StreamDescription stream, List<ControlRecord> records) {
        records.add(new StreamCreating(
                new StreamDescription(stream.name(), CatalogState.roots(stream), List.of(), stream.exclusive())));
        records.add(new StreamCreated(stream.name()));
        for (Scaling scaling : stream.scalings()) {
            List<Long> parents = scaling.sealed().stream()
                    .map(parent -> parent.partition().id())
                    .toList();
            List<Long> ends =
                    scaling.sealed().stream().map(SealedPartition::endOffset).toList();
            records.add(new StreamScaling(new ScalingIntent(stream.name(), parents, scaling.opened(), List.of())));
            records.add(new StreamScaled(stream.name(), scaling.stamp(), ends));
        }
    }

    /** A scope exists. */
    record ScopeCreated(String scope) implements CatalogRecord {
        @Override
        public byte kind() {
            return SCOPE_CREATED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(scope);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().scopeCreated(scope);
        }
    }

    /** A scope is gone. */
    record ScopeDeleted(String scope) implements CatalogRecord {
        @Override
        public byte kind() {
            return SCOPE_DELETED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(scope);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().scopeDeleted(scope);
        }
    }

    /** Intent: a stream with these partitions is to be created. Its partitions are opened next. */
    record StreamCreating(StreamDescription stream) implements CatalogRecord {
        @Override
        public byte kind() {
            return stream.exclusive() ? EXCLUSIVE_STREAM_CREATING : STREAM_CREATING;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.name().toString());
            out.writeVarlong(stream.partitions().size());
            for (PartitionDescription partition : stream.partitions()) {
                out.writeLong(partition.id());
                out.writeVarlong(partition.shard());
                out.writeLong(partition.keys().from());
                out.writeLong(partition.keys().to());
            }
        }

        static StreamCreating readFrom(RecordInput in, boolean exclusive) {
            StreamName name = StreamName.parse(in.readString());
            int count = in.readVarint();
            List<PartitionDescription> partitions = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                partitions.add(new PartitionDescription(
                        in.readLong(), in.readVarint(), new KeyRange(in.readLong(), in.readLong())));
            }
            return new StreamCreating(new StreamDescription(name, partitions, List.of(), exclusive));
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().creating(stream);
        }
    }

    /** All partitions are open: the stream is visible. */
    record StreamCreated(StreamName stream) implements CatalogRecord {
        @Override
        public byte kind() {
            return STREAM_CREATED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().created(stream);
        }
    }

    /** Intent: a stream is invisible from now on. Its partitions are dropped next. */
    record StreamDeleting(StreamName stream) implements CatalogRecord {
        @Override
        public byte kind() {
            return STREAM_DELETING;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().deleting(stream);
        }

        @Override
        public boolean freesSpace(ShardState state) {
            return true;
        }
    }

    /** All partitions of a deleted stream are gone. The first of them identifies the stream. */
    record StreamDeleted(long firstPartition) implements CatalogRecord {
        @Override
        public byte kind() {
            return STREAM_DELETED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeLong(firstPartition);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().deleted(firstPartition);
        }

        @Override
        public boolean freesSpace(ShardState state) {
            return true;
        }
    }

    /** A writer id has this number and epoch. The next step raises the epoch in the shards. */
    record WriterAdmitted(String key, long writer, int epoch) implements CatalogRecord {
        @Override
        public byte kind() {
            return WRITER_ADMITTED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(key);
            out.writeLong(writer);
            out.writeVarlong(epoch);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().admitted(key, writer, epoch);
        }
    }

    /** A writer id is no longer known. */
    record WriterRetired(String key) implements CatalogRecord {
        @Override
        public byte kind() {
            return WRITER_RETIRED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(key);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().retired(key);
        }
    }

    /** What is kept of a stream. */
    record RetentionSet(StreamName stream, Retention retention) implements CatalogRecord {
        @Override
        public byte kind() {
            return RETENTION_SET;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
            out.writeVarlong(retention.maxAgeMillis());
            out.writeVarlong(retention.maxBytes());
            out.writeByte(retention.untilConsumed() ? 1 : 0);
            out.writeVarlong(retention.hardBytes());
        }

        static RetentionSet readFrom(RecordInput in) {
            return new RetentionSet(
                    StreamName.parse(in.readString()),
                    new Retention(in.readVarlong(), in.readVarlong(), in.readByte() != 0, in.readVarlong()));
        }

        static RetentionSet readJsonFrom(RecordInput in) {
            return new RetentionSet(
                    StreamName.parse(in.readString()), Retention.fromJson(new JsonObject(in.readString())));
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().retain(stream, retention);
        }

        @Override
        public boolean freesSpace(ShardState state) {
            return true;
        }
    }

    /** A subscriber has consumed partitions of a stream up to these offsets, or further. */
    record Consumed(StreamName stream, String subscriber, SortedMap<Long, Long> offsets) implements CatalogRecord {
        @Override
        public byte kind() {
            return CONSUMED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
            out.writeString(subscriber);
            out.writeVarlong(offsets.size());
            offsets.forEach((partition, offset) -> {
                out.writeLong(partition);
                out.writeVarlong(offset);
            });
        }

        static Consumed readFrom(RecordInput in) {
            StreamName stream = StreamName.parse(in.readString());
            String subscriber = in.readString();
            int count = in.readVarint();
            SortedMap<Long, Long> offsets = new TreeMap<>();
            for (int i = 0; i < count; i++) {
                offsets.put(in.readLong(), in.readVarlong());
            }
            return new Consumed(stream, subscriber, offsets);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().consumed(stream, subscriber, offsets);
        }

        /** A note of one that is ahead of others frees nothing. Many of them must not use up what is kept. */
        @Override
        public boolean freesSpace(ShardState state) {
            return state.catalog().isWaitedFor(stream, subscriber, offsets);
        }

        /** Nothing goes before all of a section is consumed. */
        @Override
        public boolean freesSpaceInTime() {
            return true;
        }
    }

    /** Retention no longer waits for a subscriber. */
    record SubscriberForgotten(StreamName stream, String subscriber) implements CatalogRecord {
        @Override
        public byte kind() {
            return SUBSCRIBER_FORGOTTEN;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(stream.toString());
            out.writeString(subscriber);
        }

        @Override
        public void applyTo(ShardState state) {
            state.catalog().forgetSubscriber(stream, subscriber);
        }

        @Override
        public boolean freesSpace(ShardState state) {
            return true;
        }
    }
}
