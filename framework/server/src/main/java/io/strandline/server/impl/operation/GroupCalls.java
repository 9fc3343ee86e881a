package io.strandline.server.impl.operation;

import io.strandline.client.operation.ExposedRequests.GroupCheckpoint;
import io.strandline.client.operation.ExposedRequests.GroupCheckpointName;
import io.strandline.client.operation.ExposedRequests.GroupStatus;
import io.strandline.client.operation.ExposedRequests.Lag;
import io.strandline.client.operation.ExposedRequests.Parked;
import io.strandline.client.operation.ExposedRequests.ParkedIdsOfGroup;
import io.strandline.client.operation.ExposedRequests.ParkedOfGroup;
import io.strandline.client.operation.ExposedRequests.PartitionLag;
import io.strandline.client.operation.ExposedRequests.Place;
import io.strandline.client.operation.ExposedRequests.Reader;
import io.strandline.client.operation.ExposedRequests.Reset;
import io.strandline.client.operation.ExposedRequests.ResetGroup;
import io.strandline.client.operation.Payload;
import io.strandline.client.wire.FailureText;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.TimedLag;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The operations on reader groups. Callable from any thread. */
final class GroupCalls {

    private final ServedGroups groups;
    private final ReplayedEvents replays;

    GroupCalls(ServedGroups groups, ReplayedEvents replays) {
        this.groups = groups;
        this.replays = replays;
    }

    Future<List<String>> names() {
        return groups.names().map(List::copyOf);
    }

    Future<List<String>> names(String scope) {
        return groups.names(scope).map(List::copyOf);
    }

    Future<GroupStatus> describe(String name) {
        return groups.with(name, group -> described(name, group));
    }

    private static Future<GroupStatus> described(String name, ReaderGroup group) {
        return group.readers().compose(readers -> group.position()
                .map(position -> new GroupStatus(
                        name,
                        List.copyOf(position.keySet()),
                        readers.entrySet().stream()
                                .map(reader -> new Reader(reader.getKey(), reader.getValue()))
                                .toList(),
                        List.copyOf(position.values()),
                        group.options().toJson())));
    }

    Future<Lag> lag(String name) {
        return groups.with(name, group -> group.timedLag().map(GroupCalls::shown));
    }

    private static Lag shown(TimedLag lag) {
        List<PartitionLag> partitions = new ArrayList<>();
        lag.events()
                .partitions()
                .forEach((stream, events) -> events.forEach((partition, count) ->
                        partitions.add(new PartitionLag(stream, partition, count, lag.millis(stream, partition)))));
        return new Lag(lag.events().total(), lag.longestMillis(), partitions);
    }

    Future<List<GroupCheckpoint>> checkpoints(String name) {
        return groups.with(name, group -> group.checkpoints()
                .map(all -> all.stream().map(GroupCalls::shown).toList()));
    }

    private static GroupCheckpoint shown(io.strandline.processing.group.GroupCheckpoint checkpoint) {
        return new GroupCheckpoint(
                checkpoint.name(),
                checkpoint.complete(),
                List.copyOf(checkpoint.cuts().values()));
    }

    Future<GroupCheckpoint> checkpoint(GroupCheckpointName request) {
        return groups.with(
                request.group(), group -> group.checkpoint(request.checkpoint()).map(GroupCalls::shown));
    }

    Future<Boolean> dropCheckpoint(GroupCheckpointName request) {
        return groups.with(request.group(), group -> group.dropCheckpoint(request.checkpoint()));
    }

    Future<Reset> reset(ResetGroup request) {
        return groups.with(request.group(), group -> GroupResets.reset(group, request));
    }

    Future<List<Parked>> parked(ParkedOfGroup request) {
        return groups.with(request.group(), group -> group.parked(request.after(), request.maxEvents())
                .map(page -> page.stream().map(GroupCalls::shown).toList()));
    }

    private static Parked shown(ParkedEvent event) {
        return new Parked(
                event.id(),
                new Place(event.stream(), event.partition(), event.offset()),
                Optional.ofNullable(event.key()),
                event.type(),
                FailureText.withoutPlaces(event.cause()));
    }

    /** Appends parked events to their streams once more, one after the other. */
    Future<Integer> replay(ParkedIdsOfGroup request) {
        return groups.with(
                request.group(),
                group -> replays.with(appending -> group.replay(
                        request.ids(), Payload.CODEC, event -> appending.append(event.stream(), event.record()))));
    }

    Future<Integer> dropParked(ParkedIdsOfGroup request) {
        return groups.with(request.group(), group -> group.dropParked(request.ids()));
    }
}
