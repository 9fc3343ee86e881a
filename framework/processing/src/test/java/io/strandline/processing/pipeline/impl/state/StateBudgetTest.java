package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StateBudgetTest {

    private final StateBudget budget = new StateBudget(1_000);
    private final AtomicInteger ran = new AtomicInteger();

    @Test
    void is_crowded_if_it_is_short_and_a_checkpoint_frees_a_good_part() {
        budget.add(751);
        budget.addChanges(125);
        assertThat(budget.isCrowded()).isFalse();
        budget.addChanges(1);
        assertThat(budget.isCrowded()).isTrue();
        budget.add(-1);
        assertThat(budget.isCrowded()).as("there is room").isFalse();
        assertThat(budget.isUsedUp()).isFalse();
    }

    @Test
    void whoever_waits_for_room_goes_on_when_changes_are_settled() {
        budget.add(900);
        budget.addChanges(500);
        budget.whenRoom(ran::incrementAndGet);
        budget.whenRoom(ran::incrementAndGet);
        budget.addChanges(-300);
        assertThat(ran).hasValue(0);
        budget.addChanges(-100);
        assertThat(ran).hasValue(2);
        budget.addChanges(-100);
        assertThat(ran).as("once each").hasValue(2);
    }

    @Test
    void whoever_waits_for_room_goes_on_when_bytes_are_given_back() {
        budget.add(900);
        budget.addChanges(500);
        budget.whenRoom(ran::incrementAndGet);
        budget.add(-200);
        assertThat(ran).hasValue(1);
    }

    @Test
    void with_room_nobody_waits() {
        budget.whenRoom(ran::incrementAndGet);
        assertThat(ran).hasValue(1);
    }
}
