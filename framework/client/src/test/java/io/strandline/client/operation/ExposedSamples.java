package io.strandline.client.operation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.strandline.Direction;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.StartPosition;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/** A request and a reply of each operation of {@link ExposedOperations}. */
final class ExposedSamples {

    private static final StreamName STREAM = StreamName.parse("shop/orders");
    private static final StreamCut CUT = StreamCut.of(STREAM, 7, 1L << 40);
    private static final Payload VALUE = new Payload(new EventType("offer", 2), "{\"a\":[1,null]}".getBytes(UTF_8));
    private static final JsonObject JSON =
            new JsonObject().put("name", "totals").put("lag", 4);

    private ExposedSamples() {}

    /** Takes a sample. */
    interface Taker {
        <Q, R> void put(Operation<Q, R> operation, Q request, R reply);
    }

    static void addTo(Taker to) {
        groups(to);
        pipelines(to);
        aggregates(to);
        states(to);
    }

    private static List<ExposedRequests.Parked> parked() {
        return List.of(
                new ExposedRequests.Parked(
                        3,
                        new ExposedRequests.Place(STREAM, 7, 9),
                        Optional.of("k"),
                        new EventType("ordered", 1),
                        "no price"),
                new ExposedRequests.Parked(
                        4, new ExposedRequests.Place(STREAM, 7, 10), Optional.empty(), EventType.RAW, ""));
    }

    private static void groups(Taker to) {
        ExposedRequests.Group group = new ExposedRequests.Group("shop/billing");
        ExposedRequests.GroupCheckpoint checkpoint = new ExposedRequests.GroupCheckpoint("monday", true, List.of(CUT));
        ExposedRequests.GroupCheckpointName named = new ExposedRequests.GroupCheckpointName("shop/billing", "monday");
        to.put(ExposedOperations.GROUPS, Nothing.NOTHING, List.of("shop/billing"));
        to.put(
                ExposedOperations.DESCRIBE_GROUP,
                group,
                new ExposedRequests.GroupStatus(
                        "shop/billing",
                        List.of(STREAM),
                        List.of(new ExposedRequests.Reader("one", 2)),
                        List.of(CUT),
                        JSON));
        to.put(
                ExposedOperations.GROUP_LAG,
                group,
                new ExposedRequests.Lag(5, 900, List.of(new ExposedRequests.PartitionLag(STREAM, 7, 5, 900))));
        to.put(ExposedOperations.GROUP_CHECKPOINTS, group, List.of(checkpoint));
        to.put(ExposedOperations.CHECKPOINT_GROUP, named, checkpoint);
        to.put(ExposedOperations.DROP_GROUP_CHECKPOINT, named, true);
        to.put(
                ExposedOperations.RESET_GROUP,
                new ExposedRequests.ResetGroup(
                        "shop/billing", Optional.empty(), List.of(CUT), Optional.of(StartPosition.time(5)), true),
                new ExposedRequests.Reset(false, 3, 0, List.of(new ExposedRequests.Move(STREAM, 7, 9, 6))));
        to.put(ExposedOperations.GROUP_PARKED, new ExposedRequests.ParkedOfGroup("shop/billing", -1, 10), parked());
        to.put(
                ExposedOperations.REPLAY_GROUP,
                new ExposedRequests.ParkedIdsOfGroup("shop/billing", List.of(3L, 4L)),
                2);
        to.put(
                ExposedOperations.DROP_GROUP_PARKED,
                new ExposedRequests.ParkedIdsOfGroup("shop/billing", List.of(3L)),
                1);
    }

    private static void pipelines(Taker to) {
        ExposedRequests.Pipeline pipeline = new ExposedRequests.Pipeline("totals");
        ExposedRequests.Checkpoint checkpoint =
                new ExposedRequests.Checkpoint(4, 2, 1, CUT, 100, 5_000, 1_700_000_000_000L, List.of("monday"));
        to.put(ExposedOperations.PIPELINES, Nothing.NOTHING, List.of("totals"));
        to.put(
                ExposedOperations.DESCRIBE_PIPELINE,
                pipeline,
                new ExposedRequests.PipelineView(JSON, "totals v1", "flowchart LR"));
        to.put(ExposedOperations.PIPELINE_CHECKPOINTS, pipeline, List.of(checkpoint));
        to.put(
                ExposedOperations.CHECKPOINT_PIPELINE,
                new ExposedRequests.TakeCheckpoint("totals", Optional.of("monday")),
                checkpoint);
        to.put(
                ExposedOperations.UNPIN_CHECKPOINT,
                new ExposedRequests.PinnedCheckpoint("totals", "monday"),
                Nothing.NOTHING);
        to.put(
                ExposedOperations.RESTORE_PIPELINE,
                new ExposedRequests.PinnedCheckpoint("totals", "monday"),
                new ExposedRequests.PipelineView(JSON, "totals v1", "flowchart LR"));
        to.put(
                ExposedOperations.SWITCH_PIPELINE,
                new ExposedRequests.SwitchPipeline("totals", "totals-2"),
                new ExposedRequests.Switched(1, 2, CUT, List.of(CUT), List.of(CUT), List.of(CUT)));
        to.put(ExposedOperations.DROP_PIPELINE, pipeline, Nothing.NOTHING);
        to.put(ExposedOperations.PAUSE_PIPELINE, pipeline, Nothing.NOTHING);
        to.put(ExposedOperations.RESUME_PIPELINE, pipeline, Nothing.NOTHING);
        to.put(ExposedOperations.AUDIT_PIPELINE, new ExposedRequests.Audit("totals", "monday", "7"), JSON);
        to.put(ExposedOperations.PIPELINE_PARKED, new ExposedRequests.ParkedOfPipeline("totals", 3, 10), parked());
        to.put(ExposedOperations.REPLAY_PIPELINE, new ExposedRequests.ParkedIdsOfPipeline("totals", List.of(3L)), 1);
        to.put(
                ExposedOperations.DROP_PIPELINE_PARKED,
                new ExposedRequests.ParkedIdsOfPipeline("totals", List.of(3L)),
                1);
        to.put(ExposedOperations.METRICS, Nothing.NOTHING, "# HELP one\n");
    }

    private static void aggregates(Taker to) {
        to.put(ExposedOperations.AGGREGATES, Nothing.NOTHING, List.of("account"));
        to.put(
                ExposedOperations.COMMAND,
                new ExposedRequests.Command(
                        "account", "anna", VALUE, Optional.of("c1"), Optional.of(4L), Headers.of(Headers.USER, "anna")),
                new ExposedRequests.Outcome(
                        ExposedRequests.Decided.REPEATED,
                        5,
                        VALUE,
                        List.of(VALUE, VALUE),
                        Optional.of(VALUE),
                        Optional.of(CUT)));
        to.put(
                ExposedOperations.AGGREGATE_STATE,
                new ExposedRequests.StateOfAggregate("account", "anna", Optional.of(4L)),
                new ExposedRequests.AggregateState(4, VALUE));
        to.put(
                ExposedOperations.AGGREGATE_HISTORY,
                new ExposedRequests.AggregateHistory("account", "anna", Direction.BACKWARD, Optional.of(3L), 50, 9_000),
                new EventRequests.EventPage(
                        List.of(new EventRecord<>(7, 3, 5, "anna", VALUE.type(), Headers.NONE, VALUE)), CUT, false));
    }

    private static void states(Taker to) {
        to.put(ExposedOperations.STATES, Nothing.NOTHING, List.of("shop/offer"));
        to.put(
                ExposedOperations.READ_STATE,
                new ExposedRequests.State("shop/offer"),
                new ExposedRequests.RevisionedState(3, VALUE));
        to.put(
                ExposedOperations.SET_STATE,
                new ExposedRequests.SetState("shop/offer", 3, VALUE),
                new ExposedRequests.Revision(4));
        to.put(
                ExposedOperations.FORGET_STATE,
                new ExposedRequests.ForgetState("shop/offer", 4),
                new ExposedRequests.Revision(5));
    }
}
