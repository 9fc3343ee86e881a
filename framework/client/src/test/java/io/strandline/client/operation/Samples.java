package io.strandline.client.operation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.strandline.Appended;
import io.strandline.Direction;
import io.strandline.Durability;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.KeyRange;
import io.strandline.NewEvent;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.Scaling;
import io.strandline.ScalingPolicy;
import io.strandline.Sequence;
import io.strandline.StartPosition;
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
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.LogIdentity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A request and a reply of every operation, with every field set. */
final class Samples {

    private static final StreamName STREAM = StreamName.parse("shop/orders");
    private static final PartitionDescription FIRST = new PartitionDescription(7, 1, new KeyRange(0, 99));
    private static final PartitionDescription SECOND = new PartitionDescription(300, 0, new KeyRange(100, -1));
    private static final PartitionDescription OLD = new PartitionDescription(3, 0, KeyRange.ALL);
    private static final StreamDescription DESCRIPTION = new StreamDescription(
            STREAM,
            List.of(FIRST, SECOND),
            List.of(new Scaling(
                    1_700_000_000_000L, List.of(new Scaling.SealedPartition(OLD, 1_000)), List.of(FIRST, SECOND))),
            true);
    private static final StreamCut CUT = new StreamCut(STREAM, new TreeMap<>(Map.of(7L, 0L, 300L, 1L << 40)));
    private static final byte[] BYTES = {1, 2, 3, 4, 5};
    private static final WriterGrant GRANT = new WriterGrant(
            DESCRIPTION,
            Long.MIN_VALUE | 5,
            3,
            2,
            List.of(
                    new WriterGrant.Slot(FIRST, 0, FIRST.keys(), null),
                    new WriterGrant.Slot(
                            SECOND,
                            258,
                            SECOND.keys(),
                            new WriterGrant.LastWritten(new Sequence(4, 1), 3, 999, 0x1122334455667788L))));
    private static final Requests.Held HELD = Requests.Held.of(GRANT);
    private static final Requests.Bulk BULK = new Requests.Bulk(BYTES, BYTES.length, false);

    private final Map<Operation<?, ?>, Sample<?, ?>> all = new LinkedHashMap<>();

    /** A request and a reply. */
    record Sample<Q, R>(Operation<Q, R> operation, Q request, R reply) {}

    Samples() {
        catalog();
        events();
        transactions();
        identity();
        json();
        ExposedSamples.addTo(new ExposedSamples.Taker() {
            @Override
            public <Q, R> void put(Operation<Q, R> operation, Q request, R reply) {
                Samples.this.put(operation, request, reply);
            }
        });
    }

    Map<Operation<?, ?>, Sample<?, ?>> all() {
        return all;
    }

    private <Q, R> void put(Operation<Q, R> operation, Q request, R reply) {
        all.put(operation, new Sample<>(operation, request, reply));
    }

    private void catalog() {
        Requests.CreateStream create = new Requests.CreateStream(
                STREAM, new StreamOptions().setPartitions(4).setRetention(Retention.maxBytes(9)));
        put(Operations.CREATE_SCOPE, "shop", true);
        put(Operations.DELETE_SCOPE, "shop", Nothing.NOTHING);
        put(Operations.SCOPES, Nothing.NOTHING, List.of("a", "b"));
        put(Operations.CREATE_STREAM, create, DESCRIPTION);
        put(Operations.CREATE_RESERVED, create, DESCRIPTION);
        put(Operations.DESCRIBE, STREAM, DESCRIPTION);
        put(Operations.STREAMS, "shop", List.of(STREAM));
        put(Operations.DELETE_STREAM, STREAM, Nothing.NOTHING);
        put(Operations.START_CUT, STREAM, CUT);
        put(Operations.END_CUT, STREAM, CUT);
        put(Operations.STAMPS_AHEAD_MILLIS, STREAM, 17L);
        put(Operations.TRUNCATE, new Requests.Truncate(STREAM, CUT), Nothing.NOTHING);
        put(Operations.SCALE, new Requests.Scale(STREAM, List.of(3L), KeyRange.equalRanges(2)), DESCRIPTION);
        put(Operations.SET_SCALING, new Requests.SetScaling(STREAM, ScalingPolicy.eventRate(100)), Nothing.NOTHING);
        put(Operations.SET_RETENTION, new Requests.SetRetention(STREAM, Retention.maxAge(5)), Nothing.NOTHING);
        put(Operations.COMMIT_CONSUMED, new Requests.Consumed(STREAM, "group", CUT), Nothing.NOTHING);
        put(Operations.FORGET_SUBSCRIBER, new Requests.Named(STREAM, "group"), false);
        put(Operations.SUBSCRIBER_NOTES, STREAM, List.of(new SubscriberNote("group", CUT, 12)));
        put(Operations.RETIRE_WRITER, new Requests.Named(STREAM, "importer"), Nothing.NOTHING);
        put(Operations.SEAL_STREAM, STREAM, DESCRIPTION);
        put(
                Operations.POLICIES,
                STREAM,
                new StreamPolicies(ScalingPolicy.byteRate(5_000).withPartitions(2, 9), Retention.maxAge(5)));
    }

    private void events() {
        put(Operations.ADMIT_WRITER, new Requests.Admit(STREAM, Optional.of("importer")), GRANT);
        put(Operations.CLAIM, new Requests.Claim(STREAM, 7, -1), GRANT);
        put(Operations.BARRIER, HELD, Nothing.NOTHING);
        put(Operations.READMIT_WRITER, new Requests.HeldBy(HELD, Optional.of("importer")), GRANT);
        put(Operations.REFRESH_WRITER, new Requests.HeldBy(HELD, Optional.empty()), GRANT);
        put(Operations.LAYOUT, STREAM, DESCRIPTION);
        put(Operations.OFFSET_AT, new Requests.OffsetAt(FIRST, 1_700_000_000_000L), 44L);
        put(
                Operations.APPEND,
                Requests.Append.of(new Parcel(
                        1,
                        BYTES,
                        BYTES.length,
                        3,
                        Durability.INTERVAL,
                        Parcel.Origin.ANYBODY,
                        false,
                        new long[] {Parcel.NO_CONDITION, Parcel.ELSEWHERE, 9},
                        new KeyCheck[][] {
                            null,
                            {new KeyCheck(new byte[] {7}, new byte[] {8}, 2), new KeyCheck(new byte[0], null, -2)},
                            {}
                        })),
                new ParcelReply(
                        new long[] {5, 6, 7, 0},
                        new boolean[] {false, true, true, false},
                        new long[] {0, 0, 300, 0},
                        new StrandlineException[] {null, null, null, new StrandlineException.Sealed("sealed at 9")}));
        put(
                Operations.READ_EVENTS,
                new Requests.Read(FIRST, 5, 16_384),
                new ReadSlice(1, 20, true, List.of(new ReadSlice.Segment(BYTES, 1, 4))));
        put(Operations.AWAIT_EVENTS, new Requests.Read(FIRST, 5, 16_384), new ReadSlice(1, 5, List.of()));
        put(
                Operations.HISTORY,
                new Requests.History(
                        FIRST, new HistoryRequest(BYTES, -1, HistoryRequest.END, Direction.BACKWARD, 1_000)),
                new HistorySlice(3, 9, List.of(new HistorySlice.Event(4, 55, BYTES, 2, 3))));
    }

    private void transactions() {
        put(Operations.BEGIN, new Requests.Begin("t1", 30_000), Nothing.NOTHING);
        put(Operations.WRITE, new Requests.Write("t1", 0, STREAM, 2, BULK), Nothing.NOTHING);
        put(Operations.PING, new Requests.Begin("t1", 30_000), Nothing.NOTHING);
        put(Operations.COMMIT, "t1", TransactionStatus.COMMITTED);
        put(Operations.ABORT, "t1", TransactionStatus.ABORTED);
        put(Operations.STATUS, "t1", TransactionStatus.OPEN);
        put(
                Operations.UNFINISHED,
                Nothing.NOTHING,
                List.of(new TransactionDescription("t1", TransactionStatus.COMMITTING, 9)));
        put(
                Operations.PARTS_SET_ASIDE,
                Nothing.NOTHING,
                List.of(new PartSetAside("t1", STREAM, 4, "partition 7 is gone")));
        put(Operations.DROP_PART, new Requests.DropPart("t1", STREAM), Nothing.NOTHING);
        put(
                Operations.BACKUP,
                Nothing.NOTHING,
                new BackupPoint("20261130-060000-000", 1_700_000_000_000L, 12, 1L << 33, 4_096));
        put(Operations.BACKUP_STATE, Nothing.NOTHING, new BackupProgress.State(true, "copies chunks", 4_096, 1L << 33));
    }

    private void identity() {
        LogIdentity.Origin origin = new LogIdentity.Origin("0f".repeat(16), "20261130-060000-000");
        put(Operations.IDENTITY, Nothing.NOTHING, new LogIdentity("a7".repeat(16), Optional.of(origin)));
    }

    private void json() {
        Headers headers = Headers.of(Headers.USER, "anna").with("raw", BYTES);
        Payload payload = new Payload(new EventType("ordered", 3), "{\"a\":[1,2.5,null]}".getBytes(UTF_8));
        Payload raw = new Payload(EventType.RAW, new byte[] {0, -1});
        NewEvent<Payload> event = NewEvent.of("k", payload).with(headers).with(new Sequence(7, 1));
        EventRecord<Payload> record =
                new EventRecord<>(7, 1L << 40, 1_700_000_000_000L, "k", payload.type(), headers, payload);
        EventRequests.EventPage page = new EventRequests.EventPage(
                List.of(record, new EventRecord<>(300, 0, 5, null, EventType.RAW, raw)), CUT, true);
        put(
                Operations.APPEND_EVENTS,
                new EventRequests.AppendEvents(STREAM, Optional.of("importer"), List.of(event)),
                List.of(new Appended(7, 5, false), new Appended(300, 9, true)));
        put(
                Operations.APPEND_BATCH,
                new EventRequests.AppendBatch(STREAM, Optional.of("k"), headers, List.of(payload, raw)),
                new Appended(7, 5, false));
        put(
                Operations.APPEND_IF,
                new EventRequests.AppendIf(STREAM, "k", 12, Headers.NONE, List.of(payload)),
                new Appended(7, 12, false));
        put(
                Operations.APPEND_IF_UNCHANGED,
                new EventRequests.AppendIfUnchanged(
                        STREAM,
                        "k",
                        CUT,
                        List.of(
                                EventWriter.KeyCondition.unchanged("other", CUT),
                                EventWriter.KeyCondition.noEvent("third", "closed", CUT)),
                        headers,
                        List.of(payload)),
                new Appended(7, 12, false));
        put(
                Operations.WRITE_EVENTS,
                new EventRequests.WriteEvents("t1", 2, STREAM, List.of(NewEvent.of(null, raw))),
                Nothing.NOTHING);
        put(
                Operations.READ_PAGE,
                new EventRequests.ReadPage(STREAM, StartPosition.at(CUT), List.of(7L), 50, 9_000),
                page);
        put(
                Operations.KEY_HISTORY,
                new EventRequests.KeyHistory(STREAM, "k", Direction.BACKWARD, Optional.of(3L), 50, 9_000),
                page);
        put(
                Operations.SUBSCRIBE,
                new EventRequests.Subscribe(STREAM, "page.1", StartPosition.time(5), List.of(), 10, 9_000),
                new EventRequests.Subscribed("s1", 30_000, 10, 9_000));
        put(Operations.CREDIT, new EventRequests.Credit(STREAM, "s1", Optional.of("r1")), Nothing.NOTHING);
        put(Operations.CANCEL, new EventRequests.Cancel(STREAM, "s1"), Nothing.NOTHING);
    }
}
