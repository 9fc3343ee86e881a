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

import io.strandline.Direction;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.StreamCut;
import io.strandline.client.operation.ExposedRequests.AggregateHistory;
import io.strandline.client.operation.ExposedRequests.AggregateState;
import io.strandline.client.operation.ExposedRequests.Audit;
import io.strandline.client.operation.ExposedRequests.Checkpoint;
import io.strandline.client.operation.ExposedRequests.Command;
import io.strandline.client.operation.ExposedRequests.Decided;
import io.strandline.client.operation.ExposedRequests.ForgetState;
import io.strandline.client.operation.ExposedRequests.Group;
import io.strandline.client.operation.ExposedRequests.GroupCheckpoint;
import io.strandline.client.operation.ExposedRequests.GroupCheckpointName;
import io.strandline.client.operation.ExposedRequests.GroupStatus;
import io.strandline.client.operation.ExposedRequests.Lag;
import io.strandline.client.operation.ExposedRequests.Move;
import io.strandline.client.operation.ExposedRequests.Outcome;
import io.strandline.client.operation.ExposedRequests.Parked;
import io.strandline.client.operation.ExposedRequests.ParkedIdsOfGroup;
import io.strandline.client.operation.ExposedRequests.ParkedIdsOfPipeline;
import io.strandline.client.operation.ExposedRequests.ParkedOfGroup;
import io.strandline.client.operation.ExposedRequests.ParkedOfPipeline;
import io.strandline.client.operation.ExposedRequests.PartitionLag;
import io.strandline.client.operation.ExposedRequests.PinnedCheckpoint;
import io.strandline.client.operation.ExposedRequests.Pipeline;
import io.strandline.client.operation.ExposedRequests.PipelineView;
import io.strandline.client.operation.ExposedRequests.Place;
import io.strandline.client.operation.ExposedRequests.Reader;
import io.strandline.client.operation.ExposedRequests.Reset;
import io.strandline.client.operation.ExposedRequests.ResetGroup;
import io.strandline.client.operation.ExposedRequests.Revision;
import io.strandline.client.operation.ExposedRequests.RevisionedState;
import io.strandline.client.operation.ExposedRequests.SetState;
import io.strandline.client.operation.ExposedRequests.State;
import io.strandline.client.operation.ExposedRequests.StateOfAggregate;
import io.strandline.client.operation.ExposedRequests.SwitchPipeline;
import io.strandline.client.operation.ExposedRequests.Switched;
import io.strandline.client.operation.ExposedRequests.TakeCheckpoint;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** The shapes of {@link ExposedRequests}. */
final class ExposedShapes {

    private static final int MAX_CUTS = 100;

    static final Shape<JsonObject> JSON =
            ofJson("JSON", new JsonForm<>(JsonForm.type("object"), value -> value, JsonForm::object));
    private static final Shape<List<StreamCut>> CUTS = listOf(LogShapes.CUT, MAX_CUTS);
    private static final Shape<Payload> PAYLOAD = ofJson("value", JsonEvents.PAYLOAD);
    private static final Shape<Headers> HEADERS = or(ofJson("headers", JsonEvents.HEADERS), Headers.NONE);
    private static final Shape<Integer> PARKED_LIMIT =
            or(count(1, ExposedRequests.MAX_PARKED), ExposedRequests.DEFAULT_PARKED);
    private static final Shape<Long> AFTER = or(NUMBER, -1L);

    static final Shape<String> TEXT_OF = Message.single("text", TEXT);
    static final Shape<List<String>> NAMES = Message.single("names", listOf(TEXT));

    // ---- groups

    static final Shape<Group> GROUP = Message.of(field("group", TEXT, Group::group), Group::new);

    private static final Shape<Reader> READER =
            Message.of(field("name", TEXT, Reader::name), field("partitions", COUNT, Reader::partitions), Reader::new);

    static final Shape<GroupStatus> GROUP_STATUS = Message.of(
            field("group", TEXT, GroupStatus::group),
            field("streams", listOf(LogShapes.STREAM), GroupStatus::streams),
            field("readers", listOf(READER), GroupStatus::readers),
            field("position", listOf(LogShapes.CUT), GroupStatus::position),
            field("options", JSON, GroupStatus::options),
            GroupStatus::new);

    private static final Shape<PartitionLag> PARTITION_LAG = Message.of(
            field("stream", LogShapes.STREAM, PartitionLag::stream),
            field("partition", NUMBER, PartitionLag::partition),
            field("events", NUMBER, PartitionLag::events),
            field("millis", NUMBER, PartitionLag::millis),
            PartitionLag::new);

    static final Shape<Lag> LAG = Message.of(
            field("events", NUMBER, Lag::events),
            field("millis", NUMBER, Lag::millis),
            field("partitions", listOf(PARTITION_LAG), Lag::partitions),
            Lag::new);

    static final Shape<GroupCheckpointName> GROUP_CHECKPOINT_NAME = Message.of(
            field("group", TEXT, GroupCheckpointName::group),
            field("checkpoint", TEXT, GroupCheckpointName::checkpoint),
            GroupCheckpointName::new);

    static final Shape<GroupCheckpoint> GROUP_CHECKPOINT = Message.of(
            field("name", TEXT, GroupCheckpoint::name),
            field("complete", FLAG, GroupCheckpoint::complete),
            field("cuts", listOf(LogShapes.CUT), GroupCheckpoint::cuts),
            GroupCheckpoint::new);

    static final Shape<List<GroupCheckpoint>> GROUP_CHECKPOINTS =
            Message.single("checkpoints", listOf(GROUP_CHECKPOINT));

    static final Shape<ResetGroup> RESET_GROUP = Message.of(
            field("group", TEXT, ResetGroup::group),
            field("checkpoint", optional(TEXT), ResetGroup::checkpoint),
            field("cuts", or(CUTS, List.of()), ResetGroup::cuts),
            field("to", optional(EventShapes.POSITION), ResetGroup::to),
            field("dryRun", or(FLAG, false), ResetGroup::dryRun),
            ResetGroup::new);

    private static final Shape<Move> MOVE = Message.of(
            field("stream", LogShapes.STREAM, Move::stream),
            field("partition", NUMBER, Move::partition),
            field("from", NUMBER, Move::from),
            field("to", NUMBER, Move::to),
            Move::new);

    static final Shape<Reset> RESET = Message.of(
            field("done", FLAG, Reset::done),
            field("again", NUMBER, Reset::again),
            field("skipped", NUMBER, Reset::skipped),
            field("moves", listOf(MOVE), Reset::moves),
            Reset::new);

    // ---- parked events

    static final Shape<ParkedOfGroup> PARKED_OF_GROUP = Message.of(
            field("group", TEXT, ParkedOfGroup::group),
            field("after", AFTER, ParkedOfGroup::after),
            field("maxEvents", PARKED_LIMIT, ParkedOfGroup::maxEvents),
            ParkedOfGroup::new);

    static final Shape<ParkedOfPipeline> PARKED_OF_PIPELINE = Message.of(
            field("pipeline", TEXT, ParkedOfPipeline::pipeline),
            field("after", AFTER, ParkedOfPipeline::after),
            field("maxEvents", PARKED_LIMIT, ParkedOfPipeline::maxEvents),
            ParkedOfPipeline::new);

    private static final Shape<EventType> TYPE = Message.of(
            field("name", TEXT, EventType::name), field("version", COUNT, EventType::version), EventType::new);

    private static final Shape<Place> PLACE = Message.of(
            field("stream", LogShapes.STREAM, Place::stream),
            field("partition", NUMBER, Place::partition),
            field("offset", NUMBER, Place::offset),
            Place::new);

    private static final Shape<Parked> PARKED_EVENT = Message.of(
            field("id", NUMBER, Parked::id),
            field("at", PLACE, Parked::at),
            field("key", optional(TEXT), Parked::key),
            field("type", TYPE, Parked::type),
            field("cause", TEXT, Parked::cause),
            Parked::new);

    static final Shape<List<Parked>> PARKED = Message.single("parked", listOf(PARKED_EVENT));

    private static final Shape<List<Long>> IDS = listOf(NUMBER, ExposedRequests.MAX_PARKED);

    static final Shape<ParkedIdsOfGroup> IDS_OF_GROUP = Message.of(
            field("group", TEXT, ParkedIdsOfGroup::group),
            field("ids", IDS, ParkedIdsOfGroup::ids),
            ParkedIdsOfGroup::new);

    static final Shape<ParkedIdsOfPipeline> IDS_OF_PIPELINE = Message.of(
            field("pipeline", TEXT, ParkedIdsOfPipeline::pipeline),
            field("ids", IDS, ParkedIdsOfPipeline::ids),
            ParkedIdsOfPipeline::new);

    static final Shape<Integer> HOW_MANY = Message.single("events", COUNT);

    // ---- pipelines

    static final Shape<Pipeline> PIPELINE = Message.of(field("pipeline", TEXT, Pipeline::pipeline), Pipeline::new);

    static final Shape<PipelineView> PIPELINE_VIEW = Message.of(
            field("description", JSON, PipelineView::description),
            field("text", TEXT, PipelineView::text),
            field("mermaid", TEXT, PipelineView::mermaid),
            PipelineView::new);

    static final Shape<Checkpoint> CHECKPOINT = first(
                    field("number", NUMBER, Checkpoint::number),
                    field("epoch", NUMBER, Checkpoint::epoch),
                    field("version", COUNT, Checkpoint::version))
            .then(
                    field("cut", LogShapes.CUT, Checkpoint::cut),
                    field("keys", NUMBER, Checkpoint::keys),
                    field("bytes", NUMBER, Checkpoint::bytes),
                    field("takenMillis", NUMBER, Checkpoint::takenMillis),
                    field("names", listOf(TEXT), Checkpoint::names),
                    Checkpoint::new);

    static final Shape<List<Checkpoint>> CHECKPOINTS = Message.single("checkpoints", listOf(CHECKPOINT));

    static final Shape<TakeCheckpoint> TAKE_CHECKPOINT = Message.of(
            field("pipeline", TEXT, TakeCheckpoint::pipeline),
            field("name", optional(TEXT), TakeCheckpoint::name),
            TakeCheckpoint::new);

    static final Shape<PinnedCheckpoint> PINNED_CHECKPOINT = Message.of(
            field("pipeline", TEXT, PinnedCheckpoint::pipeline),
            field("checkpoint", TEXT, PinnedCheckpoint::checkpoint),
            PinnedCheckpoint::new);

    static final Shape<SwitchPipeline> SWITCH_PIPELINE = Message.of(
            field("pipeline", TEXT, SwitchPipeline::pipeline),
            field("to", TEXT, SwitchPipeline::to),
            SwitchPipeline::new);

    static final Shape<Switched> SWITCHED = first(
                    field("from", COUNT, Switched::from),
                    field("to", COUNT, Switched::to),
                    field("position", LogShapes.CUT, Switched::position))
            .then(
                    field("positions", listOf(LogShapes.CUT), Switched::positions),
                    field("formerSinks", listOf(LogShapes.CUT), Switched::formerSinks),
                    field("sinks", listOf(LogShapes.CUT), Switched::sinks),
                    Switched::new);

    static final Shape<Audit> AUDIT = Message.of(
            field("pipeline", TEXT, Audit::pipeline),
            field("from", TEXT, Audit::from),
            field("to", TEXT, Audit::to),
            Audit::new);

    // ---- aggregates

    static final Shape<Command> COMMAND = first(
                    field("aggregate", TEXT, Command::aggregate),
                    field("id", TEXT, Command::id),
                    field("command", PAYLOAD, Command::command))
            .then(
                    field("commandId", optional(TEXT), Command::commandId),
                    field("expectedVersion", optional(NUMBER), Command::expectedVersion),
                    field("headers", HEADERS, Command::headers),
                    Command::new);

    static final Shape<Outcome> OUTCOME = first(
                    field(
                            "decided",
                            constant(List.of(Decided.ACCEPTED, Decided.REPEATED, Decided.REJECTED)),
                            Outcome::decided),
                    field("version", NUMBER, Outcome::version),
                    field("state", PAYLOAD, Outcome::state))
            .then(
                    field("events", listOf(PAYLOAD), Outcome::events),
                    field("rejection", optional(PAYLOAD), Outcome::rejection),
                    field("position", optional(LogShapes.CUT), Outcome::position),
                    Outcome::new);

    static final Shape<StateOfAggregate> STATE_OF_AGGREGATE = Message.of(
            field("aggregate", TEXT, StateOfAggregate::aggregate),
            field("id", TEXT, StateOfAggregate::id),
            field("version", optional(NUMBER), StateOfAggregate::version),
            StateOfAggregate::new);

    static final Shape<AggregateState> AGGREGATE_STATE = Message.of(
            field("version", NUMBER, AggregateState::version),
            field("state", PAYLOAD, AggregateState::state),
            AggregateState::new);

    static final Shape<AggregateHistory> AGGREGATE_HISTORY = first(
                    field("aggregate", TEXT, AggregateHistory::aggregate),
                    field("id", TEXT, AggregateHistory::id),
                    field(
                            "direction",
                            or(constant(List.of(Direction.FORWARD, Direction.BACKWARD)), Direction.FORWARD),
                            AggregateHistory::direction))
            .then(
                    field("fromVersion", optional(NUMBER), AggregateHistory::fromVersion),
                    field("maxEvents", EventShapes.PAGE_EVENTS, AggregateHistory::maxEvents),
                    field("maxBytes", EventShapes.PAGE_BYTES, AggregateHistory::maxBytes),
                    AggregateHistory::new);

    // ---- shared states

    static final Shape<State> STATE = Message.of(field("state", TEXT, State::state), State::new);

    static final Shape<RevisionedState> REVISIONED = Message.of(
            field("revision", NUMBER, RevisionedState::revision),
            field("value", PAYLOAD, RevisionedState::value),
            RevisionedState::new);

    static final Shape<SetState> SET_STATE = Message.of(
            field("state", TEXT, SetState::state),
            field("revision", NUMBER, SetState::revision),
            field("value", PAYLOAD, SetState::value),
            SetState::new);

    static final Shape<ForgetState> FORGET_STATE = Message.of(
            field("state", TEXT, ForgetState::state),
            field("revision", NUMBER, ForgetState::revision),
            ForgetState::new);

    static final Shape<Revision> REVISION = Message.of(field("revision", NUMBER, Revision::revision), Revision::new);

    private ExposedShapes() {}
}
