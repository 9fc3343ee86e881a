package io.strandline.server.impl.operation;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.client.operation.ExposedRequests.Audit;
import io.strandline.client.operation.ExposedRequests.Checkpoint;
import io.strandline.client.operation.ExposedRequests.Parked;
import io.strandline.client.operation.ExposedRequests.ParkedIdsOfPipeline;
import io.strandline.client.operation.ExposedRequests.ParkedOfPipeline;
import io.strandline.client.operation.ExposedRequests.PinnedCheckpoint;
import io.strandline.client.operation.ExposedRequests.PipelineView;
import io.strandline.client.operation.ExposedRequests.Place;
import io.strandline.client.operation.ExposedRequests.SwitchPipeline;
import io.strandline.client.operation.ExposedRequests.Switched;
import io.strandline.client.operation.ExposedRequests.TakeCheckpoint;
import io.strandline.client.operation.Payload;
import io.strandline.client.wire.FailureText;
import io.strandline.processing.pipeline.PipelineAudit;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineSwitch;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.server.Exposed;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/** The operations on pipelines that are exposed. Callable from any thread. */
final class PipelineCalls {

    /** Milliseconds for which a switch lets the next version catch up. The command line waits for an answer twice as long. */
    static final long MAX_CATCH_UP_MILLIS = 300_000;

    private final Exposed exposed;
    private final ReplayedEvents replays;

    PipelineCalls(Exposed exposed, ReplayedEvents replays) {
        this.exposed = exposed;
        this.replays = replays;
    }

    List<String> names() {
        return List.copyOf(new TreeSet<>(exposed.pipelines().keySet()));
    }

    private RunningPipeline pipeline(String name) {
        RunningPipeline pipeline = exposed.pipeline(name);
        if (pipeline == null) {
            throw new StrandlineException.NotFound("no pipeline " + name + " is exposed");
        }
        return pipeline;
    }

    Future<PipelineView> describe(String name) {
        return pipeline(name).describe().map(PipelineCalls::view);
    }

    private static PipelineView view(PipelineDescription description) {
        JsonObject json = description.toJson();
        String text = description.toText();
        String cause = json.getString("cause");
        if (cause != null) {
            String told = FailureText.withoutPlaces(cause);
            json.put("cause", told);
            text = text.replace(cause, told);
        }
        return new PipelineView(json, text, description.toMermaid());
    }

    Future<List<Checkpoint>> checkpoints(String name) {
        RunningPipeline pipeline = pipeline(name);
        return pipeline.checkpoints().compose(all -> pipeline.pinnedCheckpoints()
                .map(pinned -> all.stream().map(each -> shown(each, pinned)).toList()));
    }

    private static Checkpoint shown(
            io.strandline.processing.pipeline.Checkpoint checkpoint,
            SortedMap<String, io.strandline.processing.pipeline.Checkpoint> pinned) {
        List<String> names = pinned.entrySet().stream()
                .filter(pin -> pin.getValue().number() == checkpoint.number()
                        && pin.getValue().epoch() == checkpoint.epoch())
                .map(Map.Entry::getKey)
                .toList();
        return new Checkpoint(
                checkpoint.number(),
                checkpoint.epoch(),
                checkpoint.version(),
                checkpoint.cut(),
                checkpoint.keys(),
                checkpoint.bytes(),
                checkpoint.takenMillis(),
                names);
    }

    Future<Checkpoint> checkpoint(TakeCheckpoint request) {
        RunningPipeline pipeline = pipeline(request.pipeline());
        return (request.name().isPresent() ? pipeline.checkpoint(request.name().get()) : pipeline.checkpoint())
                .compose(taken -> pipeline.pinnedCheckpoints().map(pinned -> shown(taken, pinned)));
    }

    Future<Void> unpin(PinnedCheckpoint request) {
        return pipeline(request.pipeline()).unpin(request.checkpoint());
    }

    /** Closes a pipeline, and has its application start it from a checkpoint. Nothing is closed for one that is not there. */
    Future<PipelineView> restore(PinnedCheckpoint request) {
        String name = request.pipeline();
        return exposed.changing(Set.of(name), () -> restored(name, request.checkpoint()));
    }

    private Future<PipelineView> restored(String name, String checkpoint) {
        RunningPipeline before = pipeline(name);
        Function<String, Future<RunningPipeline>> restore = exposed.restore(name);
        if (restore == null) {
            return Future.failedFuture(new StrandlineException.Invalid("pipeline " + name
                    + " was exposed without what restores it: its application closes it and calls Pipeline.restore"));
        }
        return requireKept(before, name, checkpoint)
                .compose(kept -> before.close().transform(closed -> Future.succeededFuture()))
                .compose(closed -> UserCode.future("restore of pipeline " + name, () -> restore.apply(checkpoint)))
                .compose(running -> {
                    exposed.restarted(name, before, running);
                    return running.describe().map(PipelineCalls::view);
                });
    }

    /** A pipeline that has stopped by itself answers nothing. Then its start says whether the checkpoint is there. */
    private static Future<Void> requireKept(RunningPipeline running, String name, String checkpoint) {
        if (running.status().state() == PipelineStatus.State.STOPPED) {
            return Future.succeededFuture();
        }
        return running.pinnedCheckpoints()
                .compose(pinned -> running.checkpoints().compose(kept -> {
                    List<String> numbers = kept.stream()
                            .map(each -> String.valueOf(each.number()))
                            .toList();
                    return pinned.containsKey(checkpoint) || numbers.contains(checkpoint)
                            ? Future.succeededFuture()
                            : Future.failedFuture(new StrandlineException.NotFound(
                                    "pipeline " + name + " keeps no checkpoint " + checkpoint
                                            + ", but those with names " + pinned.keySet() + " and numbers " + numbers));
                }));
    }

    /** Ends a version of a pipeline where another one goes on. Gives up if that lags too far, as its caller will not wait for ever. */
    Future<Switched> switchTo(SwitchPipeline request) {
        String name = request.pipeline();
        if (name.equals(request.to())) {
            return Future.failedFuture(
                    new StrandlineException.Invalid("pipeline " + name + " cannot be switched to itself"));
        }
        return exposed.changing(Set.of(name, request.to()), () -> pipeline(name)
                .switchTo(pipeline(request.to()), MAX_CATCH_UP_MILLIS)
                .map(PipelineCalls::shown));
    }

    private static Switched shown(PipelineSwitch done) {
        return new Switched(
                done.from(),
                done.to(),
                done.position(),
                List.copyOf(done.positions().values()),
                List.copyOf(done.formerSinks().values()),
                List.copyOf(done.sinks().values()));
    }

    /** Deletes what a version keeps that has stopped. */
    Future<Void> drop(String name) {
        return exposed.changing(Set.of(name), () -> dropped(name));
    }

    private Future<Void> dropped(String name) {
        RunningPipeline run = pipeline(name);
        PipelineStatus.State state = run.status().state();
        Supplier<Future<Void>> drop = exposed.drop(name);
        if (drop == null) {
            throw new StrandlineException.Invalid(
                    "pipeline " + name + " was exposed without what drops it: its application calls Pipeline.drop");
        }
        if (state != PipelineStatus.State.STOPPED) {
            throw new StrandlineException.Conflict(
                    "pipeline " + name + " is " + state + ", and only one that is STOPPED is dropped");
        }
        return UserCode.future("drop of pipeline " + name, drop).onSuccess(gone -> exposed.dropped(name, run));
    }

    /** Not while it is switched: the next version would not come to the position. */
    Future<Void> pause(String name) {
        return exposed.unlessChanging(name, () -> pipeline(name).pause());
    }

    /** Not while it is switched: the former version would give outputs after the position. */
    Future<Void> resume(String name) {
        return exposed.unlessChanging(name, () -> pipeline(name).resume());
    }

    Future<JsonObject> audit(Audit request) {
        return pipeline(request.pipeline()).audit(request.from(), request.to()).map(PipelineAudit::toJson);
    }

    Future<List<Parked>> parked(ParkedOfPipeline request) {
        return pipeline(request.pipeline())
                .parked(request.after(), request.maxEvents())
                .map(page -> page.stream().map(PipelineCalls::shown).toList());
    }

    private static Parked shown(RunningPipeline.ParkedEvent event) {
        return new Parked(
                event.id(),
                new Place(event.stream(), event.partition(), event.offset()),
                Optional.ofNullable(event.key()),
                event.type(),
                FailureText.withoutPlaces(event.cause()));
    }

    /** Appends parked events to their streams once more, one after the other. */
    Future<Integer> replay(ParkedIdsOfPipeline request) {
        RunningPipeline pipeline = pipeline(request.pipeline());
        if (request.ids().isEmpty()) {
            return Future.succeededFuture(0);
        }
        long before = request.ids().stream().mapToLong(Long::longValue).min().orElse(0) - 1;
        return pipeline.parked(Math.max(-1, before), RunningPipeline.MAX_PARKED_LISTED)
                .compose(parked -> {
                    Map<Long, StreamName> streams = new HashMap<>();
                    parked.forEach(event -> streams.put(event.partition(), event.stream()));
                    return replays.with(appending -> pipeline.replay(request.ids(), Payload.CODEC, event -> {
                        StreamName stream = streams.get(event.partition());
                        return stream == null
                                ? Future.failedFuture(new StrandlineException.NotFound(
                                        "no stream of partition " + event.partition() + " is known"))
                                : appending.append(stream, event);
                    }));
                });
    }

    Future<Integer> dropParked(ParkedIdsOfPipeline request) {
        return pipeline(request.pipeline()).dropParked(request.ids());
    }
}
