package io.strandline.processing.process.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.json.JsonCodec;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessClock;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.processing.process.ProcessSetting;
import io.strandline.processing.process.ProcessTargets;
import io.strandline.processing.process.Reaction;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Alarms of the watch, which a clock by hand rings. */
class TimerWatchTest {

    record Ring(String text) {}

    private static final JsonCodec<Ring> RINGS = JsonCodec.of("ring", 1, Ring.class);

    private static final Process<String> PROCESS = Process.named("bell")
            .initial("")
            .state(1, String.class)
            .from("a/b", RINGS, source -> source.on(Ring.class, ring -> "k", (state, ring) -> Reaction.none()))
            .timer("ring", 1, Ring.class, (state, ring) -> Reaction.none())
            .build();

    /** An alarm, which may ring although it was taken back: its task was on its way. */
    private static final class Alarm {
        final long delay;
        final Runnable task;
        boolean isSet = true;

        Alarm(long delay, Runnable task) {
            this.delay = delay;
            this.task = task;
        }

        void ring() {
            isSet = false;
            task.run();
        }
    }

    private final List<Alarm> alarms = new ArrayList<>();

    private final ProcessClock clock = new ProcessClock() {
        @Override
        public long millis() {
            return 1_000;
        }

        @Override
        public Runnable schedule(long delayMillis, Runnable task) {
            Alarm alarm = new Alarm(delayMillis, task);
            alarms.add(alarm);
            return () -> alarm.isSet = false;
        }
    };

    private final Vertx vertx = Vertx.vertx();
    private final ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    private final InstancesInMemory instances = new InstancesInMemory(new Reacting<>(PROCESS));
    private final Run<String> run = new Run<>(
            context,
            new ProcessSetting<>(instances.asLog(), PROCESS, ProcessTargets.none(), new ProcessOptions(), clock),
            instances,
            cause -> {});
    private final Agenda agenda = new Agenda(run.counters);
    private final TimerWatch watch = new TimerWatch(run, agenda, new Settling(run));

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private void onContext(Runnable turn) throws Exception {
        Promise<Void> done = Promise.promise();
        context.runOnContext(ignored -> {
            turn.run();
            done.complete();
        });
        done.future().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private void set(long number, long dueMillis) {
        StoredTimer timer = new StoredTimer("t" + number, number, dueMillis, Encoded.of("ring", RINGS, new Ring("r")));
        agenda.fold("k", new Step(new Origin.Timer("none", 0), null, List.of(), List.of(timer), List.of()));
        watch.fireDue();
    }

    @Test
    void an_alarm_that_rings_while_it_is_replaced_sets_no_second_one() throws Exception {
        onContext(() -> {
            watch.begin();
            set(1, 6_000);
            alarms.get(0).ring();
            set(2, 3_000);
        });
        onContext(() -> {});
        assertThat(alarms).extracting(alarm -> alarm.delay).containsExactly(5_000L, 2_000L);
        onContext(() -> set(3, 2_000));
        assertThat(alarms)
                .filteredOn(alarm -> alarm.isSet)
                .extracting(alarm -> alarm.delay)
                .containsExactly(1_000L);
        onContext(watch::end);
        assertThat(alarms).noneMatch(alarm -> alarm.isSet);
    }
}
