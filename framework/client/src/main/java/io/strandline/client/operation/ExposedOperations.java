package io.strandline.client.operation;

import static io.strandline.client.operation.Repeat.HARMLESS;
import static io.strandline.client.operation.Repeat.NEVER;
import static io.strandline.client.operation.Repeat.READING;
import static io.strandline.client.operation.Right.ADMIN;
import static io.strandline.client.operation.Right.OPERATE;
import static io.strandline.client.operation.Right.READ;
import static io.strandline.client.operation.Right.READ_UPDATE;
import static io.strandline.client.operation.Shapes.DONE;
import static io.strandline.client.operation.Shapes.NOTHING;
import static io.strandline.client.wire.ErrorCode.CONFLICT;
import static io.strandline.client.wire.ErrorCode.CORRUPT;
import static io.strandline.client.wire.ErrorCode.FENCED;
import static io.strandline.client.wire.ErrorCode.NOT_FOUND;
import static io.strandline.client.wire.ErrorCode.NOT_OWNER;
import static io.strandline.client.wire.ErrorCode.TRUNCATED;

import io.strandline.client.operation.EventRequests.EventPage;
import io.strandline.client.operation.ExposedRequests.AggregateHistory;
import io.strandline.client.operation.ExposedRequests.AggregateState;
import io.strandline.client.operation.ExposedRequests.Audit;
import io.strandline.client.operation.ExposedRequests.Checkpoint;
import io.strandline.client.operation.ExposedRequests.Command;
import io.strandline.client.operation.ExposedRequests.ForgetState;
import io.strandline.client.operation.ExposedRequests.Group;
import io.strandline.client.operation.ExposedRequests.GroupCheckpoint;
import io.strandline.client.operation.ExposedRequests.GroupCheckpointName;
import io.strandline.client.operation.ExposedRequests.GroupStatus;
import io.strandline.client.operation.ExposedRequests.Lag;
import io.strandline.client.operation.ExposedRequests.Outcome;
import io.strandline.client.operation.ExposedRequests.Parked;
import io.strandline.client.operation.ExposedRequests.ParkedIdsOfGroup;
import io.strandline.client.operation.ExposedRequests.ParkedIdsOfPipeline;
import io.strandline.client.operation.ExposedRequests.ParkedOfGroup;
import io.strandline.client.operation.ExposedRequests.ParkedOfPipeline;
import io.strandline.client.operation.ExposedRequests.PinnedCheckpoint;
import io.strandline.client.operation.ExposedRequests.Pipeline;
import io.strandline.client.operation.ExposedRequests.PipelineView;
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
import io.strandline.client.wire.ErrorCode;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The rows of the table about what is exposed beside the events of a log: reader groups, pipelines, aggregates and shared states. They
 * are called where JSON is spoken, and those of a group by clients too.
 */
public final class ExposedOperations {

    private static final List<Operation<?, ?>> TABLE = new ArrayList<>();
    private static final Set<Door> DOORS = Set.of(Door.EVENT_BUS, Door.REST);

    /** Groups keep their state in the log, so that whoever has a client works them too. */
    private static final Set<Door> GROUP_DOORS = EnumSet.allOf(Door.class);

    // ---- groups: 140 to 159

    public static final Operation<Nothing, List<String>> GROUPS =
            row(140, "groups", Target.LOG, Right.DESCRIBE, READING).shapes(NOTHING, ExposedShapes.NAMES);
    public static final Operation<Group, GroupStatus> DESCRIBE_GROUP = row(
                    141, "describeGroup", Target.GROUP, Right.DESCRIBE, READING)
            .at(GROUP_DOORS)
            .shapes(ExposedShapes.GROUP, ExposedShapes.GROUP_STATUS, NOT_FOUND);
    public static final Operation<Group, Lag> GROUP_LAG = row(142, "groupLag", Target.GROUP, Right.DESCRIBE, READING)
            .at(GROUP_DOORS)
            .shapes(ExposedShapes.GROUP, ExposedShapes.LAG, NOT_FOUND);
    public static final Operation<Group, List<GroupCheckpoint>> GROUP_CHECKPOINTS = row(
                    143, "groupCheckpoints", Target.GROUP, Right.DESCRIBE, READING)
            .at(GROUP_DOORS)
            .shapes(ExposedShapes.GROUP, ExposedShapes.GROUP_CHECKPOINTS, NOT_FOUND);
    public static final Operation<GroupCheckpointName, GroupCheckpoint> CHECKPOINT_GROUP = row(
                    144, "checkpointGroup", Target.GROUP, OPERATE, NEVER)
            .at(GROUP_DOORS)
            .openEnded()
            .shapes(ExposedShapes.GROUP_CHECKPOINT_NAME, ExposedShapes.GROUP_CHECKPOINT, NOT_FOUND, CONFLICT);
    public static final Operation<GroupCheckpointName, Boolean> DROP_GROUP_CHECKPOINT = row(
                    145, "dropGroupCheckpoint", Target.GROUP, OPERATE, HARMLESS)
            .at(GROUP_DOORS)
            .shapes(ExposedShapes.GROUP_CHECKPOINT_NAME, DONE, NOT_FOUND);
    public static final Operation<ResetGroup, Reset> RESET_GROUP = row(146, "resetGroup", Target.GROUP, OPERATE, NEVER)
            .at(GROUP_DOORS)
            .openEnded()
            .shapes(ExposedShapes.RESET_GROUP, ExposedShapes.RESET, NOT_FOUND);
    public static final Operation<ParkedOfGroup, List<Parked>> GROUP_PARKED = row(
                    147, "parkedOfGroup", Target.GROUP, READ, READING)
            .at(GROUP_DOORS)
            .shapes(ExposedShapes.PARKED_OF_GROUP, ExposedShapes.PARKED, NOT_FOUND);
    public static final Operation<ParkedIdsOfGroup, Integer> REPLAY_GROUP = row(
                    148, "replayParkedOfGroup", Target.GROUP, ADMIN, NEVER)
            .at(GROUP_DOORS)
            .openEnded()
            .shapes(ExposedShapes.IDS_OF_GROUP, ExposedShapes.HOW_MANY, NOT_FOUND, TRUNCATED);
    public static final Operation<ParkedIdsOfGroup, Integer> DROP_GROUP_PARKED = row(
                    149, "dropParkedOfGroup", Target.GROUP, ADMIN, NEVER)
            .at(GROUP_DOORS)
            .shapes(ExposedShapes.IDS_OF_GROUP, ExposedShapes.HOW_MANY, NOT_FOUND);

    // ---- pipelines: 160 to 179

    public static final Operation<Nothing, List<String>> PIPELINES =
            row(160, "pipelines", Target.LOG, Right.DESCRIBE, READING).shapes(NOTHING, ExposedShapes.NAMES);
    public static final Operation<Pipeline, PipelineView> DESCRIBE_PIPELINE = row(
                    161, "describePipeline", Target.PIPELINE, Right.DESCRIBE, READING)
            .shapes(ExposedShapes.PIPELINE, ExposedShapes.PIPELINE_VIEW, NOT_FOUND);
    public static final Operation<Pipeline, List<Checkpoint>> PIPELINE_CHECKPOINTS = row(
                    162, "pipelineCheckpoints", Target.PIPELINE, Right.DESCRIBE, READING)
            .shapes(ExposedShapes.PIPELINE, ExposedShapes.CHECKPOINTS, NOT_FOUND);
    public static final Operation<TakeCheckpoint, Checkpoint> CHECKPOINT_PIPELINE = row(
                    163, "checkpointPipeline", Target.PIPELINE, OPERATE, NEVER)
            .shapes(ExposedShapes.TAKE_CHECKPOINT, ExposedShapes.CHECKPOINT, NOT_FOUND, CONFLICT);
    public static final Operation<PinnedCheckpoint, Nothing> UNPIN_CHECKPOINT = row(
                    164, "unpinCheckpoint", Target.PIPELINE, OPERATE, NEVER)
            .shapes(ExposedShapes.PINNED_CHECKPOINT, NOTHING, NOT_FOUND);
    public static final Operation<Pipeline, Nothing> PAUSE_PIPELINE = row(
                    165, "pausePipeline", Target.PIPELINE, OPERATE, HARMLESS)
            .shapes(ExposedShapes.PIPELINE, NOTHING, NOT_FOUND, CONFLICT);
    public static final Operation<Pipeline, Nothing> RESUME_PIPELINE = row(
                    166, "resumePipeline", Target.PIPELINE, OPERATE, HARMLESS)
            .shapes(ExposedShapes.PIPELINE, NOTHING, NOT_FOUND, CONFLICT);
    public static final Operation<Audit, JsonObject> AUDIT_PIPELINE = row(
                    167, "auditPipeline", Target.PIPELINE, OPERATE, READING)
            .shapes(ExposedShapes.AUDIT, ExposedShapes.JSON, NOT_FOUND, TRUNCATED, CORRUPT);
    public static final Operation<ParkedOfPipeline, List<Parked>> PIPELINE_PARKED = row(
                    168, "parkedOfPipeline", Target.PIPELINE, READ, READING)
            .shapes(ExposedShapes.PARKED_OF_PIPELINE, ExposedShapes.PARKED, NOT_FOUND);
    public static final Operation<ParkedIdsOfPipeline, Integer> REPLAY_PIPELINE = row(
                    169, "replayParkedOfPipeline", Target.PIPELINE, ADMIN, NEVER)
            .shapes(ExposedShapes.IDS_OF_PIPELINE, ExposedShapes.HOW_MANY, NOT_FOUND, TRUNCATED);
    public static final Operation<ParkedIdsOfPipeline, Integer> DROP_PIPELINE_PARKED = row(
                    170, "dropParkedOfPipeline", Target.PIPELINE, ADMIN, NEVER)
            .shapes(ExposedShapes.IDS_OF_PIPELINE, ExposedShapes.HOW_MANY, NOT_FOUND);

    public static final Operation<PinnedCheckpoint, PipelineView> RESTORE_PIPELINE = row(
                    171, "restorePipeline", Target.PIPELINE, ADMIN, NEVER)
            .shapes(
                    ExposedShapes.PINNED_CHECKPOINT,
                    ExposedShapes.PIPELINE_VIEW,
                    NOT_FOUND,
                    CONFLICT,
                    TRUNCATED,
                    CORRUPT);

    public static final Operation<SwitchPipeline, Switched> SWITCH_PIPELINE = row(
                    172, "switchPipeline", Target.PIPELINE, ADMIN, NEVER)
            .shapes(ExposedShapes.SWITCH_PIPELINE, ExposedShapes.SWITCHED, NOT_FOUND, CONFLICT, FENCED);
    public static final Operation<Pipeline, Nothing> DROP_PIPELINE = row(
                    173, "dropPipeline", Target.PIPELINE, ADMIN, NEVER)
            .shapes(ExposedShapes.PIPELINE, NOTHING, NOT_FOUND, CONFLICT);

    // ---- aggregates: 180 to 189

    public static final Operation<Nothing, List<String>> AGGREGATES =
            row(180, "aggregates", Target.LOG, Right.DESCRIBE, READING).shapes(NOTHING, ExposedShapes.NAMES);
    public static final Operation<Command, Outcome> COMMAND = row(181, "command", Target.AGGREGATE, READ_UPDATE, NEVER)
            .shapes(ExposedShapes.COMMAND, ExposedShapes.OUTCOME, NOT_FOUND, CONFLICT, FENCED, NOT_OWNER);
    public static final Operation<StateOfAggregate, AggregateState> AGGREGATE_STATE = row(
                    182, "aggregateState", Target.AGGREGATE, READ, READING)
            .shapes(ExposedShapes.STATE_OF_AGGREGATE, ExposedShapes.AGGREGATE_STATE, NOT_FOUND, FENCED, NOT_OWNER);
    public static final Operation<AggregateHistory, EventPage> AGGREGATE_HISTORY = row(
                    183, "aggregateHistory", Target.AGGREGATE, READ, READING)
            .shapes(ExposedShapes.AGGREGATE_HISTORY, EventShapes.EVENT_PAGE, NOT_FOUND, TRUNCATED, CORRUPT);

    // ---- shared states: 190 to 199

    public static final Operation<Nothing, List<String>> STATES =
            row(190, "states", Target.LOG, Right.DESCRIBE, READING).shapes(NOTHING, ExposedShapes.NAMES);
    public static final Operation<State, RevisionedState> READ_STATE = row(
                    191, "readState", Target.STATE, READ, READING)
            .shapes(ExposedShapes.STATE, ExposedShapes.REVISIONED, NOT_FOUND);
    public static final Operation<SetState, Revision> SET_STATE = row(
                    192, "compareAndSetState", Target.STATE, READ_UPDATE, NEVER)
            .shapes(ExposedShapes.SET_STATE, ExposedShapes.REVISION, NOT_FOUND, CONFLICT);
    public static final Operation<ForgetState, Revision> FORGET_STATE = row(
                    193, "compareAndDeleteState", Target.STATE, READ_UPDATE, NEVER)
            .shapes(ExposedShapes.FORGET_STATE, ExposedShapes.REVISION, NOT_FOUND, CONFLICT);

    // ---- the process: 200 to 209

    /** Metrics of the process as text, in the format of Prometheus. */
    public static final Operation<Nothing, String> METRICS =
            row(200, "metrics", Target.LOG, READ, READING).shapes(NOTHING, ExposedShapes.TEXT_OF, NOT_FOUND);

    /** These rows, in the order of their numbers. */
    static final List<Operation<?, ?>> ROWS = Collections.unmodifiableList(TABLE);

    private ExposedOperations() {}

    private static Row row(int number, String name, Target target, Right right, Repeat repeat) {
        return new Row(number, name, target, right, repeat, false, DOORS);
    }

    private record Row(
            int number, String name, Target target, Right right, Repeat repeat, boolean isOpenEnded, Set<Door> doors) {

        /** The same row, for these doors. */
        Row at(Set<Door> others) {
            return new Row(number, name, target, right, repeat, isOpenEnded, others);
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
