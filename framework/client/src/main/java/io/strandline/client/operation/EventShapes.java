package io.strandline.client.operation;

import static io.strandline.client.operation.Message.field;
import static io.strandline.client.operation.Message.first;
import static io.strandline.client.operation.Shapes.COUNT;
import static io.strandline.client.operation.Shapes.FLAG;
import static io.strandline.client.operation.Shapes.NUMBER;
import static io.strandline.client.operation.Shapes.TEXT;
import static io.strandline.client.operation.Shapes.constant;
import static io.strandline.client.operation.Shapes.count;
import static io.strandline.client.operation.Shapes.listOf;
import static io.strandline.client.operation.Shapes.ofJson;
import static io.strandline.client.operation.Shapes.optional;
import static io.strandline.client.operation.Shapes.or;

import io.strandline.Appended;
import io.strandline.Direction;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.StartPosition;
import io.strandline.StreamOptions;
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
import java.util.List;
import java.util.Optional;

/** The shapes of the operations of {@link EventRequests}. */
final class EventShapes {

    private static final Shape<NewEvent<Payload>> NEW_EVENT = ofJson("event", JsonEvents.NEW);
    private static final Shape<List<NewEvent<Payload>>> NEW_EVENTS = listOf(NEW_EVENT, EventRequests.MAX_EVENTS);
    private static final Shape<EventRecord<Payload>> RECORD = ofJson("event", JsonEvents.RECORD);
    private static final Shape<Payload> PAYLOAD = ofJson("event", JsonEvents.PAYLOAD);
    private static final Shape<List<Payload>> PAYLOADS = listOf(PAYLOAD, EventRequests.MAX_EVENTS);
    private static final Shape<Headers> HEADERS = or(ofJson("headers", JsonEvents.HEADERS), Headers.NONE);
    private static final Shape<List<Long>> PARTITIONS = or(listOf(NUMBER, StreamOptions.MAX_PARTITIONS), List.of());
    static final Shape<Integer> PAGE_EVENTS = or(count(1, EventRequests.MAX_EVENTS), EventRequests.DEFAULT_PAGE_EVENTS);
    static final Shape<Integer> PAGE_BYTES = or(count(1, Integer.MAX_VALUE), EventRequests.DEFAULT_PAGE_BYTES);

    static final Shape<StartPosition> POSITION = ofJson(
            "position",
            new JsonForm<>(
                    JsonSchemas.START_POSITION,
                    StartPosition::toJson,
                    (at, json) -> StartPosition.fromJson(JsonForm.named(at), json)));

    private static final Shape<StartPosition> FROM = or(POSITION, StartPosition.start());

    static final Shape<Appended> APPENDED = Message.of(
            field("partition", NUMBER, Appended::partition),
            field("offset", NUMBER, Appended::offset),
            field("duplicate", or(FLAG, false), Appended::duplicate),
            Appended::new);

    static final Shape<List<Appended>> ALL_APPENDED = Message.single("appended", listOf(APPENDED));

    static final Shape<AppendEvents> APPEND_EVENTS = Message.of(
            field("stream", LogShapes.STREAM, AppendEvents::stream),
            field("writer", optional(TEXT), AppendEvents::writer),
            field("events", NEW_EVENTS, AppendEvents::events),
            AppendEvents::new);

    static final Shape<AppendBatch> APPEND_BATCH = Message.of(
            field("stream", LogShapes.STREAM, AppendBatch::stream),
            field("key", optional(TEXT), AppendBatch::key),
            field("headers", HEADERS, AppendBatch::headers),
            field("events", PAYLOADS, AppendBatch::events),
            AppendBatch::new);

    static final Shape<AppendIf> APPEND_IF = Message.of(
            field("stream", LogShapes.STREAM, AppendIf::stream),
            field("key", TEXT, AppendIf::key),
            field("expectedOffset", NUMBER, AppendIf::expectedOffset),
            field("headers", HEADERS, AppendIf::headers),
            field("events", PAYLOADS, AppendIf::events),
            AppendIf::new);

    private static final Shape<KeyCondition> KEY_CONDITION = Message.of(
            field("key", TEXT, KeyCondition::key),
            field("eventType", optional(TEXT), condition -> Optional.ofNullable(condition.eventType())),
            field("since", LogShapes.CUT, KeyCondition::since),
            (key, type, since) -> new KeyCondition(key, type.orElse(null), since));

    static final Shape<AppendIfUnchanged> APPEND_IF_UNCHANGED = first(
                    field("stream", LogShapes.STREAM, AppendIfUnchanged::stream),
                    field("key", TEXT, AppendIfUnchanged::key),
                    field("since", LogShapes.CUT, AppendIfUnchanged::since))
            .then(
                    field(
                            "others",
                            or(listOf(KEY_CONDITION, EventWriter.MAX_KEY_CONDITIONS), List.of()),
                            AppendIfUnchanged::others),
                    field("headers", HEADERS, AppendIfUnchanged::headers),
                    field("events", PAYLOADS, AppendIfUnchanged::events),
                    AppendIfUnchanged::new);

    static final Shape<ReadPage> READ_PAGE = Message.of(
            field("stream", LogShapes.STREAM, ReadPage::stream),
            field("from", FROM, ReadPage::from),
            field("partitions", PARTITIONS, ReadPage::partitions),
            field("maxEvents", PAGE_EVENTS, ReadPage::maxEvents),
            field("maxBytes", PAGE_BYTES, ReadPage::maxBytes),
            ReadPage::new);

    static final Shape<EventPage> EVENT_PAGE = Message.of(
            field("events", listOf(RECORD), EventPage::events),
            field("next", LogShapes.CUT, EventPage::next),
            field("isEnd", FLAG, EventPage::isEnd),
            EventPage::new);

    static final Shape<KeyHistory> KEY_HISTORY = first(
                    field("stream", LogShapes.STREAM, KeyHistory::stream),
                    field("key", TEXT, KeyHistory::key),
                    field(
                            "direction",
                            or(constant(List.of(Direction.FORWARD, Direction.BACKWARD)), Direction.FORWARD),
                            KeyHistory::direction))
            .then(
                    field("fromVersion", optional(NUMBER), KeyHistory::fromVersion),
                    field("maxEvents", PAGE_EVENTS, KeyHistory::maxEvents),
                    field("maxBytes", PAGE_BYTES, KeyHistory::maxBytes),
                    KeyHistory::new);

    static final Shape<WriteEvents> WRITE_EVENTS = Message.of(
            field("transaction", TEXT, WriteEvents::transaction),
            field("sequence", NUMBER, WriteEvents::sequence),
            field("stream", LogShapes.STREAM, WriteEvents::stream),
            field("events", NEW_EVENTS, WriteEvents::events),
            WriteEvents::new);

    static final Shape<Subscribe> SUBSCRIBE = first(
                    field("stream", LogShapes.STREAM, Subscribe::stream),
                    field("address", TEXT, Subscribe::address),
                    field("from", FROM, Subscribe::from))
            .then(
                    field("partitions", PARTITIONS, Subscribe::partitions),
                    field("events", count(1, Integer.MAX_VALUE), Subscribe::events),
                    field("bytes", count(1, Integer.MAX_VALUE), Subscribe::bytes),
                    Subscribe::new);

    static final Shape<Subscribed> SUBSCRIBED = Message.of(
            field("subscription", TEXT, Subscribed::subscription),
            field("leaseMillis", NUMBER, Subscribed::leaseMillis),
            field("events", COUNT, Subscribed::events),
            field("bytes", COUNT, Subscribed::bytes),
            Subscribed::new);

    static final Shape<Credit> CREDIT = Message.of(
            field("stream", LogShapes.STREAM, Credit::stream),
            field("subscription", TEXT, Credit::subscription),
            field("received", optional(TEXT), Credit::received),
            Credit::new);

    static final Shape<Cancel> CANCEL = Message.of(
            field("stream", LogShapes.STREAM, Cancel::stream),
            field("subscription", TEXT, Cancel::subscription),
            Cancel::new);

    private EventShapes() {}
}
