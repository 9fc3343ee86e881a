package io.strandline.processing.aggregate.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.aggregate.impl.CommandMemory.DoneCommand;
import org.junit.jupiter.api.Test;

class CommandMemoryTest {

    private final CommandMemory memory = new CommandMemory(2);

    @Test
    void the_last_durable_commands_are_remembered() {
        for (int i = 1; i <= 5; i++) {
            memory.add("c-" + i, i);
            memory.place("c-" + i, i, 7, 10 + i);
        }
        assertThat(memory.find("c-3")).isNull();
        assertThat(memory.durable())
                .containsExactly(new DoneCommand("c-4", 4, 7, 14), new DoneCommand("c-5", 5, 7, 15));
    }

    @Test
    void what_is_under_way_pushes_nothing_out_because_it_may_be_lost() {
        memory.place("c-1", 1, 7, 11);
        memory.place("c-2", 2, 7, 12);
        for (int i = 3; i <= 6; i++) {
            memory.add("c-" + i, i);
        }
        assertThat(memory.find("c-1")).isNotNull();
        assertThat(memory.find("c-6")).isEqualTo(new DoneCommand("c-6", 6, -1, -1));
        assertThat(memory.durable()).extracting(DoneCommand::id).containsExactly("c-1", "c-2");
        memory.place("c-3", 3, 7, 13);
        assertThat(memory.find("c-1")).isNull();
        assertThat(memory.durable()).extracting(DoneCommand::id).containsExactly("c-2", "c-3");
    }

    @Test
    void a_command_of_several_events_is_one() {
        memory.place("c-1", 1, 7, 11);
        memory.place("c-1", 2, 7, 12);
        memory.place(null, 3, 7, 13);
        assertThat(memory.durable()).containsExactly(new DoneCommand("c-1", 2, 7, 12));
        assertThat(memory.find(null)).isNull();
    }

    @Test
    void its_weight_is_that_of_what_it_holds() {
        assertThat(memory.bytes()).isZero();
        memory.place("c-1", 1, 7, 11);
        long one = memory.bytes();
        for (int i = 2; i < 9; i++) {
            memory.place("c-" + i, i, 7, 11);
        }
        assertThat(memory.bytes()).isEqualTo(2 * one).isPositive();
        CommandMemory longer = new CommandMemory(2);
        longer.place("c-10", 1, 7, 11);
        assertThat(longer.bytes()).as("a longer id").isEqualTo(one + 2);
        CommandMemory none = new CommandMemory(0);
        none.add("c", 1);
        none.place("c", 1, 7, 1);
        assertThat(none.find("c")).isNull();
    }
}
