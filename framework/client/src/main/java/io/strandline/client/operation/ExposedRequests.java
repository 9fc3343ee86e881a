package io.strandline.client.operation;

import io.strandline.Direction;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.StartPosition;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * The requests and replies about what is exposed beside the events of a log: reader groups, pipelines, aggregates and shared states. What
 * a call promises stands with the method of the group, the pipeline and so on that it calls.
 */
public final class ExposedRequests {

    /** Parked events of a page if nothing else is asked for. */
    public static final int DEFAULT_PARKED = 100;

    /** Parked events of a page, at most. */
    public static final int MAX_PARKED = 10_000;

    private ExposedRequests() {}

    private interface OnGroup extends About {
        String group();

        @Override
        default List<Resource> resources() {
            return List.of(new Resource(Resource.Kind.GROUP, group()));
        }
    }

    private interface OnPipeline extends About {
        String pipeline();

        @Override
        default List<Resource> resources() {
            return List.of(new Resource(Resource.Kind.PIPELINE, pipeline()));
        }
    }

    private interface OnAggregate extends About {
        String aggregate();

        @Override
        default List<Resource> resources() {
            return List.of(new Resource(Resource.Kind.AGGREGATE, aggregate()));
        }
    }

    private interface OnState extends About {
        String state();

        @Override
        default List<Resource> resources() {
            return List.of(new Resource(Resource.Kind.STATE, state()));
        }
    }

    // ---- groups

    /** A group by its full name. */
    public record Group(String group) implements OnGroup {}

    /** A reader of a group, and how many partitions it has. */
    public record Reader(String name, int partitions) {}

    /**
     * How a group is.
     *
     * @param position the committed position in each stream
     */
    public record GroupStatus(
            String group,
            List<StreamName> streams,
            List<Reader> readers,
            List<StreamCut> position,
            JsonObject options) {}

    /**
     * How far a group lags behind in a partition.
     *
     * @param events events after the committed position
     * @param millis age of the first of them, in milliseconds, 0 if there is none
     */
    public record PartitionLag(StreamName stream, long partition, long events, long millis) {}

    /**
     * How far a group lags behind.
     *
     * @param events events of all partitions
     * @param millis the longest of all partitions
     */
    public record Lag(long events, long millis, List<PartitionLag> partitions) {}

    public record GroupCheckpointName(String group, String checkpoint) implements OnGroup {}

    public record GroupCheckpoint(String name, boolean complete, List<StreamCut> cuts) {}

    /**
     * Where a group is to go on: at a checkpoint, at cuts, or at a position. One of the three.
     *
     * @param dryRun true if nothing is to be changed
     */
    public record ResetGroup(
            String group, Optional<String> checkpoint, List<StreamCut> cuts, Optional<StartPosition> to, boolean dryRun)
            implements OnGroup {}

    /** A partition in which a group goes on elsewhere. */
    public record Move(StreamName stream, long partition, long from, long to) {}

    /**
     * What a reset changes.
     *
     * @param done false for a dry run
     * @param again events that come again
     * @param skipped events that never come
     */
    public record Reset(boolean done, long again, long skipped, List<Move> moves) {}

    // ---- parked events, of groups and of pipelines

    /**
     * A page of the parked events of a group.
     *
     * @param after the last id of the page before, or -1
     */
    public record ParkedOfGroup(String group, long after, int maxEvents) implements OnGroup {}

    /**
     * A page of the parked events of a pipeline.
     *
     * @param after the last id of the page before, or -1
     */
    public record ParkedOfPipeline(String pipeline, long after, int maxEvents) implements OnPipeline {}

    /** Where an event was read. */
    public record Place(StreamName stream, long partition, long offset) {}

    /** An event that was put aside. */
    public record Parked(long id, Place at, Optional<String> key, EventType type, String cause) {}

    public record ParkedIdsOfGroup(String group, List<Long> ids) implements OnGroup {}

    public record ParkedIdsOfPipeline(String pipeline, List<Long> ids) implements OnPipeline {}

    // ---- pipelines

    public record Pipeline(String pipeline) implements OnPipeline {}

    /** A pipeline as JSON, as text and as a chart for Mermaid. */
    public record PipelineView(JsonObject description, String text, String mermaid) {}

    /**
     * A checkpoint that is kept.
     *
     * @param takenMillis when it was taken, in milliseconds since 1970
     * @param names by which it is pinned, in ascending order. None if it is kept as the others are
     */
    public record Checkpoint(
            long number,
            long epoch,
            int version,
            StreamCut cut,
            long keys,
            long bytes,
            long takenMillis,
            List<String> names) {}

    /**
     * A checkpoint to be taken.
     *
     * @param name of the checkpoint, which is kept until the name is taken back. None for one that is kept as the others are
     */
    public record TakeCheckpoint(String pipeline, Optional<String> name) implements OnPipeline {}

    public record PinnedCheckpoint(String pipeline, String checkpoint) implements OnPipeline {}

    /**
     * A switch from one version of a pipeline to another. Both are exposed.
     *
     * @param pipeline name of the version that ends
     * @param to name of the version that runs beside it
     */
    public record SwitchPipeline(String pipeline, String to) implements About {

        @Override
        public List<Resource> resources() {
            return List.of(new Resource(Resource.Kind.PIPELINE, pipeline), new Resource(Resource.Kind.PIPELINE, to));
        }
    }

    /**
     * Where a pipeline was switched.
     *
     * @param from number of the version that has ended
     * @param to number of the version that goes on
     * @param position in the source, of several in the first: the version that has ended processed every event before it, and none after
     * @param positions the same for each source
     * @param formerSinks the ends of the sinks of the version that has ended
     * @param sinks for each sink of the version that goes on a cut before which are all outputs of the events before the positions
     */
    public record Switched(
            int from,
            int to,
            StreamCut position,
            List<StreamCut> positions,
            List<StreamCut> formerSinks,
            List<StreamCut> sinks) {}

    /** Two checkpoints, by their names or numbers. */
    public record Audit(String pipeline, String from, String to) implements OnPipeline {}

    // ---- aggregates

    /**
     * A command.
     *
     * @param command its type, and its JSON
     * @param commandId under which it is executed once
     */
    public record Command(
            String aggregate,
            String id,
            Payload command,
            Optional<String> commandId,
            Optional<Long> expectedVersion,
            Headers headers)
            implements OnAggregate {}

    /** How a command was decided. */
    public enum Decided {
        ACCEPTED,
        /** A command of this id was executed before, and this is the answer to that. */
        REPEATED,
        REJECTED
    }

    /**
     * What became of a command.
     *
     * @param version number of the aggregate's events
     * @param events those of the command
     * @param rejection why it was rejected
     * @param position the cut after its events
     */
    public record Outcome(
            Decided decided,
            long version,
            Payload state,
            List<Payload> events,
            Optional<Payload> rejection,
            Optional<StreamCut> position) {}

    /**
     * A question for the state of an aggregate.
     *
     * @param version number of the events to fold, all without one
     */
    public record StateOfAggregate(String aggregate, String id, Optional<Long> version) implements OnAggregate {}

    public record AggregateState(long version, Payload state) {}

    /** As {@link EventRequests.KeyHistory}. */
    public record AggregateHistory(
            String aggregate, String id, Direction direction, Optional<Long> fromVersion, int maxEvents, int maxBytes)
            implements OnAggregate {}

    // ---- shared states

    /** A shared state by its full name. */
    public record State(String state) implements OnState {}

    /**
     * A shared state and its revision.
     *
     * @param revision 0 for a state that nobody wrote
     */
    public record RevisionedState(long revision, Payload value) {}

    /**
     * A state in place of another one.
     *
     * @param revision the one that the state must have
     */
    public record SetState(String state, long revision, Payload value) implements OnState {}

    /**
     * The initial state in place of another one.
     *
     * @param revision the one that the state must have
     */
    public record ForgetState(String state, long revision) implements OnState {}

    /**
     * A change of a state.
     *
     * @param revision the one that was made
     */
    public record Revision(long revision) {}
}
