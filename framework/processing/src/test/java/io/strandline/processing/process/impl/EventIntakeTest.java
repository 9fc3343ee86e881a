package io.strandline.processing.process.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.json.JsonCodec;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.process.CommandTarget;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessClock;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.processing.process.ProcessSetting;
import io.strandline.processing.process.ProcessTargets;
import io.strandline.processing.process.Reaction;
import io.strandline.processing.process.impl.InstancesInMemory.Fate;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events on their way to the instances, while the log is away or its answers are lost. */
class EventIntakeTest {

    record Event(String text) {}

    record Work(String text) {}

    private static final CommandTarget<Work> WORKERS = CommandTarget.of("workers", JsonCodec.of("work", 1, Work.class));

    private static final JsonCodec<Event> EVENTS = JsonCodec.of("event", 1, Event.class);

    private static final Process<String> PROCESS = Process.named("job")
            .initial("")
            .state(1, String.class)
            .from(
                    "a/b",
                    EVENTS,
                    source -> source.on(Event.class, event -> "k", (state, event) -> Reaction.to(state + event.text())
                            .execute(WORKERS, "w", new Work(event.text()))))
            .to(WORKERS)
            .onRejected(WORKERS, (state, rejected) -> Reaction.none())
            .build();

    private final Vertx vertx = Vertx.vertx();
    private final ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    private final InstancesInMemory instances = new InstancesInMemory(new Reacting<>(PROCESS));
    private final List<Throwable> stopped = new ArrayList<>();
    private final Run<String> run = new Run<>(
            context,
            new ProcessSetting<>(
                    instances.asLog(),
                    PROCESS,
                    ProcessTargets.none(),
                    new ProcessOptions().setStream("a/k").setCommandsUnderWay(1),
                    ProcessClock.system(vertx)),
            instances,
            stopped::add);
    private final EventIntake<String> intake = new EventIntake<>(run);

    @AfterEach
    void close() throws Exception {
        get(vertx.close());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private <T> T onContext(Callable<Future<T>> call) throws Exception {
        Promise<T> done = Promise.promise();
        context.runOnContext(turn -> {
            try {
                call.call().onComplete(done);
            } catch (Exception thrown) {
                done.fail(thrown);
            }
        });
        return get(done.future());
    }

    private static GroupEvent<Encoded> event(long offset, String text) {
        Event event = new Event(text);
        return new GroupEvent<>(
                StreamName.parse("a/b"),
                new EventRecord<>(3, offset, 0, null, EVENTS.typeOf(event), Encoded.of("event", EVENTS, event)),
                1);
    }

    /** The calls of an attempt are: state, history, reaction. */
    @ParameterizedTest
    @CsvSource({
        "ANSWERED, ANSWERED, ANSWERED",
        "UNAVAILABLE, ANSWERED, ANSWERED",
        "ANSWERED, UNAVAILABLE, ANSWERED",
        "ANSWERED, ANSWERED, UNAVAILABLE",
        "ANSWERED, ANSWERED, UNKNOWN"
    })
    void a_parked_event_is_reacted_to_once_whatever_call_fails(Fate state, Fate history, Fate reaction)
            throws Exception {
        onContext(() -> intake.take(event(9, "later")).mapEmpty());
        onContext(() -> {
            instances.fates.addAll(List.of(state, history, reaction));
            return intake.takeParked(event(5, "-parked")).mapEmpty();
        });
        assertThat(instances.steps).hasSize(2);
        assertThat(run.reacting.stateOf(instances.now("k"))).isEqualTo("later-parked");
        assertThat(instances.now("k").open().keySet()).containsExactly(1L, 2L);
        onContext(() -> intake.takeParked(event(5, "-parked")).mapEmpty());
        assertThat(instances.steps).hasSize(2);
        assertThat(stopped).isEmpty();
    }

    @Test
    void an_event_that_comes_after_the_end_is_refused() throws Exception {
        Future<Void> taken = Future.future(done -> context.runOnContext(turn -> {
            run.slots.take(() -> {}); // the only one
            run.end();
            intake.takeParked(event(5, "a")).<Void>mapEmpty().onComplete(done);
        }));
        assertThatThrownBy(() -> get(taken)).hasCauseInstanceOf(StrandlineException.Unavailable.class);
        assertThat(instances.steps).isEmpty();
    }

    @Test
    void an_event_whose_answer_is_lost_is_reacted_to_once() throws Exception {
        onContext(() -> {
            instances.fates.addAll(List.of(Fate.UNKNOWN, Fate.UNAVAILABLE));
            return intake.take(event(5, "a")).mapEmpty();
        });
        assertThat(instances.steps).hasSize(1);
    }
}
