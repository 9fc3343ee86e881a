package io.strandline.server;

import io.strandline.Direction;
import io.strandline.Durability;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StartPosition;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.client.operation.EventRequests;
import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.ExposedRequests;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Payload;
import io.strandline.client.operation.Requests;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** A request of every operation, about the stream {@code shop/orders}, its scope, or a transaction that has written to it. */
final class MatrixRequests {

    static final StreamName ORDERS = StreamName.parse("shop/orders");

    private final Map<Operation<?, ?>, Object> all = new LinkedHashMap<>();

    /** @param transaction id of one that has written to the stream */
    MatrixRequests(StreamDescription orders, String transaction) {
        PartitionDescription first = orders.partitions().get(0);
        StreamCut cut = new StreamCut(ORDERS, new TreeMap<>(Map.of(first.id(), 0L)));
        catalog(first, cut);
        events(first);
        transactions(transaction);
        inJson(cut, transaction);
        put(Operations.BACKUP, Nothing.NOTHING);
        put(Operations.IDENTITY, Nothing.NOTHING);
        put(Operations.BACKUP_STATE, Nothing.NOTHING);
        groups(cut);
        pipelines();
        others();
    }

    Map<Operation<?, ?>, Object> all() {
        return all;
    }

    private <Q> void put(Operation<Q, ?> operation, Q request) {
        all.put(operation, request);
    }

    private void catalog(PartitionDescription first, StreamCut cut) {
        Requests.CreateStream create = new Requests.CreateStream(ORDERS, new StreamOptions());
        put(Operations.CREATE_SCOPE, "shop");
        put(Operations.DELETE_SCOPE, "shop");
        put(Operations.SCOPES, Nothing.NOTHING);
        put(Operations.CREATE_STREAM, create);
        put(Operations.CREATE_RESERVED, create);
        put(Operations.DESCRIBE, ORDERS);
        put(Operations.STREAMS, "shop");
        put(Operations.DELETE_STREAM, ORDERS);
        put(Operations.START_CUT, ORDERS);
        put(Operations.END_CUT, ORDERS);
        put(Operations.STAMPS_AHEAD_MILLIS, ORDERS);
        put(Operations.TRUNCATE, new Requests.Truncate(ORDERS, cut));
        put(Operations.SCALE, new Requests.Scale(ORDERS, List.of(first.id()), List.of(KeyRange.ALL)));
        put(Operations.SET_SCALING, new Requests.SetScaling(ORDERS, ScalingPolicy.fixed()));
        put(Operations.SET_RETENTION, new Requests.SetRetention(ORDERS, Retention.everything()));
        put(Operations.COMMIT_CONSUMED, new Requests.Consumed(ORDERS, "group", cut));
        put(Operations.FORGET_SUBSCRIBER, new Requests.Named(ORDERS, "group"));
        put(Operations.SUBSCRIBER_NOTES, ORDERS);
        put(Operations.RETIRE_WRITER, new Requests.Named(ORDERS, "importer"));
        put(Operations.SEAL_STREAM, ORDERS);
        put(Operations.POLICIES, ORDERS);
    }

    private void events(PartitionDescription first) {
        Requests.Held held = new Requests.Held(ORDERS, 1, 0, 0, List.of(first));
        put(Operations.ADMIT_WRITER, new Requests.Admit(ORDERS, Optional.of("importer")));
        put(Operations.CLAIM, new Requests.Claim(ORDERS, first.id(), -1));
        put(Operations.BARRIER, held);
        put(Operations.READMIT_WRITER, new Requests.HeldBy(held, Optional.of("importer")));
        put(Operations.REFRESH_WRITER, new Requests.HeldBy(held, Optional.of("importer")));
        put(Operations.LAYOUT, ORDERS);
        put(Operations.OFFSET_AT, new Requests.OffsetAt(first, 0));
        put(Operations.APPEND, append(first));
        put(Operations.READ_EVENTS, new Requests.Read(first, 0, 1_000));
        put(Operations.AWAIT_EVENTS, new Requests.Read(first, 0, 1_000));
        put(
                Operations.HISTORY,
                new Requests.History(
                        first, new HistoryRequest(new byte[] {'a'}, 0, Long.MAX_VALUE, Direction.FORWARD, 1_000)));
    }

    /** A whole batch of one event without key, of a writer that the log does not know. */
    private static Requests.Append append(PartitionDescription first) {
        byte[] record = {2, 0, 'x'}; // its length, no flags, a payload of one byte
        byte[] batch = new byte[Batch.HEADER_BYTES + record.length];
        System.arraycopy(record, 0, batch, Batch.HEADER_BYTES, record.length);
        batch[Batch.VERSION] = Batch.FORMAT_VERSION;
        LittleEndian.putInt(batch, Batch.COUNT, 1);
        LittleEndian.putLong(batch, Batch.PARTITION, first.id());
        LittleEndian.putLong(batch, Batch.WRITER, Long.MAX_VALUE);
        Batch.seal(batch, 0, batch.length, new CRC32C());
        return new Requests.Append(
                first.shard(),
                1,
                Durability.FORCED,
                new Requests.Conditions(null, null),
                new Requests.Bulk(batch, batch.length, false));
    }

    private void transactions(String transaction) {
        put(Operations.BEGIN, new Requests.Begin(transaction, 60_000));
        put(
                Operations.WRITE,
                new Requests.Write(transaction, 99, ORDERS, 1, new Requests.Bulk(new byte[] {2, 0, 'x'}, 3, false)));
        put(Operations.PING, new Requests.Begin(transaction, 60_000));
        put(Operations.COMMIT, transaction);
        put(Operations.ABORT, transaction);
        put(Operations.STATUS, transaction);
        put(Operations.UNFINISHED, Nothing.NOTHING);
        put(Operations.PARTS_SET_ASIDE, Nothing.NOTHING);
        put(Operations.DROP_PART, new Requests.DropPart(transaction, ORDERS));
    }

    private void inJson(StreamCut cut, String transaction) {
        put(Operations.APPEND_EVENTS, new EventRequests.AppendEvents(ORDERS, Optional.empty(), List.of()));
        put(Operations.APPEND_BATCH, new EventRequests.AppendBatch(ORDERS, Optional.of("a"), Headers.NONE, List.of()));
        put(Operations.APPEND_IF, new EventRequests.AppendIf(ORDERS, "a", 7, Headers.NONE, List.of()));
        put(
                Operations.APPEND_IF_UNCHANGED,
                new EventRequests.AppendIfUnchanged(ORDERS, "a", cut, List.of(), Headers.NONE, List.of()));
        put(Operations.WRITE_EVENTS, new EventRequests.WriteEvents(transaction, 99, ORDERS, List.of()));
        put(Operations.READ_PAGE, new EventRequests.ReadPage(ORDERS, StartPosition.start(), List.of(), 10, 1_000));
        put(
                Operations.KEY_HISTORY,
                new EventRequests.KeyHistory(ORDERS, "a", Direction.FORWARD, Optional.empty(), 10, 1_000));
        put(
                Operations.SUBSCRIBE,
                new EventRequests.Subscribe(ORDERS, "here", StartPosition.start(), List.of(), 10, 1_000));
        put(Operations.CREDIT, new EventRequests.Credit(ORDERS, "one", Optional.empty()));
        put(Operations.CANCEL, new EventRequests.Cancel(ORDERS, "one"));
    }

    // ---- what is exposed beside the log: nothing is, but its rights are asked for first

    private void groups(StreamCut cut) {
        ExposedRequests.Group group = new ExposedRequests.Group("shop/billing");
        ExposedRequests.GroupCheckpointName checkpoint =
                new ExposedRequests.GroupCheckpointName("shop/billing", "monday");
        ExposedRequests.ParkedIdsOfGroup ids = new ExposedRequests.ParkedIdsOfGroup("shop/billing", List.of(1L));
        put(ExposedOperations.GROUPS, Nothing.NOTHING);
        put(ExposedOperations.DESCRIBE_GROUP, group);
        put(ExposedOperations.GROUP_LAG, group);
        put(ExposedOperations.GROUP_CHECKPOINTS, group);
        put(ExposedOperations.CHECKPOINT_GROUP, checkpoint);
        put(ExposedOperations.DROP_GROUP_CHECKPOINT, checkpoint);
        put(
                ExposedOperations.RESET_GROUP,
                new ExposedRequests.ResetGroup("shop/billing", Optional.empty(), List.of(cut), Optional.empty(), true));
        put(ExposedOperations.GROUP_PARKED, new ExposedRequests.ParkedOfGroup("shop/billing", -1, 10));
        put(ExposedOperations.REPLAY_GROUP, ids);
        put(ExposedOperations.DROP_GROUP_PARKED, ids);
    }

    private void pipelines() {
        ExposedRequests.Pipeline pipeline = new ExposedRequests.Pipeline("totals");
        ExposedRequests.ParkedIdsOfPipeline ids = new ExposedRequests.ParkedIdsOfPipeline("totals", List.of(1L));
        put(ExposedOperations.PIPELINES, Nothing.NOTHING);
        put(ExposedOperations.DESCRIBE_PIPELINE, pipeline);
        put(ExposedOperations.PIPELINE_CHECKPOINTS, pipeline);
        put(ExposedOperations.CHECKPOINT_PIPELINE, new ExposedRequests.TakeCheckpoint("totals", Optional.of("monday")));
        put(ExposedOperations.UNPIN_CHECKPOINT, new ExposedRequests.PinnedCheckpoint("totals", "monday"));
        put(ExposedOperations.RESTORE_PIPELINE, new ExposedRequests.PinnedCheckpoint("totals", "monday"));
        put(ExposedOperations.SWITCH_PIPELINE, new ExposedRequests.SwitchPipeline("totals", "totals-2"));
        put(ExposedOperations.DROP_PIPELINE, pipeline);
        put(ExposedOperations.PAUSE_PIPELINE, pipeline);
        put(ExposedOperations.RESUME_PIPELINE, pipeline);
        put(ExposedOperations.AUDIT_PIPELINE, new ExposedRequests.Audit("totals", "1", "2"));
        put(ExposedOperations.PIPELINE_PARKED, new ExposedRequests.ParkedOfPipeline("totals", -1, 10));
        put(ExposedOperations.REPLAY_PIPELINE, ids);
        put(ExposedOperations.DROP_PIPELINE_PARKED, ids);
    }

    private void others() {
        Payload value = new Payload(new EventType("noted", 1), new byte[] {'1'});
        put(ExposedOperations.AGGREGATES, Nothing.NOTHING);
        put(
                ExposedOperations.COMMAND,
                new ExposedRequests.Command(
                        "account", "anna", value, Optional.empty(), Optional.empty(), Headers.NONE));
        put(
                ExposedOperations.AGGREGATE_STATE,
                new ExposedRequests.StateOfAggregate("account", "anna", Optional.empty()));
        put(
                ExposedOperations.AGGREGATE_HISTORY,
                new ExposedRequests.AggregateHistory(
                        "account", "anna", Direction.FORWARD, Optional.empty(), 10, 1_000));
        put(ExposedOperations.STATES, Nothing.NOTHING);
        put(ExposedOperations.READ_STATE, new ExposedRequests.State("shop/flags"));
        put(ExposedOperations.SET_STATE, new ExposedRequests.SetState("shop/flags", 0, value));
        put(ExposedOperations.FORGET_STATE, new ExposedRequests.ForgetState("shop/flags", 0));
        put(ExposedOperations.METRICS, Nothing.NOTHING);
    }
}
