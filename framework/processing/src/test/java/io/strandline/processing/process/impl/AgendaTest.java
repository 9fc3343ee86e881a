package io.strandline.processing.process.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.json.JsonCodec;
import io.strandline.processing.process.impl.Agenda.Due;
import io.strandline.processing.process.impl.AgendaPart.OpenWork;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is open after the steps of many instances, in memory and as it is stored. */
class AgendaTest {

    record Work(String text) {}

    private static final Encoded WORK = Encoded.of("work", JsonCodec.of("work", 1, Work.class), new Work("a"));
    private static final Origin EVENT = new Origin.Event(new Place("a/b", 3), 0);

    private final ProcessCounters counters = new ProcessCounters();
    private final Agenda agenda = new Agenda(counters);

    private static StoredCommand command(long number) {
        return new StoredCommand(number, "workers", "w", WORK);
    }

    private static StoredTimer timer(String name, long number, long dueMillis) {
        return new StoredTimer(name, number, dueMillis, WORK);
    }

    private static Step step(Origin origin, StoredCommand... commands) {
        return new Step(origin, null, List.of(commands), List.of(), List.of());
    }

    private static Step timers(Origin origin, StoredTimer... timers) {
        return new Step(origin, null, List.of(), List.of(timers), List.of());
    }

    private void assertOpen(long commands, long timers) {
        assertThat(counters.openCommands.sum()).isEqualTo(commands);
        assertThat(counters.pendingTimers.sum()).isEqualTo(timers);
    }

    @Test
    void a_command_is_open_until_it_is_answered() {
        agenda.fold("k", step(EVENT, command(1), command(2)));
        agenda.fold("l", step(EVENT, command(1)));
        agenda.fold("m", timers(EVENT, timer("t", 1, 10)));
        assertThat(agenda.openCommands()).isEqualTo(Map.of("k", List.of(1L, 2L), "l", List.of(1L)));
        agenda.fold("k", step(new Origin.Answer(1, true), command(3)));
        agenda.fold("k", step(new Origin.Answer(1, true)));
        agenda.fold("l", step(new Origin.Answer(1, false)));
        assertThat(agenda.openCommands()).isEqualTo(Map.of("k", List.of(2L, 3L)));
        assertThat(agenda.size()).as("instances with something to do").isEqualTo(2);
        assertOpen(2, 1);
    }

    @Test
    void a_timer_is_set_until_it_has_fired_or_is_replaced_or_cancelled() {
        agenda.fold("k", timers(EVENT, timer("a", 1, 30), timer("b", 2, 20), timer("c", 3, 10)));
        agenda.fold("k", timers(EVENT, timer("a", 4, 5)));
        agenda.fold("k", new Step(EVENT, null, List.of(), List.of(), List.of("b", "unset")));
        assertOpen(0, 2);
        assertThat(agenda.nextDue()).isEqualTo(5);
        assertThat(agenda.takeDue(4)).isNull();
        Due first = Objects.requireNonNull(agenda.takeDue(5));
        assertThat(first).isEqualTo(new Due(5, "k", "a", 4));
        assertThat(first.origin()).isEqualTo(new Origin.Timer("a", 4));
        assertThat(agenda.takeDue(1_000)).isEqualTo(new Due(10, "k", "c", 3));
        assertThat(agenda.takeDue(1_000)).isNull();
        assertThat(agenda.nextDue()).isNull();
        assertThat(agenda.open()).as("it stays until it has fired").hasSize(1);
        agenda.fold("k", timers(first.origin()));
        assertOpen(0, 1);
        agenda.fold("k", timers(new Origin.Timer("c", 3)));
        assertOpen(0, 0);
        assertThat(agenda.size()).isZero();
    }

    @Test
    void what_is_stored_goes_on_as_it_was() throws IOException {
        agenda.fold("k", step(EVENT, command(1), command(2)));
        agenda.fold("k", timers(EVENT, timer("t", 3, 10)));
        agenda.fold("l", timers(EVENT, timer("t", 1, Long.MAX_VALUE), timer("u", 2, 0)));
        AgendaPart part = new AgendaPart("id", 1, 3, new TreeMap<>(Map.of(7L, 70L, 8L, Long.MAX_VALUE)), agenda.open());
        byte[] bytes = BytesOutput.of(AgendaPart.CODEC, part);
        AgendaPart read = AgendaPart.CODEC.decode(AgendaPart.CODEC.typeOf(part), bytes, 0, bytes.length);
        assertThat(read).isEqualTo(part);
        assertThat(part.instances().stream().mapToLong(OpenWork::weight).sum())
                .isBetween(bytes.length / 2L, 4L * bytes.length);
        for (byte[] other : List.of(Arrays.copyOf(bytes, bytes.length - 1), Arrays.copyOf(bytes, bytes.length + 1))) {
            assertThatThrownBy(() -> AgendaPart.CODEC.decode(AgendaPart.CODEC.typeOf(part), other, 0, other.length))
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
        bytes[0] = 9;
        assertThatThrownBy(() -> AgendaPart.CODEC.decode(AgendaPart.CODEC.typeOf(part), bytes, 0, bytes.length))
                .hasMessageContaining("format 9");

        ProcessCounters others = new ProcessCounters();
        Agenda restored = new Agenda(others);
        read.instances().forEach(restored::restore);
        assertThat(others.openCommands.sum()).isEqualTo(2);
        assertThat(others.pendingTimers.sum()).isEqualTo(3);
        assertThat(restored.openCommands()).isEqualTo(agenda.openCommands());
        assertThat(restored.takeDue(5)).isEqualTo(new Due(0, "l", "u", 2));
        assertThat(restored.nextDue()).isEqualTo(10);
        restored.fold("k", timers(new Origin.Timer("t", 3)));
        restored.fold("k", step(new Origin.Answer(1, true)));
        restored.fold("k", step(new Origin.Answer(2, true)));
        assertThat(restored.size()).isEqualTo(1);
    }
}
