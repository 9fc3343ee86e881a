package io.strandline.processing.process.impl;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.Utf8;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessSource;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Takes the events of the sources to the instances: decode → key → room → react. */
final class EventIntake<S> {

    private final Run<S> run;
    private final Map<StreamName, ProcessSource<?, S>> byStream = new HashMap<>();

    EventIntake(Run<S> run) {
        this.run = run;
        run.process.sources().forEach(source -> byStream.put(source.stream(), source));
    }

    /** Completes when the reaction is durable. What it throws or fails with is a failed delivery. */
    Future<?> take(GroupEvent<Encoded> event) {
        return take(sourceOf(event), event.record(), (key, input) -> run.react(key, () -> input.make(false)));
    }

    /** Takes an event that was parked. Its instance may have reacted to later ones, so its history tells whether it has to this one. */
    Future<?> takeParked(GroupEvent<Encoded> event) {
        return take(
                sourceOf(event),
                event.record(),
                (key, input) -> run.insist(() -> reactIfUnknown(key, input.make(true))));
    }

    private ProcessSource<?, S> sourceOf(GroupEvent<Encoded> event) {
        ProcessSource<?, S> source = byStream.get(event.stream());
        if (source == null) {
            throw new IllegalStateException(run + " does not read " + event.stream());
        }
        return source;
    }

    /** Each attempt looks again, because the one before may have been decided although it failed. */
    private Future<?> reactIfUnknown(String key, Input.Delivered input) {
        // The state is proven: what an earlier attempt has decided is in the history now, or never.
        return run.instances
                .state(key)
                .compose(proven -> hasReacted(key, input.origin()))
                .compose(known -> known ? Future.succeededFuture() : run.reactOnce(key, input));
    }

    private Future<Boolean> hasReacted(String key, Origin.Event origin) {
        return run.log
                .history(run.stream(), key, StepCodec.INSTANCE)
                .compose(steps -> steps.collect(
                        Collectors.filtering(step -> step.event().origin().equals(origin), Collectors.counting())))
                .map(count -> count > 0);
    }

    /** Has an instance react to an event. */
    private interface Delivery {
        Future<?> deliver(String key, InputOfEvent input);
    }

    /** What an instance has to react to, made for each attempt. */
    private interface InputOfEvent {
        Input.Delivered make(boolean isKnownNew);
    }

    private <E> Future<?> take(ProcessSource<E, S> source, EventRecord<Encoded> stored, Delivery delivery) {
        EventRecord<E> read = decoded(source, stored);
        String key = source.keyOf(read);
        if (key == null) {
            return Future.succeededFuture();
        }
        requireKey(run.process, key);
        Origin.Event origin =
                new Origin.Event(new Place(source.stream().toString(), stored.partition()), stored.offset());
        return run.slots
                .room()
                .compose(room -> delivery.deliver(
                        key,
                        isKnownNew -> new Input.Delivered(
                                origin,
                                source,
                                read.event(),
                                isKnownNew,
                                run.clock.millis(),
                                stored.headers().trace())));
    }

    private static <E> EventRecord<E> decoded(ProcessSource<E, ?> source, EventRecord<Encoded> stored) {
        E event = stored.event()
                .read(
                        "offset " + stored.offset() + " of partition " + stored.partition() + " of " + source.stream(),
                        source.codec());
        return new EventRecord<>(
                stored.partition(),
                stored.offset(),
                stored.stamp(),
                stored.key(),
                stored.type(),
                stored.headers(),
                event);
    }

    /**
     * Checks the key of an instance.
     *
     * @throws StrandlineException.Invalid if it is out of its bounds
     */
    static void requireKey(Process<?> process, String key) {
        Utf8.require("key of an instance of " + process, key, Process.MAX_KEY_LENGTH);
        if (key.indexOf('/') >= 0) {
            throw new StrandlineException.Invalid(
                    "key of an instance of " + process + " is \"" + Utf8.shown(key) + "\", it must have no slash");
        }
    }
}
