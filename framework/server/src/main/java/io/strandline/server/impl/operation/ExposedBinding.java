package io.strandline.server.impl.operation;

import static io.strandline.client.operation.ExposedOperations.AGGREGATES;
import static io.strandline.client.operation.ExposedOperations.AGGREGATE_HISTORY;
import static io.strandline.client.operation.ExposedOperations.AGGREGATE_STATE;
import static io.strandline.client.operation.ExposedOperations.AUDIT_PIPELINE;
import static io.strandline.client.operation.ExposedOperations.CHECKPOINT_GROUP;
import static io.strandline.client.operation.ExposedOperations.CHECKPOINT_PIPELINE;
import static io.strandline.client.operation.ExposedOperations.COMMAND;
import static io.strandline.client.operation.ExposedOperations.DESCRIBE_GROUP;
import static io.strandline.client.operation.ExposedOperations.DESCRIBE_PIPELINE;
import static io.strandline.client.operation.ExposedOperations.DROP_GROUP_CHECKPOINT;
import static io.strandline.client.operation.ExposedOperations.DROP_GROUP_PARKED;
import static io.strandline.client.operation.ExposedOperations.DROP_PIPELINE;
import static io.strandline.client.operation.ExposedOperations.DROP_PIPELINE_PARKED;
import static io.strandline.client.operation.ExposedOperations.FORGET_STATE;
import static io.strandline.client.operation.ExposedOperations.GROUPS;
import static io.strandline.client.operation.ExposedOperations.GROUP_CHECKPOINTS;
import static io.strandline.client.operation.ExposedOperations.GROUP_LAG;
import static io.strandline.client.operation.ExposedOperations.GROUP_PARKED;
import static io.strandline.client.operation.ExposedOperations.METRICS;
import static io.strandline.client.operation.ExposedOperations.PAUSE_PIPELINE;
import static io.strandline.client.operation.ExposedOperations.PIPELINES;
import static io.strandline.client.operation.ExposedOperations.PIPELINE_CHECKPOINTS;
import static io.strandline.client.operation.ExposedOperations.PIPELINE_PARKED;
import static io.strandline.client.operation.ExposedOperations.READ_STATE;
import static io.strandline.client.operation.ExposedOperations.REPLAY_GROUP;
import static io.strandline.client.operation.ExposedOperations.REPLAY_PIPELINE;
import static io.strandline.client.operation.ExposedOperations.RESET_GROUP;
import static io.strandline.client.operation.ExposedOperations.RESTORE_PIPELINE;
import static io.strandline.client.operation.ExposedOperations.RESUME_PIPELINE;
import static io.strandline.client.operation.ExposedOperations.SET_STATE;
import static io.strandline.client.operation.ExposedOperations.STATES;
import static io.strandline.client.operation.ExposedOperations.SWITCH_PIPELINE;
import static io.strandline.client.operation.ExposedOperations.UNPIN_CHECKPOINT;

import io.strandline.StrandlineException;
import io.strandline.client.operation.EventRequests.EventPage;
import io.strandline.client.operation.EventRequests.KeyHistory;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operation;
import io.strandline.server.Exposed;
import io.strandline.server.ServedLog;
import io.strandline.spi.LogPort;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** What is done for the operations on what is exposed beside the events. */
final class ExposedBinding {

    private final Exposed exposed;
    private final ServedGroups opened;
    private final GroupCalls groups;
    private final PipelineCalls pipelines;
    private final AggregateCalls aggregates;
    private final StateCalls states;

    /** Takes what does an operation. */
    interface Binder {
        <Q, R> void bind(Operation<Q, R> operation, Function<Q, Future<R>> call);
    }

    /** @param histories reads a page of the events of a key */
    ExposedBinding(Vertx vertx, ServedLog served, LogPort port, Function<KeyHistory, Future<EventPage>> histories) {
        this.exposed = served.exposed();
        ReplayedEvents replays = new ReplayedEvents(served.log());
        this.opened = new ServedGroups(vertx, served.log(), exposed);
        this.groups = new GroupCalls(opened, replays);
        this.pipelines = new PipelineCalls(exposed, replays);
        this.aggregates = new AggregateCalls(exposed, served.log(), histories);
        this.states = new StateCalls(exposed);
    }

    private static Future<Nothing> nothing(Future<Void> done) {
        return done.map(Nothing.NOTHING);
    }

    void bindTo(Binder to) {
        bindGroups(to);
        bindPipelines(to);
        to.bind(AGGREGATES, none -> Future.succeededFuture(aggregates.names()));
        to.bind(COMMAND, aggregates::execute);
        to.bind(AGGREGATE_STATE, aggregates::state);
        to.bind(AGGREGATE_HISTORY, aggregates::history);
        to.bind(STATES, none -> Future.succeededFuture(states.names()));
        to.bind(READ_STATE, in -> states.read(in.state()));
        to.bind(SET_STATE, states::compareAndSet);
        to.bind(FORGET_STATE, states::compareAndDelete);
        to.bind(METRICS, none -> metrics());
    }

    private void bindGroups(Binder to) {
        to.bind(GROUPS, none -> groups.names());
        to.bind(DESCRIBE_GROUP, in -> groups.describe(in.group()));
        to.bind(GROUP_LAG, in -> groups.lag(in.group()));
        to.bind(GROUP_CHECKPOINTS, in -> groups.checkpoints(in.group()));
        to.bind(CHECKPOINT_GROUP, groups::checkpoint);
        to.bind(DROP_GROUP_CHECKPOINT, groups::dropCheckpoint);
        to.bind(RESET_GROUP, groups::reset);
        to.bind(GROUP_PARKED, groups::parked);
        to.bind(REPLAY_GROUP, groups::replay);
        to.bind(DROP_GROUP_PARKED, groups::dropParked);
    }

    private void bindPipelines(Binder to) {
        to.bind(PIPELINES, none -> Future.succeededFuture(pipelines.names()));
        to.bind(DESCRIBE_PIPELINE, in -> pipelines.describe(in.pipeline()));
        to.bind(PIPELINE_CHECKPOINTS, in -> pipelines.checkpoints(in.pipeline()));
        to.bind(CHECKPOINT_PIPELINE, pipelines::checkpoint);
        to.bind(UNPIN_CHECKPOINT, in -> nothing(pipelines.unpin(in)));
        to.bind(RESTORE_PIPELINE, pipelines::restore);
        to.bind(SWITCH_PIPELINE, pipelines::switchTo);
        to.bind(DROP_PIPELINE, in -> nothing(pipelines.drop(in.pipeline())));
        to.bind(PAUSE_PIPELINE, in -> nothing(pipelines.pause(in.pipeline())));
        to.bind(RESUME_PIPELINE, in -> nothing(pipelines.resume(in.pipeline())));
        to.bind(AUDIT_PIPELINE, pipelines::audit);
        to.bind(PIPELINE_PARKED, pipelines::parked);
        to.bind(REPLAY_PIPELINE, pipelines::replay);
        to.bind(DROP_PIPELINE_PARKED, pipelines::dropParked);
    }

    /** The full names of the groups of a scope. */
    Future<List<String>> groups(String scope) {
        return groups.names(scope);
    }

    /** Gives back what calls have opened. */
    Future<Void> close() {
        return opened.close();
    }

    private Future<String> metrics() {
        Supplier<Future<String>> text = exposed.metrics();
        return text == null
                ? Future.failedFuture(new StrandlineException.NotFound("no metrics are exposed"))
                : UserCode.future("metrics", text);
    }
}
