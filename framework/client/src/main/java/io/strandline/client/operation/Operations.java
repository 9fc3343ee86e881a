package io.strandline.client.operation;

import static io.strandline.client.operation.Message.field;
import static io.strandline.client.operation.Message.single;
import static io.strandline.client.operation.Repeat.BY_CALLER;
import static io.strandline.client.operation.Repeat.HARMLESS;
import static io.strandline.client.operation.Repeat.NEVER;
import static io.strandline.client.operation.Repeat.READING;
import static io.strandline.client.operation.Right.ADMIN;
import static io.strandline.client.operation.Right.READ;
import static io.strandline.client.operation.Right.READ_UPDATE;
import static io.strandline.client.operation.Shapes.COUNT;
import static io.strandline.client.operation.Shapes.DONE;
import static io.strandline.client.operation.Shapes.ID;
import static io.strandline.client.operation.Shapes.NOTHING;
import static io.strandline.client.operation.Shapes.NUMBER;
import static io.strandline.client.operation.Shapes.TEXT;
import static io.strandline.client.operation.Shapes.listOf;
import static io.strandline.client.operation.Shapes.optional;
import static io.strandline.client.wire.ErrorCode.CONFLICT;
import static io.strandline.client.wire.ErrorCode.CORRUPT;
import static io.strandline.client.wire.ErrorCode.FENCED;
import static io.strandline.client.wire.ErrorCode.NOT_FOUND;
import static io.strandline.client.wire.ErrorCode.SEALED;
import static io.strandline.client.wire.ErrorCode.TRUNCATED;

import io.strandline.Appended;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.SubscriberNote;
import io.strandline.TransactionDescription;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.strandline.client.operation.EventRequests.AppendBatch;
import io.strandline.client.operation.EventRequests.AppendEvents;
import io.strandline.client.operation.EventRequests.AppendIf;
import io.strandline.client.operation.EventRequests.AppendIfUnchanged;
import io.strandline.client.operation.EventRequests.Cancel;
import io.strandline.client.operation.EventRequests.Credit;
import io.strandline.client.operation.EventRequests.EventPage;
import io.strandline.client.operation.EventRequests.KeyHistory;
import io.strandline.client.operation.EventRequests.ReadPage;
import io.strandline.client.operation.EventRequests.Subscribe;
import io.strandline.client.operation.EventRequests.Subscribed;
import io.strandline.client.operation.EventRequests.WriteEvents;
import io.strandline.client.operation.Requests.Admit;
import io.strandline.client.operation.Requests.Append;
import io.strandline.client.operation.Requests.Begin;
import io.strandline.client.operation.Requests.Claim;
import io.strandline.client.operation.Requests.Consumed;
import io.strandline.client.operation.Requests.CreateStream;
import io.strandline.client.operation.Requests.DropPart;
import io.strandline.client.operation.Requests.Held;
import io.strandline.client.operation.Requests.HeldBy;
import io.strandline.client.operation.Requests.History;
import io.strandline.client.operation.Requests.Named;
import io.strandline.client.operation.Requests.OffsetAt;
import io.strandline.client.operation.Requests.Read;
import io.strandline.client.operation.Requests.Scale;
import io.strandline.client.operation.Requests.SetRetention;
import io.strandline.client.operation.Requests.SetScaling;
import io.strandline.client.operation.Requests.Truncate;
import io.strandline.client.operation.Requests.Write;
import io.strandline.client.wire.ErrorCode;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.LogIdentity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table of all operations. Each is defined here and nowhere else: the doors, the client, the documents and the tests of
 * rights go through {@link #ALL}.
 *
 * <p>What an operation promises stands with the method that it calls, of {@link io.strandline.Catalog}, {@link
 * io.strandline.spi.LogPort} and {@link io.strandline.spi.TransactionPort}. Its name is that of the method. The
 * operations of {@link EventRequests} are made of those of {@link io.strandline.Strandline}.
 */
public final class Operations {

    private static final List<Operation<?, ?>> TABLE = new ArrayList<>();

    /** Doors of the operations of writers and readers, whose requests and replies are batches and records. */
    private static final Door[] BYTES = {Door.TCP, Door.EVENT_BUS};

    /** Doors of what a client does without a writer or reader of its own. */
    private static final Door[] JSON = {Door.EVENT_BUS, Door.REST};

    private static final Shape<StreamName> STREAM = single("stream", LogShapes.STREAM);
    private static final Shape<String> SCOPE = single("scope", TEXT);
    private static final Shape<String> TRANSACTION = single("transaction", TEXT);
    private static final Shape<TransactionStatus> STATUS_OF = single("status", LogShapes.STATUS);
    private static final Shape<StreamDescription> DESCRIPTION = LogShapes.DESCRIPTION;
    private static final Shape<StreamCut> CUT = LogShapes.CUT;
    private static final Shape<CreateStream> CREATE = Message.of(
            field("stream", LogShapes.STREAM, CreateStream::stream),
            field("options", LogShapes.STREAM_OPTIONS, CreateStream::options),
            CreateStream::new);
    private static final Shape<Named> NAMED =
            Message.of(field("stream", LogShapes.STREAM, Named::stream), field("name", TEXT, Named::name), Named::new);
    private static final Shape<Held> HELD = Message.of(
            field("stream", LogShapes.STREAM, Held::stream),
            field("writer", ID, Held::writer),
            field("epoch", COUNT, Held::epoch),
            field("claimGeneration", NUMBER, Held::claimGeneration),
            field("partitions", listOf(LogShapes.PARTITION, StreamOptions.MAX_PARTITIONS), Held::partitions),
            Held::new);
    private static final Shape<HeldBy> HELD_BY =
            Message.of(field("held", HELD, HeldBy::held), field("id", optional(TEXT), HeldBy::id), HeldBy::new);
    private static final Shape<Read> READ_FROM = Message.of(
            field("partition", LogShapes.PARTITION, Read::partition),
            field("offset", NUMBER, Read::offset),
            field("maxBytes", COUNT, Read::maxBytes),
            Read::new);
    private static final Shape<Begin> LEASE = Message.of(
            field("transaction", TEXT, Begin::transaction),
            field("leaseMillis", NUMBER, Begin::leaseMillis),
            Begin::new);

    // ---- catalog: 1 to 39

    public static final Operation<String, Boolean> CREATE_SCOPE =
            row(1, "createScope", Target.SCOPE, ADMIN, HARMLESS).shapes(SCOPE, DONE);
    public static final Operation<String, Nothing> DELETE_SCOPE =
            row(2, "deleteScope", Target.SCOPE, ADMIN, NEVER).shapes(SCOPE, NOTHING, NOT_FOUND, CONFLICT);
    public static final Operation<Nothing, List<String>> SCOPES =
            row(3, "scopes", Target.LOG, Right.DESCRIBE, READING).shapes(NOTHING, single("scopes", listOf(TEXT)));
    public static final Operation<CreateStream, StreamDescription> CREATE_STREAM =
            row(4, "createStream", Target.STREAM, ADMIN, HARMLESS).shapes(CREATE, DESCRIPTION, NOT_FOUND, CONFLICT);
    public static final Operation<CreateStream, StreamDescription> CREATE_RESERVED = row(
                    5, "createReserved", Target.STREAM, READ_UPDATE, HARMLESS)
            .at(BYTES)
            .shapes(CREATE, DESCRIPTION, CONFLICT);
    public static final Operation<StreamName, StreamDescription> DESCRIBE =
            row(6, "describe", Target.STREAM, Right.DESCRIBE, READING).shapes(STREAM, DESCRIPTION, NOT_FOUND);
    public static final Operation<String, List<StreamName>> STREAMS = row(
                    7, "streams", Target.SCOPE, Right.DESCRIBE, READING)
            .shapes(SCOPE, single("streams", listOf(LogShapes.STREAM)), NOT_FOUND);
    public static final Operation<StreamName, Nothing> DELETE_STREAM =
            row(8, "deleteStream", Target.STREAM, ADMIN, NEVER).shapes(STREAM, NOTHING, NOT_FOUND);
    public static final Operation<StreamName, StreamCut> START_CUT =
            row(9, "startCut", Target.STREAM, Right.DESCRIBE, READING).shapes(STREAM, CUT, NOT_FOUND);
    public static final Operation<StreamName, StreamCut> END_CUT =
            row(10, "endCut", Target.STREAM, Right.DESCRIBE, READING).shapes(STREAM, CUT, NOT_FOUND);
    public static final Operation<StreamName, Long> STAMPS_AHEAD_MILLIS = row(
                    11, "stampsAheadMillis", Target.STREAM, Right.DESCRIBE, READING)
            .shapes(STREAM, single("millis", NUMBER), NOT_FOUND);
    public static final Operation<Truncate, Nothing> TRUNCATE = row(12, "truncate", Target.STREAM, ADMIN, HARMLESS)
            .shapes(
                    Message.of(
                            field("stream", LogShapes.STREAM, Truncate::stream),
                            field("before", CUT, Truncate::before),
                            Truncate::new),
                    NOTHING,
                    NOT_FOUND);
    public static final Operation<Scale, StreamDescription> SCALE = row(13, "scale", Target.STREAM, ADMIN, NEVER)
            .shapes(
                    Message.of(
                            field("stream", LogShapes.STREAM, Scale::stream),
                            field("seal", listOf(NUMBER, StreamOptions.MAX_PARTITIONS), Scale::seal),
                            field("open", listOf(LogShapes.KEYS, StreamOptions.MAX_PARTITIONS), Scale::open),
                            Scale::new),
                    DESCRIPTION,
                    NOT_FOUND,
                    SEALED);
    public static final Operation<SetScaling, Nothing> SET_SCALING = row(
                    14, "setScaling", Target.STREAM, ADMIN, HARMLESS)
            .shapes(
                    Message.of(
                            field("stream", LogShapes.STREAM, SetScaling::stream),
                            field("policy", LogShapes.POLICY, SetScaling::policy),
                            SetScaling::new),
                    NOTHING,
                    NOT_FOUND);
    public static final Operation<SetRetention, Nothing> SET_RETENTION = row(
                    15, "setRetention", Target.STREAM, ADMIN, HARMLESS)
            .shapes(
                    Message.of(
                            field("stream", LogShapes.STREAM, SetRetention::stream),
                            field("retention", LogShapes.RETENTION, SetRetention::retention),
                            SetRetention::new),
                    NOTHING,
                    NOT_FOUND);
    public static final Operation<Consumed, Nothing> COMMIT_CONSUMED = row(
                    16, "commitConsumed", Target.STREAM, READ_UPDATE, HARMLESS)
            .shapes(
                    Message.of(
                            field("stream", LogShapes.STREAM, Consumed::stream),
                            field("subscriber", TEXT, Consumed::subscriber),
                            field("consumed", CUT, Consumed::consumed),
                            Consumed::new),
                    NOTHING,
                    NOT_FOUND);
    public static final Operation<Named, Boolean> FORGET_SUBSCRIBER =
            row(17, "forgetSubscriber", Target.STREAM, READ_UPDATE, HARMLESS).shapes(NAMED, DONE, NOT_FOUND);
    public static final Operation<StreamName, List<SubscriberNote>> SUBSCRIBER_NOTES = row(
                    18, "subscriberNotes", Target.STREAM, Right.DESCRIBE, READING)
            .shapes(STREAM, single("notes", listOf(LogShapes.NOTE)), NOT_FOUND);
    public static final Operation<Named, Nothing> RETIRE_WRITER =
            row(19, "retireWriter", Target.STREAM, READ_UPDATE, NEVER).shapes(NAMED, NOTHING, NOT_FOUND);

    public static final Operation<StreamName, StreamDescription> SEAL_STREAM =
            row(20, "sealStream", Target.STREAM, ADMIN, HARMLESS).shapes(STREAM, DESCRIPTION, NOT_FOUND);

    public static final Operation<StreamName, StreamPolicies> POLICIES =
            row(21, "policies", Target.STREAM, Right.DESCRIBE, READING).shapes(STREAM, LogShapes.POLICIES, NOT_FOUND);

    // ---- events: 40 to 59

    public static final Operation<Admit, WriterGrant> ADMIT_WRITER = row(
                    40, "admitWriter", Target.STREAM, READ_UPDATE, HARMLESS)
            .at(BYTES)
            .shapes(
                    Message.of(
                            field("stream", LogShapes.STREAM, Admit::stream),
                            field("id", optional(TEXT), Admit::id),
                            Admit::new),
                    LogShapes.GRANT,
                    NOT_FOUND,
                    SEALED);
    public static final Operation<Claim, WriterGrant> CLAIM = row(41, "claim", Target.STREAM, READ_UPDATE, HARMLESS)
            .at(BYTES)
            .shapes(
                    Message.of(
                            field("stream", LogShapes.STREAM, Claim::stream),
                            field("partition", NUMBER, Claim::partition),
                            field("generation", NUMBER, Claim::generation),
                            Claim::new),
                    LogShapes.GRANT,
                    NOT_FOUND,
                    FENCED,
                    SEALED);
    public static final Operation<Held, Nothing> BARRIER = row(42, "barrier", Target.STREAM, READ_UPDATE, READING)
            .at(BYTES)
            .shapes(HELD, NOTHING, NOT_FOUND, FENCED, SEALED);
    public static final Operation<HeldBy, WriterGrant> READMIT_WRITER = row(
                    43, "readmitWriter", Target.STREAM, READ_UPDATE, HARMLESS)
            .at(BYTES)
            .shapes(HELD_BY, LogShapes.GRANT, NOT_FOUND, FENCED, SEALED);
    public static final Operation<HeldBy, WriterGrant> REFRESH_WRITER = row(
                    44, "refreshWriter", Target.STREAM, READ_UPDATE, READING)
            .at(BYTES)
            .shapes(HELD_BY, LogShapes.GRANT, NOT_FOUND, FENCED, SEALED);
    public static final Operation<StreamName, StreamDescription> LAYOUT =
            row(45, "layout", Target.STREAM, Right.DESCRIBE, READING).at(BYTES).shapes(STREAM, DESCRIPTION, NOT_FOUND);
    public static final Operation<OffsetAt, Long> OFFSET_AT = row(
                    46, "offsetAt", Target.PARTITION, Right.DESCRIBE, READING)
            .at(BYTES)
            .shapes(
                    Message.of(
                            field("partition", LogShapes.PARTITION, OffsetAt::partition),
                            field("stamp", NUMBER, OffsetAt::stamp),
                            OffsetAt::new),
                    single("offset", NUMBER),
                    NOT_FOUND,
                    CORRUPT);
    public static final Operation<Append, ParcelReply> APPEND = row(
                    47, "append", Target.BATCHES, READ_UPDATE, BY_CALLER)
            .at(BYTES)
            .shapes(BulkShapes.APPEND, BulkShapes.PARCEL_REPLY, CONFLICT, NOT_FOUND, FENCED, SEALED);
    public static final Operation<Read, ReadSlice> READ_EVENTS = row(48, "read", Target.PARTITION, READ, READING)
            .at(BYTES)
            .shapes(READ_FROM, BulkShapes.SLICE, NOT_FOUND, TRUNCATED, CORRUPT);
    public static final Operation<Read, ReadSlice> AWAIT_EVENTS = row(
                    49, "awaitEvents", Target.PARTITION, READ, READING)
            .at(Door.TCP)
            .openEnded()
            .shapes(READ_FROM, BulkShapes.SLICE, NOT_FOUND, TRUNCATED, CORRUPT);
    public static final Operation<History, HistorySlice> HISTORY = row(50, "history", Target.PARTITION, READ, READING)
            .at(BYTES)
            .shapes(
                    Message.of(
                            field("partition", LogShapes.PARTITION, History::partition),
                            field("request", BulkShapes.HISTORY, History::request),
                            History::new),
                    BulkShapes.HISTORY_SLICE,
                    NOT_FOUND,
                    TRUNCATED,
                    CORRUPT);

    // ---- transactions: 60 to 79

    public static final Operation<Begin, Nothing> BEGIN =
            row(60, "begin", Target.TRANSACTION, READ_UPDATE, NEVER).shapes(LEASE, NOTHING, CONFLICT);
    public static final Operation<Write, Nothing> WRITE = row(61, "write", Target.STREAM, READ_UPDATE, HARMLESS)
            .at(BYTES)
            .shapes(
                    Message.of(
                            field("transaction", TEXT, Write::transaction),
                            field("sequence", NUMBER, Write::sequence),
                            field("stream", LogShapes.STREAM, Write::stream),
                            field("events", COUNT, Write::events),
                            field("records", BulkShapes.BULK, Write::records),
                            Write::new),
                    NOTHING,
                    NOT_FOUND,
                    CONFLICT,
                    SEALED);
    public static final Operation<Begin, Nothing> PING =
            row(62, "ping", Target.TRANSACTION, READ_UPDATE, HARMLESS).shapes(LEASE, NOTHING, NOT_FOUND, CONFLICT);
    public static final Operation<String, TransactionStatus> COMMIT = row(
                    63, "commit", Target.TRANSACTION, READ_UPDATE, HARMLESS)
            .shapes(TRANSACTION, STATUS_OF, NOT_FOUND, CONFLICT, SEALED);
    public static final Operation<String, TransactionStatus> ABORT = row(
                    64, "abort", Target.TRANSACTION, READ_UPDATE, HARMLESS)
            .shapes(TRANSACTION, STATUS_OF, NOT_FOUND, CONFLICT);
    public static final Operation<String, TransactionStatus> STATUS =
            row(65, "status", Target.TRANSACTION, Right.DESCRIBE, READING).shapes(TRANSACTION, STATUS_OF, NOT_FOUND);
    public static final Operation<Nothing, List<TransactionDescription>> UNFINISHED = row(
                    66, "unfinished", Target.LOG, Right.DESCRIBE, READING)
            .shapes(NOTHING, single("transactions", listOf(LogShapes.TRANSACTION)));
    public static final Operation<Nothing, List<PartSetAside>> PARTS_SET_ASIDE = row(
                    67, "partsSetAside", Target.LOG, Right.DESCRIBE, READING)
            .shapes(NOTHING, single("parts", listOf(LogShapes.PART_SET_ASIDE)));
    public static final Operation<DropPart, Nothing> DROP_PART = row(68, "dropPart", Target.STREAM, ADMIN, HARMLESS)
            .shapes(
                    Message.of(
                            field("transaction", TEXT, DropPart::transaction),
                            field("stream", LogShapes.STREAM, DropPart::stream),
                            DropPart::new),
                    NOTHING,
                    NOT_FOUND,
                    CONFLICT);

    // ---- the whole log: 80 to 99

    /** Takes as long as the copy does, so it is none for the times of answers of the other doors. */
    public static final Operation<Nothing, BackupPoint> BACKUP = row(80, "backup", Target.LOG, ADMIN, NEVER)
            .at(Door.TCP)
            .openEnded()
            .shapes(NOTHING, LogShapes.BACKUP_POINT, CORRUPT);

    public static final Operation<Nothing, LogIdentity> IDENTITY =
            row(81, "identity", Target.LOG, Right.DESCRIBE, READING).shapes(NOTHING, LogShapes.IDENTITY);

    public static final Operation<Nothing, BackupProgress.State> BACKUP_STATE =
            row(82, "backupState", Target.LOG, ADMIN, READING).at(Door.TCP).shapes(NOTHING, LogShapes.BACKUP_STATE);

    // ---- events in JSON: 100 to 119

    public static final Operation<AppendEvents, List<Appended>> APPEND_EVENTS = row(
                    100, "appendEvents", Target.STREAM, READ_UPDATE, BY_CALLER)
            .at(JSON)
            .shapes(EventShapes.APPEND_EVENTS, EventShapes.ALL_APPENDED, NOT_FOUND, FENCED, SEALED);
    public static final Operation<AppendBatch, Appended> APPEND_BATCH = row(
                    101, "appendBatch", Target.STREAM, READ_UPDATE, NEVER)
            .at(JSON)
            .shapes(EventShapes.APPEND_BATCH, EventShapes.APPENDED, NOT_FOUND, SEALED);
    public static final Operation<AppendIf, Appended> APPEND_IF = row(
                    102, "appendIf", Target.STREAM, READ_UPDATE, NEVER)
            .at(JSON)
            .shapes(EventShapes.APPEND_IF, EventShapes.APPENDED, NOT_FOUND, CONFLICT, SEALED);
    public static final Operation<AppendIfUnchanged, Appended> APPEND_IF_UNCHANGED = row(
                    103, "appendIfUnchanged", Target.STREAM, READ_UPDATE, NEVER)
            .at(JSON)
            .shapes(EventShapes.APPEND_IF_UNCHANGED, EventShapes.APPENDED, NOT_FOUND, CONFLICT, SEALED);
    public static final Operation<WriteEvents, Nothing> WRITE_EVENTS = row(
                    104, "writeEvents", Target.STREAM, READ_UPDATE, HARMLESS)
            .at(JSON)
            .shapes(EventShapes.WRITE_EVENTS, NOTHING, NOT_FOUND, CONFLICT, SEALED);
    public static final Operation<ReadPage, EventPage> READ_PAGE = row(105, "readEvents", Target.STREAM, READ, READING)
            .at(JSON)
            .shapes(EventShapes.READ_PAGE, EventShapes.EVENT_PAGE, NOT_FOUND, TRUNCATED, CORRUPT);
    public static final Operation<KeyHistory, EventPage> KEY_HISTORY = row(
                    106, "keyHistory", Target.STREAM, READ, READING)
            .at(JSON)
            .shapes(EventShapes.KEY_HISTORY, EventShapes.EVENT_PAGE, NOT_FOUND, TRUNCATED, CORRUPT);
    public static final Operation<Subscribe, Subscribed> SUBSCRIBE = row(110, "subscribe", Target.STREAM, READ, READING)
            .at(Door.EVENT_BUS)
            .shapes(EventShapes.SUBSCRIBE, EventShapes.SUBSCRIBED, NOT_FOUND, TRUNCATED);
    public static final Operation<Credit, Nothing> CREDIT = row(111, "credit", Target.STREAM, READ, READING)
            .at(Door.EVENT_BUS)
            .shapes(EventShapes.CREDIT, NOTHING, NOT_FOUND);
    public static final Operation<Cancel, Nothing> CANCEL = row(112, "cancel", Target.STREAM, READ, READING)
            .at(Door.EVENT_BUS)
            .shapes(EventShapes.CANCEL, NOTHING, NOT_FOUND);

    /** All operations, in the order of their numbers: these, then {@link ExposedOperations}. */
    public static final List<Operation<?, ?>> ALL = all();

    private static final @Nullable Operation<?, ?>[] BY_NUMBER = byNumber();

    private Operations() {}

    private static List<Operation<?, ?>> all() {
        TABLE.addAll(ExposedOperations.ROWS);
        return Collections.unmodifiableList(TABLE);
    }

    private static @Nullable Operation<?, ?>[] byNumber() {
        int highest = TABLE.stream().mapToInt(Operation::number).max().orElse(0);
        Operation<?, ?>[] table = new Operation<?, ?>[highest + 1];
        TABLE.forEach(operation -> table[operation.number()] = operation);
        return table;
    }

    /** The operation of a number, or null if there is none. */
    public static @Nullable Operation<?, ?> of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }

    private static Row row(int number, String name, Target target, Right right, Repeat repeat) {
        return new Row(number, name, target, right, repeat, false, EnumSet.allOf(Door.class));
    }

    private record Row(
            int number, String name, Target target, Right right, Repeat repeat, boolean isOpenEnded, Set<Door> doors) {

        /** The same row, for these doors alone. */
        Row at(Door... only) {
            return new Row(number, name, target, right, repeat, isOpenEnded, Set.of(only));
        }

        /** The same row, without a deadline. */
        Row openEnded() {
            return new Row(number, name, target, right, repeat, true, doors);
        }

        <Q, R> Operation<Q, R> shapes(Shape<Q> request, Shape<R> reply, ErrorCode... failures) {
            Operation<Q, R> operation = new Operation<>(
                    number, name, target, right, repeat, isOpenEnded, request, reply, doors, List.of(failures));
            TABLE.add(operation);
            return operation;
        }
    }
}
