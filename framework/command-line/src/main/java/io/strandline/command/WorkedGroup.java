package io.strandline.command;

import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.ExposedRequests;
import io.strandline.client.operation.ExposedRequests.GroupCheckpoint;
import io.strandline.client.operation.ExposedRequests.Parked;
import io.strandline.client.operation.ExposedRequests.Place;
import io.strandline.client.operation.RemoteCalls;
import io.strandline.processing.group.GroupLag;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.ResetPlan;
import io.strandline.processing.group.TimedLag;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A reader group as commands work it. At a server it is worked there, so that a right on the group is enough and nobody needs one on the streams
 * that hold its state. In a directory it is opened here.
 */
interface WorkedGroup {

    /** Readers, and how many partitions each has. */
    Future<SortedMap<String, Integer>> readers();

    /** Names of the checkpoints. */
    Future<List<String>> checkpoints();

    /** Events that are not committed, and how long the first of them wait. */
    Future<TimedLag> lag();

    /** What a reset to a position changes. It is made, unless this is a dry run. */
    Future<ResetPlan> resetTo(StartPosition position, boolean dryRun);

    /** As {@link #resetTo}, to a checkpoint. */
    Future<ResetPlan> resetToCheckpoint(String checkpoint, boolean dryRun);

    /** Takes a checkpoint. Completes when it is durable. */
    Future<GroupCheckpoint> checkpoint(String checkpoint);

    /** Forgets a checkpoint, or gives it up. Completes with false if there is none. */
    Future<Boolean> dropCheckpoint(String checkpoint);

    /**
     * A page of the events that were put aside, in the order of their ids.
     *
     * @param after the last id of the page before, or -1
     */
    Future<List<Parked>> parked(long after, int most);

    /** Appends events that were put aside to their streams once more, up to the first failure. Returns how many. */
    Future<Integer> replayParked(List<Long> ids);

    /** Drops events that were put aside. Returns how many. */
    Future<Integer> dropParked(List<Long> ids);

    /** One that is open in this process, of a log that is. */
    static WorkedGroup of(Strandline log, ReaderGroup group) {
        return new WorkedGroup() {
            @Override
            public Future<SortedMap<String, Integer>> readers() {
                return group.readers();
            }

            @Override
            public Future<List<String>> checkpoints() {
                return group.checkpoints().map(all -> all.stream()
                        .map(io.strandline.processing.group.GroupCheckpoint::name)
                        .toList());
            }

            @Override
            public Future<TimedLag> lag() {
                return group.timedLag();
            }

            @Override
            public Future<ResetPlan> resetTo(StartPosition position, boolean dryRun) {
                return group.planResetTo(position)
                        .compose(plan -> dryRun
                                ? Future.succeededFuture(plan)
                                : group.resetTo(position).map(plan));
            }

            @Override
            public Future<ResetPlan> resetToCheckpoint(String checkpoint, boolean dryRun) {
                return group.planResetToCheckpoint(checkpoint)
                        .compose(plan -> dryRun
                                ? Future.succeededFuture(plan)
                                : group.resetToCheckpoint(checkpoint).map(plan));
            }

            @Override
            public Future<GroupCheckpoint> checkpoint(String checkpoint) {
                return group.checkpoint(checkpoint)
                        .map(taken -> new GroupCheckpoint(
                                taken.name(),
                                taken.complete(),
                                List.copyOf(taken.cuts().values())));
            }

            @Override
            public Future<Boolean> dropCheckpoint(String checkpoint) {
                return group.dropCheckpoint(checkpoint);
            }

            @Override
            public Future<Integer> replayParked(List<Long> ids) {
                return ParkedAppends.replay(log, group, ids);
            }

            @Override
            public Future<List<Parked>> parked(long after, int most) {
                return group.parked(after, most).map(all -> all.stream()
                        .map(event -> new Parked(
                                event.id(),
                                new Place(event.stream(), event.partition(), event.offset()),
                                Optional.ofNullable(event.key()),
                                event.type(),
                                event.cause()))
                        .toList());
            }

            @Override
            public Future<Integer> dropParked(List<Long> ids) {
                return group.dropParked(ids);
            }
        };
    }

    /** One at a server. */
    static WorkedGroup at(RemoteCalls server, String name) {
        ExposedRequests.Group group = new ExposedRequests.Group(name);
        return new WorkedGroup() {
            @Override
            public Future<SortedMap<String, Integer>> readers() {
                return server.call(ExposedOperations.DESCRIBE_GROUP, group).map(status -> {
                    SortedMap<String, Integer> readers = new TreeMap<>();
                    status.readers().forEach(reader -> readers.put(reader.name(), reader.partitions()));
                    return readers;
                });
            }

            @Override
            public Future<List<String>> checkpoints() {
                return server.call(ExposedOperations.GROUP_CHECKPOINTS, group)
                        .map(all -> all.stream().map(GroupCheckpoint::name).toList());
            }

            @Override
            public Future<TimedLag> lag() {
                return server.call(ExposedOperations.GROUP_LAG, group).map(lag -> {
                    SortedMap<StreamName, SortedMap<Long, Long>> events = new TreeMap<>();
                    SortedMap<StreamName, SortedMap<Long, Long>> millis = new TreeMap<>();
                    lag.partitions().forEach(each -> {
                        events.computeIfAbsent(each.stream(), none -> new TreeMap<>())
                                .put(each.partition(), each.events());
                        millis.computeIfAbsent(each.stream(), none -> new TreeMap<>())
                                .put(each.partition(), each.millis());
                    });
                    return new TimedLag(new GroupLag(events), millis);
                });
            }

            @Override
            public Future<ResetPlan> resetTo(StartPosition position, boolean dryRun) {
                return reset(Optional.empty(), Optional.of(position), dryRun);
            }

            @Override
            public Future<ResetPlan> resetToCheckpoint(String checkpoint, boolean dryRun) {
                return reset(Optional.of(checkpoint), Optional.empty(), dryRun);
            }

            private Future<ResetPlan> reset(Optional<String> checkpoint, Optional<StartPosition> to, boolean dryRun) {
                return server.call(
                                ExposedOperations.RESET_GROUP,
                                new ExposedRequests.ResetGroup(name, checkpoint, List.of(), to, dryRun))
                        .map(reset -> new ResetPlan(reset.moves().stream()
                                .map(move ->
                                        new ResetPlan.Move(move.stream(), move.partition(), move.from(), move.to()))
                                .toList()));
            }

            @Override
            public Future<GroupCheckpoint> checkpoint(String checkpoint) {
                return server.call(
                        ExposedOperations.CHECKPOINT_GROUP, new ExposedRequests.GroupCheckpointName(name, checkpoint));
            }

            @Override
            public Future<Boolean> dropCheckpoint(String checkpoint) {
                return server.call(
                        ExposedOperations.DROP_GROUP_CHECKPOINT,
                        new ExposedRequests.GroupCheckpointName(name, checkpoint));
            }

            @Override
            public Future<List<Parked>> parked(long after, int most) {
                return server.call(
                        ExposedOperations.GROUP_PARKED, new ExposedRequests.ParkedOfGroup(name, after, most));
            }

            @Override
            public Future<Integer> replayParked(List<Long> ids) {
                return server.call(ExposedOperations.REPLAY_GROUP, new ExposedRequests.ParkedIdsOfGroup(name, ids));
            }

            @Override
            public Future<Integer> dropParked(List<Long> ids) {
                return server.call(
                        ExposedOperations.DROP_GROUP_PARKED, new ExposedRequests.ParkedIdsOfGroup(name, ids));
            }
        };
    }
}
