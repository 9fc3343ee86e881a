package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;

import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.ExposedRequests;
import io.strandline.server.impl.http.Answer;
import java.util.List;

/** Pipelines that are exposed. */
final class PipelineRoutes {

    private static final String TAG = "Pipelines";
    private static final String ALL = "/v1/pipelines";
    private static final String ONE = ALL + "/{pipeline}";
    private static final String TEXT = "text/plain";
    private static final String MERMAID = "text/vnd.mermaid";

    private final Calls calls;
    private final Rendering rendering;

    PipelineRoutes(Calls calls, Rendering rendering) {
        this.calls = calls;
        this.rendering = rendering.of(TAG);
    }

    List<Route> all() {
        return List.of(
                rendering.route(GET, ALL, "The pipelines that are exposed", 200, ExposedOperations.PIPELINES),
                describe(),
                rendering.route(
                        GET,
                        ONE + "/checkpoints",
                        "The checkpoints that are kept",
                        200,
                        ExposedOperations.PIPELINE_CHECKPOINTS),
                rendering
                        .route(
                                POST,
                                ONE + "/checkpoints",
                                "Takes a checkpoint, and answers when it is durable",
                                201,
                                ExposedOperations.CHECKPOINT_PIPELINE)
                        .says("With a name it is pinned: kept until the name is taken back."),
                rendering.route(
                        DELETE,
                        ONE + "/checkpoints/{checkpoint}",
                        "Takes the name of a checkpoint back",
                        204,
                        ExposedOperations.UNPIN_CHECKPOINT),
                rendering
                        .route(
                                POST,
                                ONE + "/restore",
                                "Closes the pipeline and starts it from a checkpoint that is kept",
                                200,
                                ExposedOperations.RESTORE_PIPELINE)
                        .says(
                                "The checkpoints after it are forgotten, except those with names. Only a pipeline that its application has"
                                        + " exposed with what restores it can be."),
                rendering
                        .route(
                                POST,
                                ONE + "/switch",
                                "Ends a version where the one goes on that runs beside it",
                                200,
                                ExposedOperations.SWITCH_PIPELINE)
                        .says(
                                "It answers when the other version has caught up and is the pipeline, with the cuts by which readers of the"
                                        + " outputs move over. Both are exposed in one process, and keep their names. A version that does not"
                                        + " catch up within 5 minutes is refused with 503, and nothing is switched. Until the answer neither"
                                        + " is paused or resumed."),
                rendering
                        .route(
                                DELETE,
                                ONE,
                                "Deletes what a version keeps that has stopped",
                                204,
                                ExposedOperations.DROP_PIPELINE)
                        .says(
                                "One from which the pipeline was switched, or one beside it that is not wanted. Only a version that its"
                                        + " application has exposed with what drops it can be. Its outputs stay."),
                rendering.route(
                        POST, ONE + "/pause", "Processes no event for now", 204, ExposedOperations.PAUSE_PIPELINE),
                rendering.route(
                        POST, ONE + "/resume", "Goes on, after a failure too", 204, ExposedOperations.RESUME_PIPELINE),
                rendering.route(
                        POST,
                        ONE + "/audit",
                        "Processes the events between two checkpoints again, and compares the states",
                        200,
                        ExposedOperations.AUDIT_PIPELINE),
                rendering.route(
                        GET, ONE + "/parked", "The events that were put aside", 200, ExposedOperations.PIPELINE_PARKED),
                rendering.route(
                        POST,
                        ONE + "/parked/replay",
                        "Appends parked events to their streams once more",
                        200,
                        ExposedOperations.REPLAY_PIPELINE),
                rendering.route(
                        POST,
                        ONE + "/parked/drop",
                        "Forgets parked events",
                        200,
                        ExposedOperations.DROP_PIPELINE_PARKED));
    }

    private Route describe() {
        return Route.of(GET, ONE, "describePipeline", TAG, "The operators of a pipeline, and how its tasks do")
                .gives(
                        200,
                        "The pipeline as JSON, as text, or as a chart for Mermaid",
                        Schemas.any("name, version, state, operators and tasks").put("type", "object"))
                .gives(200, "", TEXT, Schemas.text())
                .gives(200, "", MERMAID, Schemas.text())
                .fails(404)
                .does(exchange -> calls.call(
                                exchange,
                                ExposedOperations.DESCRIBE_PIPELINE,
                                new ExposedRequests.Pipeline(exchange.path("pipeline")))
                        .map(view -> switch (exchange.answerType()) {
                            case TEXT -> Answer.text(TEXT, view.text());
                            case MERMAID -> Answer.text(MERMAID, view.mermaid());
                            default -> Answer.ok(view.description());
                        }));
    }
}
